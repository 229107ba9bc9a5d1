// push.mjs: what it takes until a thousand watchers know, beside the same fan-out by Node's ws, measured by the same client.
//   node bench/push.mjs PORT PID [SECONDS]      with TRIMODAL_TOKEN in the environment
// The latency is from the event's acknowledgement, as this client sees it, to the frame's arrival at each watcher; so this
// client's own work for a thousand sockets is in it, for both servers alike. The server's own measure, from visible to handed to
// the socket, is read from its metrics.
import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(new URL('../tests/e2e/package.json', import.meta.url));
const WebSocket = require('ws');
const WATCHERS = 1000, RATE = 10, IDLE = 10_000;
const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const headers = process.env.TRIMODAL_TOKEN ? { authorization: `Bearer ${process.env.TRIMODAL_TOKEN}` } : {};

/** The peer: answers a POST, then sends one frame of the same shape to all. It keeps nothing and looks at nothing. */
function peer() {
  const server = http.createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => { body += chunk; });
    request.on('end', () => {
      position += 1;
      response.end(JSON.stringify({ position }));
      const frame = Buffer.from(JSON.stringify({ type: 'changes', position, nodes: [JSON.parse(body)], filler: 'x'.repeat(350) }));
      for (const client of sockets.clients) client.send(frame, { binary: false });
    });
  });
  let position = 0;
  const sockets = new WebSocket.Server({ server, perMessageDeflate: false });
  server.listen(0, '127.0.0.1', () => process.send(server.address().port));
}

function post(port, event) {
  const body = JSON.stringify(event);
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port, agent, method: 'POST', path: '/api/v1/events',
      headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } }, (response) => {
      let text = '';
      response.on('data', (chunk) => { text += chunk; });
      response.on('end', () => (response.statusCode === 200 ? resolve(JSON.parse(text)) : reject(new Error(`${response.statusCode} ${text}`))));
    });
    request.on('error', reject);
    request.end(body);
  });
}

async function open(port, path, count, onFrame) {
  const sockets = [];
  for (let at = 0; at < count; at += 50) {
    await Promise.all(Array.from({ length: Math.min(50, count - at) }, () => new Promise((resolve, reject) => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}${path(sockets.length)}`, { headers, perMessageDeflate: false, skipUTF8Validation: true });
      socket.on('open', resolve);
      socket.on('error', reject);
      if (onFrame) socket.on('message', onFrame);
      sockets.push(socket);
    })));
  }
  return sockets;
}

function quantiles(samples) {
  samples.sort((a, b) => a - b);
  const at = (share) => samples[Math.min(samples.length - 1, Math.floor(samples.length * share))].toFixed(2);
  return `P50 ${at(0.5)}, P99 ${at(0.99)}, max ${at(1)} ms (${samples.length} frames)`;
}

async function push(name, port, seconds) {
  const iteration = `push-${Date.now()}`;
  const frames = new Map(); // position → arrivals
  const acknowledged = new Map();
  const sockets = await open(port, () => `/api/v1/dde/execution/${iteration}/stream`, WATCHERS, (data) => {
    const now = performance.now();
    const found = /"position":(\d+)/.exec(data.toString('latin1', 0, 200));
    if (data[9] !== 99) return; // {"type":"c…: changes
    const position = Number(found[1]);
    if (!frames.has(position)) frames.set(position, []);
    frames.get(position).push(now);
  });
  await sleep(500);
  const begun = performance.now();
  for (let i = 0; i < seconds * RATE; i++) {
    await sleep(Math.max(0, begun + (i * 1000) / RATE - performance.now()));
    const answer = await post(port, { event_id: `${iteration}-${i}`, iteration_id: iteration, timestamp: Date.now() - 5,
      event_type: i % 2 ? 'TASK_COMPLETED' : 'TASK_STARTED', node_id: `T${(i >> 1) % 50}`, metadata: { round: `${i}` } });
    acknowledged.set(answer.position ?? answer.results[0].seq, performance.now());
  }
  await sleep(1000);
  const samples = [];
  for (const [position, arrivals] of frames) {
    const ack = acknowledged.get(position);
    if (ack !== undefined) for (const arrival of arrivals) samples.push(Math.max(0, arrival - ack));
  }
  console.log(`${name}: ${WATCHERS} watchers x ${RATE} events/s, ${seconds} s, acknowledged to received: ${quantiles(samples)}`);
  for (const socket of sockets) socket.terminate();
  await sleep(500);
}

const resident = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);

async function idle(name, port, pid) {
  const before = resident(pid);
  const sockets = await open(port, (i) => `/api/v1/dde/execution/idle-${i % 100}/stream`, IDLE);
  await sleep(1000);
  console.log(`${name}: ${IDLE} idle watchers: ${((resident(pid) - before) / IDLE).toFixed(1)} KiB each (goal: 64)`);
  for (const socket of sockets) socket.terminate();
  await sleep(1000);
}

async function histogram(port) {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`, { headers });
  return [...(await answer.text()).matchAll(/^trimodal_subscription_push_seconds_bucket\{le="([^"]+)"\} (\d+)$/gm)]
    .map(([, bound, count]) => [bound, Number(count)]);
}

if (process.argv[2] === 'peer') {
  peer();
} else {
  const [port, pid, seconds] = [Number(process.argv[2]), Number(process.argv[3]), Number(process.argv[4] ?? 20)];
  await push('trimodal', port, seconds);
  const buckets = await histogram(port);
  const all = buckets.at(-1)[1];
  console.log(`trimodal: visible to handed to the socket: ${buckets.map(([bound, count]) => `<= ${bound} s ${((100 * count) / all).toFixed(2)} %`).join(', ')}`);
  await idle('trimodal', port, pid);
  const child = fork(fileURLToPath(import.meta.url), ['peer']);
  const peerPort = await new Promise((resolve) => { child.once('message', resolve); });
  await push('Node ws ', peerPort, seconds);
  await idle('Node ws ', peerPort, child.pid);
  child.kill();
  process.exit(0);
}
