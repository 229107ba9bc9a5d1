// tls.test.mjs: the server under TLS by configuration, its command line as client, client certificates, and new certificates on SIGHUP.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import tls from 'node:tls';
import { once } from 'node:events';
import { run, scratch, serve } from './server.mjs';

function authority(folder) {
  const openssl = (...options) => execFileSync('openssl', options, { stdio: 'pipe', cwd: folder });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl('req', '-x509', ...key, '-days', '2', '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=our authority');
  const sign = (name, subject) => {
    writeFileSync(`${folder}/${name}.ext`, 'subjectAltName=IP:127.0.0.1\n');
    openssl('req', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', subject);
    openssl('x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', `${name}.ext`, '-out', `${name}.pem`);
  };
  sign('one', '/CN=one');
  sign('two', '/CN=two');
  sign('client', '/CN=builder');
}

async function started(t, tlsLines) {
  const folder = scratch(t);
  authority(folder);
  copyFileSync(`${folder}/one.pem`, `${folder}/server.pem`);
  copyFileSync(`${folder}/one.key`, `${folder}/server.key`);
  writeFileSync(`${folder}/c.yaml`, `tls:\n  certificate: ${folder}/server.pem\n  key: ${folder}/server.key\n${tlsLines(folder)}`);
  run(['seed', 'golden', '--data', `${folder}/d`]);
  const server = await serve(`${folder}/d`, { args: ['--config', `${folder}/c.yaml`] });
  t.after(() => server.kill('SIGKILL'));
  return { server, folder };
}

async function subjectOf(server) {
  const socket = tls.connect({ port: new URL(server.url).port, host: '127.0.0.1', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { CN } = socket.getPeerCertificate().subject;
  socket.destroy();
  return CN;
}

test('the command line asks over https, and trusts only whom it is told to', async (t) => {
  const { server, folder } = await started(t, () => '');
  assert.match(server.url, /^https:/);
  const trusted = run(['iterations', '--server', server.url, '--cacert', `${folder}/ca.pem`]);
  assert.equal(trusted.code, 0, trusted.err);
  assert.match(trusted.out, /Iter-Golden-AllPass/);
  const byEnvironment = run(['verdict', 'Iter-Golden-AllPass', '--server', server.url], { env: { ...process.env, TRIMODAL_CACERT: `${folder}/ca.pem` } });
  assert.equal(byEnvironment.code, 0, byEnvironment.err);
  const stranger = run(['iterations', '--server', server.url]);
  assert.equal(stranger.code, 3);
  assert.match(stranger.err, /--cacert/);
  await server.stop();
});

test('answers under TLS promise to stay there', async (t) => {
  const { server, folder } = await started(t, () => '');
  const socket = tls.connect({ port: new URL(server.url).port, host: '127.0.0.1', ca: execFileSync('cat', [`${folder}/ca.pem`]) });
  await once(socket, 'secureConnect');
  socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  let text = '';
  socket.on('data', (chunk) => { text += chunk; });
  await once(socket, 'close');
  assert.match(text, /^HTTP\/1\.1 200 OK\r\n/);
  assert.match(text, /\r\nStrict-Transport-Security: max-age=31536000\r\n/);
  await server.stop();
});

test('a required client certificate is asked for, and one of the authority opens the door', async (t) => {
  const { server, folder } = await started(t, (folder) => `  client_ca: ${folder}/ca.pem\n`);
  const with_ = ['--server', server.url, '--cacert', `${folder}/ca.pem`];
  assert.equal(run(['iterations', ...with_]).code, 3);
  const shown = run(['iterations', ...with_, '--cert', `${folder}/client.pem`, '--key', `${folder}/client.key`]);
  assert.equal(shown.code, 0, shown.err);
  await server.stop();
});

test('an optional one may be left out', async (t) => {
  const { server, folder } = await started(t, (folder) => `  client_ca: ${folder}/ca.pem\n  client_certificate: optional\n`);
  assert.equal(run(['iterations', '--server', server.url, '--cacert', `${folder}/ca.pem`]).code, 0);
  await server.stop();
});

test('SIGHUP brings new certificates; bad ones leave the old in use, and the log says so', async (t) => {
  const { server, folder } = await started(t, () => '');
  const said = async (pattern) => { for (let i = 0; i < 200 && !pattern.test(server.errors()); i++) await new Promise((resolve) => setTimeout(resolve, 10)); assert.match(server.errors(), pattern); };
  assert.equal(await subjectOf(server), 'one');
  copyFileSync(`${folder}/two.pem`, `${folder}/server.pem`);
  copyFileSync(`${folder}/two.key`, `${folder}/server.key`);
  server.child.kill('SIGHUP');
  await said(/were read again/);
  assert.equal(await subjectOf(server), 'two');
  writeFileSync(`${folder}/server.pem`, 'nonsense');
  server.child.kill('SIGHUP');
  await said(/certificates in use stay/);
  assert.equal(await subjectOf(server), 'two');
  await server.stop();
});

test('files that cannot be used are named before anything starts', (t) => {
  const folder = scratch(t);
  writeFileSync(`${folder}/c.yaml`, `tls: {certificate: ${folder}/none.pem, key: ${folder}/none.key}\n`);
  const bad = run(['serve', '--listen', '127.0.0.1:0', '--config', `${folder}/c.yaml`, '--data', `${folder}/d`]);
  assert.equal(bad.code, 3);
  assert.match(bad.err, /none\.pem/);
});
