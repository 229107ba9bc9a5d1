// personal.test.mjs: what of personal data is shown to whom, over every door of a running server (docs/personal-data.md).
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { watch } from './live_client.mjs';
import { event, scratch, serve } from './server.mjs';

const secrets = ['Alice Liddell', 'alice@example.com', 'u-4711-alice', '+49 171 1234567', '4111 1111 1111 1111', '203.0.113.77'];
const task = { iteration_id: 'shop-1', node_id: 'pay' };
const sent = [
  event({ ...task, event_type: 'TASK_CREATED', metadata: { name: 'Alice in checkout', author_name: secrets[0], effort: '3' } }),
  event({ ...task, event_type: 'TASK_FAILED', error_message: `no user ${secrets[1]}, call ${secrets[3]}`, user_id: secrets[2],
    metadata: { author_name: 'Bob Liddell', note: secrets[4], nested: { client_ip: secrets[5] } } }),
];
const broken = `{"event_type":"TASK_STARTED","user_name":"${secrets[0]}","note":"ask alice\\u0040example.com or ${secrets[4]}", "ip_address": "${secrets[5]}`;
const hex = /^[0-9a-f]{16}$/;

const directory = scratch({ after });
let server, tokens = {}, letter;

const as = (role, path, init = {}) => server.request(path, { ...init, headers: { ...(init.headers ?? {}), authorization: `Bearer ${tokens[role]}` } });
const graphql = async (role, query) => {
  const answer = await as(role, '/graphql', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query }) });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.json.errors, undefined, answer.text);
  return answer;
};
/** Nothing of it in a text, however JSON has written it. */
function assertHidden(text, what) {
  for (const secret of secrets) assert.ok(!text.includes(secret) && !text.includes(secret.replace('@', '\\u0040')), `${what} shows ${secret}: ${text}`);
}

before(async () => {
  server = await serve(directory, { auth: true });
  for (const role of ['admin', 'engineer', 'viewer', 'auditor']) {
    const made = await server.post('/api/v1/tokens', JSON.stringify({ name: role, role }));
    assert.equal(made.status, 201, made.text);
    tokens[role] = made.json.token;
  }
  const answer = await as('engineer', '/api/v1/events', { method: 'POST', body: JSON.stringify(sent) });
  assert.equal(answer.json.accepted, 2, answer.text);
  const refused = await as('engineer', '/api/v1/events', { method: 'POST', body: broken });
  assert.equal(refused.status, 422, refused.text);
  letter = refused.json.results[0].dead_letter;
});
after(() => server.stop());

describe('personal data', () => {
  test('is tagged in the log by name and by look', async () => {
    const { json } = await as('admin', '/api/v1/events/2');
    assert.deepEqual(json.event.pii_tags, ['metadata.author_name', 'metadata.nested', 'metadata.note:card', 'metadata.user_id', 'error_message:email', 'error_message:phone']);
    assert.deepEqual((await as('admin', '/api/v1/events/1')).json.event.pii_tags, ['metadata.author_name']);
  });

  const pages = ['/api/v1/events/1', '/api/v1/events/2', '/api/v1/dde/graph/shop-1', '/api/v1/search/logs?q=user', '/api/v1/search?q=user', '/api/v1/nodes/shop-1',
    '/api/v1/changes/shop-1?from=0', '/api/v1/diff/shop-1?from=0', '/api/v1/history?node=pay', '/api/v1/history/shop-1?node=pay', '/api/v1/convergence/shop-1/verdict', '/api/v1/dlq'];
  test('is hidden in every REST answer from whoever may not manage users', async () => {
    let answered = 0;
    for (const path of pages) {
      const mine = await as('admin', path);
      for (const role of ['engineer', 'viewer', 'auditor']) {
        const answer = await as(role, path);
        assert.equal(answer.status, mine.status, `${role} ${path}: ${answer.text}`);
        assertHidden(answer.text, `${role} ${path}`);
      }
      answered += mine.status === 200;
    }
    assert.ok(answered >= 7, `only ${answered} pages were there`);
  });

  test('is shown as the same 16 digits everywhere, and as it is to administrators', async () => {
    const shown = (await as('viewer', '/api/v1/events/1')).json.event.metadata;
    assert.match(shown.author_name, hex);
    assert.equal(shown.name, 'Alice in checkout');
    assert.equal(shown.effort, '3');
    const graph = (await as('viewer', '/api/v1/dde/graph/shop-1')).json;
    const node = graph.nodes.find(({ id }) => id === 'pay');
    assert.equal(node.name, 'Alice in checkout');
    const later = (await as('engineer', '/api/v1/events/2')).json.event;
    assert.equal(node.properties.metadata.author_name, later.metadata.author_name);
    assert.notEqual(later.metadata.author_name, shown.author_name);
    assert.match(later.error_message, /^no user [0-9a-f]{16}, call [0-9a-f]{16}$/);
    assert.equal(later.node_id, 'pay');
    assert.equal((await as('admin', '/api/v1/events/1')).json.event.metadata.author_name, secrets[0]);
    assert.ok((await as('admin', '/api/v1/dde/graph/shop-1')).text.includes(secrets[1]));
  });

  test('is hidden in GraphQL whatever the answer calls it', async () => {
    const query = `{ id: searchLogs(query: "user") { iterationId: edges { id: node { node_id: message } } }
      iterations { nodes: edges { node { iterationId } } }
      raw: deadLetter(id: "${letter}") { id: raw eventId: reason rawEncoding }
      path: getNodeHistory(iterationId: "shop-1", nodeId: "pay") { edges { node { changes { property id: key raw: before source: after } } } }
      getDDEGraph(iterationId: "shop-1") { tasks { id: name raw: properties } } }`;
    const tried = await as('viewer', '/graphql', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query }) });
    assert.equal(tried.status, 200, tried.text);
    assert.equal(tried.json.errors, undefined, tried.text);
    assertHidden(tried.text, 'GraphQL');
    const everything = (await graphql('admin', query)).text;
    for (const secret of [secrets[0], secrets[1], secrets[4]]) assert.ok(everything.includes(secret), `${secret}: ${everything}`);
  });

  test('is hidden in dead letters, broken as they are', async () => {
    const { json } = await as('engineer', `/api/v1/dlq/${letter}`);
    assertHidden(json.letter.raw, 'the letter');
    assert.match(json.letter.raw, /^\{"event_type":"TASK_STARTED","user_name":"[0-9a-f]{16}","note":"ask [0-9a-f]{16} or [0-9a-f]{16}", "ip_address": "[0-9a-f]{16}$/);
    assert.equal((await as('admin', `/api/v1/dlq/${letter}`)).json.letter.raw, broken);
  });

  test('comes back into a dead letter that is edited by somebody who does not see it', async () => {
    const made = await as('engineer', '/api/v1/events', { method: 'POST', body: JSON.stringify({ ...event({ ...task, event_type: 'TASK_STARTD' }), user_name: secrets[0] }) });
    const id = made.json.results[0].dead_letter;
    const { raw } = (await as('engineer', `/api/v1/dlq/${id}`)).json.letter;
    assert.match(JSON.parse(raw).user_name, hex);
    const edited = await as('engineer', `/api/v1/dlq/${id}`, { method: 'PUT', body: raw.replace('TASK_STARTD', 'TASK_STARTED') });
    assert.equal(edited.status, 200, edited.text);
    const kept = JSON.parse((await as('admin', `/api/v1/dlq/${edited.json.id}`)).json.letter.raw);
    assert.equal(kept.user_name, secrets[0]);
    assert.equal(kept.event_type, 'TASK_STARTED');
  });

  test('is hidden in bytes that are no text, altogether', async () => {
    const made = await as('engineer', '/api/v1/events', { method: 'POST', body: Buffer.from(`\xff${secrets[0]}`, 'latin1') });
    const shown = (await as('viewer', `/api/v1/dlq/${made.json.results[0].dead_letter}`)).json.letter;
    assert.match(shown.raw, hex);
    assert.equal(shown.raw_encoding, 'text');
  });

  test('is hidden in live streams, from everybody', async () => {
    const reader = await watch(server, 'dde/execution/shop-1/stream', { headers: { authorization: `Bearer ${tokens.admin}` } });
    const answer = await as('engineer', '/api/v1/events', { method: 'POST',
      body: JSON.stringify(event({ ...task, event_type: 'TASK_FAILED', error_message: `again ${secrets[1]}` })) });
    assert.equal(answer.json.accepted, 1, answer.text);
    const frame = await reader.next(({ nodes }) => nodes?.some(({ node }) => node?.properties.error_message?.startsWith('again')));
    assert.match(frame.nodes.find(({ id }) => id === 'pay').node.properties.error_message, /^again [0-9a-f]{16}$/);
    assertHidden(JSON.stringify(frame), 'the frame');
    reader.socket.close();
  });

  test('is written to no log line, and its digits are the same after a restart', async () => {
    const before = (await as('viewer', '/api/v1/events/1')).json.event.metadata.author_name;
    await server.stop();
    assertHidden(server.errors(), 'the log');
    server = await serve(directory, { auth: true });
    assert.equal((await as('viewer', '/api/v1/events/1')).json.event.metadata.author_name, before);
  });

  test('a sent event is a duplicate as before', async () => {
    const answer = await as('engineer', '/api/v1/events', { method: 'POST', body: JSON.stringify(sent) });
    assert.equal(answer.json.duplicates, 2, answer.text);
  });
});
