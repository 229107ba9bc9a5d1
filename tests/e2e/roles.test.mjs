// roles.test.mjs: who may do what, asked of a running server: every operation of the document it serves, by every role, about
// things of one's own tenant, of another tenant, and that do not exist. An operation that is added is walked, too.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { event, scratch, serve } from './server.mjs';

const permissions = { // SPEC section 8, and two for what is about the whole process
  admin: ['iteration:read', 'iteration:write', 'iteration:delete', 'audit:read', 'users:manage', 'system:operate', 'metrics:read'],
  engineer: ['iteration:read', 'iteration:write'],
  viewer: ['iteration:read'],
  auditor: ['iteration:read', 'audit:read'],
};
const roles = Object.keys(permissions);
const tenants = { own: 'acme', other: 'globex' };
const iterations = { own: 'it-owned', other: 'it-other', none: 'it-nones' };
const names = { own: 'feature-owned', other: 'feature-other', none: 'feature-nones' };

function history(kind, iteration_id = iterations[kind]) {
  const common = { iteration_id, tenant_id: tenants[kind] };
  const make = (event_type, fields) => event({ ...common, event_type, ...fields });
  return [
    make('REQUIREMENT_DECLARED', { requirement_id: 'R1', metadata: { name: 'Pay' } }),
    make('TASK_CREATED', { node_id: 'T1', requirement_id: 'R1', metadata: { name: 'Build pay' } }),
    make('TASK_FAILED', { node_id: 'T1', error_message: `boom in ${names[kind]}` }),
    make('SCENARIO_STARTED', { scenario_id: 's1', scenario_name: 'Pay', feature_path: names[kind] }),
    make('SCENARIO_PASSED', { scenario_id: 's1', feature_path: names[kind] }),
    make('ANALYSIS_STARTED', { manifest_name: names[kind] }),
    make('MODULE_ANALYZED', { manifest_name: names[kind], module_path: 'src/pay.ts', component: 'core' }),
    make('VIOLATION_DETECTED', { manifest_name: names[kind], node_id: 'v1', violation_type: 'SIZE_VIOLATION', violation_severity: 'WARNING',
      module_path: 'src/pay.ts' }),
    make('ANALYSIS_COMPLETED', { manifest_name: names[kind] }),
  ];
}

let server, admin, credentials = {}, operations, events = {}, asset, pageFile, serial = 100;

const as = (token, path, { method = 'GET', body, headers = {} } = {}) => server.request(path, {
  method: method.toUpperCase(), body, anonymous: true,
  headers: { ...(path.startsWith('/graphql') ? { 'content-type': 'application/json' } : {}), ...headers, ...(token ? { authorization: `Bearer ${token}` } : {}) } });
const json = (value) => JSON.stringify(value);

async function makeToken(name, role, tenant) {
  const made = await as(admin, '/api/v1/tokens', { method: 'post', body: json({ name, role, tenant }) });
  assert.equal(made.status, 201, made.text);
  return made.json.token;
}

/** A dead letter of this tenant; its id. */
async function deadLetter(kind) {
  const sent = await as(admin, `/api/v1/events?tenant=${tenants[kind]}`, { method: 'post', body: json({ nonsense: serial++ }) });
  assert.equal(sent.status, 422, sent.text);
  return sent.json.results[0].dead_letter;
}

before(async () => {
  const directory = scratch({ after });
  server = await serve(directory, { auth: true });
  admin = server.local;
  for (const kind of ['own', 'other']) {
    const sent = history(kind);
    events[kind] = sent[0].event_id;
    const answer = await as(admin, '/api/v1/events', { method: 'post', body: json(sent) });
    assert.equal(answer.status, 200, answer.text);
  }
  events.none = '01890000-0000-7000-8000-ffffffffffff';
  for (const role of roles) credentials[role] = await makeToken(`${role}-own`, role, tenants.own);
  asset = /\/assets\/([^"]+)/.exec((await as(undefined, '/api/docs')).text)[1];
  pageFile = /\/app\/([^"]+)/.exec((await as(undefined, '/iterations/any')).text)[1];
  const { paths, components } = (await as(undefined, '/api/openapi.json')).json;
  const parameter = (one) => (one.$ref ? components.parameters[one.$ref.split('/').pop()] : one);
  operations = Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods)
    .filter(([method]) => /^(get|post|put|patch|delete)$/.test(method))
    .map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, path, method, ...operation,
      'x-permission': operation['x-permission'] ?? 'none', parameters: (operation.parameters ?? []).map(parameter).filter((one) => one.in !== 'header') })));
  assert.ok(operations.length > 60);
});

after(() => server.stop());

/** What an operation needs besides its path: by its name, else by the names of its parameters. */
const bodies = {
  'POST /api/v1/events': (iteration) => json(event({ iteration_id: iteration, event_type: 'TASK_CREATED', node_id: `T-${serial++}` })),
  'POST /api/v1/import/{format}': () => `<testsuite name="s${serial++}"><testcase name="t" classname="c"/></testsuite>`,
  'POST /api/v1/convergence/{iteration}/verdict': () => 'version: "1"\n',
  'POST /api/v1/convergence/{iteration}/override': () => json({ reason: 'because' }),
  'DELETE /api/v1/convergence/{iteration}/override': () => json({ reason: 'because' }),
  'POST /api/v1/links': (iteration) => json({ iteration, source: { kind: 'Requirement', id: 'R1' }, link: 'FULFILLED_BY',
    target: { kind: 'Task', id: 'T1' }, reason: 'because' }),
  'POST /api/v1/violations/suppress': (iteration) => json({ iteration, violation: 'v1', adr_reference: 'ADR-1', reason: 'because' }),
  'POST /api/v1/scenarios/quarantine': (iteration) => json({ iteration, scenario: 's1', reason: 'because' }),
  'POST /api/v1/dlq/replay': (iteration, id) => json({ ids: [id] }),
  'POST /api/v1/dlq/discard': (iteration, id) => json({ ids: [id] }),
  'PUT /api/v1/dlq/{id}': () => json({ still: 'nonsense' }),
  'POST /api/v1/dlq/{id}/replay': () => json({ apply: false }),
  'POST /api/v1/tokens': () => json({ name: `t-${serial++}`, role: 'viewer', tenant: tenants.own }),
  'PUT /api/v1/layouts/{name}': () => json({ zoom: 2 }),
  'POST /api/v1/personal/erase': () => json({ subject: 'nobody@example.com' }),
  'POST /graphql': () => json({ query: '{ __typename }' }),
};
bodies['DELETE /api/v1/links'] = bodies['POST /api/v1/links'];
bodies['DELETE /api/v1/violations/suppress'] = bodies['POST /api/v1/violations/suppress'];
bodies['DELETE /api/v1/scenarios/quarantine'] = bodies['POST /api/v1/scenarios/quarantine'];

const queries = {
  node: () => 'T1', kind: () => 'Task', q: () => 'pay', file: () => 'x.xml', query: () => '{ __typename }', from: () => '-1d', to: () => 'now',
};

/** The iteration asked about; a fresh one where asking may change it. */
async function iterationFor(operation, kind) {
  if (operation.method === 'get' || kind === 'own') return iterations[kind];
  const id = `${iterations[kind]}-${serial++}`;
  if (kind === 'other') {
    const sent = await as(admin, '/api/v1/events', { method: 'post', body: json(history(kind, id)) });
    assert.equal(sent.status, 200, sent.text);
  }
  return id;
}

/** The id that a path ends in; each question about a thing of this kind gets a fresh thing where asking may use it up. */
async function idFor(operation, kind, id) {
  if (operation.path.includes('/dlq')) return id ?? (kind === 'none' ? 999_999 : deadLetter(kind));
  if (operation.path.includes('/tokens')) {
    if (kind === 'none') return 'nobodys-token';
    const name = `spare-${serial++}`;
    await makeToken(name, 'viewer', tenants[kind]);
    return name;
  }
  return events[kind];
}

async function request(operation, kind) {
  const id = /\/dlq|\{id\}/.test(operation.path) ? await idFor(operation, kind) : undefined;
  const iteration = await iterationFor(operation, kind);
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent({
    iteration, path: names[kind], id, format: 'junit',
    name: operation.path.startsWith('/assets') ? asset : operation.path.startsWith('/app/') ? pageFile : operation.path.includes('layouts') ? 'mine' : names[kind],
  }[name] ?? 'x'));
  const query = operation.parameters.filter((one) => one.in === 'query')
    .filter((one) => one.name === 'iteration' || queries[one.name])
    .filter((one) => !(one.name === 'kind' && /nodes$|search/.test(operation.path)))
    .filter((one) => !['from', 'to'].includes(one.name) || /diff|changes/.test(operation.path))
    .map((one) => `${one.name}=${encodeURIComponent(one.name === 'iteration' ? iteration : queries[one.name]())}`).join('&');
  return { id, iteration, url: query ? `${path}?${query}` : path, method: operation.method, body: bodies[operation.name]?.(iteration, id) };
}

/** The same for two things whose names have the same length: ids, moments and hashes are what may differ. */
function comparable(answer, kind, { id, iteration }) {
  let text = answer.text.replaceAll(iteration, 'ITERATION').replaceAll(iterations[kind], 'ITERATION').replaceAll(names[kind], 'NAME').replaceAll(events[kind], 'EVENT');
  if (id !== undefined) text = text.replace(new RegExp(`\\b${id}\\b`, 'g'), 'ID');
  text = text.replace(/"(validAt|knownAt|observed_at|at|[a-z_]*_at)":(\{[^}]*\}|\d+)/g, '"$1":T').replace(/"uptime_seconds":\d+/g, '')
    .replace(/"(seconds|id|seq|dead_letter|position|event_id|received_at)":("[^"]*"|[\d.]+)/g, '"$1":N');
  const headers = [...answer.headers].filter(([name]) => !/^(date|etag|ratelimit|content-length|x-request-id)/.test(name));
  return json({ status: answer.status, headers, text });
}

const isPublic = (operation) => operation['x-permission'] === 'none' || operation.path === '/metrics'; // only this machine is listened to

describe('roles', () => {
  test('every operation says which permission it asks for', () => {
    const known = new Set([...permissions.admin, 'none']);
    for (const operation of operations) {
      assert.ok(known.has(operation['x-permission']), operation.name);
      assert.equal(operation['x-permission'] === 'none', operation.security.length === 0, operation.name);
    }
  });

  test('nobody does what is public, and nothing else', async () => {
    for (const operation of operations) {
      const { url, method, body } = await request(operation, 'own');
      const answer = await as(undefined, url, { method, body });
      if (isPublic(operation)) assert.ok(answer.status < 400, `${operation.name}: ${answer.text}`);
      else {
        assert.equal(answer.status, 401, `${operation.name}: ${answer.text}`);
        assert.match(answer.headers.get('www-authenticate'), /^Bearer /, operation.name);
      }
    }
  });

  for (const role of roles) {
    test(`${role}: what the role gives, and no more`, async () => {
      for (const operation of operations) {
        if (operation.path === '/metrics') continue;
        const may = operation['x-permission'] === 'none' || permissions[role].includes(operation['x-permission']);
        const { url, method, body } = await request(operation, 'own');
        const answer = await as(credentials[role], url, { method, body });
        if (!may) assert.equal(answer.status, 403, `${operation.name}: ${answer.text}`);
        else if (/\/stream$/.test(operation.path)) assert.equal(answer.status, 426, `${operation.name}: ${answer.text}`);
        else if (/layouts\/\{name\}/.test(operation.path) && method !== 'put') assert.ok([200, 404].includes(answer.status), `${operation.name}: ${answer.text}`);
        else if (bodies[operation.name] || ['get', 'delete'].includes(method)) assert.ok(answer.status < 400, `${operation.name}: ${answer.status} ${answer.text}`);
        else assert.ok(![401, 403].includes(answer.status) && answer.status < 500, `${operation.name}: ${answer.status} ${answer.text}`);
      }
    });
  }
});

/** What changes nothing, or (events) is its own record. */
const unaudited = new Set(['POST /api/v1/events', 'POST /api/v1/convergence/{iteration}/verdict', 'POST /api/v1/rebuild/verify', 'POST /api/v1/dlq/replay',
  'POST /api/v1/dlq/{id}/replay', 'POST /api/v1/personal/erase', 'POST /api/v1/tokens/link', 'POST /api/v1/sign-out', 'POST /graphql']);

test('whatever changes something is in the audit log: who, what, from where', async () => {
  const newest = async () => (await as(admin, '/api/v1/audit?limit=1')).json.entries[0];
  for (const operation of operations.filter((one) => one.method !== 'get' && !unaudited.has(one.name))) {
    if (operation.name.startsWith('DELETE /api/v1/layouts')) await as(credentials.admin, '/api/v1/layouts/mine', { method: 'put', body: '{}' });
    const { url, method, body } = await request(operation, 'own');
    const before = await newest();
    const answer = await as(credentials.admin, url, { method, body });
    assert.ok(answer.status < 300, `${operation.name}: ${answer.text}`);
    const entry = await newest();
    assert.ok(entry.id > before.id, `${operation.name} left no entry`);
    assert.deepEqual([entry.actor, entry.origin.split(' ').pop()], ['token:admin-own', '127.0.0.1'], operation.name);
    assert.ok(entry.action && entry.tenant === tenants.own, `${operation.name}: ${JSON.stringify(entry)}`);
  }
  assert.equal((await as(admin, '/api/v1/audit/verify')).json.intact, true);
});

describe('tenants', () => {
  for (const role of roles.filter((one) => one !== 'admin')) {
    test(`${role}: a thing of another tenant is answered like one that does not exist`, async () => {
      for (const operation of operations) {
        if (isPublic(operation) || /^\/api\/v1\/(whoami|sign-out|status|policy|layouts)/.test(operation.path)) continue;
        const other = await request(operation, 'other'), none = await request(operation, 'none');
        if (other.url === none.url && other.body === none.body) continue; // names no thing; see the listings below
        const about = await as(credentials[role], other.url, other), nothing = await as(credentials[role], none.url, none);
        assert.equal(comparable(about, 'other', other), comparable(nothing, 'none', none), `${operation.name} ${other.url}`);
        assert.ok(!about.text.includes(tenants.other), `${operation.name} names the other tenant: ${about.text}`);
        if (/\{(iteration|id)\}/.test(operation.path) && permissions[role].includes(operation['x-permission']) && !operation.path.includes('tokens'))
          assert.ok(about.status >= 400 || /POST|DELETE/.test(operation.name), `${operation.name}: ${about.text}`);
      }
    });

    test(`${role}: naming another tenant is refused, whether it exists or not`, async () => {
      for (const operation of operations.filter((one) => permissions[role].includes(one['x-permission']) && one.method === 'get' && one.path !== '/metrics')) {
        const { url } = await request(operation, 'other');
        const sign = url.includes('?') ? '&' : '?';
        const there = await as(credentials[role], `${url}${sign}tenant=globex`), nowhere = await as(credentials[role], `${url}${sign}tenant=glopex`);
        assert.equal(there.status, 403, `${operation.name}: ${there.text}`);
        assert.equal(there.text, nowhere.text, operation.name);
        const byHeader = await as(credentials[role], url, { headers: { 'x-tenant': 'globex' } });
        assert.equal(byHeader.text, there.text, operation.name);
        const own = await as(credentials[role], `${url}${sign}tenant=acme`), plain = await as(credentials[role], url);
        assert.equal(own.status, plain.status, operation.name);
      }
    });

    test(`${role}: no listing holds anything of another tenant`, async () => {
      await deadLetter('other');
      for (const path of ['/api/v1/iterations', '/api/v1/search?q=it-', '/api/v1/search?q=pay', '/api/v1/search/logs?q=boom', '/api/v1/search/violations',
        '/api/v1/dlq?removed=true', '/api/v1/audit', '/api/v1/status', '/', '/overview', '/api/v1/layouts']) {
        const answer = await as(credentials[role], path);
        if (answer.status === 403) continue;
        assert.equal(answer.status, 200, `${path}: ${answer.text}`);
        for (const mark of [tenants.other, names.other, events.other, `"${iterations.other}"`])
          assert.ok(!answer.text.includes(mark), `${path} holds ${mark}: ${answer.text}`);
      }
    });
  }

  test('an administrator sees all tenants, and each on asking', async () => {
    const all = (await as(credentials.admin, '/api/v1/iterations')).json.iterations.map((one) => `${one.tenant}/${one.id}`);
    assert.ok(all.includes('acme/it-owned') && all.includes('globex/it-other'), all.join());
    const one = (await as(credentials.admin, '/api/v1/iterations?tenant=globex')).json.iterations.map((each) => each.tenant);
    assert.deepEqual([...new Set(one)], ['globex']);
    assert.equal((await as(credentials.admin, '/api/v1/dde/graph/it-other')).status, 404, 'its own tenant is acme');
    assert.equal((await as(credentials.admin, '/api/v1/dde/graph/it-other?tenant=globex')).status, 200);
    assert.equal((await as(credentials.admin, '/api/v1/dde/graph/it-other', { headers: { 'x-tenant': 'globex' } })).status, 200);
    assert.equal((await as(credentials.admin, '/api/v1/dde/graph/it-other?tenant=globex', { headers: { 'x-tenant': 'acme' } })).status, 400);
  });

  test('an event that names another tenant is rejected in the same words whether that tenant exists', async () => {
    const send = (tenant_id) => as(credentials.engineer, '/api/v1/events', { method: 'post',
      body: json(event({ iteration_id: 'it-owned', event_type: 'TASK_CREATED', node_id: 'T9', tenant_id })) });
    const there = await send('globex'), nowhere = await send('glopex');
    assert.equal(there.status, 422);
    const reason = (answer) => answer.json.results[0].reason.replace(/glo.ex/g, 'X');
    assert.equal(reason(there), reason(nowhere));
    const letter = there.json.results[0].dead_letter;
    assert.equal((await as(credentials.engineer, `/api/v1/dlq/${letter}`)).status, 200, 'it stays with its sender');
    const seen = (await as(admin, '/api/v1/dlq?tenant=globex')).json.letters.map((one) => one.id);
    assert.ok(!seen.includes(letter));
  });

  test('the same idempotency key in two tenants is two events', async () => {
    const twin = event({ iteration_id: 'it-twin', event_type: 'TASK_CREATED', node_id: 'T1', idempotency_key: 'the-same-key' });
    for (const tenant of ['acme', 'globex']) {
      const sent = await as(admin, `/api/v1/events?tenant=${tenant}`, { method: 'post', body: json(twin) });
      assert.equal(sent.json.accepted, 1, sent.text);
    }
  });
});

describe('GraphQL', () => {
  const ask = (token, query) => as(token, '/graphql', { method: 'post', body: json({ query }) });
  let fields;

  before(async () => {
    const type = 'type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }';
    const { json: { data } } = await ask(admin, `{ __schema { ${['queryType', 'mutationType'].map((one) => `${one} { fields { name ${type} args {
      name defaultValue ${type} } } }`).join(' ')} types { name kind inputFields { name defaultValue ${type} } enumValues { name } } } }`);
    fields = data.__schema;
  });

  const isRequired = (one) => one.type.kind === 'NON_NULL' && one.defaultValue === null;
  const bare = (type) => (type.ofType ? bare(type.ofType) : type);

  /** A value for an argument, so that the question can be asked at all. */
  function value(one, thing) {
    const { kind, name } = bare(one.type);
    if (/^iterationId$/.test(one.name)) return json(iterations[thing]);
    if (one.name === 'id' && thing) return json(thing === 'none' ? '999999' : String(serial));
    if (kind === 'ENUM') return fields.types.find((type) => type.name === name).enumValues[0].name;
    if (kind === 'INPUT_OBJECT') return `{${fields.types.find((type) => type.name === name).inputFields.filter(isRequired).map((field) => `${field.name}: ${value(field, thing)}`).join(', ')}}`;
    return { DateTime: '"2026-01-01T00:00:00Z"', Int: '1', Float: '0.5', Boolean: 'false', JSON: '{}', ID: '"T1"' }[name] ?? '"pay"';
  }

  function document(field, thing) {
    const args = field.args.filter((one) => isRequired(one) || one.name === 'iterationId');
    const object = /OBJECT|INTERFACE|UNION/.test(bare(field.type).kind);
    return `${field.name}${args.length > 0 ? `(${args.map((one) => `${one.name}: ${value(one, thing)}`).join(', ')})` : ''}${object ? ' { __typename }' : ''}`;
  }

  const plain = (answer, thing) => answer.text.replaceAll(iterations[thing], 'ITERATION');

  test('nobody asks anything', async () => {
    const answer = await ask(undefined, '{ __typename }');
    assert.equal(answer.status, 401, answer.text);
    assert.equal((await as(undefined, '/graphql?query=%7B__typename%7D')).status, 401);
  });

  for (const role of roles.filter((one) => one !== 'admin')) {
    test(`${role}: every query answers about another tenant's iteration as about none`, async () => {
      let asked = 0;
      for (const field of fields.queryType.fields.filter((one) => one.args.some((arg) => arg.name === 'iterationId'))) {
        const about = await ask(credentials[role], `{ ${document(field, 'other')} }`), nothing = await ask(credentials[role], `{ ${document(field, 'none')} }`);
        assert.equal(plain(about, 'other'), plain(nothing, 'none'), field.name);
        const own = await ask(credentials[role], `{ ${document(field, 'own')} }`);
        assert.equal(own.json?.errors?.find((error) => /BAD_REQUEST|VALIDATION|FORBIDDEN|UNAUTH/.test(error.extensions?.code)), undefined, `${field.name}: ${own.text}`);
        asked += 1;
      }
      assert.ok(asked > 20);
    });

    test(`${role}: mutations and the audit log as the role gives`, async () => {
      for (const field of fields.mutationType.fields) {
        const answer = await ask(credentials[role], `mutation { ${document(field, 'own')} }`);
        const own = /layout/i.test(field.name), needed = field.name === 'erasePersonalData' ? 'users:manage' : 'iteration:write';
        const may = own || permissions[role].includes(needed);
        const forbidden = answer.json.errors?.some((error) => error.extensions?.code === 'FORBIDDEN') ?? false;
        assert.equal(forbidden, !may, `${field.name}: ${answer.text}`);
      }
      const log = await ask(credentials[role], '{ auditLog { __typename } }');
      assert.equal(log.json.errors?.[0].extensions.code, permissions[role].includes('audit:read') ? undefined : 'FORBIDDEN', log.text);
    });
  }
});
