// TLS: versions, ALPN, client certificates, partial writes, reloading. Certificates are made anew by openssl.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, copyFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { Raw, Socket, TEXT, frame, parse, sleep, start, upgrade } from './net_client.mjs';

const GET = 'GET /tiny HTTP/1.1\r\nHost: a\r\n\r\n';
const folder = mkdtempSync(join(tmpdir(), 'net-tls-'));
const path = (name) => join(folder, name);
const openssl = (...options) => execFileSync('openssl', options, { stdio: 'pipe', cwd: folder });

const selfSigned = (name, subject) => openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
  '-days', '2', '-keyout', `${name}.key`, '-out', `${name}.pem`, '-subj', subject);
const signed = (name, subject) => {
  openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', subject);
  openssl('x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-out', `${name}.pem`);
};

const connect = async (port, options = {}) => {
  const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['http/1.1'], ...options });
  await once(socket, 'secureConnect');
  return new Raw(socket);
};

describe('TLS', () => {
  let server, port;
  before(async () => {
    selfSigned('server', '/CN=localhost');
    selfSigned('second', '/CN=second');
    selfSigned('ca', '/CN=our authority');
    selfSigned('stranger', '/CN=stranger');
    signed('client', '/O=Example, Inc./CN=builder');
    server = await start('--certificate', path('server.pem'), '--key', path('server.key'), '--header-timeout-ms', '500');
    port = server.port;
  });
  after(async () => { await server.stop(); rmSync(folder, { recursive: true }); });

  test('requests and late answers, pipelined', async () => {
    const raw = await connect(port);
    assert.equal(raw.socket.alpnProtocol, 'http/1.1');
    assert.equal(raw.socket.getProtocol(), 'TLSv1.3');
    raw.send(GET + 'GET /later?ms=30 HTTP/1.1\r\nHost: a\r\n\r\n' + 'GET /echo HTTP/1.1\r\nHost: a\r\n\r\n');
    const answers = await raw.answers(3);
    assert.deepEqual(answers.slice(0, 2).map((a) => a.body), ['hello', 'later']);
    assert.match(answers[2].body, / tls=1 subject= peer=127\.0\.0\.1/);
    raw.destroy();
  });
  test('TLS 1.2 is spoken, 1.1 is not, nor a protocol that is not HTTP/1.1', async () => {
    const raw = await connect(port, { maxVersion: 'TLSv1.2' });
    raw.send(GET);
    await raw.answers(1);
    raw.destroy();
    await assert.rejects(connect(port, { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }));
    await assert.rejects(connect(port, { ALPNProtocols: ['h2'] }));
  });
  test('Connection: close ends with close_notify', async () => {
    const raw = await connect(port);
    raw.send('GET /tiny HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    await raw.untilClosed();
    assert.equal(parse(raw.bytes)[0].body, 'hello');
    raw.destroy();
  });
  test('big bodies both ways, and a slow reader', async () => {
    const raw = await connect(port);
    const body = 'abcdefgh'.repeat(3 * 1024 * 128);
    raw.send(`POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    raw.send('GET /big?bytes=5000000 HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(3));
    await sleep(300);
    raw.socket.pause();
    await sleep(300);
    raw.socket.resume();
    const answers = await raw.answers(4, { timeout: 20000 });
    assert.ok(answers[0].body === body);
    assert.ok(answers.slice(1).every((a) => a.body.length === 5000000));
    raw.destroy();
  });
  test('a WebSocket', async () => {
    const raw = await connect(port);
    raw.send(upgrade());
    await raw.until(() => raw.bytes.includes('\r\n\r\n'));
    raw.bytes = Buffer.alloc(0);
    const socket = Object.setPrototypeOf(raw, Socket.prototype);
    socket.send(frame(TEXT, 'z'.repeat(200000)));
    assert.equal((await socket.next()).payload.length, 200000);
    socket.send(frame(TEXT, 'flood 100 100000'));
    for (let i = 0; i < 100; i++) assert.equal((await socket.next()).payload.length, 100000);
    socket.destroy();
  });
  test('plain bytes end the connection; so does a handshake that does not go on', async () => {
    const plain = await Raw.open(port);
    plain.send(GET);
    await plain.untilClosed();
    assert.ok(!plain.text.includes('hello'));
    plain.destroy();
    const silent = await Raw.open(port), began = Date.now();
    silent.send(Buffer.from([0x16, 3, 1, 2, 0]));
    await silent.untilClosed(3000);
    assert.ok(Date.now() - began >= 400);
    silent.destroy();
  });
  test('a session is resumed', async () => {
    const first = await connect(port, { maxVersion: 'TLSv1.2' });
    const session = first.socket.getSession();
    first.destroy();
    const again = await connect(port, { maxVersion: 'TLSv1.2', session });
    assert.equal(again.socket.isSessionReused(), true);
    again.send(GET);
    await again.answers(1);
    again.destroy();
  });

  test('a client certificate is asked for, and its subject handed on', async () => {
    const strict = await start('--certificate', path('server.pem'), '--key', path('server.key'), '--client-ca', path('ca.pem'));
    const certificate = (name) => ({ key: readFileSync(path(`${name}.key`)), cert: readFileSync(path(`${name}.pem`)) });
    for (const version of ['TLSv1.3', 'TLSv1.2']) {
      let session;
      for (let i = 0; i < 2; i++) {
        const raw = await connect(strict.port, { ...certificate('client'), maxVersion: version, session });
        raw.send('GET /echo HTTP/1.1\r\nHost: a\r\n\r\n');
        assert.match((await raw.answers(1))[0].body, /subject=CN=builder,O=Example\\, Inc\. /);
        session = raw.socket.getSession();
        raw.destroy();
      }
    }
    for (const options of [{}, certificate('stranger')]) {
      const raw = await connect(strict.port, options).catch(() => null); // with TLS 1.3 the refusal comes after
      if (raw !== null) {
        raw.send(GET);
        await raw.untilClosed();
        assert.equal(raw.bytes.length, 0);
        raw.destroy();
      }
    }
    await strict.stop();
  });
  test('an optional client certificate', async () => {
    const lax = await start('--certificate', path('server.pem'), '--key', path('server.key'), '--client-ca', path('ca.pem'), '--optional');
    const raw = await connect(lax.port);
    raw.send('GET /echo HTTP/1.1\r\nHost: a\r\n\r\n');
    assert.match((await raw.answers(1))[0].body, /subject= /);
    raw.destroy();
    await lax.stop();
  });
  test('SIGHUP takes the new certificate for new connections; a bad one leaves the old in use', async () => {
    for (const end of ['pem', 'key']) copyFileSync(path(`server.${end}`), path(`live.${end}`));
    const live = await start('--certificate', path('live.pem'), '--key', path('live.key'));
    const name = async () => {
      const raw = await connect(live.port);
      const { CN } = raw.socket.getPeerCertificate().subject;
      raw.destroy();
      return CN;
    };
    const old = await connect(live.port);
    assert.equal(await name(), 'localhost');
    for (const end of ['pem', 'key']) copyFileSync(path(`second.${end}`), path(`live.${end}`));
    live.signal('SIGHUP');
    await sleep(100);
    assert.equal(await name(), 'second');
    old.send(GET);
    await old.answers(1);
    old.destroy();
    copyFileSync(path('server.key'), path('live.key'));
    live.signal('SIGHUP');
    await sleep(100);
    assert.equal(await name(), 'second');
    await live.stop();
  });
  test('files that do not fit are named', async () => {
    await assert.rejects(start('--certificate', path('server.pem'), '--key', path('second.key')), /second\.key/);
    await assert.rejects(start('--certificate', path('server.pem')), /both/);
    await assert.rejects(start('--certificate', path('nowhere.pem'), '--key', path('server.key')), /nowhere\.pem/);
  });
});
