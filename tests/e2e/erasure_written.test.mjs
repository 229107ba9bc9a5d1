// erasure_written.test.mjs: a subject is erased however it is written: escaped, encoded, compressed, quoted in the reason of a refusal; and also while others send of it.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { event, scratch, serve } from './server.mjs';

const mail = 'alice@example.com', name = 'Jürgen Müller', phone = '+49 171 1234567';
const escaped = (text) => text.replace(/[^\x20-\x7e]|@/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
const base64 = (value) => Buffer.from(JSON.stringify(value)).toString('base64');
const broken = (note) => `{"event_type":"TASK_STARTED","note":"${note}"`;
const ids = { iteration_id: 'i', node_id: 'n', timestamp: '2025-01-01T00:00:00Z' };
/** [subject, what is refused, headers, what must not be in the data directory afterwards]. */
const letters = {
  'in capital letters': [mail, broken(mail.toUpperCase()), {}, mail.toUpperCase()],
  'escaped as JSON does': [mail, broken(escaped(mail)), {}, escaped(mail)],
  'escaped in a text within a text': [mail, broken(`{\\"e\\":\\"${escaped(mail).replace('\\', '\\\\')}\\"}`), {}, escaped(mail).replace('\\', '\\\\')],
  'as a URL has it': [mail, broken('https://x.example/?q=alice%40example.com&n=1'), {}, 'alice%40example.com'],
  'as a URL within a URL has it': [mail, broken('https://x.example/?q=%3Fu%3Dalice%2540example.com'), {}, 'alice%2540example.com'],
  'as XML has it': [mail, '<case name="alice&#64;example.com"/>', {}, 'alice&#64;example.com'],
  'in base64': [mail, `{"specversion":"1.0","id":"b","source":"s","type":"t","data_base64":"${base64({ error: mail })}"}`, {}, base64({ error: mail })],
  'in a body that was compressed': [mail, gzipSync(broken(`zipped ${mail}`)), { 'content-encoding': 'gzip' }, `zipped ${mail}`],
  'compressed, and sent as if it was not': [mail, gzipSync(broken(mail), { level: 0 }), {}, mail],
  'as a node id of what was refused': [mail, JSON.stringify({ ...ids, event_type: 'NOPE', event_id: '11111111-1111-4111-8111-111111111111', node_id: mail }), {}, mail],
  'as an event id of what was refused': [mail, JSON.stringify({ ...ids, event_type: 'NOPE', event_id: mail }), {}, mail],
  'quoted by the reason': [mail, JSON.stringify({ ...ids, event_id: '11111111-1111-4111-8111-111111111112', event_type: 'TASK_CREATED', timestamp: mail }), {}, mail],
  'a name, escaped': [name, broken(escaped(name)), {}, escaped(name)],
  'a name in capital letters': [name, broken(name.toUpperCase()), {}, name.toUpperCase()],
  'a name as a form has it': [name, broken('n=J%C3%BCrgen+M%C3%BCller&'), {}, 'J%C3%BCrgen+M%C3%BCller'],
  'a number, grouped otherwise': [phone, broken('call +49-171-123-4567 now'), {}, '171-123-4567'],
  'a number, not grouped': [phone, broken('call 491711234567 now'), {}, '491711234567'],
};

const directory = scratch({ after });
let server;
const send = (body, headers = {}) => server.request('/api/v1/events', { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });
const erase = async (body) => {
  const answer = await server.post('/api/v1/personal/erase', JSON.stringify(body));
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
};
const files = () => Buffer.concat(readdirSync(directory).filter((file) => statSync(join(directory, file)).isFile()).map((file) => readFileSync(join(directory, file))));

before(async () => { server = await serve(directory); });
after(() => server.stop());

describe('what is erased is found however it is written:', () => {
  for (const [how, [subject, body, headers, gone]] of Object.entries(letters)) {
    test(`${how}, in a dead letter`, async () => {
      const refused = await send(body, headers);
      assert.equal(refused.json?.rejected, 1, refused.text);
      assert.ok(files().includes(gone), 'it is not there in the first place');
      assert.equal((await erase({ subject })).dead_letters, 1);
      const done = await erase({ subject, apply: true });
      assert.equal(done.dead_letters, 1);
      assert.ok(!files().includes(gone), 'it is still in a file');
      const { text } = await server.get(`/api/v1/dlq/${refused.json.results[0].dead_letter}`);
      assert.ok(!text.includes(gone), text);
      assert.equal((await erase({ subject })).dead_letters, 0, 'asked again there is nothing');
    });
  }

  test('the letter of another stays as it came', async () => {
    const refused = await send(broken('ask malice@example.com or bob@example.com'));
    assert.equal((await erase({ subject: mail, apply: true })).dead_letters, 0);
    assert.ok(files().includes('ask malice@example.com or bob@example.com'));
    assert.equal(refused.json.rejected, 1);
  });

  test('also what the reason of one that was discarded quotes', async () => {
    const refused = await send(JSON.stringify({ ...ids, event_id: '11111111-1111-4111-8111-111111111113', event_type: 'TASK_CREATED', timestamp: 'carol@example.com' }));
    const { dead_letter: id } = refused.json.results[0];
    const discarded = await server.post('/api/v1/dlq/discard', JSON.stringify({ ids: [id], reason: 'of no use' }));
    assert.equal(discarded.status, 200, discarded.text);
    assert.ok(files().includes('carol@example.com'));
    assert.equal((await erase({ subject: 'carol@example.com', apply: true })).dead_letters, 1);
    assert.ok(!files().includes('carol@example.com'));
  });

  test('sentences of events, too', async () => {
    const written = ['GET /users?mail=dora%40example.com: 404', '{"user":"dora\\u0040example.com"}', '<user>dora&#64;example.com</user>', 'DORA@EXAMPLE.COM'];
    const answer = await send(JSON.stringify(written.map((error_message, i) => event({ iteration_id: 'said', node_id: `n${i}`, event_type: 'TASK_FAILED', error_message }))));
    assert.equal(answer.json.accepted, written.length, answer.text);
    assert.equal((await erase({ subject: 'dora@example.com', apply: true })).events, written.length);
    const graph = (await server.get('/api/v1/dde/graph/said')).text;
    assert.doesNotMatch(graph + files().toString('latin1'), /dora(@|%40|\\+u0040|&#64;)example/i);
    assert.equal((await server.post('/api/v1/rebuild/verify', '')).json.equal, true);
  });
});

test('who is erased while others send of them is whole or gone in each event, live as after a restart', async () => {
  let sends = true, sent = 0;
  const said = (i) => event({ iteration_id: `busy-${i % 3}`, node_id: `n${i % 7}`, event_type: 'TASK_FAILED', error_message: `no user eve@example.com in ${i}`, metadata: { author_name: 'Eve Busy' } });
  const sender = async () => {
    while (sends) {
      const answer = await send(JSON.stringify(Array.from({ length: 20 }, () => said(sent++))));
      assert.equal(answer.json.accepted, 20, answer.text);
      await send(broken(`eve@example.com ${sent}`));
    }
  };
  const senders = [sender(), sender(), sender()];
  for (let i = 0; i < 8; i++) assert.equal((await erase({ subject: 'eve@example.com', apply: true })).applied, true);
  sends = false;
  await Promise.all(senders);
  assert.ok(sent > 100, `${sent} events only`);
  const live = (await server.post('/api/v1/rebuild/verify', '')).json;
  assert.equal(live.equal, true, JSON.stringify(live));
  const graph = async () => (await Promise.all([0, 1, 2].map((i) => server.get(`/api/v1/dde/graph/busy-${i}`)))).map(({ json }) => { const { meta, ...graph } = json; return JSON.stringify(graph); });
  const before = await graph();
  await server.stop();
  server = await serve(directory);
  assert.deepEqual(await graph(), before);
  await erase({ subject: 'eve@example.com', apply: true });
  assert.ok(!files().includes('eve@example.com'));
  assert.doesNotMatch((await graph()).join(), /eve@example|Eve Busy/);
  assert.equal((await server.post('/api/v1/rebuild/verify', '')).json.equal, true);
  assert.equal((await server.get('/api/v1/audit/verify')).json.intact, true);
});
