// load.mjs: what the first look costs: bytes, first contentful paint, and the time until the list can be used (its rows are there), without and with a throttled
// connection, as Chromium's slow 4G (1.6 Mbit/s down, 750 kbit/s up, 150 ms round trip).
//   node bench/page/load.mjs [--runs N] [--cpu TIMES_SLOWER]        the program: $TRIMODAL, else build/trimodal
// Every run has a browser of its own with an empty cache; the server has the golden iterations. What is printed is the median and the worst.
import { createRequire } from 'node:module';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, serve } from '../../tests/e2e/server.mjs';

const { chromium } = createRequire(new URL('../../tests/e2e/package.json', import.meta.url))('playwright-core');
const { spawnSync } = await import('node:child_process');
const browser = process.env.CHROMIUM ?? ['chromium', 'chromium-browser', 'google-chrome'].map((name) => spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim()).find(Boolean);
const option = (name, fallback) => { const at = process.argv.indexOf(`--${name}`); return at < 0 ? fallback : Number(process.argv[at + 1]); };
const RUNS = option('runs', 5), CPU = option('cpu', 1);
const SLOW_4G = { offline: false, latency: 150, downloadThroughput: (1.6 * 1024 * 1024) / 8, uploadThroughput: (750 * 1024) / 8 };

const sorted = (values) => [...values].sort((a, b) => a - b);
const said = (values) => { const all = sorted(values); return `${Math.round(all[all.length >> 1])} (worst ${Math.round(all.at(-1))})`; };

async function look(url, throttled) {
  const engine = await chromium.launch({ executablePath: browser, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
  try {
    const page = await engine.newPage({ viewport: { width: 1440, height: 900 } });
    const client = await page.context().newCDPSession(page);
    await client.send('Network.enable');
    let bytes = 0, requests = 0, ready = false;
    client.on('Network.loadingFinished', ({ encodedDataLength }) => { if (!ready) { bytes += encodedDataLength; requests += 1; } });
    if (throttled) {
      await client.send('Network.emulateNetworkConditions', SLOW_4G);
      await client.send('Emulation.setCPUThrottlingRate', { rate: CPU });
    }
    await page.goto(url, { waitUntil: 'commit' });
    await page.getByRole('rowheader').first().waitFor({ timeout: 60_000 });
    const interactive = await page.evaluate(() => new Promise((resolve) => { requestAnimationFrame(() => setTimeout(() => resolve(performance.now()), 0)); }));
    ready = true;
    const paint = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN);
    return { bytes, requests, paint, interactive };
  } finally {
    await engine.close();
  }
}

const data = mkdtempSync(join(tmpdir(), 'trimodal-load-'));
run(['seed', 'golden', '--data', data]);
const server = await serve(data);
try {
  for (const throttled of [false, true]) {
    const runs = [];
    for (let i = 0; i < RUNS; i++) runs.push(await look(server.url, throttled));
    const of = (field) => runs.map((one) => one[field]);
    console.log(`${throttled ? `slow 4G${CPU === 1 ? '' : `, processor ${CPU} times slower`}` : 'as it is'}: ${RUNS} runs`);
    console.log(`  first load              ${(sorted(of('bytes'))[RUNS >> 1] / 1024).toFixed(1)} KB over the wire, ${sorted(of('requests'))[RUNS >> 1]} requests`);
    console.log(`  first contentful paint  ${said(of('paint'))} ms`);
    console.log(`  list can be used        ${said(of('interactive'))} ms`);
  }
} finally {
  server.child.kill('SIGKILL');
  rmSync(data, { recursive: true, force: true });
}
