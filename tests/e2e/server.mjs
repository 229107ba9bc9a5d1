// server.mjs: starts the real program for the end-to-end tests and talks to it.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const binary = process.env.TRIMODAL ?? fileURLToPath(new URL('../../build/trimodal', import.meta.url));

const running = new Set();
process.on('exit', () => { for (const child of running) child.kill('SIGKILL'); });

/** A directory that goes away with the test. */
export function scratch(t) {
  const path = mkdtempSync(join(tmpdir(), 'trimodal-e2e-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A file system of its own that is soon full; undefined where mounting needs more rights. */
export function smallDisk(t, size) {
  const path = mkdtempSync(join(tmpdir(), 'trimodal-disk-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path], { encoding: 'utf8' });
  t.after(() => {
    if (mounted.status === 0) spawnSync('umount', ['-l', path]);
    rmdirSync(path);
  });
  return mounted.status === 0 ? path : undefined;
}

/** Runs one command to its end. */
export function run(args, options = {}) {
  const done = spawnSync(binary, args, { encoding: 'utf8', maxBuffer: 1 << 28, ...options });
  if (done.error) throw done.error;
  return { code: done.status, out: done.stdout, err: done.stderr };
}

/** Starts `trimodal serve` on a free port and waits until it answers. Everybody is an administrator, unless `auth: true`: then it
 *  asks for credentials, and get, post and request send the local token where a test gives no credential of its own. */
export async function serve(data, options = {}) {
  const child = spawn(binary, ['serve', '--listen', '127.0.0.1:0', '--data', data, ...(options.args ?? [])],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, TRIMODAL_AUTH_MODE: options.auth ? 'required' : 'off', ...(options.env ?? {}) } });
  running.add(child);
  child.on('exit', () => running.delete(child));
  const ended = once(child, 'exit');
  let errors = '';
  child.stderr.on('data', (chunk) => { errors += chunk; });
  let text = '';
  const url = await new Promise((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      text += chunk;
      const found = /listening on (https?:\S+)\n/.exec(text);
      if (found) resolve(found[1]);
    });
    ended.then(([code]) => reject(new Error(`the server ended with ${code} before it listened: ${errors}`)));
  });
  const local = options.auth ? readFileSync(join(data, 'local.token'), 'utf8').trim() : undefined;
  const ask = (path, init = {}) => {
    const headers = new Headers(init.headers);
    const own = headers.has('authorization') || headers.has('cookie') || init.anonymous;
    if (local && !own) headers.set('authorization', `Bearer ${local}`);
    return request(url + path, { ...init, headers });
  };
  return {
    url,
    child,
    local,
    said: () => text,
    errors: () => errors,
    kill: async (signal) => { child.kill(signal); return ended; },
    /** Drains; fails when it did not end cleanly (sanitizers included). */
    stop: async () => {
      child.kill('SIGTERM');
      const [code, signal] = await ended;
      if (code !== 0) throw new Error(`the server ended with ${code ?? signal}: ${errors}`);
    },
    get: (path) => ask(path),
    post: (path, body, headers = {}) => ask(path, { method: 'POST', body, headers }),
    request: ask,
  };
}

async function request(url, init) {
  const answer = await fetch(url, init);
  const text = await answer.text();
  let json;
  try { json = JSON.parse(text); } catch { json = undefined; }
  return { status: answer.status, headers: answer.headers, text, json };
}

let counter = 0;
/** An event with what every event needs; a later one each time. */
export function event(fields) {
  counter += 1;
  return {
    event_id: `01890000-0000-7000-8000-${counter.toString(16).padStart(12, '0')}`,
    timestamp: 1_790_000_000_000 - 86_400_000 + counter,
    iteration_id: 'it',
    ...fields,
  };
}
