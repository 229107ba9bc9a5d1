/* The behaviour stream as rows: features with their scenarios, narrowed, sorted and unfolded. Pure functions of the answer, so that ten thousand
 * scenarios are worked through in some milliseconds and the list draws only what is seen.
 *
 * A scenario is in exactly one state, the first of these that holds: quarantined (it is kept out of the pass rate, whatever it does), failed, flaky
 * (both outcomes on one commit; the last one was not FAILED), then its last outcome, or not run. Roll-ups count these states, so a bar is whole. */
import type { BehaviourQuery } from '../../generated/graphql';
import { type NodeKey, nodeKey } from '../state/selection';
import type { Became } from '../time/difference';

export type BehaviourGraph = NonNullable<BehaviourQuery['getBDVGraph']>;
export type Scenario = BehaviourGraph['scenarios'][number];
export type ScenarioState = 'failed' | 'flaky' | 'quarantined' | 'notRun' | 'skipped' | 'passed';
export type Counts = Readonly<Record<ScenarioState, number>>;

/** The worst first. */
export const states: readonly ScenarioState[] = ['failed', 'flaky', 'quarantined', 'notRun', 'skipped', 'passed'];
export const stateWords: Record<ScenarioState, string> = { failed: 'failed', flaky: 'flaky', quarantined: 'quarantined', notRun: 'not run', skipped: 'skipped', passed: 'passed' };

export function stateOf(scenario: Pick<Scenario, 'outcome' | 'flaky' | 'quarantined'>): ScenarioState {
  if (scenario.quarantined) return 'quarantined';
  if (scenario.outcome === 'FAILED') return 'failed';
  if (scenario.flaky) return 'flaky';
  return scenario.outcome === 'PASSED' ? 'passed' : scenario.outcome === 'SKIPPED' ? 'skipped' : 'notRun';
}

export interface Leaf {
  readonly key: NodeKey;
  readonly scenario: Scenario;
  readonly state: ScenarioState;
  readonly text: string; // what a search looks through, in small letters
  readonly became: Became | undefined;
}

export interface Branch {
  readonly key: NodeKey | 'orphans';
  readonly nodeId: string | null; // null: those without a feature
  readonly name: string;
  readonly leaves: readonly Leaf[];
  readonly counts: Counts;
  readonly became: Became | undefined;
}

type Changes = ReadonlyMap<string, Became>;
const noChanges: Changes = new Map();
export const ORPHANS = 'Without a feature';

export function countStates(leaves: readonly Leaf[]): Counts {
  const counts = { failed: 0, flaky: 0, quarantined: 0, notRun: 0, skipped: 0, passed: 0 };
  for (const leaf of leaves) if (leaf.became !== 'removed') counts[leaf.state]++;
  return counts;
}

function leafOf(scenario: Scenario, feature: string, changes: Changes): Leaf {
  const key = nodeKey('SCENARIO', scenario.nodeId);
  const text = [scenario.name, scenario.nodeId, feature, scenario.errorMessage ?? '', ...scenario.tags].join('\n').toLowerCase();
  return { key, scenario, state: stateOf(scenario), text, became: changes.get(key) };
}

/** `before` is the answer at the other moment of a comparison: what it has and `graph` has not was removed, and is shown as that. */
export function branchesOf(graph: BehaviourGraph | null | undefined, changes: Changes = noChanges, before?: BehaviourGraph | null): readonly Branch[] {
  const names = new Map<string | null, string>([[null, ORPHANS]]);
  for (const feature of [...(before?.features ?? []), ...(graph?.features ?? [])]) names.set(feature.nodeId, feature.name);
  const leaves = new Map<string | null, Leaf[]>([...names.keys()].map((nodeId) => [nodeId, []]));
  const there = new Set<string>();
  const put = (scenario: Scenario, which: Changes) => {
    const feature = scenario.feature?.nodeId ?? null;
    there.add(scenario.nodeId);
    leaves.get(feature)?.push(leafOf(scenario, names.get(feature) ?? '', which));
  };
  for (const scenario of graph?.scenarios ?? []) put(scenario, changes);
  for (const scenario of before?.scenarios ?? []) {
    const key = nodeKey('SCENARIO', scenario.nodeId);
    if (!there.has(scenario.nodeId) && changes.get(key) === 'removed') put(scenario, changes);
  }
  const present = new Set(graph?.features.map((one) => one.nodeId));
  return [...leaves].flatMap(([nodeId, own]): Branch[] => {
    const key = nodeId === null ? 'orphans' as const : nodeKey('BEHAVIORAL_SPEC', nodeId);
    const gone = nodeId !== null && !present.has(nodeId);
    if (own.length === 0 && (nodeId === null || (gone && changes.get(key) !== 'removed'))) return [];
    return [{ key, nodeId, name: names.get(nodeId) ?? '', leaves: own, counts: countStates(own), became: nodeId === null ? undefined : changes.get(key) }];
  });
}

/* ---- narrowing and sorting ---- */

export type SortName = 'worst' | 'name' | 'slowest' | 'flakiest';
export const sortWords: Record<SortName, string> = { worst: 'Failing first', name: 'Name', slowest: 'Slowest first', flakiest: 'Flakiest first' };

export interface Narrowing {
  readonly state: ScenarioState | 'running' | null; // 'flaky' means all that are flaky, whatever state they are in
  readonly tag: string;
  readonly words: readonly string[]; // in small letters; all must be there
  readonly keys: ReadonlySet<NodeKey> | null; // only these
}

export const isNarrow = ({ state, tag, words, keys }: Narrowing) => state !== null || tag !== '' || words.length > 0 || keys !== null;

export function matches(leaf: Leaf, { state, tag, words, keys }: Narrowing): boolean {
  const { scenario } = leaf;
  const inState = state === null || (state === 'running' ? scenario.running : state === 'flaky' ? scenario.flaky : leaf.state === state);
  return inState && (tag === '' || scenario.tags.includes(tag)) && (keys === null || keys.has(leaf.key)) && words.every((word) => leaf.text.includes(word));
}

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });
const rank = new Map(states.map((state, index) => [state, index]));

const leafOrder: Record<SortName, (a: Leaf, b: Leaf) => number> = {
  worst: (a, b) => (rank.get(a.state) ?? 0) - (rank.get(b.state) ?? 0),
  name: () => 0,
  slowest: (a, b) => (b.scenario.durationMs ?? -1) - (a.scenario.durationMs ?? -1),
  flakiest: (a, b) => (b.scenario.flakeRate ?? -1) - (a.scenario.flakeRate ?? -1),
};

const most = (leaves: readonly Leaf[], of: (scenario: Scenario) => number | null) => leaves.reduce((value, { scenario }) => Math.max(value, of(scenario) ?? -1), -1);

function branchWeight(sort: SortName, branch: Branch): readonly number[] {
  switch (sort) {
    case 'worst': return [branch.counts.failed, branch.counts.flaky, branch.counts.quarantined];
    case 'slowest': return [most(branch.leaves, (one) => one.durationMs)];
    case 'flakiest': return [most(branch.leaves, (one) => one.flakeRate)];
    case 'name': return [];
  }
}

export interface Narrowed {
  readonly branch: Branch;
  readonly leaves: readonly Leaf[]; // those that match, sorted
}

/** Branches with what matches in them, sorted. A feature without scenarios is shown as long as nothing is narrowed. */
export function narrow(branches: readonly Branch[], by: Narrowing, sort: SortName): readonly Narrowed[] {
  const narrowed = isNarrow(by);
  const found = branches.flatMap((branch) => {
    const leaves = narrowed ? branch.leaves.filter((leaf) => matches(leaf, by)) : [...branch.leaves];
    if (leaves.length === 0 && narrowed) return [];
    return [{ branch, weight: branchWeight(sort, branch), leaves }];
  });
  found.sort((a, b) => {
    for (const [i, weight] of a.weight.entries()) { const other = b.weight[i] ?? 0; if (weight !== other) return other - weight; }
    return collator.compare(a.branch.name, b.branch.name);
  });
  return found;
}

/* ---- rows ---- */

export type Row =
  | { readonly type: 'feature'; readonly key: string; readonly branch: Branch; readonly shown: number; readonly open: boolean; readonly position: number; readonly size: number }
  | { readonly type: 'scenario'; readonly key: string; readonly branch: Branch; readonly leaf: Leaf; readonly position: number; readonly size: number };

/** Only what is unfolded is sorted: the rest is not seen. */
export function rowsOf(narrowed: readonly Narrowed[], isOpen: (branch: Branch) => boolean, sort: SortName): readonly Row[] {
  const rows: Row[] = [];
  for (const [at, { branch, leaves }] of narrowed.entries()) {
    const open = isOpen(branch);
    rows.push({ type: 'feature', key: branch.key, branch, shown: leaves.length, open, position: at + 1, size: narrowed.length });
    if (!open) continue;
    const order = leafOrder[sort];
    const sorted = [...leaves].sort((a, b) => order(a, b) || collator.compare(a.scenario.name, b.scenario.name));
    for (const [i, leaf] of sorted.entries()) rows.push({ type: 'scenario', key: leaf.key, branch, leaf, position: i + 1, size: sorted.length });
  }
  return rows;
}

export function tagsOf(graph: BehaviourGraph | null | undefined): readonly (readonly [string, number])[] {
  const tags = new Map<string, number>();
  for (const scenario of graph?.scenarios ?? []) for (const tag of scenario.tags) tags.set(tag, (tags.get(tag) ?? 0) + 1);
  return [...tags].sort(([a], [b]) => collator.compare(a, b));
}

export function totalOf(branches: readonly Branch[]): Counts {
  const total = { failed: 0, flaky: 0, quarantined: 0, notRun: 0, skipped: 0, passed: 0 };
  for (const { counts } of branches) for (const state of states) total[state] += counts[state];
  return total;
}
