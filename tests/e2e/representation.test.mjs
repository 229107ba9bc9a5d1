// representation.test.mjs: what HTTP adds to an answer: tags, codings, security headers, CORS, limits. As it is on the wire.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { execFileSync } from 'node:child_process';
import { request as httpRequest } from 'node:http';
import { writeFileSync } from 'node:fs';
import { event, run, scratch, serve } from './server.mjs';

const graph = '/api/v1/convergence/graph/Iter-Golden-TechDebt';

function raw(url, options = {}) {
  return new Promise((resolve, reject) => {
    const asked = httpRequest(url, { method: options.method ?? 'GET', headers: options.headers ?? {} }, (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks) }));
    });
    asked.on('error', reject);
    asked.end(options.body);
  });
}

async function started(t, config = '') {
  const data = scratch(t);
  run(['seed', 'golden', '--data', `${data}/d`]);
  writeFileSync(`${data}/c.yaml`, config);
  const server = await serve(`${data}/d`, { args: ['--config', `${data}/c.yaml`] });
  t.after(() => server.kill('SIGKILL'));
  return server;
}

test('an answer comes again only when something it says has changed', async (t) => {
  const server = await started(t);
  for (const path of [graph, '/api/v1/convergence/Iter-Golden-TechDebt/verdict', '/api/v1/iterations', '/api/v1/policy', '/api/openapi.json']) {
    const first = await raw(server.url + path);
    assert.equal(first.status, 200);
    assert.match(first.headers.etag, /^W\/"[0-9a-f]*-?\.[0-9a-f]{32}"$/, path);
    assert.equal(first.headers['cache-control'], 'no-cache, private');
    assert.equal(first.headers.vary, 'Accept-Encoding, Accept');
    const again = await raw(server.url + path, { headers: { 'if-none-match': first.headers.etag, 'accept-encoding': 'gzip' } });
    assert.equal(again.status, 304, path);
    assert.equal(again.body.length, 0);
    assert.equal(again.headers.etag, first.headers.etag);
    assert.equal(again.headers['cache-control'], 'no-cache, private');
    assert.equal(again.headers['content-type'], undefined);
  }
  const before = await raw(server.url + graph);
  const elsewhere = event({ iteration_id: 'another', event_type: 'TASK_STARTED', node_id: 'a', timestamp: Date.now() - 1000 });
  await server.post('/api/v1/events', JSON.stringify(elsewhere));
  const moved = await raw(server.url + graph, { headers: { 'if-none-match': before.headers.etag } });
  assert.equal(moved.status, 200, 'its meta names the position of the log, which has moved');
  const here = event({ iteration_id: 'Iter-Golden-TechDebt', event_type: 'TASK_STARTED', node_id: 'new', timestamp: Date.now() - 1000 });
  await server.post('/api/v1/events', JSON.stringify(here));
  const after = await raw(server.url + graph, { headers: { 'if-none-match': `${before.headers.etag}, ${moved.headers.etag}` } });
  assert.equal(after.status, 200);
  assert.match(after.body.toString(), /"id":"new"/);
  await server.stop();
});

test('what the clock alone will change is not taken for unchanged', async (t) => {
  const server = await started(t);
  const soon = Date.now() + 1500;
  const at = (type, timestamp) => JSON.stringify(event({ event_type: type, node_id: 'a', timestamp }));
  await server.post('/api/v1/events', at('TASK_STARTED', Date.now() - 1000));
  await server.post('/api/v1/events', at('TASK_COMPLETED', soon));
  const path = '/api/v1/dde/graph/it';
  const first = await raw(server.url + path);
  assert.match(first.headers.etag, /^W\/"-\./, 'a fact lies ahead: no proof');
  assert.equal((await raw(server.url + path, { headers: { 'if-none-match': first.headers.etag } })).status, 304);
  await new Promise((resolve) => setTimeout(resolve, soon + 50 - Date.now()));
  const later = await raw(server.url + path, { headers: { 'if-none-match': first.headers.etag } });
  assert.equal(later.status, 200);
  assert.match(later.body.toString(), /COMPLETED/);
  const relative = await raw(`${server.url}${path}?asOf=-1s`);
  assert.match(relative.headers.etag, /^W\/"-\./);
  await server.stop();
});

test('an override that ends shows when it has ended', async (t) => {
  const server = await started(t);
  const until = Date.now() + 1500;
  const made = await server.post('/api/v1/convergence/Iter-Golden-DesignGap/override',
    JSON.stringify({ reason: 'a release that cannot wait', expires_at: until }));
  assert.equal(made.status, 200, made.text);
  const path = `${server.url}/api/v1/convergence/Iter-Golden-DesignGap/deployment-gate`;
  const open = await raw(path);
  assert.equal(JSON.parse(open.body).deployable ?? JSON.parse(open.body).gate?.deployable, true, open.body.toString());
  await new Promise((resolve) => setTimeout(resolve, until + 50 - Date.now()));
  const closed = await raw(path, { headers: { 'if-none-match': open.headers.etag } });
  assert.equal(closed.status, 200);
  assert.doesNotMatch(closed.body.toString(), /"deployable":true/);
  await server.stop();
});

test('a forged or foreign tag never hides an answer', async (t) => {
  const server = await started(t);
  const { etag } = (await raw(server.url + graph)).headers;
  const proof = /"([0-9a-f]{16})\./.exec(etag)[1];
  for (const path of ['/api/v1/convergence/graph/Iter-Golden-AllPass', `${graph}?asOf=2020-01-01`, '/api/v1/dde/graph/Iter-Golden-TechDebt']) {
    const answer = await raw(server.url + path, { headers: { 'if-none-match': `${etag}, W/"${proof}.0"` } });
    assert.notEqual(answer.status, 304, path);
  }
  assert.equal((await raw(`${server.url}/api/v1/dde/graph/none`, { headers: { 'if-none-match': `*` } })).status, 404);
  await server.stop();
});

test('gzip and zstd are what was there, by the weights that were asked for', async (t) => {
  const server = await started(t);
  const moment = `?asOf=${Date.now()}&observedAt=${Date.now() - 1}`;
  const plain = await raw(server.url + graph + moment);
  const ask = (coding) => raw(server.url + graph + moment, { headers: { 'accept-encoding': coding } });
  const packed = await ask('gzip');
  assert.equal(packed.headers['content-encoding'], 'gzip');
  assert.equal(Number(packed.headers['content-length']), packed.body.length);
  assert.ok(packed.body.length * 5 < plain.body.length);
  assert.deepEqual(gunzipSync(packed.body), plain.body);
  const zstd = await ask('gzip;q=0.9, zstd');
  assert.equal(zstd.headers['content-encoding'], 'zstd');
  assert.deepEqual(execFileSync('zstd', ['-dc'], { input: zstd.body, maxBuffer: 1 << 28 }), plain.body);
  assert.equal((await ask('identity, gzip;q=0')).headers['content-encoding'], undefined);
  assert.equal((await ask('br, deflate')).headers['content-encoding'], undefined);
  const head = await raw(server.url + graph + moment, { method: 'HEAD', headers: { 'accept-encoding': 'gzip' } });
  assert.equal(head.body.length, 0);
  assert.equal(head.headers['content-length'], packed.headers['content-length']);
  assert.equal(head.headers['content-encoding'], 'gzip');
  assert.equal(head.headers.etag, packed.headers.etag);
  const small = await raw(`${server.url}/health`, { headers: { 'accept-encoding': 'gzip' } });
  assert.equal(small.headers['content-encoding'], undefined, 'not worth it');
  await server.stop();
});

test('every answer forbids what a page could do with it, the refusals of the network layer too', async (t) => {
  const server = await started(t);
  const long = 'x'.repeat(70_000);
  for (const [path, options] of [['/api/v1/iterations'], ['/nothing'], ['/health'], ['/metrics'], ['/api/docs'],
    ['/api/v1/iterations', { method: 'DELETE' }], ['/api/v1/events', { method: 'POST', body: '{' }], ['/', { headers: { 'x-long': long.slice(0, 15_000) } }],
    ['/', { headers: { 'x-a': long.slice(0, 17_000) } }]]) {
    const { headers, status } = await raw(server.url + path, options).catch((error) => { throw new Error(`${path}: ${error.message}`); });
    assert.equal(headers['x-content-type-options'], 'nosniff', `${path} ${status}`);
    assert.match(headers['content-security-policy'], /default-src 'none'.*frame-ancestors 'none'/, path);
    assert.equal(headers['referrer-policy'], 'no-referrer', path);
    assert.equal(headers['x-frame-options'], 'DENY', path);
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin', path);
    assert.equal(headers['cross-origin-opener-policy'], 'same-origin', path);
    assert.equal(headers['strict-transport-security'], undefined, 'only TLS can promise it');
  }
  await server.stop();
});

test('a page of another origin reads only where the configuration lets it', async (t) => {
  const server = await started(t, 'cors:\n  origins: [https://app.example]\n  credentials: true\n  max_age_seconds: 99\n');
  const ask = (origin, options = {}) => raw(`${server.url}/api/v1/iterations`, { ...options, headers: { origin, ...options.headers } });
  const friend = await ask('https://app.example');
  assert.equal(friend.headers['access-control-allow-origin'], 'https://app.example');
  assert.equal(friend.headers['access-control-allow-credentials'], 'true');
  assert.match(friend.headers['access-control-expose-headers'], /ETag/);
  assert.equal(friend.headers.vary, 'Accept-Encoding, Accept, Origin');
  const stranger = await ask('https://evil.example');
  assert.equal(stranger.headers['access-control-allow-origin'], undefined);
  assert.match(stranger.headers.vary, /Origin/);
  const preflight = { method: 'OPTIONS', headers: { 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization, x-tenant' } };
  const may = await ask('https://app.example', preflight);
  assert.equal(may.status, 204);
  assert.equal(may.headers['access-control-allow-methods'], 'GET, HEAD');
  assert.equal(may.headers['access-control-allow-headers'], 'authorization, x-tenant');
  assert.equal(may.headers['access-control-max-age'], '99');
  const mayNot = await ask('https://evil.example', preflight);
  assert.equal(mayNot.headers['access-control-allow-methods'], undefined);
  await server.stop();
});

test('without configuration nobody elsewhere reads anything; OPTIONS says what a path answers', async (t) => {
  const server = await started(t);
  const answer = await raw(`${server.url}/api/v1/dlq/1`, { method: 'OPTIONS', headers: { origin: 'https://app.example', 'access-control-request-method': 'PUT' } });
  assert.equal(answer.status, 204);
  assert.equal(answer.headers.allow, 'GET, HEAD, PUT, DELETE');
  assert.equal(answer.headers['access-control-allow-origin'], undefined);
  assert.equal((await raw(`${server.url}/nothing`, { method: 'OPTIONS' })).status, 404);
  await server.stop();
});

test('who asks too often is told when to come back, and may then', async (t) => {
  const server = await started(t, 'limits:\n  read: {user: 2, tenant: 0}\n  burst_seconds: 1\n');
  const ask = () => raw(`${server.url}/api/v1/policy`);
  const first = await ask();
  assert.match(first.headers['ratelimit-policy'], /^"read-user";q=2;w=1$/);
  assert.match(first.headers.ratelimit, /^"read-user";r=1;t=1$/);
  const many = await Promise.all(Array.from({ length: 10 }, ask));
  const refused = many.find((answer) => answer.status === 429);
  assert.ok(refused);
  assert.equal(refused.headers['retry-after'], '1');
  assert.match(refused.headers.ratelimit, /;r=0;/);
  assert.equal(JSON.parse(refused.body).status, 429);
  assert.match(refused.headers['content-type'], /problem\+json/);
  for (let i = 0; i < 5; i++) assert.equal((await raw(`${server.url}/health`)).status, 200, 'health is never refused');
  await new Promise((resolve) => setTimeout(resolve, 1000));
  assert.equal((await ask()).status, 200);
  await server.stop();
});

test('whoever brings no credential is held back by address, and that costs the others nothing', async (t) => {
  const data = scratch(t);
  writeFileSync(`${data}/c.yaml`, 'limits:\n  sign_in: {user: 2}\n  burst_seconds: 1\n');
  const server = await serve(`${data}/d`, { auth: true, args: ['--config', `${data}/c.yaml`] });
  t.after(() => server.kill('SIGKILL'));
  const nobody = await Promise.all(Array.from({ length: 10 }, () => raw(`${server.url}/api/v1/policy`)));
  assert.deepEqual([...new Set(nobody.map((answer) => answer.status))].sort(), [401, 429]);
  assert.equal(nobody.find((answer) => answer.status === 429).headers['retry-after'], '1');
  assert.equal((await server.get('/api/v1/policy')).status, 200);
  await server.stop();
});

test('the page for whoever has not signed in has its looks', async (t) => {
  const data = scratch(t);
  const server = await serve(`${data}/d`, { auth: true });
  t.after(() => server.kill('SIGKILL'));
  const page = await raw(`${server.url}/`, { headers: { accept: 'text/html' } });
  assert.equal(page.status, 401);
  const [, style] = /href="(\/assets\/[^"]+)"/.exec(page.body.toString());
  assert.equal((await raw(server.url + style)).status, 200);
  await server.stop();
});
