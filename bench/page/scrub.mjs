// scrub.mjs: from a key that steps through time to the pixels of the new moment, in a real browser.
//   TRIMODAL=build/trimodal node bench/page/scrub.mjs [STEPS]        100 where nothing is said
//
// The thumb stands at the first event of the iteration and is stepped on, event by event; each frame the drawing's pixels are compared with those
// before the key. "first" is a way along which no moment was visited, so each step asks the server; "again" is the same way a second time, from the cache. Steps that change
// nothing that is drawn (they are counted) are not timed. The last row is what this browser takes at least: a square painted at once, seen by the same
// comparison, which reads the drawing's pixels back and so is a share of every figure.
import { chromium, executablePath, golden, table, percentile } from './browser.mjs';

const STEPS = Number(process.argv[2] ?? 100), NODES = 1000;

/** In the page: presses the key `count` times. Returns ms for each step that is seen, and how many are not. */
async function measure({ count, floor }) {
  const slider = document.querySelector('[role="slider"]');
  const paint = Object.assign(document.createElement('canvas'), { width: 8, height: 8 }), pen = paint.getContext('2d', { willReadFrequently: true });
  const look = () => {
    let sum = pen.getImageData(0, 0, 1, 1).data[0];
    for (const canvas of document.querySelectorAll('.graph-canvas canvas')) {
      const context = canvas.getContext('2d');
      if (context === null || canvas.width === 0) continue;
      const data = new Uint32Array(context.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
      for (let i = 0; i < data.length; i += 3) sum = (Math.imul(sum, 31) + data[i]) | 0;
    }
    return sum;
  };
  const frame = () => new Promise((resolve) => { requestAnimationFrame(resolve); });
  const still = async () => { for (let last = look(), same = 0; same < 3;) { await frame(); const now = look(); same = now === last ? same + 1 : 0; last = now; } };
  const rows = [];
  let unseen = 0;
  for (let i = 0; rows.length < count && i < 3 * count; i += 1) {
    await still();
    const before = look(), pressed = performance.now();
    if (!floor) slider.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true, cancelable: true }));
    else { pen.fillStyle = i % 2 === 0 ? '#fff' : '#000'; pen.fillRect(0, 0, 8, 8); }
    let seen = null;
    while (seen === null && performance.now() - pressed < 1000) { await frame(); if (look() !== before) seen = performance.now(); }
    if (seen === null) unseen += 1; else rows.push(seen - pressed);
  }
  return { rows, unseen };
}

/** A chain of layers, ten wide, each task started and completed a second apart. */
async function thousand(server) {
  const at = Date.parse('2026-01-10T08:00:00Z'), events = [];
  const add = (event_type, node_id, ms, more = {}) => events.push({ event_id: crypto.randomUUID(), timestamp: at + ms, iteration_id: 'thousand', node_id, event_type, ...more });
  for (let i = 0; i < NODES; i += 1) add('TASK_CREATED', `t${i}`, 0, { metadata: i < 10 ? {} : { depends_on: `t${i - 10}` } });
  for (let i = 0; i < NODES; i += 1) { add('TASK_STARTED', `t${i}`, 1000 + i * 2000); add('TASK_COMPLETED', `t${i}`, 2000 + i * 2000); }
  const answer = await fetch(`${server.url}/api/v1/events`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(events) });
  if (!answer.ok) throw new Error(await answer.text());
}

const server = await golden();
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
try {
  await thousand(server);
  const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
  const rows = [];
  const add = (name, { rows: taken, unseen }) => rows.push([name, taken.length, ...[0.5, 0.95].map((share) => (taken.length === 0 ? '–' : percentile(taken, share).toFixed(1))), unseen]);
  for (const [name, iteration] of [['golden, 92 nodes', 'Iter-Golden-AllPass'], ['1000 nodes', 'thousand']]) {
    await page.goto(`${server.url}/iterations/${iteration}/execution`);
    await page.locator('.graph-canvas canvas').first().waitFor();
    for (const time of ['first', 'again']) {
      await page.getByRole('slider', { name: 'Moment' }).press('Home');
      await page.waitForTimeout(1500);
      add(`${name}, ${time}`, await page.evaluate(measure, { count: STEPS, floor: false }));
    }
  }
  add('least: one square and a frame', await page.evaluate(measure, { count: STEPS, floor: true }));
  table(['key to pixel, ms', 'steps', 'P50', 'P95', 'not drawn'], rows);
} finally {
  await browser.close();
  await server.stop();
}
