// openapi.test.mjs: the OpenAPI document is well-formed, says all there is, and is true: real answers are held against it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Document } from './openapi_document.mjs';
import { iterations, manage, read, send, survey } from './openapi_traffic.mjs';
import { run, scratch, serve } from './server.mjs';

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

test('redocly finds nothing in the document', async (t) => {
  const { server, data, document } = await started(t);
  writeFileSync(`${data}/openapi.json`, JSON.stringify(document.document));
  const linted = spawnSync(process.execPath, [path('tests/e2e/node_modules/@redocly/cli/bin/cli.js'), 'lint', `${data}/openapi.json`, '--config', path('redocly.yaml'), '--format', 'json'],
    { encoding: 'utf8', env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' } });
  const report = JSON.parse(linted.stdout.slice(linted.stdout.indexOf('{')));
  assert.deepEqual(report.problems.map((one) => `${one.ruleId}: ${one.message}`), []);
  assert.equal(linted.status, 0, linted.stderr);
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
    assert.ok(document.resolve(operation.responses[good]).content, where);
    if (operation.method === 'PUT') assert.ok(operation.requestBody, where);
    if (operation.security.length > 0) assert.match(operation['x-permission'], /^\w+:\w+$/, where);
    for (const parameter of operation.parameters) assert.ok(parameter.description && document.resolve(parameter.schema), `${where} ${parameter.name}`);
  }
  for (const word of ['dde', 'bdv', 'acc', 'convergence']) assert.ok(Object.keys(document.document['x-websockets']).some((one) => one.includes(`/${word}/`)), word);
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
  assert.deepEqual(document.operations.map((one) => one.operationId).filter((one) => !answered.has(one)), [], 'each was answered at least once');
  await server.stop();
});
