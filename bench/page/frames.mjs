// frames.mjs: how smoothly the page draws task graphs of 1000 and 10 000 nodes, beside what this browser can do at all.
//   TRIMODAL=build/trimodal node bench/page/frames.mjs [TASKS…]      RENDERERS=canvas,webgl says by which
// For each size: first paint of the lens (from opening the address to the first frame with nodes drawn), and frames per second while one pans
// and zooms with the mouse, by the plain canvas and by WebGL. Beside it two limits, measured in the same browser: frames of an empty
// requestAnimationFrame loop, and of a plain canvas that draws as many rectangles and lines and nothing else.
// A headless browser draws with the processor: WebGL by software is what machines without graphics hardware would get.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, serve } from '../../tests/e2e/server.mjs';
import { taskGraph } from './generate.mjs';

const { chromium } = createRequire(new URL('../../tests/e2e/package.json', import.meta.url))('playwright-core');
const GESTURE_MS = 3000, STEP_MS = 12;
const sizes = process.argv.slice(2).map(Number);
if (sizes.length === 0) sizes.push(1000, 10_000);

const found = ['chromium', 'chromium-browser', 'google-chrome'].map((name) => spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim()).find(Boolean);
const renderers = (process.env.RENDERERS ?? 'canvas,webgl').split(',');
const executablePath = process.env.CHROMIUM ?? found;
const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/** Frames per second while `gesture` goes on: the median frame, and the worst one. */
async function frames(page, gesture) {
  await page.evaluate(() => {
    window.__gaps = [];
    let before = performance.now();
    window.__watching = true;
    const tick = (now) => { window.__gaps.push(now - before); before = now; if (window.__watching) requestAnimationFrame(tick); };
    requestAnimationFrame((now) => { before = now; requestAnimationFrame(tick); });
  });
  await gesture();
  const gaps = await page.evaluate(() => { window.__watching = false; return window.__gaps; });
  const sorted = gaps.slice(1).sort((a, b) => a - b);
  return { p50: 1000 / sorted[Math.floor(sorted.length / 2)], p95: 1000 / sorted[Math.floor(sorted.length * 0.95)], worst: 1000 / sorted.at(-1) };
}

/** To and fro with the button held, as a hand would: away from where it began and back. */
async function pan(page, box) {
  const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  await page.mouse.move(middle.x, middle.y);
  await page.mouse.down();
  const until = Date.now() + GESTURE_MS;
  for (let i = 0; Date.now() < until; i++) { await page.mouse.move(middle.x + 220 * Math.sin(i / 25), middle.y + 120 * Math.sin(i / 17)); await sleep(STEP_MS); }
  await page.mouse.up();
}

async function zoom(page, box) {
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  const until = Date.now() + GESTURE_MS;
  for (let i = 0; Date.now() < until; i++) { await page.mouse.wheel(0, Math.floor(i / 30) % 2 === 0 ? -40 : 40); await sleep(STEP_MS * 2); }
}

/** What this browser draws at most: nothing, and rectangles and lines on a plain canvas of the same size. */
function limits(page, nodes, edges) {
  return page.evaluate(async ({ nodeCount, edgeCount }) => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 1400, height: 700 }), context = canvas.getContext('2d');
    document.body.replaceChildren(canvas);
    const columns = Math.ceil(Math.sqrt(nodeCount * 2));
    const at = (i) => [(i % columns) * (1400 / columns), Math.floor(i / columns) * (1400 / columns)];
    const run = async (draw) => {
      const gaps = [];
      let before = await new Promise(requestAnimationFrame);
      for (const end = before + 2500; before < end;) { draw(gaps.length); const now = await new Promise(requestAnimationFrame); gaps.push(now - before); before = now; }
      gaps.sort((a, b) => a - b);
      return 1000 / gaps[Math.floor(gaps.length / 2)];
    };
    const empty = await run(() => undefined);
    const plain = await run((frame) => {
      context.setTransform(1, 0, 0, 1, 0, 0); context.clearRect(0, 0, 1400, 700); context.translate(20 * Math.sin(frame / 9), 0);
      context.lineWidth = 1; context.strokeStyle = '#888'; context.beginPath();
      for (let i = 0; i < edgeCount; i++) { const [x, y] = at(i % nodeCount), [u, v] = at((i * 7 + 13) % nodeCount === 0 ? 0 : (i % nodeCount + columns + (i % 5)) % nodeCount); context.moveTo(x, y); context.lineTo(u, v); }
      context.stroke();
      context.fillStyle = '#345';
      for (let i = 0; i < nodeCount; i++) { const [x, y] = at(i); context.fillRect(x, y, 8, 4); context.strokeRect(x, y, 8, 4); }
    });
    return { empty, plain };
  }, { nodeCount: nodes, edgeCount: edges });
}

const rows = [];
const text = (value) => (value >= 10 ? value.toFixed(0) : value.toFixed(1));
const shown = ({ p50, p95, worst }) => `${text(p50)} / ${text(p95)} / ${text(worst)}`;

async function measure(server, browser, tasks, renderer) {
  const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
  await page.addInitScript((name) => { window.localStorage.setItem('trimodal.renderer', name); }, renderer);
  const began = Date.now();
  await page.goto(`${server.url}/iterations/big-${tasks}/execution`);
  await page.waitForFunction(() => Number(document.querySelector('[data-drawn]')?.dataset.drawn ?? 0) > 0, null, { timeout: 60_000, polling: 'raf' });
  const first = Date.now() - began;
  await sleep(1500);
  const frame = await page.getByRole('group', { name: /^Tasks of/ }).boundingBox();
  const panning = await frames(page, () => pan(page, frame));
  await sleep(800);
  const zooming = await frames(page, () => zoom(page, frame));
  await page.getByRole('button', { name: 'Fit' }).click();
  await sleep(800);
  const whole = await frames(page, () => pan(page, frame));
  const drawn = await page.evaluate(() => document.querySelector('[data-drawn]').dataset.drawn);
  rows.push([String(tasks), renderer, `${first} ms`, drawn, shown(panning), shown(zooming), shown(whole)]);
  await page.context().close();
  process.stderr.write(`${rows.at(-1).join(' · ')}\n`);
}

const data = mkdtempSync(join(tmpdir(), 'trimodal-frames-'));
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
try {
  for (const tasks of sizes) {
    const file = join(data, `${tasks}.ndjson`);
    writeFileSync(file, [...taskGraph(tasks, `big-${tasks}`)].map((one) => JSON.stringify(one)).join('\n') + '\n');
    run(['import', 'events', file, '--data', join(data, 'store')]);
  }
  const server = await serve(join(data, 'store'));
  for (const tasks of sizes) {
    for (const renderer of renderers) await measure(server, browser, tasks, renderer);
    const page = await browser.newPage();
    await page.goto('about:blank');
    const { empty, plain } = await limits(page, tasks, tasks * 3);
    rows.push([String(tasks), 'plain canvas', '', '', text(plain), '', ''], [String(tasks), 'empty loop', '', '', text(empty), '', '']);
    await page.close();
  }
  await server.stop();
} finally {
  await browser.close();
  rmSync(data, { recursive: true, force: true });
}

const head = ['nodes', 'drawn by', 'first paint', 'elements at last', 'panning, frames/s P50 / P95 / worst', 'zooming', 'panning over all'];
const widths = head.map((one, i) => Math.max(one.length, ...rows.map((row) => row[i].length)));
const line = (cells) => `| ${cells.map((one, i) => one.padEnd(widths[i])).join(' | ')} |`;
const cpu = execFileSync('sh', ['-c', "sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1; nproc"], { encoding: 'utf8' }).trim().split('\n').join(', cores: ');
console.log([`Chromium ${browser.version()}, headless; ${cpu}`, line(head), `|${widths.map((one) => '-'.repeat(one + 2)).join('|')}|`, ...rows.map(line)].join('\n'));
