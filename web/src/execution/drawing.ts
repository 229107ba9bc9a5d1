/* The DDE lens as a drawing: tasks, what they make, what they agree on and what gates them. Work flows to the right: what is depended on stands left of what
 * depends on it. A gate sits where all lines leave the task that it guards, so whatever waits for the task waits behind the gate. */
import type { CanvasEdge, CanvasNode, Drawing, GraphMark, NodeShape } from '../graph/model';
import { statusTone, statusWords } from '../graph/model';
import { FONT_PX, GAP_PX } from '../graph/settle';
import { textWidth, wrapped } from '../graph/text';
import { palette } from '../graph/theme';
import { kindNames } from '../parts/kinds';
import type { NodeKey } from '../state/selection';
import { type Difference, linkKey, signs } from '../time/difference';
import { type ContractNode, type ExecutionEdge, type ExecutionNode, isContract, isTask, keyOf, type Plan, sourceOf, targetOf, type TaskNode } from './model';
import { countdownText, retriesText } from './retry';
import { type LensView, matches } from './view';

export const WIDTH_PX = 196;
const TASK_HEIGHT_PX = 58, OTHER_HEIGHT_PX = 46, DIAMOND_PX = 44, GATE_PX = 26, GATE_GAP_PX = 20, GATE_STEP_PX = 29;

export interface DrawingOptions {
  readonly view: Pick<LensView, 'status' | 'text' | 'critical' | 'artifacts'>;
  readonly difference: Difference | null;
  readonly ghosts: readonly ExecutionNode[]; // what was there at the moment compared with, and is not now
}

function shapeOf(node: ExecutionNode): NodeShape {
  switch (node.kind) {
    case 'ARTIFACT': return 'leaf';
    case 'INTERFACE_CONTRACT': return 'pill';
    case 'QUALITY_GATE': return 'octagon';
    default: return isTask(node) && node.taskType === 'INTERFACE' ? 'diamond' : 'box';
  }
}

/** As wide as the words beside an interface's diamond are, so that lines begin where they end. */
function roomBeside(label: string): number {
  const family = palette().sans, most = WIDTH_PX - DIAMOND_PX - GAP_PX * 2;
  return Math.ceil(Math.max(...wrapped(label, most, 2, FONT_PX, family).map((line) => textWidth(line, FONT_PX, family)))) + GAP_PX * 2 + 1;
}

/** Where a node stands and how large it is. An interface's diamond is at the left of its place, its words beside it. */
function placeOf(node: ExecutionNode, shape: NodeShape, plan: Plan): Pick<CanvasNode, 'x' | 'y' | 'width' | 'height' | 'side'> {
  const x = node.x ?? 0, y = node.y ?? 0;
  if (shape === 'diamond') return { x: x - (WIDTH_PX - DIAMOND_PX) / 2, y, width: DIAMOND_PX, height: DIAMOND_PX, side: roomBeside(node.name) };
  if (shape !== 'octagon') return { x, y, width: WIDTH_PX, height: shape === 'box' ? TASK_HEIGHT_PX : OTHER_HEIGHT_PX };
  const owner = plan.owner.get(keyOf(node)), task = owner === undefined ? undefined : plan.nodes.get(owner);
  if (owner === undefined || task === undefined) return { x, y, width: GATE_PX, height: GATE_PX };
  const all = plan.gates.get(owner) ?? [], at = all.indexOf(keyOf(node)) - (all.length - 1) / 2;
  return { x: (task.x ?? 0) + WIDTH_PX / 2 + GATE_GAP_PX, y: (task.y ?? 0) + at * GATE_STEP_PX, width: GATE_PX, height: GATE_PX };
}

const fileOf = (path: string) => path.split('/').slice(-2).join('/');
const contractName = (node: ContractNode) => (node.contractVersion !== null && node.name.endsWith(`:${node.contractVersion}`) ? node.name.slice(0, -node.contractVersion.length - 1) : node.name);

export function labelOf(node: ExecutionNode): string {
  return node.kind === 'ARTIFACT' ? fileOf(node.name) : isContract(node) ? contractName(node) : node.kind === 'QUALITY_GATE' ? '' : node.name;
}

/** The line under a task's name: its retries and when the next one is due, or what went wrong. */
export function taskBadge(task: TaskNode, now: number): string | null {
  const retries = task.retryCount > 0 ? retriesText(task.retryCount, task.maxRetries) : null;
  if (task.status === 'RETRYING') return [retries ?? '↻', task.nextRetryAt === null ? null : countdownText(task.nextRetryAt, now)].filter((one) => one !== null).join(' · ');
  if (task.status === 'FAILED') return [retries, task.errorMessage].filter((one) => one !== null).join(' · ') || null;
  return retries;
}

function describe(node: ExecutionNode, became: string | undefined): string {
  const retried = isTask(node) && node.retryCount > 0 ? `, retried ${node.retryCount} ${node.retryCount === 1 ? 'time' : 'times'}` : '';
  const error = isTask(node) && node.errorMessage !== null ? `: ${node.errorMessage}` : '';
  const locked = isContract(node) ? `, ${node.locked ? 'locked' : 'not locked'}` : '';
  return `${kindNames[node.kind]} ${node.name}: ${statusWords[node.status]}${retried}${locked}${error}${isTask(node) && node.onCriticalPath ? ', on the critical path' : ''}${became === undefined ? '' : `, ${became}`}`;
}

function marksOf(node: ExecutionNode, { view, difference }: DrawingOptions): readonly GraphMark[] {
  const marks: GraphMark[] = [];
  if (view.critical && isTask(node) && node.onCriticalPath) marks.push('critical');
  if (node.status === 'RETRYING') marks.push('retrying');
  if (isContract(node) && node.locked) marks.push('locked');
  if (!matches(node, view)) marks.push('muted');
  const became = difference?.nodes.get(keyOf(node));
  return became === undefined ? marks : [...marks, became];
}

function drawNode(node: ExecutionNode, plan: Plan, options: DrawingOptions, now: number): CanvasNode {
  const shape = shapeOf(node), became = options.difference?.nodes.get(keyOf(node));
  const badge = isTask(node) ? taskBadge(node, now) : isContract(node) ? [node.contractVersion, node.locked ? 'locked' : 'not locked'].filter((one) => one !== null).join(' · ') : null;
  const label = labelOf(node);
  return {
    key: keyOf(node), label: became === undefined ? label : `${signs[became]} ${label}`, shape, ...placeOf(node, shape, plan), tone: statusTone[node.status], marks: marksOf(node, options),
    ...(badge === null ? {} : { badge }), ...(isContract(node) && node.locked ? { glyph: 'lock' as const } : {}), description: describe(node, became),
  };
}

function drawEdge(edge: ExecutionEdge, critical: ReadonlySet<string>, muted: ReadonlySet<string>, difference: Difference | null): CanvasEdge {
  const from = sourceOf(edge), to = targetOf(edge);
  const [source, target] = edge.kind === 'DEPENDS_ON' ? [to, from] : [from, to];
  const marks: GraphMark[] = edge.inferred ? ['inferred'] : [];
  if (edge.kind === 'DEPENDS_ON' && critical.has(source) && critical.has(target)) marks.push('critical');
  if (muted.has(source) || muted.has(target)) marks.push('muted');
  const became = difference?.links.get(linkKey(edge.kind, edge.sourceKind, edge.sourceNodeId, edge.targetKind, edge.targetNodeId));
  if (became !== undefined) marks.push(became);
  return { id: `${edge.kind} ${from} ${to}`, source, target, marks };
}

const marked = (nodes: readonly CanvasNode[], mark: GraphMark) => new Set<string>(nodes.filter((node) => node.marks?.includes(mark) === true).map((node) => node.key));

/** `now`: what countdowns count to. */
export function drawExecution(plan: Plan, options: DrawingOptions, now: number): Drawing {
  const wanted = options.view.artifacts ? plan.graph.nodes : plan.graph.nodes.filter((node) => node.kind !== 'ARTIFACT');
  const nodes = [...wanted, ...options.ghosts].map((node) => drawNode(node, plan, options, now));
  const critical = marked(nodes, 'critical'), muted = marked(nodes, 'muted');
  const edges = plan.graph.edges.filter((edge) => edge.kind !== 'GATED_BY').map((edge) => drawEdge(edge, critical, muted, options.difference));
  return { nodes, edges };
}

/** The same drawing a second later: only what counts down is made anew. */
export function atTime(drawing: Drawing, plan: Plan, now: number): Drawing {
  return {
    ...drawing, nodes: drawing.nodes.map((one) => {
      const node = plan.nodes.get(one.key as NodeKey);
      if (node === undefined || !isTask(node) || node.status !== 'RETRYING') return one;
      const badge = taskBadge(node, now);
      return badge === null || badge === one.badge ? one : { ...one, badge };
    }),
  };
}
