// rest.test.mjs: what REST has besides the lenses: pages, single events, searches, saved layouts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { event, run, scratch, serve } from './server.mjs';

async function started(t) {
  const data = scratch(t);
  run(['seed', 'golden', '--data', data]);
  const server = await serve(data);
  t.after(() => server.kill('SIGKILL'));
  return server;
}

const debt = 'Iter-Golden-TechDebt';
const lists = [
  [`/api/v1/acc/graph/${debt}/violations`, 'violations', 'id'], [`/api/v1/acc/graph/${debt}/coupling`, 'modules', 'id'],
  [`/api/v1/bdv/features?iteration=${debt}`, 'features', 'id'], [`/api/v1/bdv/graph/${debt}/contracts`, 'contracts', 'id'],
  [`/api/v1/bdv/graph/${debt}/coverage`, 'requirements', 'id'], [`/api/v1/dde/graph/${debt}/contracts`, 'contracts', 'id'],
  [`/api/v1/convergence/${debt}/contracts`, 'stars', 'id'], [`/api/v1/iterations/${debt}/nodes`, 'nodes', 'id'],
  ['/api/v1/search?q=task', 'hits', 'id'], ['/api/v1/iterations', 'iterations', 'id'],
  ['/api/v1/search/violations', 'violations', 'id'], ['/api/v1/search/logs?q=assert', 'hits', 'seq'],
];

test('every list comes in pages that together are the list, and the Link field leads from one to the next', async (t) => {
  const server = await started(t);
  for (const [path, member, id] of lists) {
    const sign = path.includes('?') ? '&' : '?';
    const whole = await server.get(`${path}${sign}limit=1000`);
    assert.equal(whole.status, 200, whole.text);
    const expected = whole.json[member];
    if (whole.json.next_cursor === null) assert.equal(whole.headers.get('link'), null, path);
    const limit = Math.max(1, Math.floor(expected.length / 3));
    const seen = [];
    let next = `${path}${sign}limit=${limit}`;
    for (let pages = 0; next !== undefined; pages++) {
      assert.ok(pages < 10, path);
      const page = await server.get(next);
      assert.equal(page.status, 200, page.text);
      assert.ok(page.json[member].length <= limit, path);
      seen.push(...page.json[member]);
      const link = page.headers.get('link');
      assert.equal(link === null, page.json.next_cursor === null, path);
      next = link === null ? undefined : /^<(.*)>; rel="next"$/.exec(link)[1];
    }
    assert.deepEqual(seen.map((item) => `${item.iteration} ${item.kind} ${item[id]}`), expected.map((item) => `${item.iteration} ${item.kind} ${item[id]}`), path);
  }
  await server.stop();
});

test('pages stay the pages of one moment, whatever comes in meanwhile', async (t) => {
  const server = await started(t);
  const path = `/api/v1/iterations/${debt}/nodes?kind=Task&limit=20`;
  const before = (await server.get(`/api/v1/iterations/${debt}/nodes?kind=Task&limit=1000`)).json.nodes.map((node) => node.id);
  const first = await server.get(path);
  const early = Array.from({ length: 10 }, (_, i) => event({ iteration_id: debt, event_type: 'TASK_STARTED', node_id: `000-${i}`, timestamp: Date.now() - 1000 }));
  await server.post('/api/v1/events', JSON.stringify(early));
  const seen = first.json.nodes.map((node) => node.id);
  for (let cursor = first.json.next_cursor; cursor !== null;) {
    const page = await server.get(`${path}&cursor=${cursor}`);
    seen.push(...page.json.nodes.map((node) => node.id));
    cursor = page.json.next_cursor;
    assert.deepEqual(page.json.meta.knownAt, first.json.meta.knownAt);
  }
  assert.deepEqual(seen, before);
  for (const cursor of ['x', '1', '1.2', '1.2.3.4', 'g.1.1', '-1.1.1', 'ffffffffffffffff.1.1', '']) {
    const bad = await server.get(`${path}&cursor=${cursor}`);
    assert.equal(bad.status, 400, `${cursor}: ${bad.text}`);
  }
  await server.stop();
});

test('one event is found by its place and by its id, as it was sent', async (t) => {
  const server = await started(t);
  const sent = event({ event_type: 'TASK_FAILED', node_id: 'a', error_message: 'no disk "left"', timestamp: Date.now() - 1000 });
  const { seq } = (await server.post('/api/v1/events', JSON.stringify(sent))).json.results[0];
  for (const id of [seq, sent.event_id]) {
    const found = await server.get(`/api/v1/events/${id}`);
    assert.equal(found.status, 200, found.text);
    assert.equal(found.json.seq, seq);
    assert.equal(found.json.type, 'TASK_FAILED');
    assert.equal(found.json.event.error_message, 'no disk "left"');
  }
  for (const id of ['0', '-1', '99999999', 'nothing', '18446744073709551616']) assert.equal((await server.get(`/api/v1/events/${id}`)).status, 404, id);
  await server.stop();
});

test('messages are found wherever they stand in an event, the newest first, and a long log in several steps', async (t) => {
  const server = await started(t);
  const fail = (n, message) => event({ event_type: 'TASK_FAILED', node_id: `n${n}`, error_message: message, timestamp: Date.now() - 100_000 + n });
  await server.post('/api/v1/events', JSON.stringify([fail(1, 'The Quick "brown" fox'), fail(2, 'the quick dog')]));
  const hits = async (q) => (await server.get(`/api/v1/search/logs?q=${encodeURIComponent(q)}`)).json.hits.map((hit) => hit.text);
  assert.deepEqual(await hits('THE QUICK'), ['the quick dog', 'The Quick "brown" fox']);
  assert.deepEqual(await hits('"brown"'), ['The Quick "brown" fox']);
  assert.deepEqual(await hits('slow fox'), []);
  const many = Array.from({ length: 25_000 }, (_, i) => JSON.stringify(event({ event_type: 'TASK_STARTED', node_id: `m${i}`, iteration_id: 'many', timestamp: Date.now() - 90_000 }))).join('\n');
  assert.equal((await server.post('/api/v1/events?answer=summary', many, { 'content-type': 'application/x-ndjson' })).status, 200);
  const first = await server.get('/api/v1/search/logs?q=quick');
  assert.deepEqual(first.json.hits, []);
  assert.equal(first.json.meta.partial, true, 'it says that it has not looked at all');
  const second = await server.get(`/api/v1/search/logs?q=quick&cursor=${first.json.next_cursor}`);
  assert.equal(second.json.hits.length, 2);
  assert.equal(second.json.next_cursor, null);
  assert.equal((await server.get('/api/v1/search/logs?q=x')).status, 400);
  await server.stop();
});

test('violations of all iterations are found by what they say', async (t) => {
  const server = await started(t);
  const all = (await server.get('/api/v1/search/violations?limit=1000')).json.violations;
  assert.ok(all.length > 0);
  const blocking = (await server.get('/api/v1/search/violations?severity=BLOCKING')).json.violations;
  assert.deepEqual(blocking.map((v) => v.id), all.filter((v) => v.severity === 'BLOCKING').map((v) => v.id));
  const { rule_id: rule, message } = all[0];
  const found = (await server.get(`/api/v1/search/violations?q=${encodeURIComponent((rule ?? message).toUpperCase())}`)).json.violations;
  assert.ok(found.some((v) => v.id === all[0].id && v.iteration === all[0].iteration));
  assert.equal((await server.get('/api/v1/search/violations?severity=BAD')).status, 400);
  await server.stop();
});

test('a layout is saved, listed, read and deleted, and the audit log says so', async (t) => {
  const server = await started(t);
  const put = (name, body) => server.request(`/api/v1/layouts/${name}`, { method: 'PUT', body });
  const layout = { nodes: { a: [1, 2.5] }, zoom: 'ä' };
  assert.equal((await server.get('/api/v1/layouts/mine')).status, 404);
  assert.equal((await put('mine', JSON.stringify(layout))).status, 200);
  assert.equal((await put('my%20%2F%20other', '{}')).status, 200);
  assert.deepEqual((await server.get('/api/v1/layouts/mine')).json.layout, layout);
  assert.deepEqual((await server.get('/api/v1/layouts')).json.layouts.map((one) => one.name), ['mine', 'my / other']);
  assert.equal((await put('mine', '[]')).status, 400);
  assert.equal((await put('mine', '{"a":')).status, 400);
  assert.equal((await put('x'.repeat(129), '{}')).status, 400);
  assert.equal((await put('%0a', '{}')).status, 400);
  assert.equal((await server.request('/api/v1/layouts/mine', { method: 'DELETE' })).json.saved, false);
  assert.equal((await server.get('/api/v1/layouts/mine')).status, 404);
  assert.equal((await server.request('/api/v1/layouts/mine', { method: 'DELETE' })).status, 404);
  const actions = (await server.get('/api/v1/audit?object=mine')).json.entries.map((entry) => entry.action);
  assert.deepEqual(actions.sort(), ['layout.delete', 'layout.save']);
  for (let i = 0; i < 99; i++) assert.equal((await put(`l${i}`, '{}')).status, 200);
  assert.equal((await put('one-too-many', '{}')).status, 409);
  assert.equal((await put('l0', '{"again":1}')).status, 200);
  await server.stop();
});

test('one iteration is what the list says of it', async (t) => {
  const server = await started(t);
  const listed = (await server.get('/api/v1/iterations')).json.iterations.find((one) => one.id === debt);
  assert.deepEqual((await server.get(`/api/v1/iterations/${debt}`)).json.iteration, listed);
  assert.equal((await server.get('/api/v1/iterations/none')).status, 404);
  await server.stop();
});
