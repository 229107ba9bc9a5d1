// The real process dies at random moments while senders repeat what was not answered: nothing acknowledged is lost, nothing is there twice.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { scratch, serve } from './server.mjs';

const SENDERS = 6;
const KILLS = Number(process.env.TRIMODAL_KILLS ?? 15);
const seed = Number(process.env.TRIMODAL_KILL_SEED ?? Date.now() % 1_000_000);

/** Park and Miller's generator: the moments of a seed can be had again, as far as the machine's timing allows. */
function generator(state) {
  return (limit) => {
    state = (state * 48271 + 11) % 2147483647;
    return state % limit;
  };
}

let counter = 0;
function line(node) {
  counter += 1;
  return JSON.stringify({
    event_id: `01890000-0000-7000-8000-${counter.toString(16).padStart(12, '0')}`,
    timestamp: 1_780_000_000_000 + counter,
    iteration_id: `it-${counter % 4}`,
    event_type: ['TASK_STARTED', 'TASK_COMPLETED', 'SCENARIO_PASSED', 'MODULE_ANALYZED'][counter % 4],
    node_id: node,
  });
}

/** Sends batches one after the other, each until it is answered well; remembers every event's place in the log. */
class Sender {
  constructor(name, world, random) {
    Object.assign(this, { name, world, random, batches: [], retries: 0, open: null });
  }

  async run() {
    for (let number = 0; !this.world.enough; number += 1) {
      const lines = Array.from({ length: 1 + this.random(80) }, (_, i) => line(`${this.name}-${number}-${i}`));
      this.open = { lines };
      if (!(await this.deliver(this.open))) return;
      this.batches.push(this.open);
      this.open = null;
    }
  }

  async deliver(batch) {
    while (!this.world.closed) {
      try {
        const answer = await fetch(`${this.world.url}/api/v1/events`,
          { method: 'POST', body: batch.lines.join('\n'), headers: { 'content-type': 'application/x-ndjson' } });
        const json = await answer.json();
        if (answer.status === 200) {
          batch.places = json.results.map((result) => {
            assert.ok(['accepted', 'duplicate'].includes(result.status), `${result.status} of ${this.name}`);
            return result.seq;
          });
          assert.equal(batch.places.length, batch.lines.length);
          return true;
        }
        assert.equal(answer.status, 503, JSON.stringify(json));
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
      }
      this.retries += 1;
      await pause(5 + this.random(20));
    }
    return false;
  }
}

function makeSenders(world) {
  return Array.from({ length: SENDERS }, (_, i) => new Sender(`s${i}`, world, generator(seed + 101 * i + 1)));
}

/** Everything that was acknowledged is there, where the answer said; what is sent again changes nothing. */
async function verify(server, senders) {
  const places = new Set();
  for (const { lines, places: told } of senders.flatMap((sender) => sender.batches)) {
    const again = await server.post('/api/v1/events', lines.join('\n'), { 'content-type': 'application/x-ndjson' });
    assert.equal(again.status, 200, again.text);
    assert.equal(again.json.duplicates, lines.length, 'something acknowledged was lost');
    assert.deepEqual(again.json.results.map((result) => result.seq), told);
    told.forEach((place) => places.add(place));
  }
  const checked = (await server.post('/api/v1/rebuild/verify', '')).json;
  assert.equal(checked.equal, true, JSON.stringify(checked));
  return places;
}

async function counts(server) {
  const status = (await server.get('/api/v1/status')).json;
  const { iterations } = (await server.get('/api/v1/iterations')).json;
  return { status, facts: iterations.reduce((sum, iteration) => sum + iteration.facts, 0) };
}

test(`killed ${KILLS} times under load, every event is there exactly once (seed ${seed})`, { timeout: 300_000 }, async (t) => {
  const data = scratch(t);
  const random = generator(seed + 1);
  const world = { enough: false, closed: false, url: '' };
  let server = await serve(data);
  t.after(() => server.kill('SIGKILL'));
  t.after(() => { world.closed = true; });
  world.url = server.url;
  const senders = makeSenders(world);
  const work = Promise.all(senders.map((sender) => sender.run()));
  for (let kill = 0; kill < KILLS; kill += 1) {
    await Promise.race([pause(20 + random(250)), work]);
    const [, signal] = await server.kill('SIGKILL');
    assert.equal(signal, 'SIGKILL', `it ended by itself before kill ${kill}: ${server.errors()}`);
    server = await serve(data);
    world.url = server.url;
  }
  await pause(100);
  world.enough = true;
  await work;
  const sent = senders.flatMap((sender) => sender.batches).reduce((sum, batch) => sum + batch.lines.length, 0);
  const { status, facts } = await counts(server);
  t.diagnostic(`${sent} events in ${senders.reduce((sum, sender) => sum + sender.batches.length, 0)} batches, ` +
    `${senders.reduce((sum, sender) => sum + sender.retries, 0)} attempts without an answer`);
  assert.ok(sent > 0);
  assert.equal(status.position, sent);
  assert.equal(status.facts, sent);
  assert.equal(facts, sent);
  assert.equal(status.dead_letters.waiting, 0);
  assert.equal(status.ready, true);
  const places = await verify(server, senders);
  assert.equal(places.size, sent);
  assert.equal((await counts(server)).status.position, sent);
  await server.stop();
});

test('on SIGTERM under load it drains within 30 s, and what it acknowledged is there', { timeout: 120_000 }, async (t) => {
  const data = scratch(t);
  for (let round = 0; round < 3; round += 1) {
    const world = { enough: false, closed: false, url: '' };
    const server = await serve(data);
    t.after(() => server.kill('SIGKILL'));
    world.url = server.url;
    const senders = makeSenders(world);
    const work = Promise.all(senders.map((sender) => sender.run()));
    await pause(300);
    const begun = Date.now();
    const ended = server.kill('SIGTERM');
    const [code, signal] = await ended;
    const took = Date.now() - begun;
    world.enough = world.closed = true;
    await work;
    assert.equal(code, 0, `it ended with ${code ?? signal}: ${server.errors()}`);
    assert.ok(took < 30_000, `it took ${took} ms`);
    const again = await serve(data);
    t.after(() => again.kill('SIGKILL'));
    const acknowledged = senders.flatMap((sender) => sender.batches).reduce((sum, batch) => sum + batch.lines.length, 0);
    assert.ok(acknowledged > 0);
    const places = await verify(again, senders);
    assert.equal(places.size, acknowledged);
    t.diagnostic(`round ${round}: ${acknowledged} events acknowledged, drained in ${took} ms`);
    await again.stop();
  }
});
