// erasure_older.test.mjs: a store of an older format (docs/store-format.md), where all of a person stands in plain, is opened, goes on, and is erased. Such a store is made by today's
// program and taken back by the sqlite3 shell: payloads get their values again, keys and what the formats since then added go.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { event, scratch, serve } from './server.mjs';

const alice = { email: 'alice@example.com', name: 'Alice Liddell', phone: '+49 171 1234567' }, bob = { email: 'bob@example.com', name: 'Bob Builder' };
const task = { iteration_id: 'old-1' };
const sent = [
  event({ ...task, node_id: 'pay', event_type: 'TASK_CREATED', metadata: { name: 'Checkout', author_name: alice.name, author_email: alice.email } }),
  event({ ...task, node_id: 'pay', event_type: 'TASK_FAILED', error_message: `no user ${alice.email}, call ${alice.phone}` }),
  event({ ...task, node_id: 'ship', event_type: 'TASK_FAILED', error_message: `ask ${alice.email}`, metadata: { author_name: bob.name, author_email: bob.email } }),
  event({ ...task, node_id: 'none', event_type: 'TASK_CREATED', metadata: { name: 'Nothing personal' } }),
];
const broken = `{"event_type":"TASK_STARTED","note":"of ${alice.email}"`;

/** The shell's answer; dot commands and SQL. */
function sql(directory, input) {
  const shell = spawnSync('sqlite3', ['-bail', join(directory, 'trimodal.db')], { encoding: 'utf8', input: `PRAGMA secure_delete=ON;\n${input}` });
  assert.equal(shell.status, 0, shell.stderr);
  return shell.stdout;
}
const quoted = (text) => `'${text.replaceAll("'", "''")}'`;
const downgrades = {
  2: 'ALTER TABLE event DROP COLUMN sealed;',
  1: 'ALTER TABLE event DROP COLUMN sealed; ALTER TABLE dead_letter DROP COLUMN replaces;',
};
const tagged = (payload, is) => { const { pii_tags, ...rest } = payload; return is ? payload : rest; };

/** Makes a store of that format with what was sent, without tags as from before there were any, or with. */
async function older(directory, version, tags) {
  const server = await serve(directory);
  assert.equal((await server.post('/api/v1/events', JSON.stringify(sent))).json.accepted, sent.length);
  assert.equal((await server.request('/api/v1/events', { method: 'POST', body: broken })).json.rejected, 1);
  const payloads = [];
  for (let seq = 1; seq <= sent.length; seq++) payloads.push(tagged((await server.get(`/api/v1/events/${seq}`)).json.event, tags));
  await server.stop();
  const updates = payloads.map((payload, i) => `UPDATE event SET payload = ${quoted(JSON.stringify(payload))} WHERE seq = ${i + 1};`).join('\n');
  sql(directory, `BEGIN;\n${updates}\nDELETE FROM setting WHERE key LIKE 'personal-seal/%';\n${downgrades[version]}\nPRAGMA user_version=${version};\nCOMMIT;\nPRAGMA wal_checkpoint(TRUNCATE);`);
  rmSync(join(directory, 'master.key'));
  return directory;
}
const filesWith = (directory, text) => readdirSync(directory).filter((name) => statSync(join(directory, name)).isFile() && readFileSync(join(directory, name)).includes(text));

for (const [version, tags] of [[1, false], [2, true]]) {
  describe(`a store of format ${version}`, () => {
    const directory = scratch({ after });
    let server;
    const erase = async (body) => (await server.post('/api/v1/personal/erase', JSON.stringify(body))).json;
    const verified = async () => {
      assert.equal((await server.post('/api/v1/rebuild/verify', '')).json.equal, true);
      assert.equal((await server.get('/api/v1/audit/verify')).json.intact, true);
    };
    after(() => server.stop());

    test('is opened, and says what it said', async () => {
      await older(directory, version, tags);
      assert.match(sql(directory, 'PRAGMA user_version;'), new RegExp(`${version}\\n$`));
      assert.deepEqual(filesWith(directory, alice.name), ['trimodal.db']);
      server = await serve(directory);
      assert.equal((await server.get('/api/v1/events/1')).json.event.metadata.author_email, alice.email);
      assert.ok((await server.get('/api/v1/dde/graph/old-1')).text.includes(alice.email));
      await verified();
    });

    test('goes on: duplicates are duplicates, what is new is sealed', async () => {
      assert.equal((await server.post('/api/v1/events', JSON.stringify(sent))).json.duplicates, sent.length);
      const added = event({ ...task, node_id: 'ship', event_type: 'TASK_STARTED', metadata: { author_email: 'carol@example.com', reviewer: alice.email } });
      assert.equal((await server.post('/api/v1/events', JSON.stringify(added))).json.accepted, 1);
      assert.deepEqual(filesWith(directory, 'carol@example.com'), []);
      await verified();
    });

    test('is erased, in plain as in what was sealed since', async () => {
      const found = await erase({ subject: alice.email });
      assert.deepEqual([found.applied, found.events, found.sealed, found.rewritten, found.dead_letters], [false, 4, 1, 3, 1]);
      assert.equal((await erase({ subject: alice.email, apply: true })).events, 4);
      for (const value of [alice.email, alice.name]) {
        assert.deepEqual(filesWith(directory, value), [], value);
        assert.ok(!(await server.get('/api/v1/dde/graph/old-1')).text.includes(value), value);
      }
      const third = (await server.get('/api/v1/events/3')).json.event;
      assert.deepEqual([third.error_message, third.metadata.author_email], ['ask [erased]', bob.email]);
      assert.deepEqual(filesWith(directory, bob.email), [], 'what stays of a rewritten event is sealed');
      assert.equal((await server.get('/api/v1/events/2')).json.event.error_message, `no user [erased], call ${alice.phone}`);
      await verified();
    });

    test('stays so after a restart: erased, whole, duplicates duplicates', async () => {
      await server.stop();
      assert.match(sql(directory, 'PRAGMA user_version;'), /3\n$/);
      for (const value of [alice.email, alice.name]) assert.deepEqual(filesWith(directory, value), [], value);
      server = await serve(directory);
      assert.equal((await server.post('/api/v1/events', JSON.stringify(sent))).json.duplicates, sent.length);
      assert.deepEqual(filesWith(directory, alice.email), []);
      assert.equal((await erase({ subject: alice.email })).events, 0);
      assert.equal((await server.get('/api/v1/events/4')).json.event.metadata.name, 'Nothing personal');
      assert.equal((await server.get('/api/v1/audit?action=personal.erase')).json.entries.length, 1);
      await verified();
    });
  });
}
