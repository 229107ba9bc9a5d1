// net_client.mjs: raw sockets for the net_*.test.mjs: a server per test file, bytes in, bytes out, and a WebSocket
// client that can be told to break every rule.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import net from 'node:net';
import { fileURLToPath } from 'node:url';

const binary = process.env.NET_ECHO ?? fileURLToPath(new URL('../../build/tests/net_echo', import.meta.url));

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// A server left over by a test that failed must not keep the run from ending.
const running = new Set();
process.on('exit', () => { for (const child of running) child.kill('SIGKILL'); });

/** Starts net_echo with the options. stop() drains it and fails when it did not end cleanly (sanitizers included). */
export const start = (...options) => startAs(binary, options);

/** The same with at most `count` descriptors. */
export const startWithDescriptors = (count, ...options) =>
  startAs('sh', ['-c', `ulimit -n ${count}; exec "$0" "$@"`, binary, ...options]);

async function startAs(command, options) {
  const child = spawn(command, options, { stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  child.on('exit', () => running.delete(child));
  let errors = '';
  child.stderr.on('data', (data) => { errors += data; });
  const ended = once(child, 'exit');
  const port = await new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (data) => {
      text += data;
      const found = /port (\d+)\n/.exec(text);
      if (found) resolve(Number(found[1]));
    });
    ended.then(([code]) => reject(new Error(`net_echo ended with ${code} before it listened: ${errors}`)));
  });
  for (const part of [child, child.stdout, child.stderr]) part.unref();
  return {
    port,
    child,
    get ended() { child.ref(); return ended; },
    signal: (name) => child.kill(name),
    async stop() {
      child.kill('SIGTERM');
      const [code, signal] = await this.ended;
      if (code !== 0) throw new Error(`net_echo ended with ${code ?? signal}: ${errors}`);
    },
  };
}

/** A raw connection that gathers what comes. */
export class Raw {
  constructor(socket) {
    this.socket = socket;
    this.bytes = Buffer.alloc(0);
    this.closed = false;
    this.reset = false;
    this.waiters = new Set();
    socket.on('data', (data) => { this.bytes = Buffer.concat([this.bytes, data]); this.wake(); });
    socket.on('error', () => { this.reset = true; this.closed = true; this.wake(); });
    socket.on('end', () => { this.closed = true; this.wake(); });
    socket.on('close', () => { this.closed = true; this.wake(); });
  }
  static async open(port, options = {}) {
    const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true, ...options });
    await once(socket, 'connect');
    socket.setNoDelay(true);
    return new Raw(socket);
  }
  wake() { for (const waiter of this.waiters) waiter(); }
  send(bytes) { if (!this.socket.destroyed) this.socket.write(bytes); return this; }
  end() { this.socket.end(); return this; }
  destroy() { this.socket.destroy(); }
  get text() { return this.bytes.toString('latin1'); }
  /** Waits until test() is true; throws after the time-out. */
  async until(test, what = 'what was waited for', timeout = 5000) {
    if (test()) return this;
    await new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiters.delete(waiter);
        reject(new Error(`${what} did not come; closed: ${this.closed}; got: ${this.text.slice(0, 500)}`));
      }, timeout);
      const waiter = () => {
        if (!test()) return;
        clearTimeout(timer);
        this.waiters.delete(waiter);
        resolve();
      };
      this.waiters.add(waiter);
    });
    return this;
  }
  untilClosed(timeout) { return this.until(() => this.closed, 'the end of the connection', timeout); }
  /** Waits for `count` whole answers and returns them; answers to HEAD have no body. */
  async answers(count, { head = false, timeout } = {}) {
    await this.until(() => parse(this.bytes, head).length >= count, `${count} answers`, timeout);
    return parse(this.bytes, head);
  }
}

/** Cuts bytes into answers: {status, headers, body}. 1xx count as answers. */
export function parse(bytes, head = false) {
  const answers = [];
  let at = 0;
  for (;;) {
    const end = bytes.indexOf('\r\n\r\n', at);
    if (end < 0) return answers;
    const [first, ...lines] = bytes.subarray(at, end).toString('latin1').split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1]);
    if (!status) throw new Error(`no status line: ${first}`);
    const headers = Object.fromEntries(lines.map((line) => {
      const colon = line.indexOf(': ');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 2)];
    }));
    const length = head || status < 200 || status === 204 || status === 304 ? 0 : Number(headers['content-length']);
    if (bytes.length < end + 4 + length) return answers;
    answers.push({ status, headers, body: bytes.subarray(end + 4, end + 4 + length).toString('latin1') });
    at = end + 4 + length;
  }
}

/** One connection, these bytes, and what came back until `count` answers. */
export async function probe(port, bytes, { count = 1, head = false, timeout } = {}) {
  const raw = await Raw.open(port);
  raw.send(bytes);
  const answers = await raw.answers(count, { head, timeout });
  raw.destroy();
  return answers;
}

export const TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10;

/** A frame of a client; every rule can be broken: fin, rsv, mask, and the length that is claimed. */
export function frame(opcode, payload = '', { fin = true, rsv = 0, mask = true, length } = {}) {
  const body = Buffer.from(payload);
  const claimed = length ?? body.length;
  const head = [(fin ? 0x80 : 0) | rsv << 4 | opcode];
  const bit = mask ? 0x80 : 0;
  if (claimed < 126) head.push(bit | claimed);
  else if (claimed < 65536) head.push(bit | 126, claimed >> 8, claimed & 255);
  else head.push(bit | 127, 0, 0, 0, 0, Math.floor(claimed / 2 ** 24) & 255, claimed >> 16 & 255, claimed >> 8 & 255, claimed & 255);
  if (!mask) return Buffer.concat([Buffer.from(head), body]);
  const key = randomBytes(4);
  const masked = Buffer.from(body);
  for (let i = 0; i < masked.length; i++) masked[i] ^= key[i & 3];
  return Buffer.concat([Buffer.from(head), key, masked]);
}

export const closePayload = (code, reason = '') => Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason)]);

export const upgrade = (extra = '', version = 13, key = 'dGhlIHNhbXBsZSBub25jZQ==') =>
  `GET /websocket HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n` +
  `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: ${version}\r\n${extra}\r\n`;

export class Socket extends Raw {
  static async open(port, extra = '') {
    const raw = await Raw.open(port);
    const socket = new Socket(raw.socket);
    raw.socket.removeAllListeners('data');
    raw.socket.on('data', (data) => { socket.bytes = Buffer.concat([socket.bytes, data]); socket.wake(); });
    socket.send(upgrade(extra));
    await socket.until(() => socket.closed || socket.bytes.includes('\r\n\r\n'), 'the answer to the upgrade');
    const end = socket.bytes.indexOf('\r\n\r\n') + 4;
    socket.head = socket.bytes.subarray(0, end).toString('latin1');
    socket.bytes = socket.bytes.subarray(end);
    if (!socket.head.startsWith('HTTP/1.1 101')) throw new Error(`not upgraded: ${socket.head}`);
    return socket;
  }
  /** Takes the next frame off what has come. */
  async next(timeout) {
    let found;
    await this.until(() => (found = this.cut()) !== undefined, 'a frame', timeout);
    return found;
  }
  cut() {
    const bytes = this.bytes;
    if (bytes.length < 2) return undefined;
    let length = bytes[1] & 127, at = 2;
    if (length === 126) { if (bytes.length < 4) return undefined; length = bytes.readUInt16BE(2); at = 4; }
    else if (length === 127) { if (bytes.length < 10) return undefined; length = Number(bytes.readBigUInt64BE(2)); at = 10; }
    if (bytes.length < at + length) return undefined;
    const payload = bytes.subarray(at, at + length);
    this.bytes = bytes.subarray(at + length);
    const opcode = bytes[0] & 15;
    return { fin: bytes[0] >> 7 === 1, opcode, masked: bytes[1] >> 7 === 1, payload, text: payload.toString('utf8'),
      code: opcode === CLOSE && length >= 2 ? payload.readUInt16BE(0) : undefined };
  }
  async closeCode(timeout) {
    for (;;) {
      const got = await this.next(timeout);
      if (got.opcode === CLOSE) return got.code;
    }
  }
}
