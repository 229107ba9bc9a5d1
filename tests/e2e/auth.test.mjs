// auth.test.mjs: coming in: links, cookies, tokens, JSON Web Tokens with keys fetched from their issuer, slowing; and the audit log.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createSign, generateKeyPairSync, sign as signBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { event, run, scratch, serve } from './server.mjs';

/** A request as it is on the wire: any headers, from any address of this machine. */
function raw(url, { method = 'GET', headers = {}, from = '127.0.0.1', body } = {}) {
  return new Promise((resolve, reject) => {
    const asked = httpRequest(url, { method, headers, localAddress: from }, (answer) => {
      let text = '';
      answer.on('data', (chunk) => { text += chunk; });
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, text }));
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

async function started(t, options = {}) {
  const data = options.data ?? join(scratch(t), 'data');
  const server = await serve(data, { auth: true, ...options });
  t.after(() => server.kill('SIGKILL'));
  return { data, server, link: /sign in: (\S+)/.exec(server.said())?.[1] };
}

const tokenOf = (link) => new URL(link).searchParams.get('token');
const cookieOf = (answer) => answer.headers['set-cookie'][0].split(';')[0];
const whoami = '/api/v1/whoami';

describe('the first start', () => {
  test('prints a link with a token, keeps its hash only, and never again', async (t) => {
    const { data, server, link } = await started(t);
    assert.match(link, /^http:\/\/localhost:\d+\/\?token=tm_[\w-]{49}$/);
    const token = tokenOf(link);
    const me = (await server.request(whoami, { headers: { authorization: `Bearer ${token}` } })).json;
    assert.deepEqual([me.subject, me.role, me.tenant, me.all_tenants], ['token:first', 'admin', 'default', true]);
    await server.stop();
    for (const file of ['trimodal.db']) assert.ok(!readFileSync(join(data, file), 'latin1').includes(token), file);
    assert.ok(!server.errors().includes(token), 'the log is free of it');
    const again = await started(t, { data });
    assert.match(again.server.said(), /sign in: trimodal token link/);
    assert.equal((await again.server.request(whoami, { headers: { authorization: `Bearer ${token}` } })).status, 200, 'still good');
    await again.server.stop();
  });

  test('--print-link prints another that is good once', async (t) => {
    const { data, server } = await started(t);
    await server.stop();
    const again = await started(t, { data, args: ['--print-link'] });
    const url = `${again.server.url}/?token=${tokenOf(again.link)}`;
    assert.match(again.link, /token=to_/);
    assert.equal((await raw(url)).status, 303);
    assert.equal((await raw(url)).status, 401);
    await again.server.stop();
  });
});

describe('a browser', () => {
  test('follows the link, gets a cookie that pages cannot read, and leads on without the token', async (t) => {
    const { server, link } = await started(t);
    const answer = await raw(`${server.url}/?token=${tokenOf(link)}`);
    assert.equal(answer.status, 303);
    assert.equal(answer.headers.location, '/');
    assert.equal(answer.headers['referrer-policy'], 'no-referrer');
    assert.equal(answer.headers['cache-control'], 'no-store');
    assert.match(answer.headers['set-cookie'][0], /^trimodal_session=ts_[\w-]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/);
    assert.ok(!answer.headers['set-cookie'][0].includes(tokenOf(link)), 'the session is a credential of its own');
    const page = await raw(server.url, { headers: { cookie: `theme=dark; ${cookieOf(answer)}`, accept: 'text/html' } });
    assert.equal(page.status, 200);
    const closed = await raw(server.url, { headers: { accept: 'text/html' } });
    assert.equal(closed.status, 401);
    assert.match(closed.headers['content-type'], /^text\/html/);
    assert.match(closed.text, /trimodal token link/);
    await server.stop();
  });

  test('changes things from this server\'s own pages only', async (t) => {
    const { server, link } = await started(t);
    const cookie = cookieOf(await raw(`${server.url}/?token=${tokenOf(link)}`));
    const origin = server.url, host = new URL(origin).host;
    const change = (headers) => raw(`${server.url}/api/v1/tokens/link`, { method: 'POST', headers: { cookie, ...headers } });
    assert.equal((await change({})).status, 403, 'neither Origin nor Sec-Fetch-Site');
    assert.equal((await change({ origin: 'https://evil.example' })).status, 403);
    assert.equal((await change({ origin: 'null' })).status, 403);
    assert.equal((await change({ origin: `https://evil.example/${host}` })).status, 403);
    assert.equal((await change({ origin: `http://${host}.evil.example` })).status, 403);
    assert.equal((await change({ 'sec-fetch-site': 'cross-site' })).status, 403);
    assert.equal((await change({ 'sec-fetch-site': 'same-site', origin })).status, 403);
    assert.equal((await change({ 'sec-fetch-site': 'none' })).status, 403);
    assert.equal((await change({ origin })).status, 201);
    assert.equal((await change({ 'sec-fetch-site': 'same-origin' })).status, 201);
    assert.equal((await raw(`${server.url}${whoami}`, { headers: { cookie } })).status, 200, 'reading needs no such thing');
    const planted = await raw(`${server.url}${whoami}`, { headers: { cookie: `${cookie}; trimodal_session=ts_planted` } });
    assert.equal(planted.status, 400);
    await server.stop();
  });

  test('signs out, and a revoked token ends its sessions', async (t) => {
    const { data, server, link } = await started(t);
    const enter = async () => cookieOf(await raw(`${server.url}/?token=${tokenOf(link)}`));
    const [one, two] = [await enter(), await enter()];
    const out = await raw(`${server.url}/api/v1/sign-out`, { method: 'POST', headers: { cookie: one, 'sec-fetch-site': 'same-origin' } });
    assert.equal(out.status, 200);
    assert.match(out.headers['set-cookie'][0], /^trimodal_session=; .*Max-Age=0$/);
    const status = async (cookie) => (await raw(`${server.url}${whoami}`, { headers: { cookie } })).status;
    assert.deepEqual([await status(one), await status(two)], [401, 200]);
    assert.equal(run(['token', 'revoke', 'first', '--data', data]).code, 0);
    assert.equal(await status(two), 401);
    await server.stop();
  });
});

describe('credentials', () => {
  test('come once, as Bearer, and from no URL', async (t) => {
    const { server } = await started(t);
    const status = async (headers, path = whoami) => (await raw(server.url + path, { headers })).status;
    assert.equal(await status({ authorization: `bearer ${server.local}` }), 200);
    assert.equal(await status({ authorization: [`Bearer ${server.local}`, `Bearer ${server.local}`] }), 400);
    assert.equal(await status({ authorization: `Basic ${server.local}` }), 401);
    assert.equal(await status({ authorization: server.local }), 401);
    assert.equal(await status({ authorization: `Bearer ${server.local}, Bearer x` }), 401);
    assert.equal(await status({ authorization: 'Bearer' }), 401);
    assert.equal(await status({}, `${whoami}?token=${server.local}`), 401);
    assert.equal(await status({}, `${whoami}?access_token=${server.local}`), 401);
    assert.equal(await status({ 'x-tenant': ['a', 'b'], authorization: `Bearer ${server.local}` }), 400);
    await server.stop();
  });

  test('a large body of somebody who may not send it is not read', async (t) => {
    const { server } = await started(t);
    const answer = await new Promise((resolve, reject) => {
      const asked = httpRequest(`${server.url}/api/v1/events`, { method: 'POST', headers: { 'content-length': 50_000_000 } },
        (came) => { resolve(came); asked.destroy(); });
      asked.on('error', reject);
      asked.flushHeaders(); // and not one byte of the body
    });
    assert.equal(answer.statusCode, 401);
    await server.stop();
  });

  test('who guesses is slowed, by address, and whoever was in goes on', async (t) => {
    const { server } = await started(t);
    const guess = (from, token = 'tm_guess') => raw(`${server.url}${whoami}`, { from, headers: { authorization: `Bearer ${token}` } });
    assert.equal((await guess('127.0.0.8', server.local)).status, 200);
    const statuses = [];
    for (let i = 0; i < 13; i++) statuses.push((await guess('127.0.0.8')).status);
    assert.equal(statuses.filter((one) => one === 401).length, 11, statuses.join());
    const slowed = await guess('127.0.0.8');
    assert.equal(slowed.status, 429);
    assert.ok(Number(slowed.headers['retry-after']) >= 1);
    assert.equal((await guess('127.0.0.8', server.local)).status, 200, 'the one that was in before');
    assert.equal((await guess('127.0.0.9', server.local)).status, 200, 'and everybody elsewhere');
    await server.stop();
  });
});

describe('tokens from the command line', () => {
  test('are made, listed, revoked; with a server, and without one', async (t) => {
    const { data, server } = await started(t);
    const made = run(['token', 'create', 'ci', '--role', 'engineer', '--tenant', 'acme', '--expires', '1h', '--data', data]);
    assert.equal(made.code, 0, made.err);
    const token = made.out.trim();
    const me = async (to) => to.request(whoami, { headers: { authorization: `Bearer ${token}` } });
    const { json } = await me(server);
    assert.deepEqual([json.subject, json.role, json.tenant, json.all_tenants], ['token:ci', 'engineer', 'acme', false]);
    assert.ok(Math.abs(json.expires_at - Date.now() - 3_600_000) < 60_000);
    const sent = await server.post('/api/v1/events', JSON.stringify(event({ iteration_id: 'theirs', event_type: 'TASK_CREATED', node_id: 'T1' })),
      { authorization: `Bearer ${token}` });
    assert.equal(sent.json.accepted, 1);
    assert.equal(run(['show', 'theirs', '--data', data]).code, 3, 'it is not of the default tenant');
    assert.equal(run(['show', 'theirs', '--tenant', 'acme', '--data', data]).code, 0);
    assert.equal(run(['show', 'theirs', '--server', server.url, '--token', token]).code, 0);
    assert.equal(run(['show', 'theirs', '--tenant', 'globex', '--server', server.url, '--token', token]).code, 3);
    assert.equal(run(['token', 'create', 'ci', '--role', 'viewer', '--data', data]).code, 3, 'a name means one token');
    assert.equal(run(['token', 'create', 'x', '--role', 'root', '--data', data]).code, 3);
    assert.equal(run(['token', 'create', 'a b', '--role', 'viewer', '--data', data]).code, 3);
    const listed = JSON.parse(run(['token', 'list', '--json', '--data', data]).out).tokens;
    assert.deepEqual(listed.map((one) => one.name), ['first', 'ci']);
    assert.ok(!JSON.stringify(listed).includes('hash') && !JSON.stringify(listed).includes(token));
    await server.stop();
    assert.equal(run(['token', 'revoke', 'ci', '--data', data]).code, 0, 'without a server');
    const later = run(['token', 'create', 'late', '--role', 'viewer', '--expires', 'never', '--data', data]).out.trim();
    const again = await started(t, { data });
    assert.equal((await me(again.server)).status, 401);
    assert.equal((await again.server.request(whoami, { headers: { authorization: `Bearer ${later}` } })).status, 200);
    await again.server.stop();
  });

  test('the local token lets commands in while the server runs, and its owner only', async (t) => {
    const { data, server } = await started(t);
    const file = join(data, 'local.token');
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(statSync(data).mode & 0o077, 0, 'the data is its owner\'s');
    assert.equal(run(['seed', 'golden', '--data', data]).code, 0);
    const refused = run(['iterations', '--server', server.url]);
    assert.equal(refused.code, 3);
    assert.match(refused.err, /--token, TRIMODAL_TOKEN or TRIMODAL_TOKEN_FILE/);
    assert.equal(run(['iterations', '--server', server.url, '--token', server.local]).code, 0);
    assert.equal(run(['iterations', '--server', server.url], { env: { ...process.env, TRIMODAL_TOKEN: server.local } }).code, 0);
    assert.equal(run(['iterations', '--server', server.url], { env: { ...process.env, TRIMODAL_TOKEN_FILE: file } }).code, 0);
    await server.stop();
    assert.ok(!existsSync(file));
  });

  test('when a token was last used is known, to the hour', async (t) => {
    const { data, server, link } = await started(t);
    await server.request(whoami, { headers: { authorization: `Bearer ${tokenOf(link)}` } });
    const used = () => JSON.parse(run(['token', 'list', '--json', '--data', data]).out).tokens[0].used_at;
    for (let i = 0; i < 50 && used() === null; i++) await new Promise((done) => { setTimeout(done, 200); });
    assert.equal(used() % 3_600_000, 0);
    await server.stop();
  });
});

const base64url = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** Signs as the header says. */
function jwt(header, claims, key) {
  const text = `${base64url(header)}.${base64url(claims)}`;
  const signature = header.alg === 'EdDSA' ? signBytes(null, Buffer.from(text), key)
    : createSign('SHA256').update(text).sign({ key, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}

describe('JSON Web Tokens', () => {
  test('of an issuer whose keys are fetched, rotated, and kept while it is away', async (t) => {
    const keys = { one: generateKeyPairSync('rsa', { modulusLength: 2048 }), two: generateKeyPairSync('ec', { namedCurve: 'P-256' }) };
    const jwk = (kid) => ({ ...keys[kid].publicKey.export({ format: 'jwk' }), kid });
    let served = [jwk('one')], fetches = 0, away = false;
    const issuer = createServer((request, response) => {
      fetches += 1;
      response.writeHead(away ? 500 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ keys: served }));
    });
    await new Promise((done) => { issuer.listen(0, '127.0.0.1', done); });
    t.after(() => issuer.close());
    const iss = 'https://id.example';
    const config = join(scratch(t), 'trimodal.yaml');
    writeFileSync(config, `auth:\n  issuers:\n    corporate:\n      issuer: ${iss}\n      audience: mission-control\n`
      + `      algorithms: [RS256, ES256]\n      jwks_url: http://127.0.0.1:${issuer.address().port}/keys\n      refresh_seconds: 1\n`);
    const { data, server } = await started(t, { args: ['--config', config] });
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss, aud: 'mission-control', sub: 'alice', exp: now + 300, tenant: 'acme', role: 'engineer' };
    const enter = async (token) => server.request(whoami, { headers: { authorization: `Bearer ${token}` } });
    const eventually = async (token, wanted) => {
      let answer;
      for (let i = 0; i < 60; i++) {
        answer = await enter(token);
        if (answer.status === wanted) return answer;
        await new Promise((done) => { setTimeout(done, 500); });
      }
      return answer;
    };
    const first = jwt({ alg: 'RS256', kid: 'one', typ: 'JWT' }, claims, keys.one.privateKey);
    const me = (await eventually(first, 200)).json;
    assert.deepEqual([me.subject, me.role, me.tenant, me.all_tenants], ['jwt:alice', 'engineer', 'acme', false]);
    const sent = await server.post('/api/v1/events', JSON.stringify(event({ event_type: 'TASK_CREATED', node_id: 'T1' })), { authorization: `Bearer ${first}` });
    assert.equal(sent.json.accepted, 1, sent.text);
    assert.equal((await server.get('/api/v1/dde/graph/it?tenant=acme')).status, 200);
    assert.equal((await enter(jwt({ alg: 'RS256', kid: 'one' }, { ...claims, aud: 'other' }, keys.one.privateKey))).status, 401);
    assert.equal((await enter(jwt({ alg: 'RS256', kid: 'one' }, { ...claims, exp: now - 120 }, keys.one.privateKey))).status, 401);
    served = [jwk('two')]; // rotated: the new key is fetched, and what the old one signed is over
    assert.equal((await eventually(jwt({ alg: 'ES256', kid: 'two' }, claims, keys.two.privateKey), 200)).status, 200);
    assert.equal((await enter(first)).status, 401);
    away = true;
    const before = fetches;
    for (let i = 0; i < 40 && fetches < before + 2; i++) await new Promise((done) => { setTimeout(done, 500); });
    assert.equal((await enter(jwt({ alg: 'ES256', kid: 'two' }, claims, keys.two.privateKey))).status, 200, 'stale while the issuer is away');
    assert.ok(!server.errors().includes(first), 'the log is free of tokens');
    assert.ok(data);
    await server.stop();
  });

  test('a configuration that is not safe does not start', (t) => {
    const folder = scratch(t), keys = join(folder, 'secret');
    writeFileSync(keys, 'too short');
    const start = (env) => run(['serve', '--listen', env.LISTEN ?? '127.0.0.1:0', '--data', join(folder, 'data')],
      { env: { ...process.env, TRIMODAL_AUTH_MODE: 'required', ...env }, timeout: 20_000 });
    const issuer = (members) => Object.fromEntries(Object.entries({ ISSUER: 'i', AUDIENCE: 'a', ALGORITHMS: 'HS256', ...members })
      .map(([key, value]) => [`TRIMODAL_AUTH_ISSUERS_X_${key}`, value]));
    for (const [env, message] of [
      [{ TRIMODAL_AUTH_MODE: 'off', LISTEN: '0.0.0.0:0' }, /off_for_all_networks/],
      [{ TRIMODAL_AUTH_MODE: 'on' }, /neither required nor off/],
      [{ TRIMODAL_AUTH_TYPO: 'x' }, /no variable TRIMODAL_AUTH_TYPO/],
      [issuer({ SECRET_FILE: keys }), /32 to 1024 bytes/],
      [issuer({ JWKS_URL: 'https://id.example/keys' }), /HS256 does not go with jwks_url/],
      [issuer({ ALGORITHMS: 'none', SECRET_FILE: keys }), /"none" is none of HS256/],
      [issuer({ ALGORITHMS: 'RS256', JWKS_URL: 'http://id.example/keys' }), /https/],
      [issuer({ ALGORITHMS: 'RS256' }), /jwks_url, jwks_file and secret_file/],
      [issuer({ AUDIENCE: '', JWKS_URL: 'https://id.example/keys' }), /1 to/],
    ]) {
      const ended = start(env);
      assert.equal(ended.code, 3, `${JSON.stringify(env)}: ${ended.out}${ended.err}`);
      assert.match(ended.err, message);
    }
  });
});

describe('metrics', () => {
  test('need a credential where others can connect, and a scraper has one of its own', async (t) => {
    const folder = scratch(t), file = join(folder, 'scrape');
    writeFileSync(file, 'scrape-0123456789abcdef0123456789abcdef\n');
    const { server } = await started(t, { env: { TRIMODAL_METRICS_ACCESS: 'protected', TRIMODAL_METRICS_TOKEN_FILE: file } });
    const status = async (token, path = '/metrics') => (await raw(server.url + path, { headers: token ? { authorization: `Bearer ${token}` } : {} })).status;
    assert.equal(await status(), 401);
    assert.equal(await status(server.local), 200);
    assert.equal(await status('scrape-0123456789abcdef0123456789abcdef'), 200);
    assert.equal(await status('scrape-0123456789abcdef0123456789abcdef', '/api/v1/iterations'), 403);
    const counted = (await raw(`${server.url}/metrics`, { headers: { authorization: `Bearer ${server.local}` } })).text;
    assert.match(counted, /trimodal_auth_checks_total\{result="granted"\} [1-9]/);
    assert.match(counted, /trimodal_auth_tokens 1\n/);
    assert.equal(await status(undefined, '/health'), 200);
    assert.equal(await status(undefined, '/ready'), 200);
    await server.stop();
  });
});

describe('the audit log', () => {
  test('says who, what, when, from where, before and after; and any change of it is found', async (t) => {
    const { data, server, link } = await started(t);
    const authorization = `Bearer ${tokenOf(link)}`;
    const made = await server.post('/api/v1/tokens', JSON.stringify({ name: 'watch', role: 'viewer' }), { authorization });
    assert.equal(made.status, 201);
    await server.request('/api/v1/tokens/watch', { method: 'DELETE', headers: { authorization } });
    const [revoked, created] = (await server.get('/api/v1/audit')).json.entries;
    assert.deepEqual([revoked.actor, revoked.action, revoked.object, revoked.origin], ['token:first', 'token.revoke', 'watch', 'HTTP 127.0.0.1']);
    assert.equal(revoked.before.revoked_at, null);
    assert.equal(typeof revoked.after.revoked_at, 'number');
    assert.deepEqual([created.action, created.before, created.after.role], ['token.create', null, 'viewer']);
    assert.ok(Math.abs(created.at - Date.now()) < 60_000);
    assert.ok(!JSON.stringify(created).includes(made.json.token));
    const verified = await server.get('/api/v1/audit/verify');
    assert.equal(verified.json.intact, true);
    assert.equal(verified.json.entries, 3);
    await server.stop();
    assert.equal(run(['audit', 'verify', '--data', data]).code, 0);
    assert.match(run(['audit', 'list', '--data', data]).out, /token\.revoke/);
    const sqlite = spawnSync('sqlite3', [join(data, 'trimodal.db')], { encoding: 'utf8',
      input: "UPDATE audit SET actor = 'somebody else' WHERE id = 2;" });
    if (sqlite.error) return t.diagnostic('sqlite3 is not there: the change was not tried');
    const changed = JSON.parse(run(['audit', 'verify', '--data', data, '--json']).out);
    assert.deepEqual([changed.intact, changed.broken_id], [false, 2], sqlite.stderr);
    assert.equal(run(['audit', 'verify', '--data', data]).code, 1);
    return undefined;
  });
  test('says which credential sent which places of the log, also after a kill', async (t) => {
    const data = scratch(t);
    const sql = (input) => spawnSync('sqlite3', [join(data, 'trimodal.db')], { encoding: 'utf8', input });
    if (sql('').error) return t.skip('sqlite3 is not there');
    let server = await serve(data, { auth: true });
    const tokens = {};
    for (const [name, tenant] of [['ci', 'acme'], ['nightly', 'globex']]) {
      tokens[name] = (await server.post('/api/v1/tokens', JSON.stringify({ name, role: 'engineer', tenant }), { 'content-type': 'application/json' })).json.token;
    }
    const send = async (name, count) => {
      const events = Array.from({ length: count }, () => event({ event_type: 'TASK_STARTED', node_id: 'a' }));
      const answer = await server.request('/api/v1/events', { method: 'POST', body: JSON.stringify(events), headers: { 'content-type': 'application/json', authorization: `Bearer ${tokens[name]}` } });
      assert.equal(answer.status, 200, answer.text);
    };
    await send('ci', 3);
    await send('nightly', 2);
    await send('ci', 1);
    await server.kill('SIGKILL');
    const open = JSON.parse(sql("SELECT CAST(value AS TEXT) FROM setting WHERE key = 'intake.senders';").stdout);
    assert.deepEqual(open.senders.map(([actor, tenant, origin, refused]) => [actor, tenant, origin, refused]),
      [['token:ci', 'acme', 'HTTP 127.0.0.1', 0], ['token:nightly', 'globex', 'HTTP 127.0.0.1', 0]]);
    assert.deepEqual([open.from, open.runs], [1, [1, 3, 2, 2, 1, 1]]);
    /* A minute passes. */
    sql(`UPDATE setting SET value = CAST(replace(CAST(value AS TEXT), '"since":${open.since}', '"since":1') AS BLOB) WHERE key = 'intake.senders';`);
    server = await serve(data, { auth: true });
    let entries = [];
    for (let tries = 0; entries.length === 0 && tries < 100; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      entries = (await server.get('/api/v1/audit?action=events.send&order=oldest')).json.entries;
    }
    assert.deepEqual(entries.map((one) => [one.actor, one.tenant, one.object, (typeof one.after === 'string' ? JSON.parse(one.after) : one.after).positions]),
      [['token:ci', 'acme', 'log 1-6', [[1, 3], [6, 6]]], ['token:nightly', 'globex', 'log 4-5', [[4, 5]]]]);
    assert.equal((await server.get('/api/v1/audit/verify')).json.intact, true);
    await server.stop();
    assert.equal(run(['audit', 'verify', '--data', data]).code, 0);
    assert.equal(sql("SELECT count(*) FROM setting WHERE key = 'intake.senders';").stdout.trim(), '0');
    return undefined;
  });
});
