// graphql_ws.test.mjs: /graphql over WebSocket (graphql-transport-ws): the protocol message by message, and the clients people use.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { event, run, scratch, serve } from './server.mjs';

globalThis.WebSocket ??= WebSocket; // Apollo's link asks it for its constants; Node 22 has one

const ITERATION = 'Iter-Golden-AllPass';
const wsUrl = (server) => server.url.replace(/^http/, 'ws') + '/graphql';

async function until(condition, what) {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline;) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.fail(`not within 10 s: ${what}`);
}
async function metric(server, name) {
  const { text } = await server.get('/metrics');
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return line ? Number(line.slice(name.length + 1)) : 0;
}

/** A socket that speaks the protocol by hand. */
class Raw {
  static async open(server, { protocols = 'graphql-transport-ws', init = true, ...options } = {}) {
    const raw = new Raw();
    raw.messages = [];
    raw.socket = new WebSocket(wsUrl(server), protocols, options);
    raw.closed = new Promise((resolve) => raw.socket.on('close', (code, reason) => { raw.over = true; resolve({ code, reason: String(reason) }); }));
    raw.socket.on('message', (data, binary) => { raw.messages.push(binary ? data : JSON.parse(data)); });
    await new Promise((resolve, reject) => { raw.socket.once('open', resolve); raw.socket.once('error', reject); });
    if (init) {
      raw.send({ type: 'connection_init' });
      assert.deepEqual(await raw.next(), { type: 'connection_ack' });
    }
    return raw;
  }
  send(message) { this.socket.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message)); }
  async next() {
    await until(() => this.messages.length > 0 || this.over, 'a message');
    assert.ok(this.messages.length > 0, 'the socket was closed instead');
    return this.messages.shift();
  }
  subscribe(id, query, more = {}) { this.send({ id, type: 'subscribe', payload: { query, ...more } }); }
  async closesWith(code, reason) {
    await until(() => this.over, `the socket closes with ${code}`);
    const closed = await this.closed;
    assert.equal(closed.code, code, closed.reason);
    if (reason) assert.match(closed.reason, reason);
  }
}

describe('the protocol', () => {
  let server;
  before(async () => {
    const data = scratch({ after });
    run(['seed', 'golden', '--data', data]);
    server = await serve(data, { env: { TRIMODAL_GRAPHQL_INIT_TIMEOUT_MS: '400', TRIMODAL_GRAPHQL_SOCKET_OPERATIONS: '5' } });
  });
  after(() => server.stop());

  test('the subprotocol is chosen from those offered; without it the socket is closed with 4406', async () => {
    const raw = await Raw.open(server, { protocols: ['other', 'graphql-transport-ws'] });
    assert.equal(raw.socket.protocol, 'graphql-transport-ws');
    raw.socket.close();
    await (await Raw.open(server, { protocols: [], init: false })).closesWith(4406, /graphql-transport-ws/);
  });
  test('4408 when connection_init does not come in time, and only then', async () => {
    const begun = performance.now();
    const late = await Raw.open(server, { init: false });
    const inTime = await Raw.open(server);
    await late.closesWith(4408, /initialisation timeout/);
    assert.ok(performance.now() - begun >= 350);
    await new Promise((resolve) => setTimeout(resolve, 200));
    inTime.subscribe('1', '{ __typename }');
    assert.equal((await inTime.next()).type, 'next');
    inTime.socket.close();
  });
  test('4429 for a second connection_init', async () => {
    const raw = await Raw.open(server);
    raw.send({ type: 'connection_init' });
    await raw.closesWith(4429, /Too many initialisation requests/);
  });
  test('4401 for subscribe before connection_ack', async () => {
    const raw = await Raw.open(server, { init: false });
    raw.subscribe('1', '{ __typename }');
    await raw.closesWith(4401, /Unauthorized/);
  });
  test('4409 for an id that is in use, and none once it is free again', async () => {
    const raw = await Raw.open(server);
    for (let i = 0; i < 3; i++) {
      raw.subscribe('same', '{ __typename }');
      assert.deepEqual(await raw.next(), { id: 'same', type: 'next', payload: { data: { __typename: 'Query' } } });
      assert.deepEqual(await raw.next(), { id: 'same', type: 'complete' });
    }
    raw.subscribe('é"\\', 'subscription { verdictChanged(iterationId: "it") { to } }');
    raw.subscribe('é"\\', '{ __typename }');
    await raw.closesWith(4409, /Subscriber for é"\\ already exists/);
  });
  test('4400 for whatever is no message of the protocol', async () => {
    for (const message of ['', 'hello', '{', '[]', '1', '{}', '{"type":1}', '{"type":"nonsense"}', '{"type":"next","id":"1"}',
      '{"type":"start","id":"1"}', Buffer.from('{"type":"ping"}'),
      '{"type":"subscribe"}', '{"type":"subscribe","id":"1"}', '{"type":"subscribe","id":1,"payload":{"query":"{ __typename }"}}',
      '{"type":"subscribe","id":"","payload":{"query":"{ __typename }"}}', '{"type":"subscribe","id":"1","payload":{}}',
      '{"type":"subscribe","id":"1","payload":"{ __typename }"}', '{"type":"subscribe","id":"1","payload":{"query":1}}',
      '{"type":"subscribe","id":"1","payload":{"query":"{ __typename }","variables":1}}', '{"type":"complete"}',
      `{"type":"subscribe","id":"${'x'.repeat(600)}","payload":{"query":"{ __typename }"}}`]) {
      const raw = await Raw.open(server);
      raw.send(message);
      await raw.closesWith(4400, /Invalid message/);
    }
    const raw = await Raw.open(server, { init: false });
    raw.send('{"type":"connection_init","payload":"me"}');
    await raw.closesWith(4400);
  });
  test('ping is answered by pong with its payload, before connection_init as well; pong is taken', async () => {
    const raw = await Raw.open(server, { init: false });
    raw.send({ type: 'ping' });
    assert.deepEqual(await raw.next(), { type: 'pong' });
    raw.send({ type: 'ping', payload: { at: [1, 'ü'] } });
    assert.deepEqual(await raw.next(), { type: 'pong', payload: { at: [1, 'ü'] } });
    raw.send({ type: 'pong', payload: {} });
    raw.send({ type: 'connection_init', payload: null });
    assert.deepEqual(await raw.next(), { type: 'connection_ack' });
    raw.socket.close();
  });
  test('queries run over the socket; what is refused is an error that ends the operation', async () => {
    const raw = await Raw.open(server);
    raw.subscribe('q', 'query($id: ID!) { iteration(iterationId: $id) { nodeId } }', { variables: { id: ITERATION } });
    assert.deepEqual(await raw.next(), { id: 'q', type: 'next', payload: { data: { iteration: { nodeId: ITERATION } } } });
    assert.deepEqual(await raw.next(), { id: 'q', type: 'complete' });
    for (const [query, variables] of [['{'], ['{ nothing }'], ['query($id: ID!) { iteration(iterationId: $id) { nodeId } }', {}]]) {
      raw.subscribe('bad', query, { variables });
      const error = await raw.next();
      assert.equal(error.type, 'error');
      assert.equal(error.id, 'bad');
      assert.ok(Array.isArray(error.payload) && error.payload[0].message.length > 0);
    }
    raw.subscribe('q', '{ iteration(iterationId: "nowhere") { nodeId } }');
    const faulty = await raw.next();
    assert.equal(faulty.type, 'next', 'a field that fails is part of the answer');
    assert.equal(faulty.payload.errors[0].extensions.code, 'NOT_FOUND');
    assert.equal((await raw.next()).type, 'complete');
    assert.equal(raw.messages.length, 0);
    raw.socket.close();
  });
  test('a persisted query may stand for its text', async () => {
    const raw = await Raw.open(server);
    const query = 'query OverTheSocket { __typename }';
    const extensions = { persistedQuery: { version: 1, sha256Hash: createHash('sha256').update(query).digest('hex') } };
    raw.send({ id: '1', type: 'subscribe', payload: { extensions } });
    assert.equal((await raw.next()).payload[0].extensions.code, 'PERSISTED_QUERY_NOT_FOUND');
    raw.subscribe('1', query, { extensions });
    assert.equal((await raw.next()).type, 'next');
    assert.equal((await raw.next()).type, 'complete');
    raw.send({ id: '1', type: 'subscribe', payload: { extensions } });
    assert.equal((await raw.next()).type, 'next');
    raw.socket.close();
  });
  test('a socket has so many operations at a time and no more', async () => {
    const raw = await Raw.open(server);
    for (let i = 0; i < 5; i++) raw.subscribe(String(i), 'subscription { verdictChanged(iterationId: "it") { to } }');
    raw.subscribe('more', '{ __typename }');
    const error = await raw.next();
    assert.equal(error.id, 'more');
    assert.equal(error.payload[0].extensions.code, 'TOO_MANY_OPERATIONS');
    raw.send({ id: '0', type: 'complete' });
    raw.subscribe('more', '{ __typename }');
    assert.equal((await raw.next()).type, 'next');
    raw.socket.close();
  });
  test('a page from elsewhere opens no socket', async () => {
    await assert.rejects(Raw.open(server, { origin: 'https://elsewhere.example' }), /403/);
  });
});

test('complete, or the end of the socket, stops what runs', async (t) => {
  const data = scratch(t);
  run(['seed', 'golden', '--data', data]);
  const server = await serve(data, { env: { TRIMODAL_GRAPHQL_ALIASES: '10000', TRIMODAL_GRAPHQL_FIELDS: '100000', TRIMODAL_GRAPHQL_TOKENS: '1000000',
    TRIMODAL_GRAPHQL_OBJECTS: '4000000000', TRIMODAL_GRAPHQL_TIME_MS: '120000' } });
  t.after(() => server.kill('SIGKILL'));
  const huge = `{ ${Array.from({ length: 4000 }, (_, i) =>
    `v${i}: getConvergenceView(iterationId: "${ITERATION}", asOf: "${new Date(Date.now() - i * 1000).toISOString()}") { nodes { nodeId name status } edges { kind confidence } }`).join(' ')} }`;
  const running = () => metric(server, 'trimodal_graphql_running');
  const raw = await Raw.open(server);
  raw.subscribe('1', huge);
  await until(async () => await running() === 1, 'it runs');
  raw.subscribe('2', '{ __typename }');
  assert.equal((await raw.next()).id, '2', 'a short one is not held up by a long one');
  assert.equal((await raw.next()).type, 'complete');
  raw.send({ id: '1', type: 'complete' });
  await until(async () => await running() === 0, 'complete stops it');
  raw.subscribe('1', huge);
  await until(async () => await running() === 1, 'it runs again');
  raw.socket.terminate();
  await until(async () => await running() === 0, 'the end of the socket stops it');
  assert.equal(await metric(server, 'trimodal_graphql_operations_total{kind="query",outcome="cancelled"}'), 2);
  await server.stop();
});

test('complete, or the end of the socket, stops what runs in the middle of its one field', async (t) => {
  const data = scratch(t);
  run(['seed', 'golden', '--data', data]);
  const server = await serve(data, { env: { TRIMODAL_GRAPHQL_OBJECTS: '4000000000', TRIMODAL_GRAPHQL_TIME_MS: '120000' } });
  t.after(() => server.kill('SIGKILL'));
  const traces = (levels) => (levels === 0 ? 'history { nodes { version } }' : `trace { levels { nodes { nodeId ${traces(levels - 1)} } } }`);
  const endless = `{ getDDEGraph(iterationId: "${ITERATION}") { nodes { ${traces(6)} } } }`;
  const running = () => metric(server, 'trimodal_graphql_running');
  const raw = await Raw.open(server);
  for (const id of ['1', '2']) raw.subscribe(id, endless);
  await until(async () => await running() === 2, 'they run');
  raw.subscribe('3', '{ __typename }');
  assert.equal((await raw.next()).id, '3', 'a short one is not held up by long ones');
  assert.equal((await raw.next()).type, 'complete');
  raw.send({ id: '1', type: 'complete' });
  await until(async () => await running() === 1, 'complete stops one, and only that');
  raw.socket.terminate();
  await until(async () => await running() === 0, 'the end of the socket stops the other');
  assert.equal(await metric(server, 'trimodal_graphql_operations_total{kind="query",outcome="cancelled"}'), 2);
  await server.stop();
});

describe('who asks', () => {
  let server;
  before(async () => { server = await serve(scratch({ after }), { auth: true }); });
  after(() => server.stop());
  const initialised = async (payload, options) => {
    const raw = await Raw.open(server, { init: false, ...options });
    raw.send({ type: 'connection_init', payload });
    return raw;
  };
  const watch = 'subscription { verdictChanged(iterationId: "it") { to } }';

  test('a token in the payload of connection_init, in any of its forms, or in the request for the upgrade', async () => {
    for (const payload of [{ Authorization: `Bearer ${server.local}` }, { authorization: `bearer  ${server.local}` }, { token: server.local },
      { token: server.local, tenant: 'another' }]) {
      const raw = await initialised(payload);
      assert.deepEqual(await raw.next(), { type: 'connection_ack' });
      raw.subscribe('1', '{ me { tenantId } }');
      assert.equal((await raw.next()).payload.data.me.tenantId, payload.tenant ?? 'default');
      raw.socket.close();
    }
    const raw = await initialised(undefined, { headers: { authorization: `Bearer ${server.local}` } });
    assert.deepEqual(await raw.next(), { type: 'connection_ack' });
    raw.socket.close();
  });
  test('4403 without a credential, or with one that is not good', async () => {
    for (const payload of [undefined, {}, { token: '' }, { token: 'tm_nonsense' }, { Authorization: 'Bearer x.y.z' }]) {
      await (await initialised(payload)).closesWith(4403, /Forbidden/);
    }
    await (await initialised(undefined, { headers: { authorization: 'Bearer tm_nonsense' } })).closesWith(4403);
  });
  test('a tenant or a credential that is no text is refused, not taken for none', async () => {
    for (const [name, value] of [['tenant', 7], ['tenant', ['default']], ['tenant', {}], ['tenant', false], ['token', 1], ['Authorization', []], ['authorization', {}]]) {
      await (await initialised({ token: server.local, [name]: value })).closesWith(4400, new RegExp(`"${name}".*must be a string`));
    }
    const raw = await initialised({ token: server.local, tenant: null });
    assert.deepEqual(await raw.next(), { type: 'connection_ack' }, 'null is as if it were absent');
    raw.socket.close();
  });
  test('a role without the permission to read may not watch; a tenant of another is not theirs', async () => {
    const token = async (role) => (await server.post('/api/v1/tokens', JSON.stringify({ name: role, role, tenant: 'mine' }), { 'content-type': 'application/json' })).json;
    const viewer = await token('viewer');
    assert.ok(viewer.token, JSON.stringify(viewer));
    await (await initialised({ token: viewer.token, tenant: 'yours' })).closesWith(4403);
    const raw = await initialised({ token: viewer.token });
    assert.deepEqual(await raw.next(), { type: 'connection_ack' });
    raw.subscribe('w', watch);
    raw.subscribe('m', 'mutation { discardDeadLetters(input: { ids: [] }) { clientMutationId } }');
    const answer = await raw.next();
    assert.equal(answer.id, 'm', 'watching is allowed, so that nothing is said about it');
    assert.ok((answer.payload.errors ?? answer.payload)[0].message);
    await server.request(`/api/v1/tokens/${viewer.record.id}`, { method: 'DELETE' });
    raw.subscribe('again', '{ __typename }');
    await raw.closesWith(4403, /no longer good/);
  });
});

describe('subscriptions', () => {
  let server;
  const status = 'subscription($since: ID) { nodeStatusUpdated(iterationId: "live", since: $since) { position point coalesced changes { nodeId status } } }';
  const watching = () => metric(server, 'trimodal_live_subscribers{state="in_step"}');
  const post = (...events) => server.post('/api/v1/events', JSON.stringify(events), { 'content-type': 'application/json' });
  const task = (id, type) => event({ event_type: type, node_id: id, iteration_id: 'live' });
  /** The first update that names the node. */
  async function told(raw, node) {
    for (;;) {
      const message = await raw.next();
      assert.equal(message.type, 'next', JSON.stringify(message));
      const update = message.payload.data.nodeStatusUpdated;
      const change = update.changes.find((one) => one.nodeId === node);
      if (change) return { id: message.id, position: update.position, point: update.point, status: change.status };
    }
  }
  before(async () => { server = await serve(scratch({ after })); });
  after(() => server.stop());

  test('an event is told to all who watch, with equal and with other ids', async () => {
    await post(event({ event_type: 'REQUIREMENT_DECLARED', requirement_id: 'R', iteration_id: 'live' }), task('a', 'TASK_STARTED'));
    const watchers = await Promise.all(['1', '1', 'other'].map(async (id) => {
      const raw = await Raw.open(server);
      raw.subscribe(id, status);
      raw.id = id;
      return raw;
    }));
    await until(async () => await watching() === 3, 'all watch');
    assert.equal((await post(task('a', 'TASK_COMPLETED'))).status, 200);
    const seen = await Promise.all(watchers.map((raw) => told(raw, 'a')));
    assert.deepEqual(seen.map((one) => one.id), ['1', '1', 'other']);
    assert.equal(new Set(seen.map((one) => one.position)).size, 1);
    assert.equal(await metric(server, 'trimodal_live_watched{item="topic"}'), 1, 'formatted once');
    watchers[0].send({ id: '1', type: 'complete' });
    await until(async () => await watching() === 2, 'one has left');
    watchers.forEach((raw) => raw.socket.close());
    await until(async () => await watching() === 0, 'all have left');
  });
  test('whoever comes back names the last position and misses nothing', async () => {
    const first = await Raw.open(server);
    first.subscribe('1', status);
    await until(async () => await watching() === 1, 'it watches');
    await post(task('b', 'TASK_STARTED'));
    const { point } = await told(first, 'b');
    first.socket.terminate();
    await post(task('b', 'TASK_COMPLETED'));
    await post(task('c', 'TASK_STARTED'));
    const again = await Raw.open(server);
    again.subscribe('1', status, { variables: { since: point } });
    assert.notEqual((await told(again, 'b')).status, null);
    again.socket.close();
  });
  test('those who come back from different points are told together, once they have caught up', async () => {
    const positions = [];
    for (const id of ['p', 'q', 'r']) positions.push((await post(task(id, 'TASK_STARTED'))).json.position);
    const formatted = () => metric(server, 'trimodal_live_updates_total{step="formatted"}');
    const back = await Promise.all([...positions, undefined].map(async (since) => {
      const raw = await Raw.open(server);
      raw.subscribe('1', status, { variables: since === undefined ? {} : { since: String(since) } });
      return raw;
    }));
    const literal = await Raw.open(server);
    literal.subscribe('1', status.replace('($since: ID)', '').replace('$since', `"${positions[1]}"`));
    const otherLiteral = await Raw.open(server);
    otherLiteral.subscribe('1', status.replace('($since: ID)', '').replace('$since', `"${positions[2]}"`));
    await until(async () => await watching() === 6, 'all watch');
    assert.equal(await metric(server, 'trimodal_live_watched{item="topic"}'), 2, 'one by a variable, one by a literal');
    assert.equal((await told(back[0], 'q')).position, (await told(back[1], 'r')).position, 'both got what they had missed');
    const before = await formatted();
    await post(task('p', 'TASK_COMPLETED'));
    const seen = await Promise.all([...back, literal, otherLiteral].map(async (raw) => {
      for (;;) { const one = await told(raw, 'p'); if (one.position > positions[2]) return one; }
    }));
    assert.equal(new Set(seen.map((one) => one.point)).size, 1);
    assert.equal(await formatted() - before, 2, 'formatted once a topic');
    [...back, literal, otherLiteral].forEach((raw) => raw.socket.close());
    await until(async () => await watching() === 0, 'all have left');
  });
  test('a subscription that can not be is an error', async () => {
    const raw = await Raw.open(server);
    raw.subscribe('1', 'subscription { nodeStatusUpdated(iterationId: "live", since: "nowhere") { position } }');
    assert.equal((await raw.next()).type, 'error');
    raw.subscribe('1', 'subscription { verdictChanged(iterationId: "live") { to } nodeStatusUpdated(iterationId: "live") { position } }');
    assert.equal((await raw.next()).type, 'error', 'one root field');
    raw.socket.close();
  });

  test('the client of npm graphql-ws: query, mutation, subscription', async () => {
    const client = createClient({ url: wsUrl(server), webSocketImpl: WebSocket, retryAttempts: 0 });
    const once = (payload) => new Promise((resolve, reject) => {
      let result;
      client.subscribe(payload, { next: (data) => { result = data; }, error: reject, complete: () => resolve(result) });
    });
    assert.deepEqual(await once({ query: '{ __typename }' }), { data: { __typename: 'Query' } });
    await assert.rejects(once({ query: '{ nothing }' }), (errors) => Array.isArray(errors) && errors[0].message.length > 0);
    const link = await once({ query: 'mutation($input: LinkInput!) { assertLink(input: $input) { clientMutationId } }',
      variables: { input: { clientMutationId: 'm', iterationId: 'live', kind: 'FULFILLED_BY', reason: 'a test',
        source: { kind: 'REQUIREMENT', nodeId: 'R' }, target: { kind: 'TASK', nodeId: 'a' } } } });
    assert.deepEqual(link, { data: { assertLink: { clientMutationId: 'm' } } });
    const updates = client.iterate({ query: status });
    const next = updates.next();
    await until(async () => await watching() === 1, 'it watches');
    await post(task('ws', 'TASK_STARTED'));
    let update = await next;
    while (!update.value.data.nodeStatusUpdated.changes.some((one) => one.nodeId === 'ws')) update = await updates.next();
    await updates.return();
    await until(async () => await watching() === 0, 'it has left');
    await client.dispose();
  });

  test('Apollo Client: HttpLink for queries, GraphQLWsLink for subscriptions', async () => {
    const { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } = await import('@apollo/client/core');
    const { GraphQLWsLink } = await import('@apollo/client/link/subscriptions');
    const { getMainDefinition } = await import('@apollo/client/utilities');
    const socket = createClient({ url: wsUrl(server), webSocketImpl: WebSocket });
    const client = new ApolloClient({ cache: new InMemoryCache(), link: ApolloLink.split(
      ({ query }) => getMainDefinition(query).operation === 'subscription',
      new GraphQLWsLink(socket), new HttpLink({ uri: `${server.url}/graphql` })) });
    const { data } = await client.query({ query: gql`query Stats { systemStats { version iterations } health { status } }` });
    assert.equal(data.health.status, 'ok');
    await assert.rejects(client.query({ query: gql`{ nothing }` }), /nothing/);
    const seen = [];
    const subscription = client.subscribe({ query: gql(status) }).subscribe({ next: ({ data: update }) => seen.push(...update.nodeStatusUpdated.changes) });
    await until(async () => await watching() === 1, 'it watches');
    await post(task('apollo', 'TASK_STARTED'));
    await until(() => seen.some((one) => one.nodeId === 'apollo'), 'the update');
    subscription.unsubscribe();
    await until(async () => await watching() === 0, 'it has left');
    client.stop();
    await socket.dispose();
  });

  test('urql: fetchExchange by POST and by GET, subscriptionExchange', async () => {
    const { Client, fetchExchange, gql, subscriptionExchange } = await import('@urql/core');
    const socket = createClient({ url: wsUrl(server), webSocketImpl: WebSocket });
    const exchanges = [fetchExchange, subscriptionExchange({ forwardSubscription: (request) => ({
      subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query: request.query ?? '', variables: request.variables }, sink) }) }) })];
    for (const preferGetMethod of [false, 'force']) {
      const client = new Client({ url: `${server.url}/graphql`, exchanges, preferGetMethod });
      const answer = await client.query(gql`query Health { health { status } }`, {}).toPromise();
      assert.equal(answer.error, undefined);
      assert.equal(answer.data.health.status, 'ok');
      const bad = await client.query(gql`query Bad { nothing }`, {}).toPromise();
      assert.match(bad.error.graphQLErrors[0].message, /nothing/);
    }
    const client = new Client({ url: `${server.url}/graphql`, exchanges, preferGetMethod: false });
    const seen = [];
    const { unsubscribe } = client.subscription(gql(status), {}).subscribe(({ data }) => { if (data) seen.push(...data.nodeStatusUpdated.changes); });
    await until(async () => await watching() === 1, 'it watches');
    await post(task('urql', 'TASK_STARTED'));
    await until(() => seen.some((one) => one.nodeId === 'urql'), 'the update');
    unsubscribe();
    await until(async () => await watching() === 0, 'it has left');
    await socket.dispose();
  });
});
