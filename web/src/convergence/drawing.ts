/* The stars as a drawing. A leg that does not hold says so three times: by the colour of its end, by a sign and a word in the end's box, and under
 * the star. A leg without anything at its end ends in a dashed box that says what is missing. */
import type { StarLegKind } from '../../generated/graphql';
import type { CanvasEdge, CanvasNode, Drawing, GraphMark, GraphTone } from '../graph/model';
import { kindNames } from '../parts/kinds';
import type { NodeKey } from '../state/selection';
import { type Difference, linkKey, signs } from '../time/difference';
import { arrange, type Cell, ENDS_MOST, HEIGHT_PX, rung, STAR_PX, WIDTH_PX } from './arrange';
import { confidenceText, confidenceTone, type CrossLink, type DrawnStar, type End, type Leg, legOf, legWords, type Sky, stateSigns, stateTones, stateWords, titleOf } from './model';
import { type Narrowing, starMatches } from './view';

interface Shown {
  readonly sky: Sky;
  readonly latest: Sky | null; // as it is now, where another moment is looked at: what stands where
  readonly view: Narrowing;
  readonly difference: Difference | null;
}

const missingWords: Record<StarLegKind, string> = { LOCK: 'No task locked it', BEHAVIOUR: 'No scenario validates it', MODULE: 'No module implements it' };
export const describeLeg = (leg: Leg) => `${legWords[leg.leg]} ${stateWords[leg.state]}: ${leg.sentence}`;

const shorter = (name: string) => (name.includes('/') ? name.split('/').slice(-2).join('/') : name);

const failingIn = (end: End) => end.members.filter((one) => one.status === 'FAILED').length;
function countOf(end: End): string | null {
  if (end.kind !== 'BEHAVIORAL_SPEC') return null;
  const failing = failingIn(end);
  return failing > 0 ? `${failing} of ${end.members.length} failing` : `${end.members.length} ${end.members.length === 1 ? 'scenario' : 'scenarios'}`;
}

/** The line under an end's name: what is wrong with its leg, how many it stands for, how sure the link is. */
function badgeOf(end: End, leg: Leg | undefined): string | undefined {
  const state = leg === undefined || leg.state === 'OK' || leg.state === 'FAILING' ? null : `${stateSigns[leg.state]} ${stateWords[leg.state]}`;
  return [failingIn(end) > 0 ? `${stateSigns.FAILING} ${countOf(end) ?? 'failing'}` : countOf(end), state, end.confidence === null ? null : confidenceText(end.confidence)].filter((one) => one !== null).join(' · ') || undefined;
}

function marked(key: string, muted: boolean, difference: Difference | null): readonly GraphMark[] {
  const became = difference?.nodes.get(key as NodeKey);
  return [...(muted ? ['muted' as const] : []), ...(became === undefined ? [] : [became])];
}

/** "✕ failing: behaviour · ∅ missing: module". */
function whatIsWrong({ legs }: DrawnStar['star']): string {
  const states = [...new Set(legs.map((one) => one.state))].filter((state) => state !== 'OK');
  return states.map((state) => `${stateSigns[state]}\u00a0${stateWords[state]}: ${legs.filter((one) => one.state === state).map((one) => legWords[one.leg].toLowerCase()).join(', ')}`).join(' · ');
}

function drawStar({ star, key, tone }: DrawnStar, cell: Cell, muted: boolean, difference: Difference | null): CanvasNode {
  const became = difference?.nodes.get(key as NodeKey), title = titleOf(star);
  return {
    key, label: became === undefined ? title : `${signs[became]} ${title}`, shape: 'star', tone, x: cell.x, y: cell.y - STAR_PX / 4, width: STAR_PX, height: STAR_PX,
    badge: star.aligned ? 'aligned' : whatIsWrong(star),
    marks: marked(key, muted, difference), description: `Contract ${title}: ${star.aligned ? 'aligned' : 'not aligned'}. ${star.legs.map(describeLeg).join(' ')}`,
  };
}

function drawEnd(end: End, leg: Leg | undefined, x: number, y: number, muted: boolean, difference: Difference | null): CanvasNode {
  const badge = badgeOf(end, leg), count = countOf(end), became = difference?.nodes.get(end.key), label = shorter(end.name);
  return {
    key: end.key, label: became === undefined ? label : `${signs[became]} ${label}`, shape: end.kind === 'BEHAVIORAL_SPEC' || end.kind === 'SCENARIO' ? 'pill' : 'box', tone: end.tone, bare: end.tone === 'idle',
    x, y, width: WIDTH_PX, height: HEIGHT_PX, ...(badge === undefined ? {} : { badge }), marks: marked(end.key, muted, difference),
    description: `${kindNames[end.kind]} ${end.name}${count === null ? '' : `, ${count}`}${end.confidence === null ? '' : `, confidence ${confidenceText(end.confidence)}`}`,
  };
}

/** The line's colour is how sure the link is; the number stands in the end's box, as lines that meet at a star have no room for words. A leg that does not hold is bold. */
function drawLine(star: DrawnStar, end: End, leg: Leg | undefined, muted: boolean, difference: Difference | null): CanvasEdge {
  const left = star.tasks.includes(end), holds = leg === undefined || leg.state === 'OK';
  const became = end.links.map((link) => difference?.links.get(keyOfLink(link))).find((one) => one !== undefined);
  return {
    id: `leg ${star.star.starId} ${end.key}`, source: left ? end.key : star.key, target: left ? star.key : end.key, arrow: false, tone: end.confidence === null ? 'plain' : confidenceTone(end.confidence),
    ...(holds ? {} : { weight: 2 }),
    marks: [...(end.links.some((one) => one.inferred) ? ['inferred' as const] : []), ...(muted ? ['muted' as const] : []), ...(became === undefined ? [] : [became])],
  };
}

export const keyOfLink = (link: CrossLink) => linkKey(link.kind, link.sourceKind, link.sourceNodeId, link.targetKind, link.targetNodeId);

export const gapKey = (leg: StarLegKind, starId: string) => `group:gap ${leg} ${starId}` as const;

/** A box for what is not there, or for more than there is room for. */
function stub(star: DrawnStar, leg: StarLegKind, label: string, x: number, y: number, tone: GraphTone, muted: boolean): { node: CanvasNode; edge: CanvasEdge } {
  const key = gapKey(leg, star.star.starId), state = legOf(star.star, leg)?.state ?? 'OK';
  const node: CanvasNode = { key, label, ...(state === 'OK' ? {} : { badge: `${stateSigns[state]} ${stateWords[state]}` }), shape: 'box', tone, bare: true, x, y, width: WIDTH_PX, height: HEIGHT_PX, marks: ['gap', ...(muted ? ['muted' as const] : [])], description: `${titleOf(star.star)}: ${label}` };
  const [source, target] = leg === 'LOCK' ? [key, star.key] : [star.key, key];
  return { node, edge: { id: `leg ${key}`, source, target, arrow: false, tone, marks: ['suppressed', ...(muted ? ['muted' as const] : [])] } };
}

interface Column { readonly leg: StarLegKind; readonly ends: readonly End[]; readonly x: number }

function drawColumns(star: DrawnStar, columns: readonly Column[], middle: number, muted: boolean, difference: Difference | null): Drawing {
  const nodes: CanvasNode[] = [], edges: CanvasEdge[] = [];
  const count = columns.reduce((sum, one) => sum + Math.max(1, Math.min(ENDS_MOST, one.ends.length)), 0);
  let at = 0;
  for (const { leg, ends, x } of columns) {
    const own = legOf(star.star, leg), more = ends.length > ENDS_MOST, drawn = more ? ends.slice(0, ENDS_MOST - 1) : ends;
    for (const end of drawn) {
      const held = leg === 'LOCK' && own?.nodes.every((one) => one.nodeId !== end.members[0]?.nodeId) === true ? undefined : own; // a task that implements it, but is not the one that locks
      nodes.push(drawEnd(end, held, x, rung(middle, at++, count), muted, difference));
      edges.push(drawLine(star, end, held, muted, difference));
    }
    if (drawn.length > 0 && !more) continue;
    const made = stub(star, leg, more ? `${ends.length - drawn.length} more` : missingWords[leg], x, rung(middle, at++, count), more ? 'idle' : stateTones[own?.state ?? 'MISSING'], muted);
    nodes.push(made.node);
    edges.push(made.edge);
  }
  return { nodes, edges };
}

/** A node that belongs to several stars stands at the first; the others' lines lead there. */
export function drawStars({ sky, latest, view, difference }: Shown): Drawing {
  const cells = arrange(sky.stars, latest?.stars ?? []);
  const nodes = new Map<string, CanvasNode>(), edges: CanvasEdge[] = [];
  for (const star of sky.stars) {
    const cell = cells.get(star.star.starId), muted = !starMatches(star, view);
    if (cell === undefined) continue;
    const left = drawColumns(star, [{ leg: 'LOCK', ends: star.tasks, x: cell.left }], cell.y, muted, difference);
    const right = drawColumns(star, [{ leg: 'BEHAVIOUR', ends: star.features, x: cell.right }, { leg: 'MODULE', ends: star.modules, x: cell.right }], cell.y, muted, difference);
    for (const node of [drawStar(star, cell, muted, difference), ...left.nodes, ...right.nodes]) {
      const known = nodes.get(node.key);
      if (known === undefined || (known.marks?.includes('muted') === true && !muted)) nodes.set(node.key, known === undefined ? node : { ...node, x: known.x, y: known.y });
    }
    edges.push(...left.edges, ...right.edges);
  }
  return { nodes: [...nodes.values()], edges };
}
