// run.mjs: GraphQL at 64 clients, ours and a Node server's with the same data. Usage: node run.mjs TRIMODAL LOAD
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [trimodal, load] = process.argv.slice(2);
const here = fileURLToPath(new URL('.', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'trimodal-bench-'));
const children = [];
const CLIENTS = 64, SIZES = [100, 1000], SECONDS = 5;

async function start(command, args, env = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env } });
  children.push(child);
  let text = '';
  for await (const chunk of child.stdout) {
    text += chunk;
    const url = /listening on (http:\S+)\n/.exec(text)?.[1];
    if (url) { child.stdout.resume(); return { child, url, port: new URL(url).port }; }
  }
  throw new Error(`${command} did not start: ${text}`);
}

const question = (first) => JSON.stringify({ query: `query Bench($first: Int!) { nodes(iterationId: "Bench", first: $first) { nodes {
  __typename id nodeId kind name status version validFrom updatedAt seq } } }`, variables: { first } });
async function ask(url, body) {
  const answer = await fetch(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const text = await answer.text();
  if (JSON.parse(text).errors) throw new Error(text.slice(0, 500));
  return text;
}

/** Upper bounds and counts of our histogram. */
async function histogram(url) {
  const text = await (await fetch(`${url}/metrics`)).text();
  return [...text.matchAll(/^trimodal_graphql_operation_seconds_bucket\{le="([^"]+)"\} (\d+)$/gm)].map(([, le, count]) => [le === '+Inf' ? Infinity : Number(le), Number(count)]);
}
/** Within its bucket by proportion, as Prometheus does. */
function quantile(before, after, share) {
  const counts = after.map(([le, count], i) => [le, count - before[i][1]]);
  const rank = share * counts.at(-1)[1];
  let low = 0, below = 0;
  for (const [le, count] of counts) {
    if (count >= rank) return le === Infinity ? low : low + (le - low) * (rank - below) / Math.max(1, count - below);
    [low, below] = [le, count];
  }
  return NaN;
}

async function measure(name, server, size, metrics) {
  const file = join(work, `${size}.json`);
  writeFileSync(file, question(size));
  const run = (requests) => {
    const done = spawnSync(load, [server.port, 'ask', String(requests), String(CLIENTS), file], { encoding: 'utf8' });
    if (done.status !== 0) throw new Error(`${done.stdout}${done.stderr}`);
    return done.stdout.trim();
  };
  const rate = Number.parseFloat(run(1000)); // warm, and how many make some seconds
  const before = metrics && await histogram(server.url);
  console.log(`${name}, ${size} nodes: ${run(Math.max(1000, Math.round(rate * SECONDS)))}`);
  if (metrics) {
    const after = await histogram(server.url);
    const ms = (share) => (quantile(before, after, share) * 1000).toFixed(3);
    console.log(`  within the server, from the request to its answer: P50 ${ms(0.5)} ms, P95 ${ms(0.95)} ms`);
  }
}

function event(i) {
  return { event_id: `01890000-0000-7000-8000-${(i + 1).toString(16).padStart(12, '0')}`, timestamp: Date.now() - 3_600_000 + i, iteration_id: 'Bench',
    event_type: 'TASK_STARTED', node_id: `task-${String(i).padStart(5, '0')}`, node_type: 'ACTION', metadata: { name: `Build package ${i}`, capability: 'build' } };
}

try {
  const ours = await start(trimodal, ['serve', '--listen', '127.0.0.1:0', '--data', join(work, 'data')],
    { TRIMODAL_AUTH_MODE: 'off', TRIMODAL_LIMITS_READ_USER: '0', TRIMODAL_LIMITS_READ_TENANT: '0', TRIMODAL_LOG_LEVEL: 'error' });
  const body = JSON.stringify(Array.from({ length: 1200 }, (_, i) => event(i)));
  const taken = await fetch(`${ours.url}/api/v1/events`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  if (taken.status !== 200) throw new Error(await taken.text());
  const answers = new Map();
  for (const size of SIZES) {
    const text = await ask(ours.url, question(size));
    answers.set(size, JSON.parse(text));
    assert.equal(answers.get(size).data.nodes.nodes.length, size);
    writeFileSync(join(work, 'answer.json'), text); // the largest comes last
    await measure('trimodal', ours, size, true);
  }
  ours.child.kill('SIGTERM');
  if (Number(process.versions.node.split('.')[0]) < 20) {
    console.log('the Node server (mercurius) needs Node 20 or later: not measured');
  } else {
    const peer = await start(process.execPath, [join(here, 'peer.mjs'), join(here, '../../schemas/graphql/schema.graphql'), join(work, 'answer.json')]);
    for (const size of SIZES) {
      assert.deepEqual(JSON.parse(await ask(peer.url, question(size))), answers.get(size), 'the peer gives the same answer');
      await measure('mercurius with graphql-jit', peer, size, false);
    }
  }
} finally {
  for (const child of children) child.kill('SIGTERM');
  rmSync(work, { recursive: true, force: true });
}
