// generate.mjs: a task graph of any size as events, the same for the same size. What drawing and clustering are measured with.
//   node bench/page/generate.mjs TASKS ITERATION > events.ndjson
// The shape is that of real pipelines: workflows of some dozens of tasks in layers, most edges within a workflow and to the layer before,
// some from one workflow to the next in its chain, and chains side by side; few failures, some retries, an interface task with its contract and a gate in each workflow.
import { pathToFileURL } from 'node:url';

const PER_WORKFLOW = 50, LAYERS = 10, EDGES_EACH = 3, CHAIN = 5;
const CAPABILITIES = ['design', 'development', 'testing', 'packaging', 'review'];

/** A small generator of numbers in [0, 1): Weyl's sequence through a mixer, so that runs can be compared. */
function numbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}

const nameOf = (index) => `w${String(Math.floor(index / PER_WORKFLOW)).padStart(3, '0')}-t${String(index % PER_WORKFLOW).padStart(2, '0')}`;

/** Up to three tasks of the layer before, of this workflow; the first layer hangs on the workflow before, where one is in its chain. */
function dependenciesOf(index, random) {
  const per = PER_WORKFLOW / LAYERS, inside = index % PER_WORKFLOW, layer = Math.floor(inside / per), start = index - inside;
  if (layer === 0 && (start / PER_WORKFLOW) % CHAIN === 0) return [];
  const from = layer === 0 ? start - per : start + (layer - 1) * per;
  const chosen = new Set();
  for (let i = 0; i < EDGES_EACH; i++) chosen.add(from + Math.floor(random() * per));
  if (layer > 1) chosen.add(start + Math.floor(random() * (layer - 1) * per)); // one that spans layers
  return [...chosen];
}

function outcomeOf(random, nextRetryAt) {
  const draw = random();
  if (draw < 0.02) return [{ event_type: 'TASK_FAILED', error_message: 'exit code 1: 3 checks did not hold' }];
  if (draw < 0.035) return [{ event_type: 'TASK_RETRYING', retry_count: 2, max_retries: 5, next_retry_at: nextRetryAt, error_message: 'connection reset by peer' }];
  if (draw < 0.08) return [];
  return [{ event_type: 'TASK_COMPLETED' }];
}

export function* taskGraph(tasks, iteration, now = Date.now()) {
  const random = numbers(tasks);
  let count = 0;
  const event = (fields) => {
    count += 1;
    const hex = count.toString(16).padStart(12, '0');
    return { event_id: `0189f000-0000-7000-8${(tasks % 4096).toString(16).padStart(3, '0')}-${hex}`, timestamp: now - 3_600_000 + count, iteration_id: iteration, ...fields };
  };
  for (let i = 0; i < tasks; i++) {
    const workflow = `workflow-${String(Math.floor(i / PER_WORKFLOW)).padStart(3, '0')}`, first = i % PER_WORKFLOW === 0, id = nameOf(i);
    const common = { node_id: id, workflow_id: workflow };
    const metadata = { name: `${first ? 'Agree on' : 'Build'} part ${i % PER_WORKFLOW} of ${workflow}`, depends_on: dependenciesOf(i, random).map(nameOf).join(','), capability: CAPABILITIES[i % CAPABILITIES.length], estimated_effort: String(1 + (i % 5)) };
    yield event({ event_type: 'TASK_CREATED', ...common, node_type: first ? 'INTERFACE' : 'ACTION', status: 'PENDING', metadata });
    yield event({ event_type: 'TASK_STARTED', ...common });
    for (const outcome of first ? [{ event_type: 'TASK_COMPLETED' }] : outcomeOf(random, now + 600_000)) yield event({ ...common, ...outcome });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [tasks, iteration] = [Number(process.argv[2]), process.argv[3]];
  if (!(tasks > 0) || iteration === undefined) { process.stderr.write('node bench/page/generate.mjs TASKS ITERATION > events.ndjson\n'); process.exit(2); }
  let text = '';
  for (const event of taskGraph(tasks, iteration)) text += `${JSON.stringify(event)}\n`;
  process.stdout.write(text);
}
