// Every probe of HTTP framing that the network layer must answer rightly, on raw sockets against net_echo.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Raw, parse, probe, sleep, start, startWithDescriptors } from './net_client.mjs';

const GET = 'GET /tiny HTTP/1.1\r\nHost: a\r\n\r\n';
const post = (headers, body = '') => `POST /echo HTTP/1.1\r\nHost: a\r\n${headers}\r\n${body}`;
const isProblem = (answer, status) => {
  assert.equal(answer.status, status);
  assert.equal(answer.headers['content-type'], 'application/problem+json');
  const problem = JSON.parse(answer.body);
  assert.equal(problem.status, status);
  assert.ok(problem.title && problem.detail, answer.body);
};

describe('HTTP framing', () => {
  let server, port;
  before(async () => { server = await start(); port = server.port; });
  after(() => server.stop());

  /** Refused with this status and then closed, whatever follows. */
  const refused = async (bytes, status) => {
    const raw = await Raw.open(port);
    raw.send(bytes);
    await raw.untilClosed();
    const answers = parse(raw.bytes);
    assert.equal(answers.length, 1, raw.text);
    isProblem(answers[0], status);
    assert.equal(answers[0].headers.connection, 'close');
    raw.destroy();
  };

  test('three pipelined GETs get three answers', async () => {
    const answers = await probe(port, GET + GET + GET, { count: 3 });
    assert.deepEqual(answers.map((a) => [a.status, a.body]), [[200, 'hello'], [200, 'hello'], [200, 'hello']]);
  });
  test('pipelined late answers stay in order', async () => {
    const late = (ms) => `GET /later?ms=${ms} HTTP/1.1\r\nHost: a\r\n\r\n`;
    const thread = 'GET /thread HTTP/1.1\r\nHost: a\r\n\r\n';
    const answers = await probe(port, late(80) + GET + thread + late(1) + GET, { count: 5 });
    assert.deepEqual(answers.map((a) => a.body), ['later', 'hello', 'thread', 'later', 'hello']);
  });
  test('thousands of pipelined requests, some late, are all answered', async () => {
    const answers = await probe(port, (GET.repeat(99) + 'GET /thread HTTP/1.1\r\nHost: a\r\n\r\n').repeat(30),
      { count: 3000, timeout: 20000 });
    assert.equal(answers.filter((a) => a.body === 'thread').length, 30);
    assert.ok(answers.every((a, i) => a.body === (i % 100 === 99 ? 'thread' : 'hello')));
  });
  test('a pipelined POST then a GET', async () => {
    const answers = await probe(port, post('Content-Length: 3\r\n', 'abc') + GET, { count: 2 });
    assert.deepEqual(answers.map((a) => a.body), ['abc', 'hello']);
  });
  test('a request byte by byte', async () => {
    const raw = await Raw.open(port);
    for (const byte of post('Content-Length: 3\r\n', 'abc') + GET) { raw.send(byte); await sleep(1); }
    const answers = await raw.answers(2);
    assert.deepEqual(answers.map((a) => a.body), ['abc', 'hello']);
    raw.destroy();
  });
  test('a chunked body, with extension and trailer', async () => {
    const answers = await probe(port,
      post('Transfer-Encoding: chunked\r\n', '3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: t\r\n\r\n') + GET, { count: 2 });
    assert.deepEqual(answers.map((a) => a.body), ['abcde', 'hello']);
  });
  test('a chunked body byte by byte', async () => {
    const raw = await Raw.open(port);
    for (const byte of post('Transfer-Encoding: chunked\r\n', '3\r\nabc\r\n0\r\n\r\n') + GET) { raw.send(byte); await sleep(1); }
    assert.deepEqual((await raw.answers(2)).map((a) => a.body), ['abc', 'hello']);
    raw.destroy();
  });
  test('trailers and chunk extensions without end are refused', async () => {
    await refused(post('Transfer-Encoding: chunked\r\n', '1;' + 'x'.repeat(200000)), 413);
    await refused(post('Transfer-Encoding: chunked\r\n', '0\r\n' + 'T: v\r\n'.repeat(30000)), 413);
  });
  test('empty lines before a request are read over', async () => {
    assert.equal((await probe(port, '\r\n\r\n' + GET))[0].status, 200);
  });
  test('Content-Length with Transfer-Encoding', async () => {
    await refused(post('Content-Length: 3\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n') + GET, 400);
    await refused(post('Transfer-Encoding: chunked\r\nContent-Length: 3\r\n', '0\r\n\r\n') + GET, 400);
  });
  test('two Content-Lengths, equal or not', async () => {
    await refused(post('Content-Length: 3\r\nContent-Length: 3\r\n', 'abc'), 400);
    await refused(post('Content-Length: 3\r\nContent-Length: 4\r\n', 'abcd'), 400);
    await refused(post('Content-Length: 3, 3\r\n', 'abc'), 400);
  });
  for (const length of ['-1', '+3', '0x3', '3 3', '3a', '', '99999999999999999999', '18446744073709551616', '1e2']) {
    test(`Content-Length "${length}"`, () => refused(post(`Content-Length: ${length}\r\n`, 'abc'), 400));
  }
  for (const coding of ['xchunked', 'chunkedx', 'chunked, chunked', 'identity', 'chunked, identity', '"chunked"', '']) {
    test(`Transfer-Encoding "${coding}"`, async () => {
      const raw = await Raw.open(port);
      raw.send(post(`Transfer-Encoding: ${coding}\r\n`, '0\r\n\r\n') + GET);
      await raw.untilClosed();
      const answers = parse(raw.bytes);
      assert.equal(answers.length, 1, raw.text);
      assert.ok([400, 501].includes(answers[0].status), raw.text);
      raw.destroy();
    });
  }
  test('a coding before chunked is not known: 501', () => refused(post('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n'), 501));
  test('Transfer-Encoding twice', () => refused(post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'), 400));
  test('Transfer-Encoding in HTTP/1.0', () =>
    refused('POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400));
  for (const size of ['-1', '+1', '0x1', 'g', '1 ', 'fffffffffffffffff', '']) {
    test(`chunk size "${size}"`, () => refused(post('Transfer-Encoding: chunked\r\n', `${size}\r\na\r\n0\r\n\r\n`), 400));
  }
  test('a chunk longer than it says', () => refused(post('Transfer-Encoding: chunked\r\n', '1\r\nab\r\n0\r\n\r\n'), 400));
  test('a space before the colon', () => refused('GET /tiny HTTP/1.1\r\nHost : a\r\n\r\n', 400));
  test('a header without a name', () => refused('GET /tiny HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n', 400));
  test('a bare CR in a value', () => refused('GET /tiny HTTP/1.1\r\nHost: a\r\nX: b\rc\r\n\r\n', 400));
  test('a bare CR after a line', () => refused('GET /tiny HTTP/1.1\r\nHost: a\r\nX: b\rContent-Length: 5\r\n\r\n', 400));
  test('a bare LF after a line', () => refused('GET /tiny HTTP/1.1\nHost: a\n\n', 400));
  test('a bare LF after a header', () => refused('GET /tiny HTTP/1.1\r\nHost: a\nX: b\r\n\r\n', 400));
  test('NUL and other control characters in a value', async () => {
    for (const c of ['\0', '\x01', '\x1f', '\x7f']) await refused(`GET /tiny HTTP/1.1\r\nHost: a\r\nX: b${c}c\r\n\r\n`, 400);
  });
  test('a folded header line', () => refused('GET /tiny HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n', 400));
  test('a first header line that is folded', () => refused('GET /tiny HTTP/1.1\r\n X: b\r\nHost: a\r\n\r\n', 400));
  test('no Host', () => refused('GET /tiny HTTP/1.1\r\n\r\n', 400));
  test('two Hosts', () => refused('GET /tiny HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n', 400));
  test('a malformed Host', async () => {
    for (const host of ['', 'a b', 'a/b', 'a@b', 'a\\b', 'é']) await refused(Buffer.from(`GET /tiny HTTP/1.1\r\nHost: ${host}\r\n\r\n`), 400);
  });
  test('HTTP/1.0 needs no Host and is closed, unless it asks for keep-alive', async () => {
    const raw = await Raw.open(port);
    raw.send('GET /tiny HTTP/1.0\r\n\r\n');
    await raw.untilClosed();
    assert.equal(parse(raw.bytes)[0].body, 'hello');
    raw.destroy();
    const kept = 'GET /tiny HTTP/1.0\r\nConnection: keep-alive\r\n\r\n';
    const answers = await probe(port, kept + kept, { count: 2 });
    assert.equal(answers[0].headers.connection, 'keep-alive');
  });
  test('Connection: close is heeded', async () => {
    const raw = await Raw.open(port);
    raw.send('GET /tiny HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n' + GET);
    await raw.untilClosed();
    assert.equal(parse(raw.bytes).length, 1);
    assert.equal(parse(raw.bytes)[0].headers.connection, 'close');
    raw.destroy();
  });
  test('a 20 KB header', () => refused(`GET /tiny HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20000)}\r\n\r\n`, 431));
  test('a 20 KB target', () => refused(`GET /${'x'.repeat(20000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 431));
  test('a 15 KB header is fine', async () => {
    const answers = await probe(port, `GET /echo HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(15000)}\r\n\r\n`);
    assert.ok(answers[0].body.includes(`X=[${'x'.repeat(4096)}`));
  });
  test('101 headers', () => refused(`GET /tiny HTTP/1.1\r\nHost: a\r\n${'X: y\r\n'.repeat(100)}\r\n`, 431));
  test('white space without end in a header', () => refused(`GET /tiny HTTP/1.1\r\nHost: a\r\nX:${' '.repeat(20000)}`, 431));
  test('other versions', async () => {
    for (const version of ['HTTP/2.0', 'HTTP/1.2', 'HTTP/0.9', 'HTTP/3.0', 'HTTP/9.9']) await refused(`GET /tiny ${version}\r\nHost: a\r\n\r\n`, 505);
  });
  test('no version, which is HTTP/0.9', () => refused('GET /tiny\r\n\r\n', 505));
  test('the preface of HTTP/2', async () => {
    const raw = await Raw.open(port);
    raw.send('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    await raw.untilClosed();
    assert.ok([400, 505].includes(parse(raw.bytes)[0].status));
    raw.destroy();
  });
  test('methods not known', async () => {
    await refused('TRACE /tiny HTTP/1.1\r\nHost: a\r\n\r\n', 501);
    await refused('CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n', 501);
    await refused('PROPFIND /tiny HTTP/1.1\r\nHost: a\r\n\r\n', 501);
    await refused('get /tiny HTTP/1.1\r\nHost: a\r\n\r\n', 400);
    await refused('BREW /tiny HTTP/1.1\r\nHost: a\r\n\r\n', 400);
  });
  test('targets', async () => {
    assert.equal((await probe(port, 'GET http://b/tiny HTTP/1.1\r\nHost: a\r\n\r\n'))[0].body, 'hello');
    assert.equal((await probe(port, 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n'))[0].status, 404);
    for (const target of ['tiny', '*', '/a#b', '/a\tb', '/\x80', 'ftp://a/b', '']) {
      await refused(Buffer.from(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`, 'latin1'), 400);
    }
  });
  test('path and query are told apart', async () => {
    const [answer] = await probe(port, 'GET /echo?a=%20b&c?d HTTP/1.1\r\nHost: a\r\nEmpty:\r\nSpaced: \t x y \t\r\n\r\n');
    assert.match(answer.body, /^GET \/echo\?a=%20b&c\?d 0 /);
    assert.match(answer.body, /^Empty=\[\]$/m);
    assert.match(answer.body, /^Spaced=\[x y\]$/m);
  });
  test('Expect: 100-continue is answered before the body', async () => {
    const raw = await Raw.open(port);
    raw.send(post('Content-Length: 3\r\nExpect: 100-continue\r\n'));
    assert.equal((await raw.answers(1))[0].status, 100);
    raw.send('abc');
    assert.deepEqual((await raw.answers(2))[1].body, 'abc');
    raw.destroy();
  });
  test('an unknown expectation', () => refused(post('Content-Length: 3\r\nExpect: tea\r\n', 'abc'), 417));
  test('a refused route answers before the body and without 100', async () => {
    const raw = await Raw.open(port);
    raw.send('POST /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n\r\n');
    await raw.untilClosed();
    const [answer] = parse(raw.bytes);
    assert.equal(answer.status, 401);
    assert.equal(answer.headers['www-authenticate'], 'Bearer');
    raw.destroy();
  });
  test('after a refused short body the connection lives on', async () => {
    const answers = await probe(port, 'POST /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc' + GET, { count: 2 });
    assert.deepEqual(answers.map((a) => a.status), [401, 200]);
  });
  test('a client that sends a refused 8 MiB body still reads the answer', async () => {
    const raw = await Raw.open(port);
    raw.send('POST /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 8388608\r\n\r\n');
    raw.send(Buffer.alloc(8388608));
    await raw.untilClosed();
    assert.equal(raw.reset, false);
    assert.equal(parse(raw.bytes)[0].status, 401);
    raw.destroy();
  });
  test('a 65 MiB body, announced and chunked', async () => {
    await refused(post(`Content-Length: ${65 * 1024 * 1024}\r\n`), 413);
    const raw = await Raw.open(port);
    raw.send(post('Transfer-Encoding: chunked\r\n'));
    const chunk = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(0x100000, 'x'), Buffer.from('\r\n')]);
    for (let i = 0; i < 65; i++) raw.send(chunk);
    await raw.untilClosed(20000);
    assert.equal(parse(raw.bytes)[0].status, 413);
    raw.destroy();
  });
  test('a route may allow less', async () => {
    await refused('POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n', 413);
    await refused('POST /small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nb\r\nhello world\r\n0\r\n\r\n', 413);
    assert.equal((await probe(port, 'POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789'))[0].body, '0123456789');
  });
  test('a 5 MiB body comes back whole', async () => {
    const body = 'abcdefgh'.repeat(5 * 1024 * 128);
    const [answer] = await probe(port, post(`Content-Length: ${body.length}\r\n`, body), { timeout: 20000 });
    assert.ok(answer.body === body);
  });
  test('HEAD has the headers of GET and no body', async () => {
    const answers = await probe(port, 'HEAD /tiny HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(2), { count: 2, head: true });
    assert.equal(answers[1].headers['content-length'], '5');
    assert.match(answers[0].headers.date, /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/);
    assert.ok(Math.abs(Date.parse(answers[0].headers.date) - Date.now()) < 3000);
  });
  test('garbage', async () => {
    await refused('\x16\x03\x01\x02\x00\x01\x00\x01', 400);
    await refused('hello\r\n\r\n', 400);
    await refused(Buffer.from(Array.from({ length: 300 }, (_, i) => (i * 7 + 128) & 255)), 400);
  });
  test('an unknown upgrade is answered as plain HTTP', async () => {
    const h2c = 'GET /tiny HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n';
    assert.deepEqual((await probe(port, h2c + GET, { count: 2 })).map((a) => a.status), [200, 200]);
  });
  test('a header value cannot carry a second header', async () => {
    const raw = await Raw.open(port);
    raw.send('GET /split HTTP/1.1\r\nHost: a\r\n\r\n');
    const [answer] = await raw.answers(1);
    isProblem(answer, 500);
    assert.ok(!raw.text.includes('Set-Cookie'));
    raw.destroy();
  });
  test('a request without an answer ends the connection', async () => {
    const raw = await Raw.open(port);
    raw.send('GET /drop HTTP/1.1\r\nHost: a\r\n\r\n');
    await raw.untilClosed();
    assert.equal(raw.bytes.length, 0);
    raw.destroy();
  });
  test('a client that shuts its side still gets its answers', async () => {
    const raw = await Raw.open(port);
    raw.send('GET /later?ms=30 HTTP/1.1\r\nHost: a\r\n\r\n' + GET).end();
    await raw.untilClosed();
    assert.deepEqual(parse(raw.bytes).map((a) => a.body), ['later', 'hello']);
  });
  test('a client that leaves before a late answer harms nothing', async () => {
    for (let i = 0; i < 20; i++) {
      const raw = await Raw.open(port);
      raw.send('GET /later?ms=20 HTTP/1.1\r\nHost: a\r\n\r\n');
      await sleep(2);
      if (i % 2) raw.socket.resetAndDestroy(); else raw.destroy();
    }
    await sleep(60);
    const [answer] = await probe(port, 'GET /statistics HTTP/1.1\r\nHost: a\r\n\r\n');
    assert.equal(JSON.parse(answer.body).inFlight, 1);
  });
  test('a slow reader of many big answers gets all of them', async () => {
    const raw = await Raw.open(port);
    raw.socket.pause();
    raw.send('GET /big?bytes=1000000 HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(20));
    await sleep(200);
    raw.socket.resume();
    const answers = await raw.answers(20, { timeout: 20000 });
    assert.ok(answers.every((a) => a.body.length === 1000000));
    raw.destroy();
  });
});

describe('limits and deadlines', () => {
  test('a head that drips is cut, however steadily it comes', async () => {
    const server = await start('--header-timeout-ms', '300');
    const raw = await Raw.open(server.port);
    const began = Date.now();
    raw.send('GET /tiny HTTP/1.1\r\nHost: a\r\n');
    const drip = setInterval(() => raw.send('X: y\r\n'), 30);
    await raw.untilClosed();
    clearInterval(drip);
    assert.ok(Date.now() - began < 1500, `${Date.now() - began} ms`);
    isProblem(parse(raw.bytes)[0], 408);
    raw.destroy();
    await server.stop();
  });
  test('a body that drips is cut', async () => {
    const server = await start('--body-timeout-ms', '300');
    const raw = await Raw.open(server.port);
    const began = Date.now();
    raw.send(post('Content-Length: 1000\r\n'));
    const drip = setInterval(() => raw.send('x'), 30);
    await raw.untilClosed();
    clearInterval(drip);
    assert.ok(Date.now() - began < 1500, `${Date.now() - began} ms`);
    isProblem(parse(raw.bytes)[0], 408);
    raw.destroy();
    await server.stop();
  });
  test('the deadline of each request is its own', async () => {
    const server = await start('--header-timeout-ms', '300');
    const raw = await Raw.open(server.port);
    for (let i = 0; i < 6; i++) {
      raw.send(GET.slice(0, 10));
      await sleep(100);
      raw.send(GET.slice(10) + GET.slice(0, 5));
      await raw.answers(2 * i + 1);
      raw.send(GET.slice(5));
      await raw.answers(2 * i + 2);
    }
    raw.destroy();
    await server.stop();
  });
  test('an idle connection is closed without a word', async () => {
    const server = await start('--idle-timeout-ms', '200');
    const raw = await Raw.open(server.port);
    raw.send(GET);
    await raw.answers(1);
    await raw.untilClosed(2000);
    assert.equal(parse(raw.bytes).length, 1);
    raw.destroy();
    await server.stop();
  });
  test('a handler may take longer than any deadline of reading', async () => {
    const server = await start('--idle-timeout-ms', '100', '--header-timeout-ms', '100', '--body-timeout-ms', '100');
    const [answer] = await probe(server.port, 'GET /later?ms=500 HTTP/1.1\r\nHost: a\r\n\r\n');
    assert.equal(answer.body, 'later');
    await server.stop();
  });
  test('a reader that stops in the middle of an answer is cut, and others are not', async () => {
    const server = await start('--body-timeout-ms', '400');
    const raw = await Raw.open(server.port);
    raw.socket.pause();
    raw.send('GET /big?bytes=30000000 HTTP/1.1\r\nHost: a\r\n\r\n');
    const other = await Raw.open(server.port);
    for (let i = 1; i <= 10; i++) { other.send(GET); await other.answers(i); await sleep(100); }
    const [answer] = await probe(server.port, 'GET /statistics HTTP/1.1\r\nHost: a\r\n\r\n');
    assert.equal(JSON.parse(answer.body).timeouts, 1);
    raw.destroy();
    other.destroy();
    await server.stop();
  });
  test('more connections than allowed, in all or from one address, get 503', async () => {
    for (const limit of ['--connections-max', '--connections-per-address-max']) {
      const server = await start(limit, '3');
      const open = [];
      for (let i = 0; i < 3; i++) { open.push(await Raw.open(server.port)); open[i].send(GET); await open[i].answers(1); }
      const over = await Raw.open(server.port);
      await over.untilClosed();
      isProblem(parse(over.bytes)[0], 503);
      over.destroy();
      open.pop().destroy();
      await sleep(50);
      assert.equal((await probe(server.port, GET))[0].status, 200);
      for (const raw of open) raw.destroy();
      await server.stop();
    }
  });
  test('running out of descriptors refuses connections and ends there', async () => {
    const server = await startWithDescriptors(40);
    const open = [];
    for (let i = 0; i < 60; i++) open.push(await Raw.open(server.port));
    await sleep(100);
    open[0].send('GET /statistics HTTP/1.1\r\nHost: a\r\n\r\n');
    const numbers = JSON.parse((await open[0].answers(1))[0].body);
    assert.ok(numbers.acceptFailures > 5, JSON.stringify(numbers));
    for (const raw of open) raw.destroy();
    await sleep(50);
    assert.equal((await probe(server.port, GET))[0].status, 200);
    await server.stop();
  });
  test('shorter limits of heads and bodies', async () => {
    const server = await start('--header-bytes-max', '100', '--header-count-max', '2', '--body-bytes-max', '4');
    assert.equal((await probe(server.port, `GET /tiny HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(100)}\r\n\r\n`))[0].status, 431);
    assert.equal((await probe(server.port, 'GET /tiny HTTP/1.1\r\nHost: a\r\nX: a\r\nX: a\r\n\r\n'))[0].status, 431);
    assert.equal((await probe(server.port, post('Content-Length: 5\r\n', 'abcde')))[0].status, 413);
    assert.equal((await probe(server.port, post('Content-Length: 4\r\n', 'abcd')))[0].body, 'abcd');
    await server.stop();
  });
});

describe('drain', () => {
  test('answers what is in flight with Connection: close, closes the idle, takes nobody new', async () => {
    const server = await start();
    const idle = await Raw.open(server.port), late = await Raw.open(server.port), half = await Raw.open(server.port);
    idle.send(GET);
    await idle.answers(1);
    late.send('GET /later?ms=300 HTTP/1.1\r\nHost: a\r\n\r\n' + GET);
    half.send(GET.slice(0, 20));
    await sleep(50);
    server.signal('SIGTERM');
    await idle.untilClosed();
    half.send(GET.slice(20));
    assert.equal((await half.answers(1))[0].headers.connection, 'close');
    await assert.rejects(Raw.open(server.port));
    const answers = await late.answers(1);
    assert.equal(answers[0].body, 'later');
    assert.equal(answers[0].headers.connection, 'close');
    for (const raw of [idle, late, half]) raw.destroy();
    const [code] = await server.ended;
    assert.equal(code, 0);
  });
  test('ends at the hard deadline whatever clients do', async () => {
    const server = await start('--drain-timeout-ms', '300');
    const raw = await Raw.open(server.port);
    raw.send(GET.slice(0, 20));
    await sleep(30);
    const began = Date.now();
    server.signal('SIGTERM');
    const [code] = await server.ended;
    assert.equal(code, 0);
    assert.ok(Date.now() - began < 2000);
    raw.destroy();
  });
});
