/* The BDV lens as a drawing: test runs, features, scenarios, in the places the server gave them. Flaky ones are dashed, quarantined ones struck through. */
import type { BehaviourDrawingQuery, NodeKind, NodeStatus } from '../../generated/graphql';
import { type CanvasEdge, type CanvasNode, type Drawing, type GraphMark, statusTone, statusWords } from '../graph/model';
import { kindNames } from '../parts/kinds';
import { nodeKey } from '../state/selection';
import { type Difference, linkKey, signs } from '../time/difference';
import { stateOf, stateWords } from './model';

export type BehaviourNodes = NonNullable<BehaviourDrawingQuery['getBDVGraph']>;
type Node = BehaviourNodes['nodes'][number];

/** A canvas has no struck-through text, but Unicode has the stroke. */
const STROKE = '\u0336';
const struck = (text: string) => Array.from(text, (letter) => letter + STROKE).join('');
export const unstruck = (text: string) => text.replaceAll(STROKE, '');

const WIDTH_PX = 160, HEIGHT_PX = 40;

/** What came of it: its state says only that it was told of. */
function resultOf(node: Node): NodeStatus {
  if ('quarantined' in node) return node.outcome ?? 'UNKNOWN';
  return 'featureOutcome' in node ? node.featureOutcome : node.status;
}

function drawNode(node: Node, difference: Difference | null): CanvasNode {
  const key = nodeKey(node.kind, node.nodeId), became = difference?.nodes.get(key);
  const marks: GraphMark[] = became === undefined ? [] : [became];
  const isScenario = 'quarantined' in node;
  if (isScenario && node.flaky) marks.push('flaky');
  if (isScenario && node.quarantined) marks.push('quarantined');
  const says = isScenario ? `${stateWords[stateOf(node)]}${node.flaky ? ', flaky' : ''}` : statusWords[resultOf(node)];
  const path = node.name.lastIndexOf('/');
  return {
    key, label: node.kind === 'BEHAVIORAL_SPEC' && path > 0 ? node.name.slice(path + 1) : isScenario && node.quarantined ? struck(node.name) : node.name, shape: node.kind === 'SCENARIO' ? 'box' : node.kind === 'TEST_RUN' ? 'pill' : 'leaf',
    tone: statusTone[resultOf(node)], x: node.x ?? 0, y: node.y ?? 0, width: WIDTH_PX, height: HEIGHT_PX, marks, ...(became === undefined ? {} : { badge: signs[became] }),
    description: `${kindNames[node.kind]} ${node.name}: ${says}${became === undefined ? '' : `, ${became}`}`,
  };
}

function drawEdge(edge: BehaviourNodes['edges'][number], difference: Difference | null): CanvasEdge {
  const kinds = [edge.sourceKind as NodeKind, edge.targetKind as NodeKind] as const;
  const from = nodeKey(kinds[0], edge.sourceNodeId), to = nodeKey(kinds[1], edge.targetNodeId);
  const became = difference?.links.get(linkKey(edge.kind, kinds[0], edge.sourceNodeId, kinds[1], edge.targetNodeId));
  const marks: GraphMark[] = [...(edge.inferred ? ['inferred' as const] : []), ...(became === undefined ? [] : [became])];
  // A scenario belongs to its feature, which stands left of it.
  return edge.kind === 'BELONGS_TO' ? { id: `${edge.kind} ${from} ${to}`, source: to, target: from, arrow: false, marks } : { id: `${edge.kind} ${from} ${to}`, source: from, target: to, marks };
}

/** `before` is the answer at the other moment of a comparison; what is gone since is drawn where it stood. */
export function drawBehaviour(graph: BehaviourNodes | null, difference: Difference | null, before: BehaviourNodes | null): Drawing {
  const nodes = (graph?.nodes ?? []).map((node) => drawNode(node, difference));
  const there = new Set(nodes.map((node) => node.key));
  const gone = (before?.nodes ?? []).map((node) => drawNode(node, difference)).filter((node) => node.marks?.includes('removed') === true && !there.has(node.key));
  const edges = (graph?.edges ?? []).map((edge) => drawEdge(edge, difference));
  const lost = (before?.edges ?? []).map((edge) => drawEdge(edge, difference)).filter((edge) => edge.marks?.includes('removed') === true);
  return { nodes: [...nodes, ...gone], edges: [...edges, ...lost.filter((edge) => !edges.some((one) => one.id === edge.id))] };
}
