/* All nodes as the server places them, and the links that hold the streams together in the colours of how sure they are. Of what a stream says of itself
 * only what a task generates is drawn, faint: it is a step of the spine. Tasks that wait for tasks and modules that import modules have lenses of their own. */
import type { CanvasEdge, CanvasNode, Drawing, GraphMark, NodeShape } from '../graph/model';
import { statusTone, statusWords } from '../graph/model';
import { kindNames } from '../parts/kinds';
import { type NodeKey, nodeKey } from '../state/selection';
import { type Difference, signs } from '../time/difference';
import { keyOfLink } from './drawing';
import { confidenceText, confidenceTone, type Convergence, crosses, type CrossLink, endsOf, type Sky, sourceOf, targetOf } from './model';
import { type Narrowing, starMatches } from './view';

const WIDTH_PX = 196, HEIGHT_PX = 52, STAR_PX = 46;
const shapes: Partial<Record<Convergence['nodes'][number]['kind'], NodeShape>> = { INTERFACE_CONTRACT: 'star', REQUIREMENT: 'hexagon', ARTIFACT: 'leaf', QUALITY_GATE: 'octagon', BEHAVIORAL_SPEC: 'pill', SCENARIO: 'pill' };

/** What is left: the node itself by its name, and everything of a star that is left. null: all. */
function leftOf(sky: Sky, view: Narrowing): ReadonlySet<NodeKey> | null {
  if (view.text === '' && !view.apart) return null;
  const stars = sky.stars.filter((one) => starMatches(one, view));
  const left = new Set(stars.flatMap((one) => [one.key as NodeKey, ...endsOf(one).flatMap((end) => [end.key, ...end.members.map((node) => nodeKey(node.kind, node.nodeId))])]));
  if (view.text !== '' && !view.apart) for (const [key, name] of sky.names) if (name.toLowerCase().includes(view.text)) left.add(key);
  return left;
}

function drawNode(node: Convergence['nodes'][number], left: ReadonlySet<NodeKey> | null, tone: CanvasNode['tone'], difference: Difference | null): CanvasNode {
  const key = nodeKey(node.kind, node.nodeId), became = difference?.nodes.get(key), shape = shapes[node.kind] ?? 'box';
  const marks: GraphMark[] = [...(left !== null && !left.has(key) ? ['muted' as const] : []), ...(became === undefined ? [] : [became])];
  const small = shape === 'star' || shape === 'hexagon' || shape === 'octagon', label = node.name.includes('/') ? node.name.split('/').slice(-2).join('/') : node.name;
  return {
    key, label: became === undefined ? label : `${signs[became]} ${label}`, shape, tone, bare: tone === 'idle', y: node.y ?? 0, marks,
    ...(small ? { x: (node.x ?? 0) - (WIDTH_PX - STAR_PX) / 2, width: STAR_PX, height: STAR_PX, side: WIDTH_PX - STAR_PX } : { x: node.x ?? 0, width: WIDTH_PX, height: HEIGHT_PX }),
    description: `${kindNames[node.kind]} ${node.name}: ${statusWords[node.status]}`,
  };
}

function drawLink(link: CrossLink, left: ReadonlySet<NodeKey> | null, difference: Difference | null): CanvasEdge {
  const source = sourceOf(link), target = targetOf(link), across = crosses(link), became = difference?.links.get(keyOfLink(link));
  const muted = left !== null && !(left.has(source) && left.has(target));
  const marks: GraphMark[] = link.inferred ? ['inferred'] : [];
  if (muted) marks.push('muted'); else if (!across) marks.push('calm');
  if (became !== undefined) marks.push(became);
  const sure = confidenceText(link.confidence);
  return { id: keyOfLink(link), source, target, tone: across ? confidenceTone(link.confidence) : 'plain', marks, ...(across && link.confidence < 0.9 ? { label: link.denied ? 'denied' : sure } : {}) };
}

export function drawCross(sky: Sky, view: Narrowing, difference: Difference | null): Drawing {
  const left = leftOf(sky, view), tones = new Map(sky.stars.map((one) => [one.key as string, one.tone]));
  return {
    nodes: sky.view.nodes.map((node) => drawNode(node, left, tones.get(nodeKey(node.kind, node.nodeId)) ?? statusTone[node.status], difference)),
    edges: sky.view.edges.filter((one) => !one.denied && (crosses(one) || one.kind === 'GENERATES')).map((link) => drawLink(link, left, difference)),
  };
}
