// graphql_http.test.mjs: /graphql over HTTP: the audit suite of npm graphql-http, and what it does not ask.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { auditServer } from 'graphql-http';
import { run, scratch, serve } from './server.mjs';

const RESPONSE = 'application/graphql-response+json';
const JSON_TYPE = 'application/json';
const ITERATION = 'Iter-Golden-AllPass';

const sha256 = (text) => createHash('sha256').update(text).digest('hex');

/** POST of any value as JSON. */
function ask(server, body, headers = {}) {
  return server.post('/graphql', typeof body === 'string' ? body : JSON.stringify(body), { 'content-type': JSON_TYPE, accept: RESPONSE, ...headers });
}
function get(server, parameters, headers = {}) {
  return server.request(`/graphql?${new URLSearchParams(parameters)}`, { headers: { accept: RESPONSE, ...headers } });
}
/** One sample of /metrics, 0 where it is not there. */
async function metric(server, name) {
  const { text } = await server.get('/metrics');
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return line ? Number(line.slice(name.length + 1)) : 0;
}
const ended = (server, kind, outcome) => metric(server, `trimodal_graphql_operations_total{kind="${kind}",outcome="${outcome}"}`);

/** A server that does not outlive its test, whatever becomes of that. */
async function started(t, options = {}) {
  const data = scratch(t);
  if (options.golden) run(['seed', 'golden', '--data', data]);
  const server = await serve(data, options);
  t.after(() => server.kill('SIGKILL'));
  return server;
}

async function until(condition, what) {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline;) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.fail(`not within 10 s: ${what}`);
}

describe('as the specification says', () => {
  let server;
  before(async (t) => {
    const data = scratch({ after });
    run(['seed', 'golden', '--data', data]);
    server = await serve(data);
  });
  after(() => server.stop());

  test('every audit of graphql-http is passed, and none warns', async () => {
    const results = await auditServer({ url: `${server.url}/graphql`, fetchFn: fetch });
    const bad = results.filter((result) => result.status !== 'ok').map(({ status, id, name, reason }) => ({ status, id, name, reason }));
    assert.deepEqual(bad, []);
    assert.ok(results.length >= 60, `${results.length} audits were run`);
  });

  test('the media type is negotiated, and the status follows from it', async () => {
    for (const [accept, type, refused] of [
      [RESPONSE, RESPONSE, 400], [JSON_TYPE, JSON_TYPE, 200], ['*/*', JSON_TYPE, 200], ['application/*', JSON_TYPE, 200],
      [`${RESPONSE},${JSON_TYPE};q=0.9`, RESPONSE, 400], [`${RESPONSE};q=0.5,${JSON_TYPE};q=0.9`, JSON_TYPE, 200],
      [`${RESPONSE}, ${JSON_TYPE}, text/event-stream, multipart/mixed`, RESPONSE, 400],
    ]) {
      const good = await ask(server, { query: '{ __typename }' }, { accept });
      assert.equal(good.status, 200, accept);
      assert.equal(good.headers.get('content-type'), `${type}; charset=utf-8`, accept);
      assert.deepEqual(good.json, { data: { __typename: 'Query' } });
      assert.match(good.headers.get('vary'), /\baccept\b/i);
      for (const body of [{ query: '{' }, { query: '{ nothing }' }, { query: 'query($a: ID!) { iteration(iterationId: $a) { nodeId } }' }]) {
        const bad = await ask(server, body, { accept });
        assert.equal(bad.status, refused, `${accept} ${body.query}`);
        assert.ok(bad.json.errors.length > 0);
        assert.ok(!('data' in bad.json));
      }
    }
    const neither = await ask(server, { query: '{ __typename }' }, { accept: 'text/csv' });
    assert.equal(neither.status, 406);
    assert.ok(neither.json.errors[0].message);
  });

  test('data with errors is 200, and says which field and why', async () => {
    const answer = await ask(server, { query: '{ iteration(iterationId: "nowhere") { nodeId } health { status } }' });
    assert.equal(answer.status, 200);
    assert.equal(answer.json.data.health.status, 'ok');
    assert.equal(answer.json.data.iteration, null);
    assert.deepEqual(answer.json.errors[0].path, ['iteration']);
    assert.equal(answer.json.errors[0].extensions.code, 'NOT_FOUND');
  });

  test('what is no GraphQL request is 400 in either media type', async () => {
    for (const accept of [RESPONSE, JSON_TYPE]) {
      for (const body of ['', '{', '[]', '[{"query":"{ __typename }"}]', '"{ __typename }"', '{}', '{"query":null}', '{"query":1}',
        '{"query":"{ __typename }","variables":[]}', '{"query":"{ __typename }","operationName":1}',
        '{"query":"{ __typename }","extensions":{"persistedQuery":{"version":2,"sha256Hash":"00"}}}']) {
        const answer = await ask(server, body, { accept });
        assert.equal(answer.status, 400, body);
        assert.ok(answer.json.errors[0].message.length > 10, body);
      }
    }
    assert.match((await ask(server, '[{"query":"{ __typename }"}]')).json.errors[0].message, /[Bb]atch/);
  });

  test('variables and the operation name are taken, by POST and by GET', async () => {
    const query = 'query A($id: ID!) { iteration(iterationId: $id) { nodeId } } query B { __typename }';
    const expected = { data: { iteration: { nodeId: ITERATION } } };
    const parameters = { query, operationName: 'A', variables: { id: ITERATION } };
    assert.deepEqual((await ask(server, parameters)).json, expected);
    assert.deepEqual((await get(server, { ...parameters, variables: JSON.stringify(parameters.variables) })).json, expected);
    assert.deepEqual((await ask(server, { query, operationName: 'B' })).json, { data: { __typename: 'Query' } });
    assert.equal((await ask(server, { query })).status, 400, 'which of the two');
    assert.equal((await get(server, { query, operationName: 'B', variables: '[1]' })).status, 400);
    assert.equal((await get(server, { query, operationName: 'B', variables: '{' })).status, 400);
    assert.equal((await get(server, { query, operationName: 'B', variables: '' })).status, 200);
  });

  test('a long answer is compressed where that is accepted', async () => {
    const query = `{ getConvergenceView(iterationId: "${ITERATION}") { nodes { nodeId name status } } }`;
    const plain = await ask(server, { query }, { 'accept-encoding': 'identity' });
    const packed = await ask(server, { query }, { 'accept-encoding': 'gzip' });
    assert.equal(plain.headers.get('content-encoding'), null);
    assert.equal(packed.headers.get('content-encoding'), 'gzip');
    assert.ok(plain.text.length > 4096);
    assert.equal(packed.text, plain.text);
  });
});

describe('what changes nothing, and what does', () => {
  let server;
  before(async () => { server = await serve(scratch({ after })); });
  after(() => server.stop());

  const mutation = 'mutation { discardDeadLetters(input: { ids: [] }) { clientMutationId } }';

  test('a mutation by GET is 405, and is not run', async () => {
    const answer = await get(server, { query: mutation });
    assert.equal(answer.status, 405);
    assert.equal(answer.headers.get('allow'), 'POST');
    assert.ok(answer.json.errors[0].message);
    assert.equal(await ended(server, 'mutation', 'refused'), 1);
    assert.equal(await ended(server, 'mutation', 'answered'), 0);
  });
  test('a body that a form could send is refused unread', async () => {
    const body = JSON.stringify({ query: '{ __typename }' });
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/graphql',
      'application/jsonp', 'application/json; charset=latin1', '']) {
      assert.equal((await ask(server, body, { 'content-type': type })).status, 415, type);
    }
    for (const type of ['application/json', 'Application/JSON; Charset="UTF-8"']) {
      assert.equal((await ask(server, body, { 'content-type': type })).status, 200, type);
    }
    assert.equal((await ask(server, body, { 'content-encoding': 'gzip' })).status, 415);
  });
  test('another origin is not told that it may ask', async () => {
    const answer = await server.request('/graphql', { method: 'OPTIONS',
      headers: { origin: 'https://elsewhere.example', 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' } });
    assert.equal(answer.headers.get('access-control-allow-origin'), null);
  });
  test('a subscription is sent to the WebSocket', async () => {
    const answer = await ask(server, { query: 'subscription { verdictChanged(iterationId: "it") { to } }' });
    assert.equal(answer.status, 400);
    assert.match(answer.json.errors[0].message, /graphql-transport-ws/);
  });
  test('other methods are refused with what there is', async () => {
    for (const method of ['PUT', 'PATCH', 'DELETE']) {
      const answer = await server.request('/graphql', { method });
      assert.equal(answer.status, 405, method);
      assert.equal(answer.headers.get('allow'), 'GET, HEAD, POST');
    }
  });
});

test('who has not signed in learns nothing, unless the configuration lets anyone ask', async (t) => {
  const anonymous = (server, body, headers) => server.request('/graphql', { method: 'POST', body: JSON.stringify(body), anonymous: true,
    headers: { 'content-type': JSON_TYPE, accept: RESPONSE, ...headers } });
  const schema = { query: '{ __schema { queryType { name } } }' }, data = { query: '{ iterations { totalCount } }' };
  const server = await started(t, { auth: true });
  for (const body of [schema, data, { query: '{' }]) {
    const answer = await anonymous(server, body);
    assert.equal(answer.status, 401);
    assert.match(answer.headers.get('www-authenticate'), /^Bearer/);
    assert.equal(answer.json.errors[0].extensions.code, 'UNAUTHENTICATED');
  }
  assert.equal((await ask(server, data)).json.errors, undefined);
  assert.equal((await ask(server, schema)).status, 200);
  await server.stop();
  const open = await started(t, { auth: true, env: { TRIMODAL_GRAPHQL_INTROSPECTION: 'all' } });
  assert.deepEqual((await anonymous(open, schema)).json, { data: { __schema: { queryType: { name: 'Query' } } } });
  assert.ok((await anonymous(open, data)).json.errors[0].message, 'data is not for anyone');
  assert.equal((await anonymous(open, data)).json.data?.iterations ?? null, null);
  assert.equal((await anonymous(open, schema, { authorization: 'Bearer tm_nonsense' })).status, 401, 'a bad credential is not no credential');
  await open.stop();
});

test('a persisted query is known by its hash once it was sent, by POST and by GET', async (t) => {
  const server = await started(t);
  const query = 'query Persisted { __typename }';
  const extensions = { persistedQuery: { version: 1, sha256Hash: sha256(query) } };
  const unknown = await ask(server, { extensions });
  assert.equal(unknown.json.errors[0].extensions.code, 'PERSISTED_QUERY_NOT_FOUND');
  assert.equal(unknown.json.errors[0].message, 'PersistedQueryNotFound');
  const wrong = await ask(server, { query: '{ health { status } }', extensions });
  assert.equal(wrong.status, 400);
  assert.equal((await ask(server, { extensions })).json.errors[0].extensions.code, 'PERSISTED_QUERY_NOT_FOUND', 'a wrong text is not kept');
  const expected = { data: { __typename: 'Query' } };
  assert.deepEqual((await ask(server, { query, extensions })).json, expected);
  assert.deepEqual((await ask(server, { extensions })).json, expected);
  const by_get = await get(server, { extensions: JSON.stringify(extensions) });
  assert.equal(by_get.status, 200);
  assert.deepEqual(by_get.json, expected);
  assert.ok(await metric(server, 'trimodal_graphql_plans_total{result="hit"}') >= 2);
  await server.stop();
});

describe('limits', () => {
  const deep = (levels) => `{ __schema { ${'types { fields { type { '.repeat(1)}${'ofType { '.repeat(levels)}name${' }'.repeat(levels)} } } } } }`;

  test('a query over a limit is refused with the limit, before it runs', async (t) => {
    const server = await started(t, { env: { TRIMODAL_GRAPHQL_DEPTH: '12', TRIMODAL_GRAPHQL_ALIASES: '10',
      TRIMODAL_GRAPHQL_FIELDS: '200', TRIMODAL_GRAPHQL_TOKENS: '2000' } });
    const aliases = (count) => `{ ${Array.from({ length: count }, (_, i) => `a${i}: __typename`).join(' ')} }`;
    assert.equal((await ask(server, { query: aliases(10) })).status, 200);
    assert.equal((await ask(server, { query: deep(4) })).status, 200);
    for (const [query, limit] of [[deep(20), /12/], [aliases(11), /10/], [`{ ${'health { status version } '.repeat(600)} }`, /token|200/]]) {
      const answer = await ask(server, { query });
      assert.equal(answer.status, 400, query.slice(0, 60));
      assert.match(answer.json.errors[0].message, limit);
    }
    await server.stop();
  });
  test('a run over a limit ends with an error that names it', async (t) => {
    const server = await started(t, { golden: true, env: { TRIMODAL_GRAPHQL_OBJECTS: '50' } });
    const answer = await ask(server, { query: `{ getConvergenceView(iterationId: "${ITERATION}") { nodes { nodeId } } }` });
    assert.match(answer.json.errors[0].message, /50/);
    assert.equal((await ask(server, { query: '{ health { status } }' })).status, 200, 'the next one is not the worse for it');
    await server.stop();
  });
  test('a body over 1 MiB is 413', async (t) => {
    const server = await started(t);
    assert.equal((await ask(server, { query: `{ __typename } # ${'x'.repeat(1 << 20)}` })).status, 413);
    await server.stop();
  });
  test('introspection can be switched off, and messages suggest nothing then', async (t) => {
    const server = await started(t, { env: { TRIMODAL_GRAPHQL_INTROSPECTION: 'off' } });
    for (const query of ['{ __schema { queryType { name } } }', '{ __type(name: "Query") { name } }']) {
      assert.equal((await ask(server, { query })).status, 400, query);
    }
    const typo = await ask(server, { query: '{ healt { status } }' });
    assert.equal(typo.status, 400);
    assert.doesNotMatch(JSON.stringify(typo.json), /health/, 'no hint');
    assert.equal((await ask(server, { query: '{ __typename }' })).status, 200);
    await server.stop();
    const open = await started(t);
    assert.match(JSON.stringify((await ask(open, { query: '{ healt { status } }' })).json), /health/);
    await open.stop();
  });
  test('a value that is none is refused at start', () => {
    for (const [name, value] of [['DEPTH', '0'], ['DEPTH', 'deep'], ['INTROSPECTION', 'perhaps'], ['OBJECTS', '-1']]) {
      const done = run(['serve', '--listen', '127.0.0.1:0', '--data', '/nonexistent/x'], { env: { ...process.env, [`TRIMODAL_GRAPHQL_${name}`]: value } });
      assert.notEqual(done.code, 0);
      assert.match(done.err, new RegExp(`TRIMODAL_GRAPHQL_${name}`));
    }
  });
});

describe('long queries', () => {
  /** So many views of different moments that it takes seconds. */
  const count = 4000;
  const huge = `{ ${Array.from({ length: count }, (_, i) =>
    `v${i}: getConvergenceView(iterationId: "${ITERATION}", asOf: "${new Date(Date.now() - i * 1000).toISOString()}") { nodes { nodeId name status } edges { kind confidence } }`).join(' ')} }`;
  const env = { TRIMODAL_GRAPHQL_ALIASES: '10000', TRIMODAL_GRAPHQL_FIELDS: '100000', TRIMODAL_GRAPHQL_TOKENS: '1000000',
    TRIMODAL_GRAPHQL_OBJECTS: '4000000000', TRIMODAL_GRAPHQL_TIME_MS: '120000' };

  function post(server, query) {
    const body = JSON.stringify({ query });
    const request = httpRequest(`${server.url}/graphql`, { method: 'POST', headers: { 'content-type': JSON_TYPE, 'content-length': Buffer.byteLength(body) } });
    request.on('error', () => {}); // we end it ourselves
    request.end(body);
    return request;
  }

  test('one whose client has gone stops, and others are answered while it runs', async (t) => {
    const server = await started(t, { golden: true, env });
    const request = post(server, huge);
    await until(async () => await metric(server, 'trimodal_graphql_running') === 1, 'the query runs');
    for (let i = 0; i < 5; i++) {
      const begun = performance.now();
      assert.equal((await server.get('/health')).status, 200);
      assert.ok(performance.now() - begun < 2000);
    }
    assert.equal(await metric(server, 'trimodal_graphql_running'), 1, 'it is still at it');
    request.destroy();
    await until(async () => await ended(server, 'query', 'cancelled') === 1, 'the query is cancelled');
    assert.equal(await metric(server, 'trimodal_graphql_running'), 0);
    assert.equal(await ended(server, 'query', 'answered'), 0);
    await server.stop();
  });
  /** One root field only: traces of what is in traces, and so on. Each level multiplies the work. */
  const traces = (levels) => (levels === 0 ? 'links { nodes { kind } } history { nodes { version } }'
    : `trace { levels { nodes { nodeId ${traces(levels - 1)} } } }`);
  const oneField = (levels, times) =>
    `{ getDDEGraph(iterationId: "${ITERATION}") { nodes { ${Array.from({ length: times }, (_, i) => `a${i}: ${traces(levels)}`).join(' ')} } } }`;
  const endless = oneField(6, 1);

  test('one whose one field takes long lets others be answered before it', async (t) => {
    const server = await started(t, { golden: true, env });
    let done = false;
    const answers = Promise.all([1, 2, 3].map(() => ask(server, { query: oneField(2, 10) })));
    void answers.then(() => { done = true; });
    await until(async () => await metric(server, 'trimodal_graphql_running') === 3, 'the queries run');
    for (let i = 0; i < 5; i++) {
      assert.equal((await server.get('/health')).status, 200);
      assert.equal((await ask(server, { query: '{ health { status } }' })).json.data.health.status, 'ok');
      assert.equal(done, false, `request ${i} is answered before those that came before it`);
    }
    const [first, ...others] = await answers;
    assert.equal(first.json.errors, undefined);
    assert.equal(first.json.data.getDDEGraph.nodes.length, others[0].json.data.getDDEGraph.nodes.length);
    for (const other of others) assert.ok(other.text === first.text, 'those that were left in turns say the same');
    await server.stop();
  });
  test('one whose client goes in the middle of its one field stops there', async (t) => {
    const server = await started(t, { golden: true, env });
    const requests = [1, 2, 3].map(() => post(server, endless));
    await until(async () => await metric(server, 'trimodal_graphql_running') === 3, 'the queries run');
    const turns = await metric(server, 'trimodal_graphql_turns_total');
    await until(async () => await metric(server, 'trimodal_graphql_turns_total') > turns + 20, 'they go on');
    assert.equal(await metric(server, 'trimodal_graphql_running'), 3);
    requests[0].destroy();
    await until(async () => await ended(server, 'query', 'cancelled') === 1, 'one is cancelled');
    assert.equal(await metric(server, 'trimodal_graphql_running'), 2, 'the others are not');
    for (const request of requests) request.destroy();
    await until(async () => await ended(server, 'query', 'cancelled') === 3, 'they are cancelled');
    assert.equal(await metric(server, 'trimodal_graphql_running'), 0);
    post(server, endless);
    await until(async () => await metric(server, 'trimodal_graphql_running') === 1, 'another runs');
    server.child.kill('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 50));
    await server.stop(); // a second signal: at once, and cleanly
  });
  test('one that takes too long ends with an error', async (t) => {
    const server = await started(t, { golden: true, env: { ...env, TRIMODAL_GRAPHQL_TIME_MS: '30' } });
    const answer = await ask(server, { query: huge });
    assert.match(answer.json.errors[0].message, /30|time/);
    await server.stop();
  });
  test('a server that is told to stop ends one under way', async (t) => {
    const server = await started(t, { golden: true, env });
    post(server, huge);
    await until(async () => await metric(server, 'trimodal_graphql_running') === 1, 'the query runs');
    server.child.kill('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 50));
    await server.stop(); // a second signal: at once, and cleanly
  });
});
