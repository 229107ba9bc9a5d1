// openapi.test.mjs: the OpenAPI document is well-formed, says all there is, and is true: real answers are held against it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import WebSocket from 'ws';
import { Document } from './openapi_document.mjs';
import { iterations, manage, read, send, survey } from './openapi_traffic.mjs';
import { event, run, scratch, serve } from './server.mjs';

const folder = new URL('../../', import.meta.url);
const path = (name) => fileURLToPath(new URL(name, folder));

async function started(t) {
  const data = scratch(t);
  run(['seed', 'golden', '--data', `${data}/d`]);
  for (const [format, file] of [['cucumber-messages', 'cucumber.ndjson'], ['dependency-cruiser', 'dependency-cruiser.json']]) {
    const done = run(['import', format, path(`tests/fixtures/shop/behaviour-bug/${file}`), '--iteration', 'shop-behaviour-bug', '--data', `${data}/d`]);
    assert.ok(done.code <= 2, done.err);
  }
  const server = await serve(`${data}/d`, { auth: true });
  t.after(() => server.kill('SIGKILL'));
  return { server, data, document: new Document((await server.get('/api/openapi.json')).json) };
}

function lint(data, document) {
  for (const name of ['redocly.yaml', '.redocly.lint-ignore.yaml']) copyFileSync(path(name), `${data}/${name}`); /* it ignores by the document's place beside it */
  writeFileSync(`${data}/openapi.json`, JSON.stringify(document));
  const linted = spawnSync(process.execPath, [path('tests/e2e/node_modules/@redocly/cli/bin/cli.js'), 'lint', 'openapi.json', '--config', 'redocly.yaml', '--format', 'json'],
    { cwd: data, encoding: 'utf8', env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' } });
  const report = JSON.parse(linted.stdout.slice(linted.stdout.indexOf('{')));
  return report.problems.filter((one) => !one.ignored).map((one) => `${one.ruleId}: ${one.message}`);
}

test('redocly finds nothing in the document, and ambiguous paths are a finding but for the pair that is prescribed', async (t) => {
  const { server, data, document: { document } } = await started(t);
  assert.deepEqual(lint(data, document), []);
  const paths = { ...document.paths, '/api/v1/search/{iteration}': document.paths['/api/v1/iterations/{iteration}'], '/api/v1/{iteration}/logs': document.paths['/api/v1/iterations/{iteration}/nodes'] };
  assert.ok(lint(data, { ...document, paths }).some((one) => /^no-ambiguous-paths: .*\{iteration\}.logs/.test(one)));
  await server.stop();
});

test('every iteration can be reached, whatever it is called', async (t) => {
  const server = await serve(scratch(t));
  t.after(() => server.kill('SIGKILL'));
  const parts = ['verdict', 'deployment-gate', 'contracts', 'stream-status', 'unmatched', 'blame', 'override', 'stream'];
  const names = ['graph', ...parts, 'a/b', 'nodes'];
  const events = names.map((name) => event({ event_type: 'TASK_CREATED', node_id: `task of ${name}`, iteration_id: name }));
  assert.equal((await server.post('/api/v1/events', JSON.stringify(events), { 'content-type': 'application/json' })).status, 200);
  for (const name of names) {
    const { json } = await server.get(`/api/v1/iterations/${encodeURIComponent(name)}/graph`);
    assert.deepEqual([json.iteration, json.nodes.some((one) => one.id === `task of ${name}`)], [name, true]);
    for (const part of parts.filter((one) => !['override', 'stream'].includes(one))) {
      const { json: of } = await server.get(`/api/v1/convergence/${encodeURIComponent(name)}/${part}`);
      assert.equal(of.iteration ?? of.verdict?.iteration, name, part);
    }
  }
  for (const name of ['Iter-1', 'nodes', 'a%2Fb']) assert.equal((await server.get(`/api/v1/convergence/graph/${name}`)).status, name === 'Iter-1' ? 404 : 200);
  await server.stop();
});

test('every operation has a name of its own, a tag, a summary, an answer, and says what it asks for', async (t) => {
  const { server, document } = await started(t);
  const { text } = await server.get('/api/openapi.json');
  assert.equal(JSON.stringify(JSON.parse(text)).length, text.length, 'no key stands there twice');
  const names = document.operations.map((one) => one.operationId);
  assert.equal(new Set(names).size, names.length);
  const tags = new Set(document.document.tags.map((one) => one.name));
  for (const operation of document.operations) {
    const where = `${operation.method} ${operation.path}`;
    assert.ok(operation.operationId, where);
    assert.ok(operation.summary, where);
    assert.ok(operation.tags.every((tag) => tags.has(tag)), where);
    const good = Object.keys(operation.responses).find((status) => status.startsWith('2'));
    const socket = operation['x-websocket'];
    if (socket) for (const side of [socket.sends, socket.takes]) assert.ok(document.resolve(side).type, where);
    if (operation.path.endsWith('/stream')) assert.ok(socket && document.resolve(operation.responses[101]).headers['Sec-WebSocket-Accept'], where);
    else assert.ok(document.resolve(operation.responses[good]).content, where);
    if (operation.method === 'PUT') assert.ok(operation.requestBody, where);
    if (operation.security.length > 0) assert.match(operation['x-permission'], /^\w+:\w+$/, where);
    for (const parameter of operation.parameters) assert.ok(parameter.description && document.resolve(parameter.schema), `${where} ${parameter.name}`);
  }
  const sockets = document.operations.filter((one) => one['x-websocket']).map((one) => one.path);
  for (const word of ['/api/v1/dde/', '/api/v1/bdv/', '/api/v1/acc/', '/api/v1/convergence/', '/graphql']) assert.ok(sockets.some((one) => one.startsWith(word)), word);
  await server.stop();
});

test('what the document calls public is answered to anybody, and the rest to nobody without a credential', async (t) => {
  const { server, document } = await started(t);
  for (const operation of document.operations) {
    const url = operation.path.replace(/\{\w+\}/g, 'x');
    const answer = await server.request(url, { method: operation.method, anonymous: true, body: operation.requestBody ? '{}' : undefined, redirect: 'manual' });
    const optional = operation.security.some((one) => Object.keys(one).length === 0);
    if (operation.security.length > 0 && !optional && operation.path !== '/') assert.equal(answer.status, 401, `${operation.method} ${url}`);
    if (operation.security.length === 0) assert.notEqual(answer.status, 401, `${operation.method} ${url}`);
  }
  await server.stop();
});

/** What a stream says to one who has seen nothing yet, up to where things stand now. */
async function framesOf(server, url) {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}${url}?since=0@0`, { headers: { authorization: `Bearer ${server.local}` } });
  const frames = [];
  await new Promise((resolve, reject) => {
    socket.on('message', (data) => { frames.push(JSON.parse(data)); resolve(); });
    socket.on('error', reject);
    socket.on('close', reject);
  });
  socket.removeAllListeners('close');
  socket.terminate();
  return frames;
}

test('every answer of every operation is as the document says', async (t) => {
  const { server, document } = await started(t);
  const answered = new Set();
  const ask = async (method, url, body, headers) => {
    const answer = await server.request(url, { method, body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body), headers });
    const operation = document.operation(method, url);
    assert.ok(operation, `${method} ${url} is not in the document`);
    const fault = document.fault(operation, answer);
    assert.equal(fault, undefined, `${method} ${url}: ${answer.status} ${fault}\n${answer.text.slice(0, 600)}`);
    if (answer.status < 300) answered.add(operation.operationId);
    return answer;
  };
  await send(ask);
  for (const iteration of iterations) await read(ask, iteration);
  await survey(ask);
  await manage(ask);
  for (const [type, status] of [['application/json', 200], ['application/graphql-response+json', 400]]) {
    const headers = { 'content-type': 'application/json', accept: type };
    assert.equal((await ask('POST', '/graphql', { query: '{ nonsense }' }, headers)).status, status);
    await ask('POST', '/graphql', { query: '{ iterations { nodes { iterationId } } iteration(iterationId: "none") { verdict { verdict } } }' }, headers);
    await ask('GET', '/graphql?query=%7B__typename%7D', undefined, { accept: type });
    assert.equal((await ask('GET', '/graphql?query=mutation%7Bx%7D', undefined, { accept: type })).status, status === 200 ? 200 : 400);
    assert.equal((await ask('POST', '/graphql', '[]', headers)).status, 400);
  }
  assert.equal((await ask('POST', '/graphql', 'x', { 'content-type': 'text/plain' })).status, 415);
  assert.equal((await ask('GET', '/graphql?query=%7Bx%7D', undefined, { accept: 'image/png' })).status, 406);
  await ask('GET', '/graphql', undefined, { accept: 'text/html' });
  for (const operation of document.operations.filter((one) => one.path.endsWith('/stream'))) {
    const url = operation.path.replace('{iteration}', 'it');
    assert.equal((await ask('GET', url)).status, 426);
    const frames = await framesOf(server, url);
    for (const frame of frames) assert.equal(document.mismatch(operation['x-websocket'].sends, frame), undefined, `${url}: ${JSON.stringify(frame)}`);
    assert.ok(frames.some((one) => one.type === 'changes'), url);
    answered.add(operation.operationId);
  }
  assert.deepEqual(document.operations.map((one) => one.operationId).filter((one) => !answered.has(one)), [], 'each was answered at least once');
  await server.stop();
});
