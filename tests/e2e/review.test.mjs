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
  assert.deepEqual(read(events.toReversed()), read(events));
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
