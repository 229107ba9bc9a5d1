// The server as its clients meet it: every body form, every kind of answer, two clocks over HTTP, start and stop.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync, deflateSync } from 'node:zlib';
import { event, run, scratch, serve } from './server.mjs';

async function started(t, options) {
  const data = scratch(t);
  const server = await serve(data, options);
  t.after(() => server.kill('SIGKILL'));
  return { server, data };
}

const task = (id, type, more = {}) => event({ event_type: type, node_id: id, ...more });

test('events come in as one object, an array, a wrapped list, NDJSON and pretty-printed JSON', async (t) => {
  const { server } = await started(t);
  const json = { 'content-type': 'application/json' };
  const one = await server.post('/api/v1/events', JSON.stringify(task('a', 'TASK_STARTED')), json);
  assert.equal(one.status, 200, one.text);
  assert.equal(one.json.accepted, 1);
  assert.equal(one.json.results[0].status, 'accepted');
  assert.equal(one.json.results[0].seq, 1);
  const two = [task('b', 'TASK_STARTED'), task('b', 'TASK_COMPLETED')];
  assert.equal((await server.post('/api/v1/events', JSON.stringify(two), json)).json.accepted, 2);
  const wrapped = { events: [task('c', 'dde.task.started'), task('c', 'TASK_FAILED')] };
  assert.equal((await server.post('/api/v1/events', JSON.stringify(wrapped), json)).json.accepted, 2);
  const lines = [task('d', 'TASK_STARTED'), task('d', 'TASK_COMPLETED')].map((e) => JSON.stringify(e)).join('\n');
  assert.equal((await server.post('/api/v1/events', lines, { 'content-type': 'application/x-ndjson' })).json.accepted, 2);
  const pretty = JSON.stringify(task('e', 'TASK_STARTED'), null, 2);
  assert.equal((await server.post('/api/v1/events', pretty, json)).json.accepted, 1);
  const graph = (await server.get('/api/v1/dde/graph/it')).json;
  const status = Object.fromEntries(graph.nodes.filter((n) => n.kind === 'Task').map((n) => [n.id, n.status]));
  assert.deepEqual(status, { a: 'RUNNING', b: 'COMPLETED', c: 'FAILED', d: 'COMPLETED', e: 'RUNNING' });
  await server.stop();
});

test('CloudEvents come in structured, as a batch and in binary mode', async (t) => {
  const { server } = await started(t);
  const cloud = (id, type) => ({
    specversion: '1.0', id: `ce-${id}-${type}`, source: '/ci', type: `com.trimodal.dde.task.${type}`, subject: id,
    time: new Date(Date.now() - 60_000).toISOString(), data: { iteration_id: 'it' },
  });
  const structured = await server.post('/api/v1/events', JSON.stringify(cloud('s', 'started')),
    { 'content-type': 'application/cloudevents+json' });
  assert.equal(structured.json.accepted, 1, structured.text);
  const batch = await server.post('/api/v1/events', JSON.stringify([cloud('b', 'started'), cloud('b', 'completed')]),
    { 'content-type': 'application/cloudevents-batch+json' });
  assert.equal(batch.json.accepted, 2, batch.text);
  const binary = await server.post('/api/v1/events', JSON.stringify({ iteration_id: 'it' }), {
    'content-type': 'application/json', 'ce-specversion': '1.0', 'ce-id': 'bin-1', 'ce-source': '/ci',
    'ce-type': 'com.trimodal.dde.task.failed', 'ce-subject': 'x', 'ce-time': new Date(Date.now() - 1000).toISOString(),
  });
  assert.equal(binary.json?.accepted, 1, binary.text);
  await server.stop();
});

test('compressed bodies are read, and a bomb is refused', async (t) => {
  const { server } = await started(t);
  const send = (body, coding) => server.post('/api/v1/events', body, { 'content-encoding': coding });
  assert.equal((await send(gzipSync(JSON.stringify(task('g', 'TASK_STARTED'))), 'gzip')).json.accepted, 1);
  assert.equal((await send(deflateSync(JSON.stringify(task('h', 'TASK_STARTED'))), 'deflate')).json.accepted, 1);
  const bomb = await send(gzipSync(Buffer.alloc(300 * 1024 * 1024, 32)), 'gzip');
  assert.ok(bomb.status >= 400 && bomb.status < 500, bomb.text);
  assert.match(bomb.text, /MiB|bytes|limit/i);
  assert.equal((await send('x', 'br')).status, 415);
  await server.stop();
});

test('each event of a mixed batch gets its own answer, and the rejected one can be found, mended and replayed', async (t) => {
  const { server } = await started(t);
  const good = task('a', 'TASK_COMPLETED');
  const bad = task('a', 'TASK_STRATED');
  const mixed = await server.post('/api/v1/events', [good, bad, good].map((e) => JSON.stringify(e)).join('\n') + '\n{"broken"\n');
  assert.equal(mixed.status, 207);
  assert.deepEqual(mixed.json.results.map((r) => r.status), ['accepted', 'rejected', 'duplicate', 'rejected']);
  assert.match(mixed.json.results[1].reason, /TASK_STARTED/);
  assert.equal(mixed.json.results[1].category, 'SCHEMA_VALIDATION');
  const id = mixed.json.results[1].dead_letter;
  const shown = await server.get(`/api/v1/dlq/${id}`);
  assert.match(shown.text, /TASK_STRATED/);
  const mended = JSON.stringify({ ...bad, event_type: 'TASK_STARTED' });
  const edited = await server.request(`/api/v1/dlq/${id}`, { method: 'PUT', body: mended });
  assert.equal(edited.status, 200, edited.text);
  const dry = await server.post(`/api/v1/dlq/${edited.json.id}/replay`, '{}');
  assert.equal(dry.status, 200, dry.text);
  assert.equal((await server.get('/api/v1/dlq')).json.letters.length, 2, 'a dry run changes nothing');
  const applied = await server.post(`/api/v1/dlq/${edited.json.id}/replay`, '{"apply":true}');
  assert.equal(applied.status, 200, applied.text);
  assert.equal((await server.get('/api/v1/dlq')).json.letters.length, 1);
  assert.equal((await server.get('/api/v1/status')).json.position, 2);
  await server.stop();
});

test('the same key with other content is a conflict, and the first stays', async (t) => {
  const { server } = await started(t);
  const first = task('a', 'TASK_FAILED', { error_message: 'one' });
  await server.post('/api/v1/events', JSON.stringify(first));
  const other = await server.post('/api/v1/events', JSON.stringify({ ...first, error_message: 'two' }));
  assert.equal(other.json.results[0].status, 'conflict');
  assert.equal(other.json.results[0].seq, 1);
  assert.doesNotMatch((await server.get('/api/v1/dde/graph/it')).text, /"two"/);
  await server.stop();
});

test('V and K answer the four questions of the two clocks', async (t) => {
  const { server } = await started(t);
  const noon = Date.now() - 3_600_000;
  const at = (id, type, minutes) => ({ ...task(id, type), timestamp: noon + minutes * 60_000 });
  await server.post('/api/v1/events', JSON.stringify([at('a', 'TASK_STARTED', 0), at('a', 'TASK_COMPLETED', 10)]));
  const known = (await server.get('/api/v1/dde/graph/it')).json.meta.knownAt.ms;
  await new Promise((resolve) => setTimeout(resolve, 20));
  await server.post('/api/v1/events', JSON.stringify(at('a', 'TASK_FAILED', 20)));
  const status = async (query) => (await server.get(`/api/v1/dde/graph/it${query}`)).json.nodes.find((n) => n.id === 'a').status;
  assert.equal(await status(''), 'FAILED', 'what is');
  assert.equal(await status(`?asOf=${noon + 15 * 60_000}`), 'COMPLETED', 'what was, as we know it today');
  assert.equal(await status(`?observedAt=${known}`), 'COMPLETED', 'what did we believe');
  assert.equal(await status(`?asOf=${noon + 5 * 60_000}&observedAt=${known}`), 'RUNNING', 'what did we then believe about before');
  assert.equal(await status(`?asOf=${noon + 25 * 60_000}&observedAt=${known}`), 'COMPLETED', 'what was not known is not shown');
  await server.stop();
});

test('a verdict asked again with the same V and K has the same bytes, whatever came in between', async (t) => {
  const { server } = await started(t);
  await server.post('/api/v1/events', JSON.stringify([task('a', 'TASK_STARTED'), task('a', 'TASK_COMPLETED')]));
  const { validAt, knownAt } = (await server.get('/api/v1/convergence/it/verdict')).json.meta;
  const path = `/api/v1/convergence/it/verdict?asOf=${validAt.ms}&observedAt=${knownAt.ms}`;
  const before = (await server.get(path)).text;
  await server.post('/api/v1/events', JSON.stringify([task('b', 'TASK_STARTED'), task('b', 'TASK_FAILED')]));
  assert.equal((await server.get(path)).text, before);
  await server.stop();
});

test('wrong requests are answered by problem documents that say what to do', async (t) => {
  const { server } = await started(t);
  const cases = [
    ['/api/v1/dde/graph/none', 404], ['/api/v1/nothing', 404], ['/api/v1/iterations?asof=1', 400],
    ['/api/v1/iterations?asOf=yesterday', 400], ['/api/v1/iterations?limit=0', 400], ['/api/v1/dde/graph/%ff', 400],
    ['/api/v1/dlq/999', 404], ['/api/v1/dlq/abc', 400],
  ];
  for (const [path, status] of cases) {
    const answer = await server.get(path);
    assert.equal(answer.status, status, `${path}: ${answer.text}`);
    assert.match(answer.headers.get('content-type'), /application\/problem\+json/, path);
    assert.ok(answer.json.detail.length > 10, path);
  }
  assert.equal((await server.request('/api/v1/iterations', { method: 'DELETE' })).status, 405);
  assert.equal((await server.post('/api/v1/events', '')).status, 400);
  await server.stop();
});

test('health, readiness, metrics, the OpenAPI document and the overview are there', async (t) => {
  const { server } = await started(t);
  await server.post('/api/v1/events', JSON.stringify(task('<b>x', 'TASK_STARTED', { iteration_id: '<i>it' })));
  assert.equal((await server.get('/health')).json.status, 'ok');
  assert.equal((await server.get('/ready')).status, 200);
  const metrics = (await server.get('/metrics')).text;
  assert.match(metrics, /^trimodal_\w+(\{.*\})? [0-9]/m);
  for (const line of metrics.split('\n')) assert.match(line, /^(#.*|[a-zA-Z_:]\w*(\{.*\})? \S+|)$/);
  assert.equal((await server.get('/api/openapi.json')).json.openapi.slice(0, 3), '3.1');
  const page = await server.get('/overview');
  assert.match(page.headers.get('content-type'), /text\/html/);
  assert.doesNotMatch(page.text, /<i>it/, 'what senders write is escaped');
  await server.stop();
});

test('a restart shows the same, byte for byte', async (t) => {
  const { server, data } = await started(t);
  run(['seed', 'golden', '--server', server.url]);
  const moment = `asOf=${Date.now()}`;
  const path = `/api/v1/convergence/Iter-Golden-DesignGap/verdict?${moment}&observedAt=${(await server.get('/api/v1/iterations')).json.meta.knownAt.ms}`;
  const before = await server.get(path);
  assert.equal(before.status, 200, before.text);
  const digest = (await server.get('/api/v1/digest')).json;
  assert.match(digest.facts, /^[0-9a-f]{64}$/);
  await server.stop();
  const again = await serve(data);
  t.after(() => again.kill('SIGKILL'));
  assert.equal((await again.get(path)).text, before.text);
  assert.deepEqual((await again.get('/api/v1/digest')).json, digest);
  await again.stop();
});

test('a second server on the same data is refused with the remedy, and readers work beside the first', async (t) => {
  const { server, data } = await started(t);
  await server.post('/api/v1/events', JSON.stringify([task('a', 'TASK_STARTED'), task('a', 'TASK_COMPLETED')]));
  const second = run(['serve', '--listen', '127.0.0.1:0', '--data', data]);
  assert.equal(second.code, 3);
  assert.match(second.err, /in use by process/);
  const reader = run(['iterations', '--data', data, '--json']);
  assert.equal(reader.code, 0, reader.err);
  assert.match(reader.out, /"it"/);
  await server.stop();
});

test('SIGTERM answers what is in flight and ends with 0', async (t) => {
  const { server } = await started(t);
  const sends = Array.from({ length: 20 }, (_, i) => server.post('/api/v1/events',
    Array.from({ length: 200 }, (_, j) => JSON.stringify(task(`t${i}-${j}`, 'TASK_STARTED'))).join('\n')));
  await Promise.race(sends);
  const stopped = server.stop();
  const answers = await Promise.allSettled(sends);
  await stopped;
  assert.ok(answers.filter((a) => a.status === 'fulfilled').every((a) => a.value.status === 200 || a.value.status === 503));
});

test('configuration by file and environment, and a wrong key is named', async (t) => {
  const { writeFileSync } = await import('node:fs');
  const data = scratch(t);
  writeFileSync(`${data}/c.yaml`, 'listen: 127.0.0.1:0\nlog_format: plain\nconfidence:\n  contract_tag: 0.5\n');
  const server = await serve(`${data}/d`, { args: ['--config', `${data}/c.yaml`], env: { TRIMODAL_LOG_LEVEL: 'warn' } });
  t.after(() => server.kill('SIGKILL'));
  await server.stop();
  writeFileSync(`${data}/bad.yaml`, 'listten: 127.0.0.1:0\n');
  const bad = run(['serve', '--config', `${data}/bad.yaml`, '--data', `${data}/d`]);
  assert.equal(bad.code, 3);
  assert.match(bad.err, /listten/);
  const worse = run(['serve', '--listen', '127.0.0.1:0', '--data', `${data}/d`], { env: { ...process.env, TRIMODAL_LOG_LEVEL: 'loud' } });
  assert.equal(worse.code, 3);
  assert.match(worse.err, /TRIMODAL_LOG_LEVEL/);
});
