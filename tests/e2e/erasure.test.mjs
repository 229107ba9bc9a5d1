// erasure.test.mjs: a person's data leaves a running server, its files and what it answers (docs/personal-data.md, "Erasing").
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { watch } from './live_client.mjs';
import { binary, event, scratch, serve } from './server.mjs';

const alice = { email: 'alice@example.com', id: 'u-4711-alice', name: 'Alice Liddell', phone: '+49 171 1234567', ip: '203.0.113.77' };
const bob = { email: 'bob@example.com', name: 'Bob Builder' };
const task = { iteration_id: 'shop-1' };
const sent = [
  event({ ...task, node_id: 'pay', event_type: 'TASK_CREATED', metadata: { name: 'Checkout', author_name: alice.name, author_email: alice.email } }),
  event({ ...task, node_id: 'pay', event_type: 'TASK_FAILED', error_message: `no user ${alice.email}, call ${alice.phone}`, user_id: alice.id,
    metadata: { nested: { client_ip: alice.ip } } }),
  event({ ...task, node_id: 'ship', event_type: 'TASK_FAILED', error_message: `account ${alice.id} is locked`, metadata: { author_name: bob.name, author_email: bob.email } }),
  event({ ...task, node_id: 'none', event_type: 'TASK_CREATED', metadata: { name: 'Nothing personal' } }),
];
const broken = `{"event_type":"TASK_STARTED","user_name":"${alice.name}","note":"ask alice\\u0040example.com", "effort": 3`;

const directory = scratch({ after });
let server, tokens = {}, letter, digest;

const as = (role, path, init = {}) => server.request(path, { ...init, headers: { ...(init.headers ?? {}), authorization: `Bearer ${tokens[role]}` } });
const post = (role, path, body) => as(role, path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
const erase = async (body) => {
  const answer = await post('admin', '/api/v1/personal/erase', body);
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
};
/** Every file of the data directory that holds the text. */
const filesWith = (text) => readdirSync(directory).filter((name) => statSync(join(directory, name)).isFile() && readFileSync(join(directory, name)).includes(text));
const pages = ['/api/v1/events/1', '/api/v1/events/2', '/api/v1/events/3', '/api/v1/dde/graph/shop-1', '/api/v1/search/logs?q=user', '/api/v1/search/logs?q=account', '/api/v1/search?q=pay',
  '/api/v1/nodes/shop-1', '/api/v1/changes/shop-1?from=0', '/api/v1/diff/shop-1?from=0', '/api/v1/history/shop-1?node=pay', '/api/v1/convergence/shop-1/verdict', '/api/v1/dlq', `/api/v1/dlq/1`,
  '/api/v1/convergence/graph/shop-1', '/api/v1/audit'];
async function answersWith(text) {
  const found = [];
  for (const path of pages) if ((await as('admin', path)).text.includes(text)) found.push(path);
  const query = '{ deadLetters { edges { node { raw reason } } } searchLogs(query: "e") { edges { node { message } } } getDDEGraph(iterationId: "shop-1") { tasks { name properties } } }';
  const answer = await post('admin', '/graphql', { query });
  if (answer.text.includes(text)) found.push('/graphql');
  return found;
}
async function verified() {
  const rebuilt = await post('admin', '/api/v1/rebuild/verify', {});
  assert.equal(rebuilt.json.equal, true, rebuilt.text);
  const audit = await as('admin', '/api/v1/audit/verify');
  assert.equal(audit.json.intact, true, audit.text);
  return rebuilt.json.live;
}

before(async () => {
  server = await serve(directory, { auth: true });
  for (const role of ['admin', 'engineer', 'viewer', 'auditor']) {
    const made = await server.post('/api/v1/tokens', JSON.stringify({ name: role, role }));
    tokens[role] = made.json.token;
  }
  const answer = await post('engineer', '/api/v1/events', sent);
  assert.equal(answer.json.accepted, sent.length, answer.text);
  letter = (await as('engineer', '/api/v1/events', { method: 'POST', body: broken })).json.results[0].dead_letter;
  digest = await verified();
});
after(() => server.stop());

describe('personal data', () => {
  test('is nowhere in the files, but where it looked like nothing personal', async () => {
    await server.stop();
    for (const value of [alice.email, alice.name, alice.phone, alice.ip, bob.email]) assert.deepEqual(filesWith(value).filter((name) => name !== 'trimodal.db' || value !== alice.name), [], value);
    assert.equal(statSync(join(directory, 'master.key')).mode & 0o777, 0o600);
    server = await serve(directory, { auth: true });
    assert.equal((await as('admin', '/api/v1/events/1')).json.event.metadata.author_name, alice.name);
    assert.deepEqual((({ facts, current }) => ({ facts, current }))(await verified()), (({ facts, current }) => ({ facts, current }))(digest));
  });

  test('of nobody but administrators may be erased', async () => {
    for (const role of ['engineer', 'viewer', 'auditor']) {
      assert.equal((await post(role, '/api/v1/personal/erase', { subject: alice.email })).status, 403, role);
      const answer = await post(role, '/graphql', { query: `mutation { erasePersonalData(input: { subject: "${alice.email}" }) { events } }` });
      assert.equal(answer.json.errors[0].extensions.code, 'FORBIDDEN', answer.text);
    }
    for (const body of [{}, { subject: '' }, { subject: 'x' }, { subject: 7 }, { subject: alice.email, whole_tenant: true }, { subject: alice.email, apply: 'yes' }]) {
      assert.equal((await post('admin', '/api/v1/personal/erase', body)).status, 400, JSON.stringify(body));
    }
  });

  test('is shown before it goes, and a dry run changes nothing', async () => {
    const found = await erase({ subject: alice.email.toUpperCase() });
    assert.equal(found.applied, false);
    assert.deepEqual([found.events, found.sealed, found.rewritten, found.dead_letters, found.in_ids], [2, 2, 0, 1, 0]);
    assert.deepEqual(found.examples.map(({ seq, node, iteration }) => [seq, node, iteration]), [[1, 'pay', 'shop-1'], [2, 'pay', 'shop-1']]);
    assert.ok(found.beside.some(({ kind, value }) => kind === 'user' && value === alice.id), JSON.stringify(found.beside));
    assert.match(found.subject_hash, /^[0-9a-f]{32}$/);
    assert.equal((await as('admin', '/api/v1/events/1')).json.event.metadata.author_email, alice.email);
    const { json } = await post('admin', '/graphql', { query: `mutation { erasePersonalData(input: { subject: "${alice.email}" }) { applied events deadLetters subjectHash beside { kind value events } } }` });
    assert.deepEqual([json.data.erasePersonalData.applied, json.data.erasePersonalData.events, json.data.erasePersonalData.subjectHash], [false, 2, found.subject_hash], JSON.stringify(json));
    assert.equal((await as('admin', '/api/v1/audit?action=personal.erase')).json.entries.length, 0);
  });

  test('of one subject goes from every answer and every file, at once', async () => {
    const reader = await watch(server, 'dde/execution/shop-1/stream', { headers: { authorization: `Bearer ${tokens.admin}` } });
    const etag = (await as('admin', '/api/v1/dde/graph/shop-1')).headers.get('etag');
    const done = await erase({ subject: alice.email, apply: true });
    assert.deepEqual([done.applied, done.events, done.dead_letters], [true, 2, 1]);
    for (const value of [alice.email, alice.name, 'alice\\u0040']) {
      assert.deepEqual(await answersWith(value), [], value);
      assert.deepEqual(filesWith(value), [], value);
    }
    const again = await as('admin', '/api/v1/dde/graph/shop-1', { headers: { 'if-none-match': etag } });
    assert.equal(again.status, 200);
    await reader.next(({ type }) => type === 'read_afresh');
    reader.socket.close();
    const logged = (await as('admin', '/api/v1/events/2')).json.event;
    assert.equal(logged.error_message, `no user [erased], call ${alice.phone}`);
    assert.equal(logged.metadata.user_id, alice.id);
    assert.equal((await as('admin', '/api/v1/events/3')).json.event.metadata.author_name, bob.name);
    await verified();
  });

  test('goes where it stands in a sentence, too', async () => {
    const done = await erase({ subject: alice.id, apply: true });
    assert.deepEqual([done.events, done.sealed, done.rewritten], [2, 1, 1]);
    assert.equal((await as('admin', '/api/v1/events/3')).json.event.error_message, 'account [erased] is locked');
    assert.equal((await as('admin', '/api/v1/events/3')).json.event.metadata.author_email, bob.email);
    assert.deepEqual(await answersWith(alice.id), []);
    assert.deepEqual(filesWith(alice.id), []);
    assert.ok(readFileSync(join(directory, 'trimodal.db')).includes('Nothing personal'));
    await verified();
  });

  test('is erased once: again there is nothing, and events are duplicates as before', async () => {
    assert.equal((await erase({ subject: alice.email })).events, 0);
    const answer = await post('engineer', '/api/v1/events', sent);
    assert.equal(answer.json.duplicates, sent.length, answer.text);
    assert.deepEqual(await answersWith(alice.email), []);
  });

  test('is in the audit log by its hash alone', async () => {
    const { entries } = (await as('admin', '/api/v1/audit?action=personal.erase')).json;
    assert.equal(entries.length, 2);
    assert.ok(entries.every(({ object }) => /^personal\/[0-9a-f]{32}$/.test(object)), JSON.stringify(entries));
    assert.ok(!JSON.stringify(entries).includes('alice'));
  });

  test('stays erased after a restart, and after a rebuild', async () => {
    await server.stop();
    for (const value of [alice.email, alice.id, alice.name]) assert.deepEqual(filesWith(value), [], value);
    assert.ok(!server.errors().includes('alice'));
    server = await serve(directory, { auth: true });
    for (const value of [alice.email, alice.id, alice.name]) assert.deepEqual(await answersWith(value), [], value);
    assert.equal((await as('admin', '/api/v1/events/3')).json.event.metadata.author_name, bob.name);
    await verified();
  });

  test('that comes in afterwards is kept again', async () => {
    const answer = await post('engineer', '/api/v1/events', event({ ...task, node_id: 'pay', event_type: 'TASK_STARTED', metadata: { author_email: alice.email } }));
    assert.equal(answer.json.accepted, 1);
    assert.equal((await as('admin', `/api/v1/events/${answer.json.results?.[0]?.seq ?? 5}`)).json.event.metadata.author_email, alice.email);
    const named = event({ ...task, node_id: alice.email, event_type: 'TASK_CREATED', metadata: { author: alice.email } });
    assert.equal((await post('engineer', '/api/v1/events', named)).json.accepted, 1);
    const done = await erase({ subject: alice.email, apply: true });
    assert.deepEqual([done.events, done.in_ids], [2, 1]);
    await verified();
  });

  test('of a whole tenant goes with its key', async () => {
    const done = await erase({ whole_tenant: true, apply: true });
    assert.equal(done.subject_hash, null);
    assert.deepEqual(await answersWith(bob.email), []);
    assert.deepEqual(filesWith(bob.email), []);
    assert.equal((await as('admin', '/api/v1/events/4')).json.event.metadata.name, 'Nothing personal');
    await verified();
    await server.stop();
    server = await serve(directory, { auth: true });
    assert.deepEqual(await answersWith(bob.name), []);
  });

  test('is erased by the command line, which shows it first', async () => {
    const data = scratch({ after });
    const run = (...args) => spawnSync(binary, [...args, '--data', data], { encoding: 'utf8', input: JSON.stringify(sent.slice(0, 3)) });
    const imported = run('import', 'events', '-');
    assert.equal(imported.status, 0, imported.stderr);
    const shown = run('personal', 'erase', '--subject', alice.email);
    assert.match(shown.stdout, /^Held, and not erased yet \(--yes does it\):\n +2 {2}events\n/);
    assert.match(shown.stdout, /user +u-4711-alice/);
    const done = run('personal', 'erase', '--subject', alice.email, '--yes');
    assert.match(done.stdout, /^Erased:\n +2 {2}events\n/, done.stderr);
    assert.match(run('personal', 'erase', '--subject', alice.email).stdout, /Nothing of it is held/);
    assert.equal(run('rebuild', '--verify').status, 0);
    assert.ok(!readFileSync(join(data, 'trimodal.db')).includes(alice.email));
    assert.equal(run('personal', 'erase').status, 3);
  });

  test('opens with its master key alone, old or new', async () => {
    const data = scratch({ after }), key = join(data, 'master.key');
    const run = (...args) => spawnSync(binary, [...args, '--data', data], { encoding: 'utf8', input: JSON.stringify(sent.slice(0, 3)) });
    assert.equal(run('import', 'events', '-').status, 0);
    const old = readFileSync(key, 'utf8');
    assert.equal(run('personal', 'rotate-key').status, 0);
    const now = readFileSync(key, 'utf8');
    assert.match(now, /^[0-9a-f]{64}\n$/);
    assert.notEqual(now, old);
    assert.equal(statSync(key).mode & 0o777, 0o600);
    assert.match(run('personal', 'erase', '--subject', alice.email).stdout, /2 {2}events/);
    renameSync(key, `${key}.new`); // it died before the last step
    writeFileSync(key, old);
    assert.match(run('personal', 'erase', '--subject', alice.email).stdout, /2 {2}events/);
    rmSync(`${key}.new`);
    const refused = run('rebuild', '--verify');
    assert.equal(refused.status, 3);
    assert.match(refused.stderr, /another master key/);
    rmSync(key);
    assert.match(run('iterations').stderr, /master key is missing/);
    const elsewhere = join(scratch({ after }), 'key');
    writeFileSync(elsewhere, now);
    const env = { ...process.env, TRIMODAL_PERSONAL_MASTER_KEY_FILE: elsewhere };
    assert.equal(spawnSync(binary, ['rebuild', '--verify', '--data', data], { env }).status, 0);
    assert.equal(spawnSync(binary, ['rebuild', '--verify', '--data', data], { env: { ...process.env, TRIMODAL_PERSONAL_MASTER_KEY: now.trim() } }).status, 0);
    assert.ok(!existsSync(key));
  });

  test('is erased or it is not, whenever the server dies', async () => {
    const data = scratch({ after });
    const many = Array.from({ length: 3000 }, (_, i) => event({ ...task, node_id: `n${i % 50}`, event_type: 'TASK_FAILED', error_message: `no user ${alice.email} ${i}`, metadata: { author_name: `A${i}` } }));
    let one = await serve(data);
    const answer = await one.post('/api/v1/events', JSON.stringify(many));
    assert.equal(answer.json.accepted, many.length);
    let held;
    for (let round = 0; round < 30; round++) {
      const asked = one.post('/api/v1/personal/erase', JSON.stringify({ subject: alice.email, apply: true })).then(({ json }) => json?.applied, () => undefined);
      await new Promise((resolve) => setTimeout(resolve, 2 * round ** 2));
      await one.kill('SIGKILL');
      const answered = await asked;
      one = await serve(data);
      held = (await one.post('/api/v1/personal/erase', JSON.stringify({ subject: alice.email }))).json.events;
      assert.ok(held === 0 || held === many.length, `${held} of ${many.length}`);
      if (answered) assert.equal(held, 0);
      const graph = (await one.get('/api/v1/dde/graph/shop-1')).text.includes(alice.email);
      assert.equal(graph, held > 0);
      if (held === 0) assert.ok(!readdirSync(data).some((name) => statSync(join(data, name)).isFile() && readFileSync(join(data, name)).includes(alice.email)));
      assert.equal((await one.post('/api/v1/rebuild/verify', '')).json.equal, true);
      if (held === 0) break;
    }
    assert.equal(held, 0, 'it never got done');
    await one.stop();
  });
});
