// docs.test.mjs: the pages of the server in a real browser, under their own Content-Security-Policy.
import { spawnSync } from 'node:child_process';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { get as httpGet } from 'node:http';
import { run, scratch, serve } from './server.mjs';

const browser = process.env.CHROMIUM ?? 'chromium';

/** The page's DOM once its scripts are done, and what the browser said about it. */
function visit(t, url) {
  const done = spawnSync(browser, ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', `--user-data-dir=${scratch(t)}`,
    '--enable-logging=stderr', '--v=0', '--virtual-time-budget=20000', '--dump-dom', url], { encoding: 'utf8', timeout: 120_000, maxBuffer: 1 << 26 });
  if (done.error) throw done.error;
  return { dom: done.stdout, said: done.stderr.split('\n').filter((line) => /CONSOLE/.test(line)) };
}

/** As it is on the wire: fetch would decode it. */
function raw(url, headers) {
  return new Promise((resolve, reject) => {
    httpGet(url, { headers }, (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks) }));
    }).on('error', reject);
  });
}

async function started(t) {
  const data = scratch(t);
  run(['seed', 'golden', '--data', data]);
  const server = await serve(data);
  t.after(() => server.kill('SIGKILL'));
  return server;
}

test('/api/docs shows every operation in a browser, and nothing breaks its policy', async (t) => {
  const server = await started(t);
  const { dom, said } = visit(t, `${server.url}/api/docs`);
  assert.deepEqual(said, [], 'the console stays silent');
  const document = (await server.get('/api/openapi.json')).json;
  const operations = Object.values(document.paths).flatMap((path) => Object.keys(path).filter((key) => /^(get|put|post|delete|patch)$/.test(key)));
  assert.ok(operations.length > 50);
  assert.equal((dom.match(/class="opblock opblock-/g) ?? []).length, operations.length);
  await server.stop();
});

test('the overview shows in a browser as it should', async (t) => {
  const server = await started(t);
  const { dom, said } = visit(t, `${server.url}/overview`);
  assert.deepEqual(said, []);
  assert.match(dom, /Iter-Golden-DesignGap/);
  await server.stop();
});

test('a page is asked for each time, its files are kept for ever, and both are compressed where that is accepted', async (t) => {
  const server = await started(t);
  const page = await raw(`${server.url}/api/docs`, {});
  assert.equal(page.headers['cache-control'], 'no-cache');
  assert.match(page.headers['content-security-policy'], /^default-src 'none'; script-src 'self'/);
  assert.doesNotMatch(page.headers['content-security-policy'], /unsafe|\*|https?:/);
  const path = /src="(\/assets\/swagger-ui\.[0-9a-f]{16}\.js)"/.exec(page.body.toString())[1];
  const plain = await raw(server.url + path, {});
  assert.equal(plain.headers['content-encoding'], undefined);
  assert.equal(plain.headers['cache-control'], 'public, max-age=31536000, immutable');
  assert.equal(plain.headers.vary, 'Accept-Encoding');
  const packed = await raw(server.url + path, { 'accept-encoding': 'gzip' });
  assert.equal(packed.headers['content-encoding'], 'gzip');
  assert.ok(gunzipSync(packed.body).equals(plain.body));
  assert.notEqual(packed.headers.etag, plain.headers.etag, 'a strong tag stands for one representation');
  for (const tag of [plain.headers.etag, packed.headers.etag, `"x", ${plain.headers.etag}`]) {
    const again = await raw(server.url + path, { 'if-none-match': tag });
    assert.equal(again.status, 304);
    assert.equal(again.body.length, 0);
    assert.equal(again.headers['content-type'], undefined);
  }
  assert.equal((await raw(`${server.url}/assets/swagger-ui.0000000000000000.js`, {})).status, 404);
  await server.stop();
});
