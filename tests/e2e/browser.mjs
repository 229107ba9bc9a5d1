// browser.mjs: what the page's tests share: a server with data, a real Chromium, and ways to find things as people do: by role and name.
// SCREENSHOTS=DIR says where the pictures go; build-test/screenshots where nothing is said.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { run, scratch, serve } from './server.mjs';

const browser = process.env.CHROMIUM ?? ['chromium', 'chromium-browser', 'google-chrome']
  .map((name) => spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim()).find(Boolean);
export const skip = browser ? false : 'there is no Chromium here: the page was NOT looked at; tools/setup test installs one';
const pictures = process.env.SCREENSHOTS ?? fileURLToPath(new URL('../../build-test/screenshots', import.meta.url));
mkdirSync(pictures, { recursive: true });
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** A server with the golden five. */
export async function started(t, options = {}) {
  const data = options.data ?? scratch(t);
  if (!options.empty) run(['seed', 'golden', '--data', data]);
  const server = await serve(data, options);
  t.after(() => server.kill('SIGKILL'));
  return server;
}

/** A page, and all that the browser complained about. CSP violations and failed requests are told on the console. */
export async function visit(t, server, path, options = {}) {
  const engine = await chromium.launch({ executablePath: browser, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
  t.after(() => engine.close());
  const context = await engine.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const said = [], elsewhere = [];
  page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) said.push(message.text()); });
  page.on('pageerror', (error) => said.push(String(error)));
  page.on('request', (request) => { if (!request.url().startsWith(server.url) && !request.url().startsWith('data:')) elsewhere.push(request.url()); });
  await page.goto(server.url + path);
  return { page, said, elsewhere, engine };
}

/** Signs a page in with a new token of this role. The server asks for credentials (auth: true). */
export async function signIn(page, server, role) {
  const made = await server.post('/api/v1/tokens', JSON.stringify({ name: `${role}-${Date.now()}`, role, tenant: 'default' }), { 'content-type': 'application/json' });
  await page.goto(`${server.url}/?token=${made.json.token}`);
}

/** Within a page or a part of one; what a row must have is looked for from the row. */
export const rowNamed = (within, name) => within.getByRole('row').filter({ has: (within.page?.() ?? within).getByRole('rowheader', { name, exact: true }) });
/** One number of a lens: its term with what it is and is measured against. */
export const numberNamed = (page, name) => page.getByRole('term').filter({ hasText: new RegExp(`^${name}$`) }).locator('..');
export const heading = (page, name, options = {}) => page.getByRole('heading', { name, exact: true, ...options });
export const shot = (page, name) => page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });

/** What axe finds, by rule and place. It is put in by the debugger, which the page's policy does not bind. */
export async function findings(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  return violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(' ')).join(', ')}`);
}
