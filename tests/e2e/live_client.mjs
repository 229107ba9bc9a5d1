// live_client.mjs: a reader of the WebSocket streams (docs/live.md) that holds what the frames say.
import WebSocket from 'ws';

const nodeKey = (kind, id) => `${kind} ${id}`;
const linkKey = (link) => [link.kind, link.source_kind, link.source, link.target_kind, link.target].join(' ');

/** What follows from the frames of one stream, whatever they began from. */
export class Picture {
  constructor(graph = { nodes: [], edges: [] }) {
    this.nodes = new Map(graph.nodes.map((node) => [nodeKey(node.kind, node.id), node]));
    this.links = new Map(graph.edges.map((link) => [linkKey(link), link]));
  }

  apply(frame) {
    for (const { change, kind, id, node } of frame.nodes) {
      const key = nodeKey(kind, id);
      if (change !== 'DELETED') { this.nodes.set(key, node); continue; }
      this.nodes.delete(key);
      for (const [name, link] of this.links) {
        if (nodeKey(link.source_kind, link.source) === key || nodeKey(link.target_kind, link.target) === key) this.links.delete(name);
      }
    }
    for (const { change, link } of frame.links) {
      if (change === 'DELETED') this.links.delete(linkKey(link));
      else this.links.set(linkKey(link), link);
    }
  }

  /** Comparable with another picture: what is there, its state and its properties; how links are known and how sure. */
  text() {
    const nodes = [...this.nodes].map(([key, node]) => `${key} ${node.status} ${node.name} ${JSON.stringify(node.properties)}`);
    const links = [...this.links].map(([key, link]) => `${key} ${link.method} ${link.confidence} ${link.weight}`);
    return [...nodes.sort(), ...links.sort()].join('\n');
  }
}

/** Opens a stream. `frames` are all so far; `next(test)` waits for the first one, from where the last `next` stopped, that passes. */
export async function watch(server, path, { headers = {}, picture = new Picture(), ...options } = {}) {
  const socket = new WebSocket(`${server.url.replace(/^http/, 'ws')}/api/v1/${path}`, { headers, ...options });
  const reader = { socket, frames: [], read: 0, picture, closed: undefined };
  let wake = () => {};
  socket.on('message', (data) => {
    const frame = JSON.parse(data);
    if (frame.type === 'changes') reader.picture.apply(frame);
    reader.frames.push(frame);
    wake();
  });
  reader.ended = new Promise((resolve) => socket.on('close', (code, reason) => {
    reader.closed = { code, reason: String(reason) };
    wake();
    resolve(reader.closed);
  }));
  reader.next = async (test = () => true, timeout = 10_000) => {
    const until = Date.now() + timeout;
    for (;;) {
      while (reader.read < reader.frames.length) {
        const frame = reader.frames[reader.read++];
        if (test(frame)) return frame;
      }
      if (reader.closed) throw new Error(`closed with ${reader.closed.code} ${reader.closed.reason}`);
      if (Date.now() > until) throw new Error(`nothing came; so far: ${JSON.stringify(reader.frames).slice(-2000)}`);
      await new Promise((resolve) => { wake = resolve; setTimeout(resolve, Math.min(200, timeout)); });
    }
  };
  reader.last = () => reader.frames.at(-1);
  reader.close = async () => { socket.close(); return reader.ended; };
  await new Promise((resolve, reject) => {
    socket.on('open', resolve);
    socket.on('error', () => {});
    socket.on('unexpected-response', (request, answer) => {
      let text = '';
      answer.on('data', (chunk) => { text += chunk; });
      answer.on('end', () => reject(Object.assign(new Error(`refused: ${answer.statusCode} ${text}`), { status: answer.statusCode, text, headers: answer.headers })));
    });
  });
  return reader;
}
