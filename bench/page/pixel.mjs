// pixel.mjs: from an event that is posted to the pixel that shows it, in a real browser.
//   TRIMODAL=build/trimodal node bench/page/pixel.mjs [EVENTS]       200 where nothing is said
//
// The page posts each event itself, so there is one clock: a task of a golden iteration fails, is completed, fails … and each frame
// the drawing's pixels are compared with those of the frame before. "posted" is before the request, "acknowledged" when its answer is
// there (then the event is durable); the pixel is timed by the frame in which it is seen changed. The last row is what this machine's
// browser takes at least: the same request, and one square painted on its answer, seen by the same comparison.
import { chromium, executablePath, golden, table, percentile } from './browser.mjs';

const EVENTS = Number(process.argv[2] ?? 200), WARM_UP = 10;

/** In the page: posts `count` events and waits for each to be seen. Returns [posted→seen, acknowledged→seen] in ms. */
async function measure({ count, what, iteration, task }) {
  const canvases = () => [...document.querySelectorAll('.graph-canvas canvas')].filter((one) => one.dataset.id?.includes('node') ?? false);
  const paint = Object.assign(document.createElement('canvas'), { width: 64, height: 64 });
  const pen = paint.getContext('2d', { willReadFrequently: true });
  const look = () => {
    if (what === 'floor') return pen.getImageData(0, 0, 1, 1).data[0];
    if (what === 'verdict') return document.querySelector('.hero h2')?.textContent;
    let sum = 0;
    for (const canvas of canvases()) {
      const data = new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer);
      for (let i = 0; i < data.length; i += 1) sum = (Math.imul(sum, 31) + data[i]) | 0;
    }
    return sum;
  };
  const frame = () => new Promise((resolve) => { requestAnimationFrame(resolve); });
  const rows = [];
  let at = Date.now() - count - 1000;
  for (let i = 0; i < count; i += 1) {
    await new Promise((resolve) => { setTimeout(resolve, 60 + Math.random() * 40); });
    const before = look();
    at += 1;
    const event = { event_id: crypto.randomUUID(), timestamp: at, iteration_id: iteration, node_id: task, event_type: i % 2 === 0 ? 'TASK_FAILED' : 'TASK_COMPLETED', error_message: 'measured' };
    const posted = performance.now();
    let acknowledged = null;
    const sent = fetch('/api/v1/events', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(event) }).then(async (answer) => {
      await answer.text();
      acknowledged = performance.now();
      if (!answer.ok) throw new Error(`the server answers ${answer.status}`);
      if (what === 'floor') { pen.fillStyle = i % 2 === 0 ? '#fff' : '#000'; pen.fillRect(0, 0, 8, 8); }
    });
    let seen = null;
    while (seen === null) {
      await frame();
      if (look() !== before) seen = performance.now();
      else if (performance.now() - posted > 5000) throw new Error(`event ${i} was not seen within 5 s`);
    }
    await sent;
    rows.push([seen - posted, Math.max(0, seen - acknowledged)]);
  }
  return rows;
}

const server = await golden();
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
try {
  const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
  const rows = [];
  for (const [name, what, view, iteration, task] of [
    ['execution, 92 nodes: the drawing', 'drawing', '/execution', 'Iter-Golden-AllPass', 'delivery-service'],
    ['verdict: the words', 'verdict', '', 'measured', 'one'], // its only task: each event turns the verdict
    ['least: request and one frame', 'floor', '', 'Iter-Golden-TechDebt', 'delivery-service'],
  ]) {
    if (iteration === 'measured') await fetch(`${server.url}/api/v1/events`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ event_id: crypto.randomUUID(), timestamp: Date.now() - 86_400_000, iteration_id: iteration, node_id: task, event_type: 'TASK_STARTED' }) });
    await page.goto(`${server.url}/iterations/${iteration}${view}`);
    await page.getByRole('status', { name: 'Connection' }).getByText('Live').waitFor();
    await page.waitForTimeout(700);
    await page.evaluate(measure, { count: WARM_UP, what, iteration, task });
    const taken = await page.evaluate(measure, { count: EVENTS, what, iteration, task });
    const of = (column, share) => percentile(taken.map((row) => row[column]), share).toFixed(1);
    rows.push([name, of(0, 0.5), of(0, 0.95), of(1, 0.5), of(1, 0.95)]);
  }
  table(['event to pixel, ms', 'posted P50', 'P95', 'acknowledged P50', 'P95'], rows);
} finally {
  await browser.close();
  await server.stop();
}
