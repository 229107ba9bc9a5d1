// dsm.mjs: frames/s of the dependency structure matrix while the crosshair moves, while it is panned and while it is zoomed.
//   TRIMODAL=build/trimodal node bench/page/dsm.mjs [MODULES...]       200 and 1000 where nothing is said
//
// In every frame the page is given one input, so each frame paints anew; all rows and columns are unfolded. Beside it what this
// machine's browser does at most: the same loop without any input, which paints nothing. "longest" is the longest time between two frames.
import { chromium, executablePath, golden, table } from './browser.mjs';

const SIZES = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [200, 1000];
const SECONDS = 3, PER_COMPONENT = 20, PER_MODULE = 5;

/** Layers in which each module depends on earlier ones, near ones rather than far ones, and every fortieth on a later one: cycles. */
function* events(iteration, count) {
  const path = (i) => `packages/part-${String(Math.floor(i / PER_COMPONENT)).padStart(2, '0')}/src/module-${String(i).padStart(4, '0')}.ts`;
  let seed = 42, at = Date.now() - 86_400_000;
  const random = () => { seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0; return seed / 2 ** 32; };
  const event = (fields) => { at += 1; return { event_id: crypto.randomUUID(), timestamp: at, iteration_id: iteration, manifest_name: 'generated', ...fields }; };
  for (let i = 0; i < count; i += 1) {
    yield event({ event_type: 'MODULE_ANALYZED', node_id: path(i), module_path: path(i), component: `Part ${String(Math.floor(i / PER_COMPONENT)).padStart(2, '0')}` });
    for (let j = 0; j < PER_MODULE && i > 0; j += 1) yield event({ event_type: 'DEPENDENCY_DETECTED', source_module: path(i), target_module: path(Math.floor(i * (1 - random() ** 2 * 0.999))), weight: 1 + Math.floor(random() * 5) });
    if (i % 40 === 0 && i + 8 < count) yield event({ event_type: 'DEPENDENCY_DETECTED', source_module: path(i), target_module: path(i + 8), weight: 1 });
  }
}

async function fill(url, iteration, count) {
  const all = [...events(iteration, count)];
  for (let from = 0; from < all.length; from += 500) {
    const answer = await fetch(`${url}/api/v1/events`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(all.slice(from, from + 500)) });
    if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
  }
}

/** In the page: one input in each frame, for so long. */
function measure({ what, seconds }) {
  const grid = document.querySelector('[role="grid"]'), box = grid.getBoundingClientRect();
  const at = (i) => ({ clientX: box.left + 240 + ((i * 7) % (box.width - 260)), clientY: box.top + 150 + ((i * 5) % (box.height - 170)), bubbles: true, cancelable: true });
  const inputs = {
    'no input': () => {},
    'crosshair': (i) => grid.dispatchEvent(new PointerEvent('pointermove', at(i))),
    'pan': (i) => grid.dispatchEvent(new WheelEvent('wheel', { ...at(0), deltaX: i % 120 < 60 ? 9 : -9, deltaY: i % 120 < 60 ? 9 : -9 })),
    'zoom': (i) => grid.dispatchEvent(new WheelEvent('wheel', { ...at(40), ctrlKey: true, deltaY: i % 120 < 60 ? -40 : 40 })),
  };
  return new Promise((resolve) => {
    const times = [];
    const frame = (now) => {
      times.push(now);
      inputs[what](times.length);
      if (now - times[0] < seconds * 1000) requestAnimationFrame(frame);
      else resolve({ perSecond: ((times.length - 1) * 1000) / (now - times[0]), longest: Math.max(...times.slice(1).map((time, i) => time - times[i])) });
    };
    requestAnimationFrame(frame);
  });
}

const server = await golden();
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
try {
  const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
  const rows = [];
  for (const size of SIZES) {
    const iteration = `matrix-${size}`;
    await fill(server.url, iteration, size);
    await page.goto(`${server.url}/iterations/${iteration}/architecture?show=matrix&folded=none`);
    await page.getByText(`${size} × ${size}`).waitFor({ timeout: 60_000 });
    await page.waitForTimeout(1000);
    for (const [name, what, key] of [['no input', 'no input', '1'], ['at reading size: crosshair', 'crosshair', '1'], ['at reading size: pan', 'pan', '1'], ['all of it: crosshair', 'crosshair', '0'], ['all of it: zoom', 'zoom', '0']]) {
      await page.getByRole('grid').press(key);
      await page.waitForTimeout(200);
      const { perSecond, longest } = await page.evaluate(measure, { what, seconds: SECONDS });
      rows.push([`${size} × ${size}, ${name}`, perSecond.toFixed(1), longest.toFixed(0)]);
    }
  }
  table(['matrix', 'frames/s', 'longest, ms'], rows);
} finally {
  await browser.close();
  await server.stop();
}
