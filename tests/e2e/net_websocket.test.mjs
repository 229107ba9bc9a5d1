// Every probe of WebSocket framing (RFC 6455) on raw sockets against net_echo, and what happens to slow readers.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { BINARY, CLOSE, PING, PONG, Raw, Socket, TEXT, closePayload, frame, parse, probe, sleep, start, upgrade } from './net_client.mjs';

const statistics = async (port) =>
  JSON.parse((await probe(port, 'GET /statistics HTTP/1.1\r\nHost: a\r\n\r\n'))[0].body);

describe('opening', () => {
  let server, port;
  before(async () => { server = await start('--origin', 'https://app.example'); port = server.port; });
  after(() => server.stop());

  test('the accept key is the one of RFC 6455', async () => {
    const socket = await Socket.open(port);
    assert.match(socket.head, /\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/);
    assert.ok(!/Sec-WebSocket-Protocol/i.test(socket.head));
    socket.destroy();
  });
  test('a subprotocol is taken from those offered', async () => {
    const socket = await Socket.open(port, 'Sec-WebSocket-Protocol: other, echo\r\n');
    assert.match(socket.head, /\r\nSec-WebSocket-Protocol: echo\r\n/);
    socket.destroy();
    const none = await Socket.open(port, 'Sec-WebSocket-Protocol: echoes\r\n');
    assert.ok(!/Sec-WebSocket-Protocol/i.test(none.head));
    none.destroy();
  });
  test('version 12 is answered by 426 and the version that is spoken', async () => {
    const [answer] = await probe(port, upgrade('', 12));
    assert.equal(answer.status, 426);
    assert.equal(answer.headers['sec-websocket-version'], '13');
  });
  test('bad keys', async () => {
    for (const key of ['', 'short==', 'dGhlIHNhbXBsZSBub25jZQ=', 'dGhlIHNhbXBsZSBub25jZ!==']) {
      assert.equal((await probe(port, upgrade('', 13, key)))[0].status, 400);
    }
  });
  test('a POST, a body or HTTP/1.0 opens nothing', async () => {
    assert.equal((await probe(port, upgrade().replace('GET', 'POST')))[0].status, 400);
    assert.equal((await probe(port, upgrade('Content-Length: 3\r\n') + 'abc'))[0].status, 400);
    assert.equal((await probe(port, upgrade().replace('HTTP/1.1', 'HTTP/1.0')))[0].status, 400);
  });
  test('only its own origin and those allowed', async () => {
    for (const origin of ['http://a', 'https://app.example']) (await Socket.open(port, `Origin: ${origin}\r\n`)).destroy();
    for (const origin of ['http://b', 'https://a', 'null', 'http://a.b', 'https://app.example.evil', 'http://a:1']) {
      assert.equal((await probe(port, upgrade(`Origin: ${origin}\r\n`)))[0].status, 403, origin);
    }
  });
  test('frames sent along with the request are read', async () => {
    const raw = await Raw.open(port);
    raw.send(Buffer.concat([Buffer.from(upgrade()), frame(TEXT, 'early')]));
    await raw.until(() => raw.text.endsWith('early'));
    raw.destroy();
  });
  test('the handler may refuse', async () => {
    assert.equal((await probe(port, upgrade().replace('/websocket', '/tiny')))[0].status, 200);
  });
});

describe('frames', () => {
  let server, port;
  before(async () => { server = await start('--close-timeout-ms', '1000'); port = server.port; });
  after(() => server.stop());

  const closesWith = async (code, ...frames) => {
    const socket = await Socket.open(port);
    for (const bytes of frames) socket.send(bytes);
    assert.equal(await socket.closeCode(), code);
    await socket.untilClosed();
    socket.destroy();
  };
  const echoes = async (expected, ...frames) => {
    const socket = await Socket.open(port);
    for (const bytes of frames) { socket.send(bytes); await sleep(2); }
    const got = await socket.next();
    assert.equal(got.text, expected);
    assert.equal(got.masked, false);
    socket.destroy();
  };

  test('text and binary of every length of length', async () => {
    for (const length of [0, 1, 125, 126, 127, 65535, 65536, 1048576]) {
      const socket = await Socket.open(port);
      const body = 'y'.repeat(length);
      socket.send(frame(TEXT, body)).send(frame(BINARY, body));
      const text = await socket.next(), binary = await socket.next();
      assert.deepEqual([text.opcode, text.text === body, binary.opcode, binary.text === body], [TEXT, true, BINARY, true]);
      socket.destroy();
    }
  });
  test('a frame byte by byte', () => echoes('héllo', ...Array.from(frame(TEXT, 'héllo'), (b) => Buffer.from([b]))));
  test('fragments with a ping between them', async () => {
    const socket = await Socket.open(port);
    socket.send(frame(TEXT, 'ab', { fin: false })).send(frame(PING, 'p')).send(frame(0, 'cd', { fin: false })).send(frame(0, 'ef'));
    const pong = await socket.next(), text = await socket.next();
    assert.deepEqual([pong.opcode, pong.text, text.opcode, text.text], [PONG, 'p', TEXT, 'abcdef']);
    socket.destroy();
  });
  test('a character split over frames', () =>
    echoes('é', frame(TEXT, Buffer.from([0xc3]), { fin: false }), frame(0, Buffer.from([0xa9]))));
  test('an unsolicited pong is ignored', () => echoes('x', frame(PONG, 'who asked'), frame(TEXT, 'x')));
  test('an unmasked frame: 1002', () => closesWith(1002, frame(TEXT, 'x', { mask: false })));
  test('RSV1, RSV2, RSV3: 1002', async () => {
    for (const rsv of [4, 2, 1]) await closesWith(1002, frame(TEXT, 'x', { rsv }));
  });
  test('reserved opcodes: 1002', async () => {
    for (const opcode of [3, 7, 11, 15]) await closesWith(1002, frame(opcode, 'x'));
  });
  test('a ping over 125: 1002', () => closesWith(1002, frame(PING, 'p'.repeat(126))));
  test('a fragmented ping: 1002', () => closesWith(1002, frame(PING, 'p', { fin: false })));
  test('a continuation first: 1002', () => closesWith(1002, frame(0, 'x')));
  test('a new message within a fragmented one: 1002', () =>
    closesWith(1002, frame(TEXT, 'x', { fin: false }), frame(TEXT, 'y')));
  test('a length of 64 bits with the highest set: 1002', () =>
    closesWith(1002, Buffer.from([0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0])));
  test('invalid UTF-8: 1007', async () => {
    for (const bytes of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xc3]]) {
      await closesWith(1007, frame(TEXT, Buffer.from(bytes)));
    }
  });
  test('invalid UTF-8 split over frames: 1007', () =>
    closesWith(1007, frame(TEXT, Buffer.from([0xc3]), { fin: false }), frame(0, Buffer.from([0x28]))));
  test('invalid UTF-8 is found before the message ends', () =>
    closesWith(1007, frame(TEXT, Buffer.from([0xff]), { fin: false })));
  test('invalid UTF-8 in binary is fine', async () => {
    const socket = await Socket.open(port);
    socket.send(frame(BINARY, Buffer.from([0xff, 0xfe])));
    assert.deepEqual([...(await socket.next()).payload], [0xff, 0xfe]);
    socket.destroy();
  });
  test('over 1 MiB, whole or in fragments: 1009', async () => {
    await closesWith(1009, frame(TEXT, 'x', { length: 1048577 }));
    await closesWith(1009, frame(TEXT, 'x'.repeat(1048576), { fin: false }), frame(0, 'x'));
  });
  test('bad close codes: 1002', async () => {
    for (const code of [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535]) await closesWith(1002, frame(CLOSE, closePayload(code)));
  });
  test('a close of one byte: 1002', () => closesWith(1002, frame(CLOSE, 'x')));
  test('a close whose reason is not UTF-8: 1007', () =>
    closesWith(1007, frame(CLOSE, Buffer.concat([closePayload(1000), Buffer.from([0xff])]))));
  test('good close codes come back and the connection ends', async () => {
    for (const code of [1000, 1001, 1003, 1011, 3000, 4999]) {
      await closesWith(code, frame(CLOSE, closePayload(code, 'bye')));
      await sleep(30);
      assert.equal((await statistics(port)).lastClose, code);
    }
  });
  test('a close without a code', async () => {
    const socket = await Socket.open(port);
    socket.send(frame(CLOSE));
    const got = await socket.next();
    assert.deepEqual([got.opcode, got.payload.length], [CLOSE, 0]);
    await socket.untilClosed();
    socket.destroy();
    await sleep(30);
    assert.equal((await statistics(port)).lastClose, 1005);
  });
  test('nothing is read after a close', async () => {
    const socket = await Socket.open(port);
    socket.send(Buffer.concat([frame(CLOSE, closePayload(1000)), frame(TEXT, 'late')]));
    assert.equal((await socket.next()).opcode, CLOSE);
    await socket.untilClosed();
    assert.equal(socket.bytes.length, 0);
    socket.destroy();
  });
  test('the server closes; the client answers', async () => {
    const socket = await Socket.open(port);
    socket.send(frame(TEXT, 'close 4001'));
    assert.equal(await socket.closeCode(), 4001);
    socket.send(frame(CLOSE, closePayload(4001)));
    await socket.untilClosed();
    socket.destroy();
    await sleep(30);
    assert.equal((await statistics(port)).lastClose, 4001);
  });
  test('the server closes; a client that does not answer is cut', async () => {
    const socket = await Socket.open(port);
    const began = Date.now();
    socket.send(frame(TEXT, 'close 4001'));
    await socket.untilClosed(4000);
    assert.ok(Date.now() - began >= 900);
    socket.destroy();
  });
  test('a client that breaks off: 1006', async () => {
    const socket = await Socket.open(port);
    socket.destroy();
    await sleep(50);
    assert.equal((await statistics(port)).lastClose, 1006);
    assert.equal((await statistics(port)).websockets, 0);
  });
  test('many small messages in one piece come back in order', async () => {
    const socket = await Socket.open(port);
    socket.send(Buffer.concat(Array.from({ length: 5000 }, (_, i) => frame(TEXT, String(i)))));
    for (let i = 0; i < 5000; i++) assert.equal((await socket.next()).text, String(i));
    socket.destroy();
  });
  test("node's own client is understood", { skip: typeof WebSocket === 'undefined' }, async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/websocket`, ['echo']);
    const text = await new Promise((resolve, reject) => {
      socket.onerror = reject;
      socket.onopen = () => socket.send('hello');
      socket.onmessage = (event) => resolve(event.data);
    });
    assert.equal(text, 'hello');
    assert.equal(socket.protocol, 'echo');
    const closed = new Promise((resolve) => { socket.onclose = resolve; });
    socket.close(1000, 'done');
    assert.equal((await closed).code, 1000);
  });
});

describe('many and slow', () => {
  test('a reader that stops is cut at its cap; others are unharmed', async () => {
    const server = await start('--output-bytes-max', '1000000', '--close-timeout-ms', '500');
    const slow = await Socket.open(server.port), other = await Socket.open(server.port);
    slow.socket.pause();
    slow.send(frame(TEXT, 'flood 200 100000'));
    for (let i = 0; i < 20; i++) {
      other.send(frame(TEXT, `m${i}`));
      assert.equal((await other.next()).text, `m${i}`);
      await sleep(50);
    }
    const numbers = await statistics(server.port);
    assert.equal(numbers.cut, 1);
    assert.equal(numbers.websockets, 1);
    assert.equal(numbers.lastClose, 1013);
    slow.destroy();
    other.destroy();
    await server.stop();
  });
  test('a reader that was cut and then reads finds 1013 behind whole frames', async () => {
    const server = await start('--output-bytes-max', '1000000');
    const slow = await Socket.open(server.port);
    slow.socket.pause();
    slow.send(frame(TEXT, 'flood 200 100000'));
    await sleep(300);
    slow.socket.resume();
    assert.equal(await slow.closeCode(), 1013);
    slow.destroy();
    await server.stop();
  });
  test('within its cap a reader may be slow', async () => {
    const server = await start();
    const slow = await Socket.open(server.port);
    slow.socket.pause();
    slow.send(frame(TEXT, 'flood 200 100000'));
    await sleep(300);
    slow.socket.resume();
    for (let i = 0; i < 200; i++) assert.equal((await slow.next()).payload.length, 100000);
    slow.destroy();
    await server.stop();
  });
  test('pings without reading are cut too', async () => {
    const server = await start('--output-bytes-max', '100000');
    const slow = await Socket.open(server.port);
    slow.socket.pause();
    const pings = Buffer.concat(Array.from({ length: 5000 }, () => frame(PING, 'p'.repeat(125))));
    for (let i = 0; i < 40 && !slow.closed; i++) { slow.send(pings); await sleep(10); }
    await sleep(300);
    assert.equal((await statistics(server.port)).websockets, 0);
    slow.destroy();
    await server.stop();
  });
  test('one message to 1500 sockets, in order with what follows', async () => {
    const server = await start();
    const sockets = [];
    for (let i = 0; i < 1500; i++) sockets.push(await Socket.open(server.port));
    sockets[0].send(Buffer.concat([frame(TEXT, 'all first'), frame(TEXT, 'all second'), frame(TEXT, 'third')]));
    for (const socket of sockets) {
      assert.equal((await socket.next(15000)).text, 'first');
      assert.equal((await socket.next(15000)).text, 'second');
    }
    assert.equal((await sockets[0].next()).text, 'third');
    for (const socket of sockets) socket.destroy();
    await server.stop();
  });
  test('a silent socket is pinged; one that does not answer is cut; one that does is not', async () => {
    const server = await start('--ping-interval-ms', '200');
    const dead = await Socket.open(server.port), alive = await Socket.open(server.port);
    const answering = setInterval(() => {
      for (let got; (got = alive.cut());) if (got.opcode === PING) alive.send(frame(PONG, got.payload));
    }, 20);
    assert.equal((await dead.next()).opcode, PING);
    await dead.untilClosed(3000);
    await sleep(400);
    clearInterval(answering);
    assert.equal(alive.closed, false);
    dead.destroy();
    alive.destroy();
    await server.stop();
  });
  test('a message that does not end in time is closed with 1008, however it is dripped', async () => {
    const server = await start('--message-timeout-ms', '300', '--ping-interval-ms', '60000', '--close-timeout-ms', '200');
    const whole = frame(TEXT, 'a text that never ends'.repeat(20));
    const drips = {
      'a byte now and then': (i) => whole.subarray(i, i + 1),
      'the first byte of a head alone': (i) => (i === 0 ? whole.subarray(0, 1) : Buffer.alloc(0)),
      'fragments without end': (i) => frame(i === 0 ? TEXT : 0, 'x', { fin: false }),
      'fragments with pings between them': (i) => (i % 2 === 0 ? frame(i === 0 ? TEXT : 0, 'x', { fin: false }) : frame(PING, 'p')),
      'a ping': (i) => frame(PING, 'p'.repeat(100)).subarray(i, i + 1),
      'after messages that came whole': (i) => (i === 0 ? Buffer.concat([frame(TEXT, 'one'), frame(TEXT, 'two'), whole.subarray(0, 1)]) : whole.subarray(i, i + 1)),
    };
    for (const [name, piece] of Object.entries(drips)) {
      const socket = await Socket.open(server.port);
      const began = Date.now();
      let i = 0;
      const timer = setInterval(() => { if (!socket.closed) socket.send(piece(i++)); }, 20);
      assert.equal(await socket.closeCode(3000), 1008, name);
      clearInterval(timer);
      const took = Date.now() - began;
      assert.ok(took >= 280 && took < 1500, `${name}: after ${took} ms`);
      await socket.untilClosed(2000);
      socket.destroy();
    }
    assert.equal((await statistics(server.port)).timeouts, 2 * Object.keys(drips).length, 'of the message, and of the close frame that none of them answers');
    await server.stop();
  });
  test('messages cut anywhere that each come in time are taken, for as long as one likes', async () => {
    const server = await start('--message-timeout-ms', '250');
    const socket = await Socket.open(server.port);
    const stream = Buffer.concat(Array.from({ length: 30 }, (_, i) => frame(TEXT, `message ${i} ${'x'.repeat(200)}`)));
    for (let at = 0; at < stream.length; at += 100) { socket.send(stream.subarray(at, at + 100)); await sleep(15); }
    for (let i = 0; i < 30; i++) assert.match((await socket.next()).text, new RegExp(`^message ${i} `));
    await sleep(500);
    assert.equal(socket.closed, false, 'between messages there is no such deadline');
    socket.destroy();
    await server.stop();
  });
  test('SIGTERM closes sockets with 1001', async () => {
    const server = await start();
    const socket = await Socket.open(server.port);
    server.signal('SIGTERM');
    assert.equal(await socket.closeCode(), 1001);
    socket.send(frame(CLOSE, closePayload(1001)));
    await socket.untilClosed();
    socket.destroy();
    const [code] = await server.ended;
    assert.equal(code, 0);
  });
  test('SIGTERM during an upgrade under way ends well', async () => {
    const server = await start('--close-timeout-ms', '300');
    const raw = await Raw.open(server.port);
    raw.send(upgrade().slice(0, 40));
    await sleep(30);
    server.signal('SIGTERM');
    await sleep(30);
    raw.send(upgrade().slice(40));
    await raw.untilClosed();
    assert.equal(parse(raw.bytes)[0].status, 503);
    raw.destroy();
    const [code] = await server.ended;
    assert.equal(code, 0);
  });
});
