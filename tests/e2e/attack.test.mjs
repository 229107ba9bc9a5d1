// attack.test.mjs: what a page of another site, or a credential that has ended, still tries.
import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { WebSocket } from 'ws';
import { event, scratch, serve } from './server.mjs';

/** With headers that fetch would not send. */
function raw(url, { method = 'GET', headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const asked = httpRequest(url, { method, headers }, (answer) => {
      let text = '';
      answer.on('data', (chunk) => { text += chunk; });
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, text }));
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

async function started(t, options = {}) {
  const server = await serve(scratch(t), options);
  t.after(() => server.kill('SIGKILL'));
  return server;
}

describe('sockets over which nothing goes end with their credential', () => {
  const json = { 'content-type': 'application/json' };
  const idle = async (server, token) => {
    const at = server.url.replace('http', 'ws');
    const stream = new WebSocket(`${at}/api/v1/convergence/it/stream`, { headers: { authorization: `Bearer ${token}` } });
    const graphql = new WebSocket(`${at}/graphql`, 'graphql-transport-ws');
    await Promise.all([once(stream, 'open'), once(graphql, 'open')]);
    graphql.send(JSON.stringify({ type: 'connection_init', payload: { token } }));
    assert.equal(JSON.parse((await once(graphql, 'message'))[0]).type, 'connection_ack');
    return [stream, graphql];
  };
  const closeCodes = (sockets) => Promise.all(sockets.map(async (socket) => (await once(socket, 'close', { signal: AbortSignal.timeout(4000) }))[0]));
  const token = async (server, name, expires_at) => {
    const made = await server.post('/api/v1/tokens', JSON.stringify({ name, role: 'viewer', tenant: 'default', expires_at }), json);
    assert.equal(made.status, 201, made.text);
    return made.json.token;
  };

  test('when it is revoked, and no others', async (t) => {
    const server = await started(t, { auth: true });
    const sockets = await idle(server, await token(server, 'gone', null));
    const others = await idle(server, await token(server, 'stays', null));
    const closed = closeCodes(sockets);
    assert.equal((await server.request('/api/v1/tokens/gone', { method: 'DELETE' })).status, 200);
    assert.deepEqual(await closed, [1008, 4403]);
    assert.deepEqual(others.map((socket) => socket.readyState), [WebSocket.OPEN, WebSocket.OPEN]);
    others.forEach((socket) => socket.terminate());
    await server.stop();
  });

  test('when its time is over', async (t) => {
    const server = await started(t, { auth: true });
    const sockets = await idle(server, await token(server, 'brief', Date.now() + 1500));
    assert.deepEqual(await closeCodes(sockets), [1008, 4403]);
    await server.stop();
  });

  test('when a session signs out', async (t) => {
    const server = await started(t, { auth: true });
    const link = (await server.request('/api/v1/tokens/link', { method: 'POST' })).json.path;
    const cookie = (await raw(server.url + link)).headers['set-cookie'][0].split(';')[0];
    const headers = { cookie, origin: server.url };
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/api/v1/dde/execution/it/stream`, { headers });
    await once(socket, 'open');
    const closed = closeCodes([socket]);
    assert.equal((await raw(`${server.url}/api/v1/sign-out`, { method: 'POST', headers })).status, 200);
    assert.deepEqual(await closed, [1008]);
    await server.stop();
  });
});

test('a layout without a name, or with one that no path can hold, is refused for its name', async (t) => {
  const server = await started(t);
  for (const field of ['saveLayout(input:{layout:{},name:$name}){layout{name}}', 'deleteLayout(input:{name:$name}){name}']) {
    for (const name of ['', 'a\0b', '\0']) {
      const query = `mutation($name:String!){${field}}`;
      const { errors } = (await server.post('/graphql', JSON.stringify({ query, variables: { name } }), { 'content-type': 'application/json' })).json;
      assert.equal(errors[0].extensions.code, 'BAD_USER_INPUT');
      assert.match(errors[0].message, /^A layout's name/);
    }
  }
  await server.stop();
});

describe('where nobody is asked for credentials, another site', () => {
  const body = () => JSON.stringify(event({ event_type: 'TASK_STARTED', node_id: 'T' }));
  const send = (server, headers) => raw(`${server.url}/api/v1/events`, { method: 'POST', headers: { 'content-type': 'text/plain', ...headers }, body: body() });

  test('changes nothing', async (t) => {
    const server = await started(t);
    for (const headers of [{ origin: 'http://evil.example' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }]) {
      const answer = await send(server, headers);
      assert.equal(answer.status, 403, JSON.stringify(headers));
      assert.equal(answer.headers['content-type'], 'application/problem+json');
    }
    for (const headers of [{}, { origin: server.url }, { 'sec-fetch-site': 'same-origin', origin: server.url }]) {
      assert.equal((await send(server, headers)).status, 200, JSON.stringify(headers));
    }
    await server.stop();
  });

  test('reads nothing by a name of its own for this machine, and opens no socket', async (t) => {
    const server = await started(t);
    const { port } = new URL(server.url);
    for (const host of ['evil.example', `127.evil.example:${port}`, 'localhost.evil.example', '127.0.0.1.evil.example', '[::1].evil.example']) {
      for (const path of ['/api/v1/whoami', '/graphql?query={me{role}}', '/']) {
        assert.equal((await raw(server.url + path, { headers: { host } })).status, 403, `${host} ${path}`);
      }
      const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws', { headers: { host, origin: `http://${host}` } });
      await assert.rejects(once(socket, 'open'), /403/);
    }
    for (const host of ['localhost', `LOCALHOST:${port}`, '127.0.0.1:1', '127.1.2.3', `[::1]:${port}`]) {
      assert.equal((await raw(`${server.url}/api/v1/whoami`, { headers: { host } })).status, 200, host);
    }
    await server.stop();
  });

  test('is let in where the configuration names it; any Host, where it says that a proxy asks', async (t) => {
    const listed = await started(t, { env: { TRIMODAL_CORS_ORIGINS: '*,http://friend.example' } });
    assert.equal((await send(listed, { origin: 'http://friend.example' })).status, 200);
    assert.equal((await send(listed, { origin: 'http://evil.example' })).status, 403);
    await listed.stop();
    const behind = await started(t, { env: { TRIMODAL_AUTH_OFF_FOR_ALL_NETWORKS: 'true' } });
    assert.equal((await raw(`${behind.url}/api/v1/whoami`, { headers: { host: 'dashboard.example' } })).status, 200);
    await behind.stop();
  });
});
