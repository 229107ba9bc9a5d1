// The four WebSocket streams, read by a real client: what it puts together is what the REST graphs say.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import WebSocket from 'ws';
import { event, run, scratch, serve } from './server.mjs';
import { Picture, watch } from './live_client.mjs';

const streams = {
  dde: 'dde/execution/ITERATION/stream',
  bdv: 'bdv/execution/ITERATION/stream',
  acc: 'acc/analysis/ITERATION/stream',
  convergence: 'convergence/ITERATION/stream',
};
const stream = (name, iteration = 'it', query = '') => streams[name].replace('ITERATION', iteration) + query;
const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

async function started(t, options) {
  const server = await serve(scratch(t), options);
  t.after(() => server.kill('SIGKILL'));
  return server;
}

async function post(server, events, headers = {}) {
  const answer = await server.post('/api/v1/events', JSON.stringify(events), { 'content-type': 'application/json', ...headers });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.json.accepted, Array.isArray(events) ? events.length : 1, answer.text);
  return answer.json;
}

const task = (id, type, more = {}) => event({ event_type: type, node_id: id, ...more });

/** Waits until what the reader holds is what the graph of its lens says now. */
async function agrees(server, reader, lens, iteration = 'it', keep = () => true) {
  let now, held;
  for (let tries = 0; tries < 200; tries++) {
    const graph = (await server.get(`/api/v1/${lens}/graph/${iteration}`)).json;
    const ids = new Set(graph.nodes.filter(keep).map((node) => `${node.kind} ${node.id}`));
    now = new Picture({
      nodes: graph.nodes.filter(keep),
      edges: graph.edges.filter((link) => ids.has(`${link.source_kind} ${link.source}`) && ids.has(`${link.target_kind} ${link.target}`)),
    }).text();
    held = reader.picture.text();
    if (now === held) return;
    await sleep(20);
  }
  assert.equal(held, now);
}

/** Each frame begins no later than where the one before it ended. */
function assertNoGaps(reader) {
  let told = Infinity;
  for (const frame of reader.frames) {
    assert.ok(frame.from_position <= told, `a gap before ${JSON.stringify(frame).slice(0, 300)}`);
    assert.ok(frame.position >= frame.from_position);
    told = frame.position;
  }
}

async function metric(server, name) {
  const line = (await server.get('/metrics')).text.split('\n').find((text) => text.startsWith(`${name} `));
  assert.ok(line, `there is no ${name}`);
  return Number(line.split(' ').at(-1));
}

describe('streams', { concurrency: 2 }, () => {
  test('all four follow an iteration from its first event to its last', async (t) => {
    const server = await started(t);
    const iteration = 'Iter-Golden-TechDebt';
    const readers = {};
    for (const name of Object.keys(streams)) readers[name] = await watch(server, stream(name, iteration));
    const lines = run(['seed', 'golden', '--print']).out.split('\n').filter((line) => line.includes(iteration));
    assert.ok(lines.length > 200);
    for (let at = 0; at < lines.length; at += 97) {
      const answer = await server.post('/api/v1/events', lines.slice(at, at + 97).join('\n'), { 'content-type': 'application/x-ndjson' });
      assert.equal(answer.status, 200, answer.text);
    }
    const seen = new Set();
    for (const [name, reader] of Object.entries(readers)) {
      await agrees(server, reader, name, iteration);
      assert.equal(reader.frames[0].type, 'position');
      assert.ok(reader.frames.every((frame) => frame.stream === name && frame.iteration === iteration));
      assertNoGaps(reader);
      for (const frame of reader.frames) for (const node of frame.nodes ?? []) seen.add(node.event);
    }
    for (const name of ['TASK_COMPLETED', 'SCENARIO_PASSED', 'MODULE_ANALYZED', 'VIOLATION_DETECTED']) assert.ok(seen.has(name), name);
    const verdicts = readers.convergence.frames.map((frame) => frame.verdict).filter(Boolean);
    const verdict = (await server.get(`/api/v1/convergence/${iteration}/verdict`)).json;
    assert.equal(verdicts.at(-1).event, 'VERDICT_CHANGED');
    assert.equal(verdicts.at(-1).verdict, verdict.verdict.verdict);
    assert.ok(Object.values(readers).slice(0, 3).every((reader) => reader.frames.every((frame) => !frame.verdict)));
    await server.stop();
    for (const reader of Object.values(readers)) assert.equal((await reader.ended).code, 1001);
  });

  test('an acknowledged event is told with the state it leads to and the links it makes, each with its confidence', async (t) => {
    const server = await started(t);
    const reader = await watch(server, stream('convergence'));
    await reader.next((frame) => frame.type === 'position');
    await post(server, task('T1', 'TASK_CREATED', { requirement_id: 'R1' }));
    const created = await reader.next();
    assert.deepEqual(created.nodes.map((node) => [node.kind, node.id, node.change, node.event]).find(([kind]) => kind === 'Task'),
      ['Task', 'T1', 'CREATED', 'TASK_CREATED']);
    assert.deepEqual(created.links, []);
    await post(server, event({ event_type: 'REQUIREMENT_DECLARED', node_id: 'R1', metadata: { name: 'Pay' } }));
    const linked = await reader.next();
    assert.deepEqual(linked.links.map(({ change, link }) => [change, link.kind, link.source, link.target, link.confidence, link.method]),
      [['CREATED', 'FULFILLED_BY', 'R1', 'T1', 1, 'explicit_id']]);
    await post(server, task('T1', 'TASK_STARTED'));
    const running = (await reader.next()).nodes.find((node) => node.id === 'T1');
    assert.deepEqual([running.status, running.previous_status, running.event], ['RUNNING', 'PENDING', 'TASK_STARTED']);
    await post(server, task('T1', 'TASK_STARTED', { requirement_id: 'R2' }));
    const moved = await reader.next();
    assert.deepEqual(moved.links.map(({ change, link }) => [change, link.source]), [['DELETED', 'R1']]);
    await agrees(server, reader, 'convergence');
    await server.stop();
  });

  test('what an analysis sweeps away is told as gone', async (t) => {
    const server = await started(t);
    const reader = await watch(server, stream('acc'));
    const analysis = (modules) => [
      event({ event_type: 'ANALYSIS_STARTED', manifest_name: 'm' }),
      ...modules.map((path) => event({ event_type: 'MODULE_ANALYZED', manifest_name: 'm', module_path: path, component: 'core' })),
      event({ event_type: 'ANALYSIS_COMPLETED', manifest_name: 'm', total_modules: modules.length }),
    ];
    await post(server, analysis(['src/a.ts', 'src/b.ts']));
    await agrees(server, reader, 'acc');
    await post(server, analysis(['src/a.ts']));
    await reader.next((frame) => (frame.nodes ?? []).some((node) => node.id === 'src/b.ts' && node.change === 'DELETED' && node.node === null));
    await agrees(server, reader, 'acc');
    await server.stop();
  });

  test('an event that lies ahead is told when its time comes', async (t) => {
    const server = await started(t);
    const reader = await watch(server, stream('dde'));
    await post(server, task('T1', 'TASK_STARTED', { timestamp: Date.now() + 1500 }));
    await sleep(700);
    assert.ok(reader.frames.every((frame) => frame.type === 'position'));
    await reader.next((frame) => frame.type === 'changes', 5000);
    await agrees(server, reader, 'dde');
    await server.stop();
  });

  test('filters by lens and requirement let through what belongs, also when it comes to belong later', async (t) => {
    const server = await started(t);
    const lens = await watch(server, stream('convergence', 'it', '?lenses=dde,acc'));
    const mine = await watch(server, stream('convergence', 'it', '?requirements=R1'));
    await post(server, [
      event({ event_type: 'REQUIREMENT_DECLARED', node_id: 'R1', metadata: { name: 'Pay' } }),
      event({ event_type: 'REQUIREMENT_DECLARED', node_id: 'R2', metadata: { name: 'Ship' } }),
      task('T1', 'TASK_STARTED', { requirement_id: 'R1' }),
      task('T2', 'TASK_STARTED', { requirement_id: 'R2' }),
      event({ event_type: 'SCENARIO_PASSED', scenario_id: 's1', feature_path: 'f', scenario_tags: ['@requirement:R1'] }),
      event({ event_type: 'MODULE_ANALYZED', manifest_name: 'm', module_path: 'src/a.ts', component: 'core' }),
    ]);
    const lensKinds = ['Task', 'Artifact', 'InterfaceContract', 'QualityGate', 'ArchitectureComponent', 'CodeModule', 'Violation', 'Cycle'];
    await agrees(server, lens, 'convergence', 'it', (node) => lensKinds.includes(node.kind));
    await agrees(server, mine, 'convergence', 'it', (node) => ['R1', 'T1', 's1'].includes(node.id));
    await post(server, task('T2', 'TASK_COMPLETED', { requirement_id: 'R1' }));
    await agrees(server, mine, 'convergence', 'it', (node) => ['R1', 'T1', 'T2', 's1'].includes(node.id));
    await post(server, task('T1', 'TASK_COMPLETED', { requirement_id: 'R2' }));
    await agrees(server, mine, 'convergence', 'it', (node) => ['R1', 'T2', 's1'].includes(node.id));
    for (const query of ['?lenses=nothing', '?since=x', '?since=-1', '?color=red']) {
      await assert.rejects(watch(server, stream('convergence', 'it', query)), { status: 400 }, query);
    }
    await assert.rejects(watch(server, stream('dde', 'it', '?lenses=dde')), { status: 400 });
    const plain = await server.get(`/api/v1/${stream('dde')}`);
    assert.equal(plain.status, 426);
    assert.equal(plain.headers.get('upgrade'), 'websocket');
    await server.stop();
  });

  test('whoever comes back names where it stood and gets what it missed', async (t) => {
    const server = await started(t);
    await post(server, [task('T1', 'TASK_STARTED'), task('T2', 'TASK_STARTED')]);
    const answer = (await server.get('/api/v1/dde/graph/it')).json;
    const since = `${answer.meta.position}@${answer.meta.validAt.ms}`;
    await post(server, [task('T1', 'TASK_COMPLETED'), task('T3', 'TASK_STARTED')]);
    const first = await watch(server, stream('dde', 'it', `?since=${since}`), { picture: new Picture(answer) });
    const missed = await first.next();
    assert.deepEqual([missed.type, missed.coalesced, missed.from_position], ['changes', true, answer.meta.position]);
    assert.deepEqual(missed.nodes.map((node) => node.id), ['T1', 'T3']);
    await agrees(server, first, 'dde');
    const { cursor, position } = first.last();
    await first.close();
    await post(server, task('T3', 'TASK_FAILED'));
    for (const back of [cursor, position]) { // in the query, or as the first word
      const again = await watch(server, stream('dde', 'it', `?since=${back}`), { picture: first.picture });
      assert.equal((await again.next()).from_position, position);
      await agrees(server, again, 'dde');
      await again.close();
    }
    const spoken = await watch(server, stream('dde'));
    await spoken.next((frame) => frame.type === 'position');
    spoken.picture = new Picture(answer);
    spoken.socket.send(JSON.stringify({ since }));
    await spoken.next((frame) => frame.type === 'changes' && frame.from_position === answer.meta.position);
    await agrees(server, spoken, 'dde');
    const other = await watch(server, stream('dde', 'it', '?since=1000000@5'));
    assert.equal((await other.next()).type, 'read_afresh');
    for (const nonsense of ['{"since":-1}', '{"since":"x"}', '{}', 'x', '[]', '{"since":1.5}']) {
      const reader = await watch(server, stream('dde'));
      reader.socket.send(nonsense);
      assert.equal((await reader.ended).code, 1008, nonsense);
    }
    await server.stop();
  });

  test('too much to tell is said in a word', async (t) => {
    const server = await started(t);
    const reader = await watch(server, stream('dde'));
    await reader.next();
    const many = Array.from({ length: 10_001 }, (_, i) => task(`T${i}`, 'TASK_CREATED'));
    await post(server, many);
    await reader.next((frame) => frame.type === 'read_afresh' || frame.nodes?.length >= 10_000);
    const back = await watch(server, stream('dde', 'it', '?since=0'));
    assert.equal((await back.next()).type, 'read_afresh');
    await server.stop();
  });

  test('a reader that does not read is told the newest state once it does, and is cut when it never does; nobody else waits', async (t) => {
    const server = await started(t);
    const quick = await watch(server, stream('dde'));
    const slow = await watch(server, stream('dde'));
    await Promise.all([quick.next(), slow.next()]);
    const grow = async (rounds) => {
      const times = [];
      for (let i = 0; i < rounds; i++) {
        const begun = performance.now();
        await post(server, task('T1', i % 2 ? 'TASK_STARTED' : 'TASK_RETRYING', { metadata: { text: 'x'.repeat(200_000), round: `${i}` } }));
        times.push(performance.now() - begun);
        await quick.next((frame) => frame.nodes?.[0]?.node.properties.metadata.round === `${i}`);
      }
      return Math.max(...times);
    };
    slow.socket.pause();
    const held = await grow(80);
    assert.ok(held < 2000, `an event took ${held} ms while a reader was slow`);
    assert.equal(await metric(server, 'trimodal_live_subscribers{state="late"}'), 1);
    slow.socket.resume();
    const late = await slow.next((frame) => frame.late);
    assert.equal(late.coalesced, true);
    assert.ok(slow.frames.length < quick.frames.length);
    await agrees(server, slow, 'dde');
    assertNoGaps(slow);
    assert.equal(await metric(server, 'trimodal_live_subscribers{state="late"}'), 0);

    slow.socket.pause();
    await grow(80);
    for (let tries = 0; tries < 400 && await metric(server, 'trimodal_live_cut_total') === 0; tries++) await sleep(100);
    assert.equal(await metric(server, 'trimodal_live_cut_total'), 1);
    slow.socket.resume();
    assert.ok([1013, 1006].includes((await slow.ended).code));
    await grow(1);
    await agrees(server, quick, 'dde');
    await server.stop();
  });

  test('2000 who wait cost little memory', async (t) => {
    const server = await started(t);
    const resident = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.child.pid}/status`, 'utf8'))[1]);
    await post(server, task('T1', 'TASK_STARTED'));
    const warm = await watch(server, stream('convergence'));
    await warm.next();
    const before = resident();
    const count = 2000;
    const sockets = [];
    const heard = [];
    for (let i = 0; i < count; i++) {
      const socket = new WebSocket(`${server.url.replace(/^http/, 'ws')}/api/v1/${stream('convergence', `it${i % 200}`)}`);
      sockets.push(socket);
      heard.push(new Promise((resolve, reject) => { socket.once('message', resolve); socket.once('error', reject); }));
      if (i % 100 === 99) await Promise.all(heard);
    }
    await Promise.all(heard);
    const each = (resident() - before) / count;
    t.diagnostic(`${each.toFixed(1)} KiB a subscriber`);
    assert.ok(each <= 64, `${each} KiB`);
    await post(server, task('T1', 'TASK_STARTED', { iteration_id: 'it7' }));
    for (const socket of sockets) socket.terminate();
    for (let tries = 0; tries < 100 && await metric(server, 'trimodal_live_subscribers{state="in_step"}') > 1; tries++) await sleep(50);
    assert.equal(await metric(server, 'trimodal_live_subscribers{state="in_step"}'), 1);
    await server.stop();
  });

  test('only who may read an iteration may watch it, and only as long as the credential is good', async (t) => {
    const server = await started(t, { auth: true });
    const token = async (name, role, tenant) => {
      const answer = await server.post('/api/v1/tokens', JSON.stringify({ name, role, tenant }), { 'content-type': 'application/json' });
      assert.ok(answer.status < 300, answer.text);
      return { headers: { authorization: `Bearer ${answer.json.token}` } };
    };
    const viewer = await token('looker', 'viewer', 'blue');
    const engineer = await token('builder', 'engineer', 'blue');
    const stranger = await token('stranger', 'viewer', 'green');
    await assert.rejects(watch(server, stream('convergence')), { status: 401 });
    await assert.rejects(watch(server, stream('convergence'), { headers: { authorization: 'Bearer tm_wrong' } }), { status: 401 });
    await assert.rejects(watch(server, stream('convergence', 'it', '?tenant=blue'), stranger), { status: 403 });
    const mine = await watch(server, stream('convergence'), viewer);
    const theirs = await watch(server, stream('convergence'), stranger);
    await Promise.all([mine.next(), theirs.next()]);
    await post(server, task('T1', 'TASK_STARTED'), engineer.headers);
    await mine.next((frame) => frame.type === 'changes');
    const listed = (await server.get('/api/v1/tokens')).json.tokens.find((each) => each.name === 'looker');
    assert.ok((await server.request(`/api/v1/tokens/${listed.id}`, { method: 'DELETE' })).status < 300);
    await post(server, task('T1', 'TASK_COMPLETED'), engineer.headers);
    assert.equal((await mine.ended).code, 1008);
    assert.ok(mine.frames.every((frame) => !JSON.stringify(frame).includes('COMPLETED')));
    await sleep(100);
    assert.ok(theirs.frames.every((frame) => frame.type === 'position'));
    await server.stop();
  });
});
