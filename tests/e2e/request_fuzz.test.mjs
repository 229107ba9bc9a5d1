// request_fuzz.test.mjs: thousands of requests made from the OpenAPI document and a seed: good, at the edge, and wrong in every way
// there is a name for. None is answered by a 5xx (but a 503 that says when to come back), each answer is one that the document
// names, and the server is alive and clean in the end.
//
// FUZZ_SEED and FUZZ_REQUESTS say where it begins and how long it goes; a failure names the seed and the request.
import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import { test } from 'node:test';
import { Document } from './openapi_document.mjs';
import { evidence } from './openapi_traffic.mjs';
import { run, scratch, serve } from './server.mjs';

const seed = Number(process.env.FUZZ_SEED ?? 1);
const requests = Number(process.env.FUZZ_REQUESTS ?? 6000);

/** Mulberry32: small, and the same on every machine. */
function random(state) {
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (n) => Math.floor(next() * n);
  return { next, below, chance: (share) => next() < share, pick: (list) => list[below(list.length)] };
}

const odd = ['', ' ', '0', '-1', '1e309', 'null', 'true', '[]', '{}', 'NaN', '٣', 'ä', '\u{1F600}', 'a'.repeat(5000), '../../etc/passwd', "' OR 1=1 --",
  '<script>', '%', '%s%n', '\u0000', '\u202e', '9223372036854775807', '9223372036854775808', '-9223372036854775809', '1.2.3', '2020-02-30', '9999-12-31T23:59:59.999Z',
  '0000-01-01', '-999999999d', '-0s', 'now', '\t', '\\', '"', '/', '//', '?', '#', '.', '..', ','];
/** What is no text at all, as it stands in a URL. */
const broken = ['%', '%2', '%zz', '%00', '%ff', '%c0%ae', '%ed%a0%80', '%f4%90%80%80', '%2F', '%252F', '+', '%0d%0a', '%e2%80%ae'];
const known = { iteration: ['it', 'Iter-Golden-AllPass', 'Iter-Golden-TechDebt', 'none'], node: ['T1', 'R1', 's1', 'src/a.js', 'V1', 'none'], manifest: ['m', 'golden'],
  name: ['m', 'mine'], path: ['f/pay.feature', 'x'], id: ['1', '2', '3', '999'], q: ['ar', 'bo', 'task'], from: ['2020-01-01', '-1h'], actor: ['ann'], tenant: ['default', 'acme'] };

class Maker {
  constructor(document, r) { this.document = document; this.r = r; }

  /** A value that the schema allows, as near to its edges as not. */
  value(schema, name, depth = 0) {
    const { r } = this;
    const s = this.document.resolve(schema);
    if (s === true || s === undefined || Object.keys(s).length === 0) return r.pick([null, 1, 'x', [], {}]);
    if (s.oneOf) return this.value(r.pick(s.oneOf), name, depth);
    if (s.enum) return r.pick(s.enum);
    if (known[name] && r.chance(0.8)) return r.pick(known[name]);
    const type = Array.isArray(s.type) ? r.pick(s.type) : s.type;
    switch (type) {
      case 'integer': return r.pick([s.minimum ?? 0, s.maximum ?? 2 ** 40, (s.minimum ?? 0) + r.below(1000), Date.now()]);
      case 'number': return r.pick([s.minimum ?? 0, s.maximum ?? 1, r.next()]);
      case 'boolean': return r.chance(0.5);
      case 'null': return null;
      case 'array': return Array.from({ length: depth > 3 ? 0 : r.below(4) }, () => this.value(s.items, name, depth + 1));
      case 'object': {
        const made = {};
        for (const [key, member] of Object.entries(s.properties ?? {})) {
          if (depth < 5 && ((s.required ?? []).includes(key) || r.chance(0.5))) made[key] = this.value(member, key, depth + 1);
        }
        return made;
      }
      default: return s.pattern ? r.pick(['now', '-15m', '0', String(Date.now()), '2024-05-01', '2024-05-01T10:00:00Z']) : 'x'.repeat(Math.max(s.minLength ?? 1, r.below(20)));
    }
  }

  /** Something else in its place. */
  spoil(value, depth = 0) {
    const { r } = this;
    if (value !== null && typeof value === 'object' && r.chance(0.7)) {
      const copy = Array.isArray(value) ? [...value] : { ...value };
      const keys = Object.keys(copy);
      if (keys.length === 0 || r.chance(0.2)) copy[Array.isArray(copy) ? copy.length : r.pick(['extra', '__proto__x', '', 'apply', 'reason'])] = this.junk(depth);
      else if (r.chance(0.3)) delete copy[r.pick(keys)];
      else { const key = r.pick(keys); copy[key] = this.spoil(copy[key], depth + 1); }
      return copy;
    }
    return this.junk(depth);
  }

  junk(depth) {
    const { r } = this;
    switch (r.below(depth > 4 ? 5 : 8)) {
      case 0: return null;
      case 1: return r.pick([0, -1, 1.5, 1e308, -1e308, 2 ** 53, 2 ** 63, 1e-320]);
      case 2: return r.chance(0.5);
      case 3: case 4: return r.pick(odd);
      case 5: return Array.from({ length: r.below(5) }, () => this.junk(depth + 1));
      case 6: return { [r.pick(odd)]: this.junk(depth + 1) };
      default: { let nested = 1; for (let i = r.below(60); i > 0; i--) nested = [nested]; return nested; }
    }
  }

  segment(value) {
    const { r } = this;
    if (r.chance(0.04)) return r.pick(broken);
    if (r.chance(0.1)) return encodeURIComponent(r.pick(odd).replace(/[\ud800-\udfff]/g, '') || 'x');
    return encodeURIComponent(String(value));
  }

  url(operation) {
    const { r } = this;
    const params = operation.parameters;
    const path = operation.path.replace(/\{(\w+)\}/g, (_, name) => this.segment(this.value(params.find((one) => one.in === 'path' && one.name === name).schema, name)));
    const query = [];
    for (const one of params.filter((param) => param.in === 'query')) {
      if (r.chance(one.required ? 0.95 : 0.25)) query.push(`${one.name}=${this.segment(this.value(one.schema, one.name))}`);
      if (r.chance(0.02)) query.push(`${one.name}=${this.segment('again')}`);
    }
    if (r.chance(0.03)) query.push(`${this.segment('unknown')}=${this.segment('x')}`);
    if (r.chance(0.02)) query.push(r.pick(['', '&&', '=', '=x', 'limit', '%']));
    return query.length > 0 || r.chance(0.05) ? `${path}?${query.join('&')}` : path;
  }

  body(operation) {
    const { r } = this;
    const wanted = this.document.resolve(operation.requestBody);
    if (wanted === undefined) return r.chance(0.1) ? { bytes: Buffer.from(r.pick(['{}', 'x', '\u0000'])), type: 'application/json' } : {};
    let type = r.pick(Object.keys(wanted.content));
    const { schema } = wanted.content[type];
    let value = operation.operationId === 'sendEvents' && r.chance(0.5) ? r.pick(evidence()) : this.value(schema, '');
    if (r.chance(0.5)) value = this.spoil(value);
    let text = typeof value === 'string' ? value : JSON.stringify(value) ?? '';
    if (r.chance(0.1)) text = text.slice(0, r.below(text.length + 1));
    if (r.chance(0.05)) text = r.pick(odd) + text;
    let bytes = Buffer.from(text);
    if (r.chance(0.08)) bytes = Buffer.from(Array.from({ length: r.below(300) }, () => r.below(256)));
    if (r.chance(0.01)) bytes = Buffer.alloc(300 * 1024, 0x5b);
    if (r.chance(0.1)) type = r.pick(['text/plain', 'application/json; charset=utf-16', 'multipart/form-data', '/', '', 'application/avro', 'application/cloudevents+json', 'x'.repeat(300)]);
    const headers = {};
    if (r.chance(0.06)) { headers['content-encoding'] = r.pick(['gzip', 'zstd', 'deflate', 'br', 'gzip, gzip', 'identity', '']); if (r.chance(0.5)) bytes = gzipSync(bytes); }
    return { bytes, type, headers };
  }

  headers() {
    const { r } = this;
    const made = {};
    if (r.chance(0.2)) made['accept-encoding'] = r.pick(['gzip', 'zstd', 'gzip;q=0.5, zstd;q=0.4', '*', 'gzip;q=x', ',,;', 'identity;q=0']);
    if (r.chance(0.1)) made['if-none-match'] = r.pick(['*', 'W/"', '"x"', 'W/"0123456789abcdef.0"', `"${'x'.repeat(200)}"`, ',']);
    if (r.chance(0.05)) made.accept = r.pick(['text/html', '*/*;q=0', 'application/xml']);
    if (r.chance(0.05)) made['x-tenant'] = r.pick(['default', 'acme', '', 'x'.repeat(600), '%00']);
    if (r.chance(0.03)) made.origin = r.pick(['null', 'https://evil.example']);
    if (r.chance(0.02)) made['ce-specversion'] = r.pick(['1.0', '%', '%ff']);
    return made;
  }
}

function ask(base, agentOptions, method, url, headers, bytes) {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(base);
    const asked = httpRequest({ hostname, port, method, path: url, headers, ...agentOptions }, (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const body = Buffer.concat(chunks);
        let json;
        if (answer.headers['content-encoding'] === undefined) { try { json = JSON.parse(body); } catch { json = undefined; } }
        resolve({ status: answer.statusCode, headers: new Map(Object.entries(answer.headers)), coded: answer.headers['content-encoding'] !== undefined, json, body });
      });
    });
    asked.on('error', reject);
    asked.end(bytes);
  });
}

/** Undefined, or what the answer must not be. */
function complaint(document, operation, answer) {
  if (answer.status === 503) return answer.headers.has('retry-after') || answer.json?.reasons ? undefined : '503 without Retry-After';
  if (answer.status >= 500) return 'a server error';
  if (answer.coded) return undefined;
  // What never reaches the operation: another path by a '/' or '?' that was made of it, a refusal by the network layer.
  if (operation === undefined || operation.responses[answer.status] === undefined) {
    return answer.status >= 400 && answer.json?.status === answer.status ? undefined : `${answer.status} is not in the document`;
  }
  return document.fault(operation, answer);
}

test(`${requests} requests made from the document, seed ${seed}`, { timeout: 1_800_000 }, async (t) => {
  const data = scratch(t);
  run(['seed', 'golden', '--data', `${data}/d`]);
  const server = await serve(`${data}/d`);
  t.after(() => server.kill('SIGKILL'));
  await server.post('/api/v1/events', JSON.stringify(evidence()));
  const document = new Document((await server.get('/api/openapi.json')).json);
  const maker = new Maker(document, random(seed));
  const statuses = {};
  for (let i = 0; i < requests; i++) {
    const operation = maker.r.pick(document.operations);
    const method = maker.r.chance(0.02) ? maker.r.pick(['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS']) : operation.method;
    const url = maker.url(operation);
    const { bytes, type, headers } = maker.body(operation);
    const all = { ...maker.headers(), ...headers, ...(type !== undefined ? { 'content-type': type } : {}), ...(bytes ? { 'content-length': bytes.length } : {}) };
    const what = `request ${i} of seed ${seed}: ${method} ${url.slice(0, 300)} ${JSON.stringify(all).slice(0, 200)} ${bytes?.subarray(0, 300)}`;
    const answer = await ask(server.url, {}, method, url, all, bytes).catch((error) => assert.fail(`${what}: ${error.message}\n${server.errors().slice(-4000)}`));
    statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
    if (method === 'HEAD' || method === 'OPTIONS') { assert.ok(answer.status < 500, what); continue; }
    const reached = document.operation(method, url.split('?')[0]);
    const wrong = complaint(document, reached, answer);
    assert.equal(wrong, undefined, `${what}: ${answer.status} ${answer.body.subarray(0, 500)}`);
  }
  t.diagnostic(`answers by status: ${JSON.stringify(statuses)}`);
  assert.ok(statuses[200] > requests / 10, 'many were good');
  assert.ok(statuses[400] > requests / 20, 'and many were not');
  assert.equal((await server.get('/health')).status, 200);
  assert.equal((await server.get('/api/v1/audit/verify')).json.intact, true);
  assert.equal((await server.post('/api/v1/rebuild/verify')).json.equal, true, 'the log gives the same graph');
  await server.stop();
  assert.doesNotMatch(server.errors(), /AddressSanitizer|runtime error|LeakSanitizer/);
});
