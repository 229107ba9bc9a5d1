// Events of Mission Control, one JSON object a line, appended to reports/events.ndjson of the workspace.
// They carry what the reports of the four tools cannot: requirements, contracts and what a build produced.
//
// ITERATION in the environment names the iteration the run belongs to. Without it nothing is written, so
// that the same scripts serve everyday work.

import { createHash, randomBytes } from "node:crypto";
import { appendFileSync, mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

// UUID version 7: 48 bits of milliseconds, then random bits, so ids sort by time.
function uuid(timestamp) {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(timestamp, 0, 6);
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

// The key Mission Control would compute takes node, type and time; a build reports several files of one
// task within a millisecond, so the key here also takes `what`, which tells such events apart.
function idempotencyKey(iteration, nodeId, type, timestamp, what) {
  const text = [iteration, nodeId, type, timestamp, what].join(":");
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}

export function emit(type, nodeId, fields = {}, what = "") {
  const iteration = process.env.ITERATION;
  if (!iteration) return;
  const timestamp = Date.now();
  const event = {
    event_id: uuid(timestamp),
    timestamp,
    iteration_id: iteration,
    event_type: type,
    node_id: nodeId,
    idempotency_key: idempotencyKey(iteration, nodeId, type, timestamp, what),
    source: "examples/shop",
    ...fields,
  };
  mkdirSync(`${root}reports`, { recursive: true });
  // One write in append mode: tasks that run side by side do not cut each other's lines.
  appendFileSync(`${root}reports/events.ndjson`, `${JSON.stringify(event)}\n`);
}

// Turborepo's own name of the task this process runs for; npm says which package and script it is.
export function taskId() {
  return `${process.env.npm_package_name}#${process.env.npm_lifecycle_event}`;
}
