// browser.mjs: what the page's measurements share: a server with the golden iterations, the browser, percentiles and a table.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const { chromium } = createRequire(new URL('../../tests/e2e/package.json', import.meta.url))('playwright-core');
export const executablePath = process.env.CHROMIUM ?? ['chromium', 'chromium-browser', 'google-chrome']
  .map((name) => spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim()).find(Boolean);
if (!executablePath) { console.error('there is no Chromium here; tools/setup test installs one'); process.exit(2); }
export const binary = process.env.TRIMODAL ?? fileURLToPath(new URL('../../build/trimodal', import.meta.url));

/** A server on a free port, open to everybody, with the golden iterations; `stop` ends it and takes its data away. */
export async function golden() {
  const data = mkdtempSync(join(tmpdir(), 'trimodal-bench-'));
  const seeded = spawnSync(binary, ['seed', 'golden', '--data', data], { encoding: 'utf8' });
  if (seeded.status !== 0) throw new Error(seeded.stderr);
  const child = spawn(binary, ['serve', '--listen', '127.0.0.1:0', '--data', data], { stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, TRIMODAL_AUTH_MODE: 'off' } });
  process.on('exit', () => child.kill('SIGKILL'));
  const url = await new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk) => { text += chunk; const found = /listening on (http:\S+)\n/.exec(text); if (found) resolve(found[1]); });
    child.on('exit', (code) => reject(new Error(`the server ended with ${code}`)));
  });
  return { url, child, data, stop: async () => { const ended = once(child, 'exit'); child.kill('SIGTERM'); await ended; rmSync(data, { recursive: true, force: true }); } };
}

export const percentile = (values, share) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];

export function table(header, rows) {
  const widths = header.map((_, column) => Math.max(...[header, ...rows].map((row) => String(row[column]).length)));
  for (const row of [header, ...rows]) console.log(row.map((cell, column) => (column === 0 ? String(cell).padEnd(widths[0]) : String(cell).padStart(widths[column]))).join('  '));
}
