// Each allocation of a scripted set of requests fails once in turn: connections may end and answers may be 503, but the
// server goes on, and nothing leaks or breaks (run it under ASan).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PING, Raw, Socket, TEXT, closePayload, frame, probe, start } from './net_client.mjs';

const GET = (path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;

/** A step ends when its answer is there or the connection is gone. */
const gone = async (raw, test) => { await raw.until(() => raw.closed || test(), 'an answer or the end', 4000); raw.destroy(); };
const has = (raw, text) => () => raw.bytes.includes(text);

const steps = {
  requests: async (port) => {
    const raw = await Raw.open(port);
    raw.send(GET('/tiny') + GET('/echo?a=b') + GET('/nowhere') + 'HEAD /tiny HTTP/1.1\r\nHost: a\r\n\r\n' + GET('/tiny'));
    await gone(raw, () => raw.text.split('hello').length > 2);
  },
  manyHeaders: async (port) => {
    const raw = await Raw.open(port);
    raw.send(`GET /echo HTTP/1.1\r\nHost: a\r\n${'Name: a value of some length\r\n'.repeat(90)}\r\n`);
    await gone(raw, has(raw, 'HTTP/1.1'));
  },
  bodies: async (port) => {
    const raw = await Raw.open(port);
    const chunk = `8000\r\n${'c'.repeat(0x8000)}\r\n`;
    raw.send(`POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n${'b'.repeat(100000)}`);
    raw.send(`POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(6)}0\r\n\r\n`);
    raw.send(GET('/tiny'));
    await gone(raw, has(raw, 'hello'));
  },
  late: async (port) => {
    const raw = await Raw.open(port);
    raw.send(GET('/later?ms=5') + GET('/thread') + GET('/big?bytes=300000') + GET('/tiny'));
    await gone(raw, has(raw, 'hello'));
  },
  refusals: async (port) => {
    for (const text of ['garbage\r\n\r\n', 'GET /tiny HTTP/1.1\r\n\r\n', GET('/split'),
      'POST /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc', 'POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n']) {
      const raw = await Raw.open(port);
      raw.send(text);
      await gone(raw, has(raw, 'HTTP/1.1'));
    }
  },
  websocket: async (port) => {
    let socket;
    try { socket = await Socket.open(port, 'Sec-WebSocket-Protocol: echo\r\n'); } catch { return; }
    socket.send(frame(TEXT, 'a'.repeat(3000), { fin: false })).send(frame(PING, 'p')).send(frame(0, 'b'.repeat(3000)));
    socket.send(frame(TEXT, 'flood 30 20000')).send(frame(TEXT, 'all hello')).send(frame(8, closePayload(1000)));
    await gone(socket, () => false);
  },
};

for (const [name, step] of Object.entries(steps)) {
  test(`every allocation of ${name} fails once`, async (context) => {
    let struck = 0;
    for (let after = 0, missed = 0; missed < 3 && after < 400; after++) {
      const server = await start('--close-timeout-ms', '100'); // a new one, as a used one has memory to spare
      await probe(server.port, GET(`/fail?after=${after}`));
      await step(server.port).catch((error) => { if (!/ECONN|not upgraded|ended/.test(String(error))) throw error; });
      let answer;
      for (let i = 0; answer === undefined; i++) { // the injection may be left over for this very request
        try { [answer] = await probe(server.port, GET('/fail'), { timeout: 1000 }); } catch (error) { if (i > 3) throw error; }
      }
      if (answer.status === 200 && answer.body !== 'yes') missed++;
      else { struck++; missed = 0; }
      const [afterwards] = await probe(server.port, GET('/tiny'));
      assert.equal(afterwards.body, 'hello');
      await server.stop();
    }
    context.diagnostic(`${struck} allocations failed`);
    assert.ok(struck > 3);
  });
}
