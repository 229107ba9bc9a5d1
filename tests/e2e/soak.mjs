// Everything at once, for minutes, against the build with sanitizers: senders, readers of every kind, watchers that come and go or
// don't read, operators, broken and hostile requests. `./test --soak SECONDS` runs it.
//
// What must hold at the end: no answer was a 500, every acknowledged event is there once, memory levelled off with the data, and the
// program ends with 0 after SIGTERM, which under ASan means: no leak, no use of what is gone.
//   node tests/e2e/soak.mjs [SECONDS (300)] [SEED]
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import WebSocket from 'ws';
import { run, serve } from './server.mjs';

const seconds = Number(process.argv[2] ?? 300);
const seed = Number(process.argv[3] ?? 20261121);
const EVENTS_PER_SECOND = 400; // the build with sanitizers is slow, and the point is time, not load
const ITERATIONS = 12;
const NODES = 60;

/** Park and Miller's generator, one a worker. */
function generator(state) {
  return (limit) => {
    state = (state * 48271 + 11) % 2147483647;
    return state % limit;
  };
}

const data = mkdtempSync(join(tmpdir(), 'trimodal-soak-'));
run(['seed', 'golden', '--data', data]);
const server = await serve(data, { auth: true });
const authorization = { authorization: `Bearer ${server.local}` };
const until = Date.now() + seconds * 1000;
const counts = {};
const count = (what, n = 1) => { counts[what] = (counts[what] ?? 0) + n; };
const problems = [];
const goes = () => Date.now() < until && problems.length === 0;

async function ask(what, path, init = {}) {
  try {
    const answer = await fetch(server.url + path, { ...init, headers: { ...authorization, ...(init.headers ?? {}) } });
    const text = await answer.text();
    count(`${what} ${answer.status}`);
    if (answer.status >= 500 && answer.status !== 503) problems.push(`${what} ${path}: ${answer.status} ${text.slice(0, 300)}`);
    return { status: answer.status, text, json: () => JSON.parse(text) };
  } catch (error) {
    if (error.name === 'AbortError') { count(`${what} aborted`); return null; }
    problems.push(`${what} ${path}: ${error.cause ?? error}`);
    return null;
  }
}

const iteration = (random) => (random(5) === 0 ? 'Iter-Golden-TechDebt' : `soak-${random(ITERATIONS)}`);

// --- senders ------------------------------------------------------------------------------------------------------------
const TYPES = ['TASK_CREATED', 'TASK_STARTED', 'TASK_COMPLETED', 'TASK_FAILED', 'SCENARIO_STARTED', 'SCENARIO_PASSED', 'SCENARIO_FAILED',
  'MODULE_ANALYZED', 'VIOLATION_DETECTED', 'ARTIFACT_CREATED', 'DEPENDENCY_DETECTED'];
let sent = 0;
let acknowledged = 0;

function event(random) {
  sent += 1;
  const type = TYPES[random(TYPES.length)];
  const event = {
    event_id: `01890000-0000-7000-8000-${sent.toString(16).padStart(12, '0')}`, timestamp: Date.now() - random(3_600_000) + 1_000 * random(3),
    iteration_id: `soak-${random(ITERATIONS)}`, event_type: type, node_id: `${type.split('_')[0].toLowerCase()}-${random(NODES)}`,
    idempotency_key: sent.toString(16).padStart(32, '0'),
  };
  if (type.startsWith('TASK')) event.requirement_id = `REQ-${random(10)}`;
  if (type.startsWith('SCENARIO')) Object.assign(event, { scenario_id: event.node_id, feature_path: `f${random(5)}.feature`, scenario_tags: [`@requirement:REQ-${random(10)}`] });
  if (type === 'MODULE_ANALYZED') Object.assign(event, { module_path: event.node_id, component: `c${random(4)}`, depends_on: [`module-${random(NODES)}`] });
  if (type === 'DEPENDENCY_DETECTED') Object.assign(event, { source_module: `module-${random(NODES)}`, target_module: `module-${random(NODES)}` });
  if (type === 'VIOLATION_DETECTED') Object.assign(event, { violation_type: 'LAYER_VIOLATION', violation_severity: 'BLOCKING', module_path: `module-${random(NODES)}`, violation_message: `mail a${sent}@example.org` });
  return event;
}

async function sender(random) {
  while (goes()) {
    const size = 1 + random(100);
    const lines = Array.from({ length: size }, () => JSON.stringify(event(random)));
    const bad = random(4) === 0 ? 1 : 0;
    if (bad) lines.splice(random(lines.length), 0, ['{"broken":', '{"event_id":"x"}', 'no JSON at all'][random(3)]);
    const answer = await ask('events', '/api/v1/events?answer=summary', { method: 'POST', body: lines.join('\n'), headers: { 'content-type': 'application/x-ndjson' } });
    if (answer?.status === 200 || answer?.status === 207) {
      const said = answer.json();
      acknowledged += said.accepted;
      if (said.accepted !== size || said.rejected !== bad) problems.push(`events: ${size} good, ${bad} bad, answered ${answer.text.slice(0, 300)}`);
    }
    await pause((size * 2 * 1000) / EVENTS_PER_SECOND);
  }
}

// --- readers ------------------------------------------------------------------------------------------------------------
const REST = [(it) => `/api/v1/dde/graph/${it}`, (it) => `/api/v1/bdv/graph/${it}`, (it) => `/api/v1/acc/graph/${it}`, (it) => `/api/v1/acc/graph/${it}/dsm`,
  (it) => `/api/v1/convergence/graph/${it}`, (it) => `/api/v1/convergence/${it}/verdict`, (it) => `/api/v1/iterations/${it}/changes?from=-10m&to=now`,
  () => '/api/v1/iterations', () => '/api/v1/dlq', () => '/api/v1/status', () => '/api/v1/audit', () => '/metrics', () => '/api/openapi.json',
  () => '/api/v1/search?q=module', () => '/api/v1/no-such-thing', () => '/%zz', () => '/api/v1/iterations?limit=minus'];

async function reader(random) {
  while (goes()) {
    let path = REST[random(REST.length)](iteration(random));
    if (/graph|verdict/.test(path) && random(2) === 0) path += `?asOf=-${random(60)}m${random(2) ? `&observedAt=-${random(60)}s` : ''}`;
    await ask('rest', path, { headers: { 'accept-encoding': ['identity', 'gzip', 'zstd'][random(3)] } });
    await pause(random(80));
  }
}

const QUERIES = readFileSync(new URL('soak.graphql', import.meta.url), 'utf8').split(/^# ---.*$/m).map((text) => text.trim()).filter(Boolean);
const HOSTILE = ['{'.repeat(5000), `{${'a:__typename '.repeat(5000)}}`, '{ nothing }', '', 'query($x: Nope) { __typename }',
  `{__schema{types{fields{type{fields{type{fields{type{fields{type{name}}}}}}}}}}}`];

async function querier(random) {
  while (goes()) {
    const hostile = random(8) === 0;
    const query = hostile ? HOSTILE[random(HOSTILE.length)] : QUERIES[random(QUERIES.length)];
    const variables = { it: iteration(random), at: new Date(Date.now() - random(3_600_000)).toISOString() };
    const stop = new AbortController();
    if (random(10) === 0) setTimeout(() => stop.abort(), random(10));
    const answer = await ask(hostile ? 'graphql hostile' : 'graphql', '/graphql', { method: 'POST', body: JSON.stringify({ query, variables }), signal: stop.signal,
      headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json' } });
    if (answer?.status === 200 && !hostile) {
      const errors = (answer.json().errors ?? []).filter((error) => error.extensions?.code !== 'NOT_FOUND');
      if (errors.length > 0) problems.push(`graphql: ${JSON.stringify(errors[0]).slice(0, 300)} for ${query.slice(0, 100)}`);
    } else if (!hostile && answer !== null && answer?.status !== 200 && answer?.status !== 429) problems.push(`graphql: ${answer?.status} ${answer?.text.slice(0, 200)}`);
    await pause(random(100));
  }
}

// --- watchers -----------------------------------------------------------------------------------------------------------
const STREAMS = [(it) => `/api/v1/dde/execution/${it}/stream`, (it) => `/api/v1/bdv/execution/${it}/stream`, (it) => `/api/v1/acc/analysis/${it}/stream`,
  (it) => `/api/v1/convergence/${it}/stream`];

async function watcher(random) {
  let position = null;
  while (goes()) {
    const graphql = random(2) === 0;
    const it = iteration(random);
    const url = server.url.replace(/^http/, 'ws') + (graphql ? '/graphql' : STREAMS[random(4)](it) + (position !== null && random(2) ? `?since=${position}` : ''));
    const socket = new WebSocket(url, graphql ? ['graphql-transport-ws'] : [], { headers: authorization });
    const closed = new Promise((resolve) => { socket.on('close', (code) => { count(`socket closed ${code}`); resolve(); }); });
    socket.on('error', (error) => {
      if (/before the connection was established/.test(error.message)) count('socket given up before it opened'); // by us, below
      else if (goes()) problems.push(`socket ${url}: ${error.message}`);
    });
    socket.on('message', (bytes) => {
      const message = JSON.parse(bytes);
      count(graphql ? `graphql ${message.type}` : 'frame');
      position = message.position ?? position;
      if (graphql && message.type === 'connection_ack') {
        socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: 'subscription($it: ID!) { verdictChanged(iterationId: $it) { __typename } }', variables: { it } } }));
        socket.send(JSON.stringify({ id: '2', type: 'subscribe', payload: { query: 'subscription($it: ID!) { nodeStatusUpdated(iterationId: $it) { __typename } }', variables: { it } } }));
        if (random(10) === 0) socket.send(['no JSON', '{"type":"nonsense"}', '{"id":"1","type":"subscribe","payload":{"query":"{__typename}"}}'][random(3)]);
      }
      if (graphql && message.type === 'error') problems.push(`graphql over a socket: ${bytes}`.slice(0, 300));
    });
    socket.on('open', () => {
      if (graphql) socket.send('{"type":"connection_init"}');
      if (random(6) === 0) socket.pause(); // one who does not read
    });
    await pause(500 + random(8000));
    if (random(3) === 0) socket.terminate(); else { socket.resume(); socket.close(1000); }
    await Promise.race([closed, pause(6000)]);
    socket.terminate();
  }
}

// --- operators ----------------------------------------------------------------------------------------------------------
async function operator(random) {
  const post = (what, path, body, method = 'POST') => ask(what, path, { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
  while (goes()) {
    const it = `soak-${random(ITERATIONS)}`;
    await post('override', `/api/v1/convergence/${it}/override`, { reason: 'soak' });
    await post('override withdrawn', `/api/v1/convergence/${it}/override`, { reason: 'soak is over' }, 'DELETE');
    await post('replay', '/api/v1/dlq/replay', { filter: {}, apply: random(2) === 0 });
    if (random(4) === 0) await post('discard', '/api/v1/dlq/discard', { filter: {}, reason: 'soak' });
    const made = await post('token', '/api/v1/tokens', { name: `soak-${random(1e6)}`, role: 'viewer', tenant: 'default' });
    if (made?.status === 201 || made?.status === 200) {
      const { id } = made.json().record;
      await ask('token revoked', `/api/v1/tokens/${id}`, { method: 'DELETE' });
    }
    await pause(1000 + random(2000));
  }
}

// --- memory -------------------------------------------------------------------------------------------------------------
const memory = [];
async function observer() {
  while (goes()) {
    const status = readFileSync(`/proc/${server.child.pid}/status`, 'utf8');
    memory.push({ at: Date.now(), kib: Number(/VmRSS:\s+(\d+)/.exec(status)[1]), events: acknowledged });
    await pause(5000);
  }
}

const workers = [observer()];
const add = (n, worker) => { for (let i = 0; i < n; i += 1) workers.push(worker(generator(seed + workers.length * 7919))); };
add(2, sender); add(4, reader); add(4, querier); add(30, watcher); add(1, operator);
await Promise.all(workers);

const last = memory[memory.length - 1];
for (const mark of memory.filter((_, i) => i % Math.max(1, Math.floor(memory.length / 10)) === 0)) {
  console.log(`${String(Math.round((mark.at - memory[0].at) / 1000)).padStart(5)} s  ${(mark.kib / 1024).toFixed(0).padStart(6)} MiB  ${mark.events} events`);
}
for (const what of Object.keys(counts).sort()) console.log(`${String(counts[what]).padStart(9)}  ${what}`);
try {
  assert.deepEqual(problems, []);
  const status = (await ask('status', '/api/v1/status'))?.json();
  const listed = (await ask('iterations', '/api/v1/iterations?limit=1000'))?.json().iterations.filter((one) => one.id.startsWith('soak-'));
  console.log(`${acknowledged} events acknowledged in ${seconds} s; position ${status?.meta?.position ?? status?.position}`);
  const byHand = (counts['override 200'] ?? 0) + (counts['override withdrawn 200'] ?? 0); // each is an event, too
  const there = listed.reduce((sum, one) => sum + one.facts, 0);
  assert.ok(there >= acknowledged && there <= acknowledged + byHand, `${acknowledged} were acknowledged, ${there} are there`);
  await server.stop();
  const report = server.errors().split('\n').filter((line) => /ERROR|runtime error|LeakSanitizer/.test(line));
  assert.deepEqual(report, []);
  console.log(`soak: ${seconds} s passed, ${(last.kib / 1024).toFixed(0)} MiB at the end, no leak, no error`);
} catch (error) {
  console.error(error.message);
  console.error(server.errors().slice(-4000));
  server.child.kill('SIGKILL');
  process.exitCode = 1;
} finally {
  rmSync(data, { recursive: true, force: true });
}
