// A full disk: a clear refusal, /ready says no, nothing is lost or corrupted, and intake comes back by itself.
// Needs a small file system of its own, so it needs root; says so and is skipped elsewhere.
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { event, run, serve, smallDisk } from './server.mjs';

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

test('a full disk is refused clearly, told by /ready, and recovered from without a restart', async (t) => {
  const disk = smallDisk(t, '6m');
  if (!disk) return t.skip('mounting a small tmpfs needs root');
  const server = await serve(`${disk}/data`);
  t.after(() => server.kill('SIGKILL'));
  writeFileSync(`${disk}/ballast`, Buffer.alloc(3 * 1024 * 1024));
  let acknowledged = 0;
  let refused;
  for (let i = 0; i < 200 && !refused; i++) {
    const lines = Array.from({ length: 100 }, (_, j) => JSON.stringify(event({ event_type: 'TASK_STARTED', node_id: `t${i}-${j}` })));
    const answer = await server.post('/api/v1/events?answer=summary', lines.join('\n'));
    if (answer.status === 200) acknowledged += answer.json.accepted;
    else refused = answer;
  }
  assert.equal(refused?.status, 503, refused?.text);
  assert.match(refused.text, /disk|space|full/i);
  assert.ok(Number(refused.headers.get('retry-after')) >= 1);
  assert.equal((await server.get('/ready')).status, 503);
  assert.equal((await server.get('/health')).status, 200);
  assert.equal((await server.get('/api/v1/status')).json.position, acknowledged, 'what was acknowledged is there, and no more');
  rmSync(`${disk}/ballast`);
  let ready;
  for (let i = 0; i < 50 && ready !== 200; i++) {
    await sleep(200);
    ready = (await server.get('/ready')).status;
  }
  assert.equal(ready, 200, 'it comes back by itself');
  const after = await server.post('/api/v1/events', JSON.stringify(event({ event_type: 'TASK_STARTED', node_id: 'after' })));
  assert.equal(after.status, 200, after.text);
  assert.equal(after.json.results[0].seq, acknowledged + 1);
  await server.stop();
  const verified = run(['rebuild', '--verify', '--data', `${disk}/data`]);
  assert.equal(verified.code, 0, verified.err + verified.out);
});
