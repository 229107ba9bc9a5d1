// What a second reader found by black box: the same facts in another order of arrival, and input that is cut or empty.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { event, run, scratch, serve } from './server.mjs';

const bookkeeping = new Set(['observed_at', 'seq', 'created_at', 'meta', 'position']);
const believed = (text) => JSON.stringify(JSON.parse(text), (key, value) => (bookkeeping.has(key) ? undefined : value));

test('in whatever order events arrive, verdict and lenses read the same, to the order of their lists', (t) => {
  const events = [
    ...['w3', 'w1', 'w2'].map((id) => event({ event_type: 'WORKFLOW_STARTED', workflow_id: id })),
    ...['m2', 'm1'].map((id) => event({ event_type: 'ANALYSIS_STARTED', manifest_name: id })),
    event({ event_type: 'TASK_CREATED', node_id: 'T', metadata: { zeta: '1' } }),
    event({ event_type: 'TASK_FAILED', node_id: 'T', metadata: { alpha: '2' } }),
  ];
  const read = (ordered) => {
    const data = scratch(t);
    assert.equal(run(['import', 'events', '-', '--data', data], { input: ordered.map((e) => JSON.stringify(e)).join('\n') }).code, 0);
    return ['dde', 'acc', 'convergence'].map((lens) => believed(run(['show', 'it', '--lens', lens, '--json', '--data', data]).out));
  };
  assert.deepEqual(read([...events].reverse()), read(events));
});

test('a module that moved stands in the component it belongs to now, whichever analysis came in first', async (t) => {
  const analysis = (component) => [
    event({ event_type: 'ANALYSIS_STARTED', manifest_name: 'm' }),
    event({ event_type: 'MODULE_ANALYZED', manifest_name: 'm', module_path: 'a', component }),
    event({ event_type: 'MODULE_ANALYZED', manifest_name: 'm', module_path: 'x', component: 'old' }),
    event({ event_type: 'MODULE_ANALYZED', manifest_name: 'm', module_path: 'y', component: 'new' }),
    event({ event_type: 'ANALYSIS_COMPLETED', manifest_name: 'm' }),
  ];
  const [before, after] = [analysis('old'), analysis('new')];
  for (const order of [[before, after], [after, before]]) {
    const server = await serve(scratch(t));
    t.after(() => server.kill('SIGKILL'));
    for (const events of order) await server.post('/api/v1/events', JSON.stringify(events));
    const { nodes, groups } = (await server.get('/api/v1/acc/graph/it')).json;
    const { x, y } = nodes.find((n) => n.id === 'a');
    const inside = groups.filter((g) => x >= g.x && x <= g.x + g.width && y >= g.y && y <= g.y + g.height).map((g) => g.id);
    assert.deepEqual(inside, ['new']);
    await server.stop();
  }
});

test('manifests are listed by name', async (t) => {
  const server = await serve(scratch(t));
  t.after(() => server.kill('SIGKILL'));
  await server.post('/api/v1/events', JSON.stringify(['m2', 'm1'].map((id) => event({ event_type: 'ANALYSIS_STARTED', manifest_name: id }))));
  const answer = await server.get('/api/v1/acc/manifests?iteration=it');
  assert.deepEqual(answer.json.manifests.map((m) => m.name), ['m1', 'm2']);
  await server.stop();
});

test('an event that is too long is refused for its length, also from a file', (t) => {
  const data = scratch(t);
  const file = join(data, 'long.ndjson');
  const good = event({ event_type: 'TASK_COMPLETED', node_id: 'T' });
  writeFileSync(file, `{"event_id":"${'x'.repeat(3 << 20)}"}\n${JSON.stringify(good)}\n`);
  const done = run(['import', 'events', file, '--data', join(data, 'd')]);
  assert.equal(done.code, 1, done.err);
  assert.match(done.out, /1 accepted, 0 duplicates, 1 rejected/);
  assert.match(done.out, /1048576 are the most/);
});

test('an import of nothing still names the place in the log', async (t) => {
  const server = await serve(scratch(t));
  t.after(() => server.kill('SIGKILL'));
  await server.post('/api/v1/events', JSON.stringify(event({ event_type: 'TASK_COMPLETED', node_id: 'T' })));
  const answer = await server.post('/api/v1/import/events', '[]');
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.json.position, 1);
  await server.stop();
});
