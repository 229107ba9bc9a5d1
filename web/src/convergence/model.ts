/* The lens's answer, indexed once: the stars with the nodes at the end of each leg, the links that carry them and how sure those are.
 *
 * Scenarios of one feature are one node at the end of a leg, with how many they are: what a contract is validated by is a feature, and fifty
 * lines to fifty scenarios say no more. No link leads from a contract to a module: the module stands at the end of the chain contract ← task →
 * artifact → module, so its line is as sure as the least sure link of the surest chain. */
import type { ConvergenceQuery, NodeKind, StarLegKind, StarState } from '../../generated/graphql';
import { type GraphTone, statusTone } from '../graph/model';
import { type NodeKey, nodeKey } from '../state/selection';

export type Convergence = NonNullable<ConvergenceQuery['getConvergenceView']>;
export type Star = Convergence['stars'][number];
export type Leg = Star['legs'][number];
export type CrossLink = Convergence['edges'][number];
type LegNode = Leg['nodes'][number];

export const legWords: Record<StarLegKind, string> = { LOCK: 'Lock', BEHAVIOUR: 'Behaviour', MODULE: 'Module' };
export const stateWords: Record<StarState, string> = { OK: 'holds', MISSING: 'missing', STALE: 'stale', FAILING: 'failing', OTHER_VERSION: 'other version' };
/** The sign of each, where no picture can stand; parts/StarState.tsx draws the same. */
export const stateSigns: Record<StarState, string> = { OK: '✓', MISSING: '∅', STALE: '↺', FAILING: '✕', OTHER_VERSION: '≠' };
export const stateTones: Record<StarState, 'good' | 'bad' | 'wait'> = { OK: 'good', MISSING: 'bad', STALE: 'wait', FAILING: 'bad', OTHER_VERSION: 'wait' };

/** At the end of a leg: a node, or several that are told as one. */
export interface End {
  readonly key: NodeKey;
  readonly kind: NodeKind;
  readonly name: string;
  readonly tone: GraphTone;
  readonly members: readonly LegNode[];
  readonly links: readonly CrossLink[]; // that carry it; of a module the chain
  readonly confidence: number | null; // null: no link is known
}

export interface DrawnStar {
  readonly star: Star;
  readonly key: NodeKey | `group:${string}`; // the contract's; of one that is only claimed a name of its own
  readonly tone: 'good' | 'bad' | 'wait';
  readonly tasks: readonly End[];
  readonly features: readonly End[];
  readonly modules: readonly End[];
}

export interface Sky {
  readonly view: Convergence;
  readonly stars: readonly DrawnStar[];
  readonly names: ReadonlyMap<NodeKey, string>;
}

export const sourceOf = (link: CrossLink): NodeKey => nodeKey(link.sourceKind, link.sourceNodeId);
export const targetOf = (link: CrossLink): NodeKey => nodeKey(link.targetKind, link.targetNodeId);
export const confidenceTone = (confidence: number): 'good' | 'wait' | 'bad' => (confidence >= 0.9 ? 'good' : confidence >= 0.7 ? 'wait' : 'bad');
export const confidenceText = (confidence: number) => confidence.toFixed(2);
export const titleOf = (star: Star) => (star.contractVersion === null ? star.contractName : `${star.contractName} ${star.contractVersion}`);
export const legOf = (star: Star, leg: StarLegKind): Leg | undefined => star.legs.find((one) => one.leg === leg);
export const endsOf = (star: DrawnStar): readonly End[] => [...star.tasks, ...star.features, ...star.modules];
const least = (links: readonly CrossLink[]) => (links.length === 0 ? null : Math.min(...links.map((one) => one.confidence)));

/** Links by their end; those that a person denied carry nothing. */
class Links {
  private readonly into = new Map<NodeKey, CrossLink[]>();
  constructor(all: readonly CrossLink[]) {
    for (const link of all) {
      if (link.denied) continue;
      const target = targetOf(link), known = this.into.get(target);
      if (known === undefined) this.into.set(target, [link]); else known.push(link);
    }
  }
  to(target: NodeKey, kind: CrossLink['kind']): readonly CrossLink[] {
    return this.into.get(target)?.filter((one) => one.kind === kind) ?? [];
  }
  /** The surest way contract ← task → artifact → module. */
  chain(module: NodeKey, contract: NodeKey): readonly CrossLink[] {
    const byTask = new Map(this.to(contract, 'IMPLEMENTS').map((link) => [sourceOf(link), link]));
    let surest: readonly CrossLink[] = [];
    for (const contains of this.to(module, 'CONTAINS')) {
      for (const generates of this.to(sourceOf(contains), 'GENERATES')) {
        const implementing = byTask.get(sourceOf(generates));
        if (implementing === undefined) continue;
        const chain = [implementing, generates, contains];
        if ((least(chain) ?? 0) > (least(surest) ?? -1)) surest = chain;
      }
    }
    return surest;
  }
}

/** What fails is seen even where it is one of many. */
function toneOf(members: readonly LegNode[]): GraphTone {
  const tones = members.map((one) => statusTone[one.status]);
  return (['bad', 'wait', 'run', 'good'] as const).find((tone) => tones.includes(tone)) ?? 'idle';
}

function featuresOf(nodes: readonly LegNode[], contract: NodeKey | null, links: Links): readonly End[] {
  const byFeature = new Map<NodeKey, LegNode[]>();
  for (const node of nodes) {
    const feature = 'feature' in node ? node.feature : null, key = feature == null ? nodeKey(node.kind, node.nodeId) : nodeKey(feature.kind, feature.nodeId);
    const known = byFeature.get(key);
    if (known === undefined) byFeature.set(key, [node]); else known.push(node);
  }
  return [...byFeature].map(([key, members]) => {
    const first = members[0], feature = first !== undefined && 'feature' in first ? first.feature : null;
    const ids = new Set([...members.map((one) => nodeKey(one.kind, one.nodeId)), key]);
    const carrying = contract === null ? [] : links.to(contract, 'VALIDATES').filter((one) => ids.has(sourceOf(one)));
    return { key, kind: feature?.kind ?? 'SCENARIO', name: feature?.name ?? first?.name ?? '', tone: toneOf(members), members, links: carrying, confidence: least(carrying) };
  });
}

function readStar(star: Star, links: Links, byKey: ReadonlyMap<NodeKey, Convergence['nodes'][number]>): DrawnStar {
  const contract = star.contract == null ? null : nodeKey(star.contract.kind, star.contract.nodeId);
  const lock = legOf(star, 'LOCK')?.nodes ?? [], implementing = contract === null ? [] : links.to(contract, 'IMPLEMENTS');
  const tasks = new Map<NodeKey, LegNode>(lock.map((one) => [nodeKey(one.kind, one.nodeId), one]));
  for (const link of implementing) { const task = byKey.get(sourceOf(link)); if (task !== undefined && !tasks.has(sourceOf(link))) tasks.set(sourceOf(link), task); }
  const single = (node: LegNode, carrying: readonly CrossLink[]): End =>
    ({ key: nodeKey(node.kind, node.nodeId), kind: node.kind, name: node.name, tone: toneOf([node]), members: [node], links: carrying, confidence: least(carrying) });
  const states = star.legs.map((one) => stateTones[one.state]);
  return {
    star, key: contract ?? `group:claimed ${star.starId}`, tone: star.aligned ? 'good' : states.includes('bad') ? 'bad' : 'wait',
    tasks: [...tasks].map(([key, node]) => single(node, implementing.filter((one) => sourceOf(one) === key))),
    features: featuresOf(legOf(star, 'BEHAVIOUR')?.nodes ?? [], contract, links),
    modules: (legOf(star, 'MODULE')?.nodes ?? []).map((node) => single(node, contract === null ? [] : links.chain(nodeKey(node.kind, node.nodeId), contract))),
  };
}

export function skyOf(view: Convergence): Sky {
  const links = new Links(view.edges), byKey = new Map(view.nodes.map((one) => [nodeKey(one.kind, one.nodeId), one]));
  return { view, stars: view.stars.map((star) => readStar(star, links, byKey)), names: new Map(view.nodes.map((one) => [nodeKey(one.kind, one.nodeId), one.name])) };
}

const within = new Set<CrossLink['kind']>(['DEPENDS_ON', 'GENERATES', 'EXECUTED', 'GATED_BY', 'AFFECTS']);
/** Between streams: those that the three are held together by. The others are said by one stream of itself. */
export const crosses = (link: CrossLink) => !within.has(link.kind) && !(link.kind === 'BELONGS_TO' && link.sourceKind === 'SCENARIO');
