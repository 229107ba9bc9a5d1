// access_log.test.mjs: one line a request where it is asked for, with what belongs in it and nothing that does not.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import WebSocket from 'ws';
import { event, scratch, serve } from './server.mjs';

/** The access lines so far; those of requests before `answered` are there, as a line is written with its answer. */
const lines = (server) => server.errors().split('\n').filter((one) => one.includes('"request_id"')).map((one) => JSON.parse(one));
async function line(server, test) {
  for (let tries = 0; tries < 100; tries += 1) {
    const found = lines(server).find(test);
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.fail(`no such line in\n${server.errors()}`);
}
async function started(t, env) {
  const server = await serve(scratch(t), { auth: true, env: { TRIMODAL_ACCESS_LOG_REQUESTS: 'all', ...env } });
  t.after(() => server.kill('SIGKILL'));
  return server;
}

describe('the access log', () => {
  test('is off unless it is asked for', async (t) => {
    const server = await started(t, { TRIMODAL_ACCESS_LOG_REQUESTS: 'off' });
    const answer = await server.get('/api/v1/iterations');
    assert.equal(answer.headers.get('x-request-id'), null);
    await server.stop();
    assert.deepEqual(lines(server), []);
  });
  test('says who asked what about whom, with what result, by which trace; not which thing, and no query', async (t) => {
    const server = await started(t, {});
    const made = await server.post('/api/v1/tokens', JSON.stringify({ name: 'ci-acme', role: 'engineer', tenant: 'acme' }), { 'content-type': 'application/json' });
    const authorization = `Bearer ${made.json.token}`;
    const trace = '0af7651916cd43dd8448eb211c80319c';
    const body = JSON.stringify(event({ event_type: 'TASK_STARTED', node_id: 'secret-node', iteration_id: 'secret-iteration' }));
    const sent = await server.request('/api/v1/events?answer=summary', { method: 'POST', body, headers: { authorization, traceparent: `00-${trace}-b7ad6b7169203331-01`, 'x-request-id': 'ci-42' } });
    assert.equal(sent.headers.get('x-request-id'), 'ci-42');
    const found = await line(server, (one) => one.request_id === 'ci-42');
    assert.deepEqual(Object.keys(found), ['time', 'level', 'message', 'request_id', 'method', 'route', 'status', 'bytes_in', 'bytes_out', 'duration_ms', 'tenant', 'subject', 'trace_id']);
    assert.deepEqual([found.message, found.method, found.route, found.status, found.tenant, found.trace_id], ['POST /api/v1/events 200', 'POST', '/api/v1/events', 200, 'acme', trace]);
    assert.deepEqual([found.bytes_in, found.bytes_out], [body.length, sent.text.length]);
    assert.ok(found.duration_ms > 0 && found.duration_ms < 10_000);
    assert.equal(found.subject, 'token:ci-acme');

    const own = (await server.request('/api/v1/dde/graph/secret-iteration?asOf=now', { headers: { authorization, 'x-request-id': 'no id: "' } })).headers.get('x-request-id');
    assert.match(own, /^[0-9a-f]{8}-[0-9a-f]+$/);
    assert.deepEqual([(await line(server, (one) => one.request_id === own)).route], ['/api/v1/dde/graph/{iteration}']);
    await server.request('/api/v1/secret-path', { headers: { authorization } });
    assert.equal((await line(server, (one) => one.status === 404)).route, null);
    await server.request('/api/v1/iterations', { anonymous: true });
    const refused = await line(server, (one) => one.status === 401);
    assert.deepEqual([refused.subject, refused.trace_id], [null, null]);
    await server.get('/?token=tm_secret');
    await server.request('/api/v1/iterations?tenant=acme', {});
    await line(server, (one) => one.tenant === 'acme' && one.route === '/api/v1/iterations');
    await server.stop();
    assert.doesNotMatch(lines(server).map((one) => JSON.stringify(one)).join('\n'), /secret|127\.0\.0\.1|tm_/);
  });
  test('a WebSocket is its handshake; what is refused before it is understood has a line, too', async (t) => {
    const server = await started(t, {});
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/api/v1/convergence/it/stream`, { headers: { authorization: `Bearer ${server.local}` } });
    await new Promise((resolve, reject) => { socket.on('open', resolve); socket.on('error', reject); });
    const opened = await line(server, (one) => one.status === 101);
    assert.deepEqual([opened.route, opened.tenant !== undefined, typeof opened.subject], ['/api/v1/convergence/{iteration}/stream', true, 'string']);
    socket.terminate();
    await server.request('/api/v1/iterations', { method: 'TRACEX', anonymous: true }).catch(() => undefined);
    await line(server, (one) => one.status >= 400 && one.route === null);
    await server.stop();
  });
  test('paths only where they are allowed, masked; errors only where that is asked for', async (t) => {
    const server = await started(t, { TRIMODAL_ACCESS_LOG_REQUESTS: 'errors', TRIMODAL_ACCESS_LOG_PATHS: 'true' });
    await server.get('/api/v1/iterations');
    await server.get('/api/v1/dde/graph/team-a');
    await server.get('/api/v1/dde/graph/jane.doe@example.com');
    await line(server, (one) => one.path === '/api/v1/dde/graph/team-a');
    await server.stop();
    const all = lines(server);
    assert.deepEqual(all.map((one) => one.status), [404, 404]);
    assert.doesNotMatch(JSON.stringify(all), /jane/);
  });
  test('a flood of requests writes so many lines a second, and says how many it left out', async (t) => {
    const server = await started(t, { TRIMODAL_ACCESS_LOG_LINES_PER_SECOND: '5' });
    const begun = Date.now();
    for (let i = 0; i < 60; i += 1) await server.get('/health');
    const seconds = Math.ceil((Date.now() - begun) / 1000) + 1;
    await new Promise((resolve) => setTimeout(resolve, 2200)); /* the server looks once a second */
    await server.stop();
    const written = lines(server).filter((one) => one.route === '/health').length;
    const left = [...server.errors().matchAll(/access log: (\d+) more lines/g)].reduce((sum, one) => sum + Number(one[1]), 0);
    assert.ok(written >= 5 && written <= 5 * seconds, `${written} in ${seconds} s`);
    assert.equal(written + left, 60);
  });
});
