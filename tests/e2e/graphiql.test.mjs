// graphiql.test.mjs: the page at /graphql in a real browser, under its own Content-Security-Policy. SCREENSHOTS=DIR keeps pictures.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { event, run, scratch, serve } from './server.mjs';

const browser = process.env.CHROMIUM ?? ['chromium', 'chromium-browser', 'google-chrome']
  .map((name) => spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim()).find(Boolean);
const missing = browser ? false : 'there is no Chromium here: the page was NOT looked at; tools/setup test installs one';

/** A page at /graphql, and all that the browser had to say about it. */
async function visit(t, server, { colorScheme = 'light', path = '/graphql', ...options } = {}) {
  const engine = await chromium.launch({ executablePath: browser, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
  t.after(() => engine.close());
  const context = await engine.newContext({ colorScheme, viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  const said = [], elsewhere = [];
  page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) said.push(message.text()); });
  page.on('pageerror', (error) => said.push(String(error)));
  page.on('requestfailed', (request) => said.push(`failed: ${request.url()}`));
  page.on('request', (request) => { if (!request.url().startsWith(server.url) && !request.url().startsWith('data:')) elsewhere.push(request.url()); });
  await page.goto(server.url + path);
  await page.waitForSelector('.graphiql-execute-button');
  return { page, said, elsewhere, picture: (name) => process.env.SCREENSHOTS && page.screenshot({ path: join(process.env.SCREENSHOTS, `${name}.png`) }) };
}
const result = (page, pattern) => page.waitForFunction((source) =>
  new RegExp(source).test(document.querySelector('.result-window')?.textContent ?? ''), pattern.source, { timeout: 15_000 });

async function started(t, options) {
  const data = scratch(t);
  run(['seed', 'golden', '--data', data]);
  const server = await serve(data, options);
  t.after(() => server.kill('SIGKILL'));
  return server;
}

for (const colorScheme of ['light', 'dark']) {
  test(`GraphiQL loads, asks, explains and complains about nothing (${colorScheme})`, { skip: missing }, async (t) => {
    const server = await started(t);
    const path = `/graphql?${new URLSearchParams({ query: 'query One($id: ID!) { iteration(iterationId: $id) { nodeId } }',
      variables: '{"id": "Iter-Golden-AllPass"}' })}`;
    const { page, said, elsewhere, picture } = await visit(t, server, { colorScheme, path });
    await page.click('.graphiql-execute-button');
    await result(page, /"nodeId":\s*"Iter-Golden-AllPass"/);
    await page.click('button[aria-label="Show Documentation Explorer"]');
    await page.click('.graphiql-doc-explorer-content a:text-is("Query")');
    await page.waitForSelector('.graphiql-doc-explorer-content a:text-is("health")');
    await picture(`graphiql-${colorScheme}`);
    await page.click('button[aria-label="Show History"]');
    await page.click('button[aria-label="Open settings dialog"]');
    await page.waitForSelector('.graphiql-dialog');
    await page.keyboard.press('Escape');
    await page.click('.graphiql-query-editor .CodeMirror');
    await page.keyboard.press('Control+a');
    await page.keyboard.type('{ hea');
    await page.keyboard.press('Control+Space');
    await page.waitForSelector('.CodeMirror-hints');
    await picture(`graphiql-hints-${colorScheme}`);
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => /query=[^&]*health/.test(window.location.search));
    assert.deepEqual(said, []);
    assert.deepEqual(elsewhere, [], 'nothing comes from another host');
    await server.stop();
  });
}

test('GraphiQL runs subscriptions over the WebSocket', { skip: missing }, async (t) => {
  const server = await started(t);
  const path = `/graphql?${new URLSearchParams({ query: 'subscription { nodeStatusUpdated(iterationId: "seen") { position changes { nodeId } } }' })}`;
  const { page, said } = await visit(t, server, { path });
  await page.click('.graphiql-execute-button');
  for (const deadline = Date.now() + 10_000; !/trimodal_live_subscribers\{state="in_step"\} 1\n/.test((await server.get('/metrics')).text);) {
    assert.ok(Date.now() < deadline, 'the page watches');
  }
  await server.post('/api/v1/events', JSON.stringify(event({ event_type: 'TASK_STARTED', node_id: 'watched', iteration_id: 'seen' })), { 'content-type': 'application/json' });
  await result(page, /"nodeId":\s*"watched"/);
  assert.deepEqual(said, []);
  await server.stop();
});

test('without a credential the page is there, and learns the schema once it has one', { skip: missing }, async (t) => {
  const server = await started(t, { auth: true });
  const { page } = await visit(t, server, {});
  await page.click('button:text-is("Headers")');
  await page.click('.graphiql-editor-tool .graphiql-editor:not(.hidden) .CodeMirror');
  await page.keyboard.type(JSON.stringify({ Authorization: `Bearer ${server.local}` }).slice(0, -1)); // the editor closes brackets itself
  await page.click('.graphiql-execute-button');
  await result(page, /"__typename":\s*"Query"/);
  await page.click('button[aria-label="Re-fetch GraphQL schema"]');
  await page.click('button[aria-label="Show Documentation Explorer"]');
  await page.waitForSelector('.graphiql-doc-explorer-content a:text-is("Query")');
  await server.stop();
});
