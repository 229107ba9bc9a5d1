/* The DDE lens as a drawing: tasks, what they make, what they agree on and what gates them, left to right. */
import type { ExecutionQuery, NodeKind } from '../../generated/graphql';
import { type CanvasEdge, type CanvasNode, type Drawing, type GraphMark, type NodeShape, statusTone, statusWords } from '../graph/model';
import { kindNames } from '../parts/kinds';
import { nodeKey } from '../state/selection';

export type ExecutionGraph = NonNullable<ExecutionQuery['getDDEGraph']>;
type Node = ExecutionGraph['nodes'][number];

const WIDTH_PX = 196, HEIGHT_PX = 58;

function shapeOf(node: Node): NodeShape {
  switch (node.kind) {
    case 'ARTIFACT': return 'leaf';
    case 'INTERFACE_CONTRACT': return 'pill';
    case 'QUALITY_GATE': return 'octagon';
    default: return 'taskType' in node && node.taskType === 'INTERFACE' ? 'diamond' : 'box';
  }
}

function sizeOf(shape: NodeShape): { readonly width: number; readonly height: number } {
  if (shape === 'diamond') return { width: 44, height: 44 };
  return shape === 'octagon' ? { width: 40, height: 40 } : { width: WIDTH_PX, height: shape === 'box' ? HEIGHT_PX : 42 };
}

function marksOf(node: Node): readonly GraphMark[] {
  const marks: GraphMark[] = [];
  if ('onCriticalPath' in node && node.onCriticalPath) marks.push('critical');
  if (node.status === 'RETRYING') marks.push('retrying');
  if (node.status === 'LOCKED') marks.push('locked');
  return marks;
}

function drawNode(node: Node): CanvasNode {
  const shape = shapeOf(node);
  const retries = 'retryCount' in node && node.retryCount > 0 ? { badge: `↻${node.retryCount}` } : {};
  return {
    key: nodeKey(node.kind, node.nodeId), label: node.name, shape, ...sizeOf(shape), tone: statusTone[node.status], x: node.x ?? 0, y: node.y ?? 0, marks: marksOf(node), ...retries,
    description: `${kindNames[node.kind]} ${node.name}: ${statusWords[node.status]}${'retryCount' in node && node.retryCount > 0 ? `, retried ${node.retryCount} times` : ''}`,
  };
}

const turned: readonly string[] = ['DEPENDS_ON'];

/** Work flows to the right: what is depended on stands left of what depends on it. */
function drawEdge(edge: ExecutionGraph['edges'][number], critical: ReadonlySet<string>): CanvasEdge {
  const from = nodeKey(edge.sourceKind as NodeKind, edge.sourceNodeId), to = nodeKey(edge.targetKind as NodeKind, edge.targetNodeId);
  const [source, target] = turned.includes(edge.kind) ? [to, from] : [from, to];
  const marks: GraphMark[] = edge.inferred ? ['inferred'] : [];
  if (edge.kind === 'DEPENDS_ON' && critical.has(source) && critical.has(target)) marks.push('critical');
  return { id: `${edge.kind} ${from} ${to}`, source, target, marks };
}

export function drawExecution(graph: ExecutionGraph): Drawing {
  const nodes = graph.nodes.map(drawNode);
  const critical = new Set<string>(nodes.filter((node) => node.marks?.includes('critical') === true).map((node) => node.key));
  return { nodes, edges: graph.edges.map((edge) => drawEdge(edge, critical)) };
}
