/* The architecture of one moment, as the parts of this lens share it: looked up by id, with names short enough to be read in a box,
 * what breaks a rule and what goes round in a circle, and what the filter leaves. Plain data; no part asks the server itself. */
import type { ArchitectureQuery } from '../../generated/graphql';
import { nodeKey, type NodeKey } from '../state/selection';

export type Architecture = NonNullable<ArchitectureQuery['getACCGraph']>;
export type Module = Architecture['modules'][number];
export type Component = Architecture['components'][number];
export type Dependency = Architecture['dependencies'][number];
export type Violation = Architecture['violations'][number];
export type Severity = Violation['severity'];

export const moduleKey = (nodeId: string): NodeKey => nodeKey('CODE_MODULE', nodeId);
export const componentKey = (nodeId: string): NodeKey => nodeKey('ARCHITECTURE_COMPONENT', nodeId);
export const pairKey = (source: string, target: string) => `${source}\n${target}`;

export const severityWords: Record<Severity, string> = { BLOCKING: 'Blocking', WARNING: 'Warning', INFO: 'Info' };
export const severityTone: Record<Severity, 'bad' | 'wait' | 'idle'> = { BLOCKING: 'bad', WARNING: 'wait', INFO: 'idle' };
const severityRank: Record<Severity, number> = { BLOCKING: 0, WARNING: 1, INFO: 2 };

/** Active before suppressed, blocking before the rest, then by rule. */
export const byGravity = (a: Violation, b: Violation) => Number(b.active) - Number(a.active) || severityRank[a.severity] - severityRank[b.severity] || (a.ruleId ?? '').localeCompare(b.ruleId ?? '') || a.nodeId.localeCompare(b.nodeId);

export interface Cycle {
  readonly cycleId: string;
  readonly members: readonly string[];
  readonly dependencies: readonly Dependency[]; // between its members
  readonly weakest: Dependency | null; // the cheapest to break: the first with the least weight, as the verdict's advice has it
}

export interface Structure {
  readonly graph: Architecture;
  readonly modules: ReadonlyMap<string, Module>;
  readonly components: ReadonlyMap<string, Component>;
  readonly membersOf: ReadonlyMap<string, readonly Module[]>; // by component
  readonly shortNames: ReadonlyMap<string, string>; // by module
  readonly componentNames: ReadonlyMap<string, string>; // by component; without the folders that all share
  readonly violationsOf: ReadonlyMap<string, readonly Violation[]>; // by module, the gravest first
  readonly violationsBetween: ReadonlyMap<string, readonly Violation[]>; // by pairKey
  readonly dependencies: ReadonlyMap<string, Dependency>; // by pairKey
  readonly cycles: readonly Cycle[];
  readonly weakest: ReadonlySet<string>; // by pairKey
  readonly troubled: ReadonlySet<string>; // components with an active violation or a member in a cycle
}

const LABEL_MOST = 24;

/** What is left of paths when the folders that all members share, and an ending they share, are taken away. */
export function shortNamesOf(paths: readonly string[], kept = 2): readonly string[] {
  if (paths.length === 0) return []; // nothing is shared by nobody
  const parts = paths.map((path) => path.split('/'));
  const shortest = Math.min(...parts.map((one) => one.length));
  let shared = 0;
  while (shared < shortest - 1 && parts.every((one) => one[shared] === parts[0]?.[shared])) shared += 1;
  if (paths.length === 1) shared = kept === 0 ? 0 : Math.max(0, (parts[0]?.length ?? 1) - kept);
  const endings = new Set(paths.map((path) => /\.[A-Za-z0-9]+$/.exec(path)?.[0] ?? ''));
  const ending = endings.size === 1 ? [...endings][0] ?? '' : '';
  return parts.map((one) => {
    const left = one.slice(shared).join('/');
    const bare = ending !== '' && left.length > ending.length ? left.slice(0, -ending.length) : left;
    const last = bare.split('/').at(-1) ?? bare;
    return bare.length <= LABEL_MOST || last === bare ? bare : `…/${last}`;
  });
}

function grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string | null): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    if (key === null) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]); else group.push(item);
  }
  return groups;
}

function cyclesOf(graph: Architecture): Cycle[] {
  const cycleOf = new Map<string, string>();
  for (const cycle of graph.cycles) for (const member of cycle.members) cycleOf.set(member, cycle.cycleId);
  const within = grouped(graph.dependencies, ({ source, target }) => {
    const cycle = cycleOf.get(source.nodeId);
    return cycle !== undefined && cycle === cycleOf.get(target.nodeId) ? cycle : null;
  });
  return graph.cycles.map(({ cycleId, members }) => {
    const dependencies = within.get(cycleId) ?? [];
    const weakest = dependencies.reduce<Dependency | null>((least, one) => (least === null || one.weight < least.weight ? one : least), null);
    return { cycleId, members, dependencies, weakest };
  });
}

export function structureOf(graph: Architecture): Structure {
  const modules = new Map(graph.modules.map((one) => [one.nodeId, one]));
  const membersOf = grouped(graph.modules, (one) => one.component?.nodeId ?? '');
  const shortNames = new Map([...membersOf.values()].flatMap((members) => shortNamesOf(members.map((one) => one.name)).map((short, index) => [members[index]?.nodeId ?? '', short] as const)));
  const violations = [...graph.violations].sort(byGravity);
  const cycles = cyclesOf(graph);
  const componentOf = (moduleId: string | null | undefined) => (moduleId == null ? undefined : modules.get(moduleId)?.component?.nodeId);
  const troubled = new Set<string>();
  const note = (component: string | undefined) => { if (component !== undefined) troubled.add(component); };
  for (const one of violations) if (one.active) { note(componentOf(one.module?.nodeId)); note(componentOf(one.targetModule)); }
  for (const one of cycles) for (const member of one.members) note(componentOf(member));
  const componentShort = shortNamesOf(graph.components.map((one) => one.name), 0);
  return {
    graph, modules, membersOf, shortNames, cycles, troubled,
    componentNames: new Map(graph.components.map((one, index) => [one.nodeId, componentShort[index] ?? one.name])),
    components: new Map(graph.components.map((one) => [one.nodeId, one])),
    violationsOf: grouped(violations, (one) => one.module?.nodeId ?? null),
    violationsBetween: grouped(violations, (one) => (one.sourceModule != null && one.targetModule != null ? pairKey(one.sourceModule, one.targetModule) : null)),
    dependencies: new Map(graph.dependencies.map((one) => [pairKey(one.source.nodeId, one.target.nodeId), one])),
    weakest: new Set(cycles.flatMap(({ weakest }) => (weakest === null ? [] : [pairKey(weakest.source.nodeId, weakest.target.nodeId)]))),
  };
}

/** "adapters/repository in Delivery": which of several files of one name is meant. */
export function nameInFull(structure: Structure, moduleId: string): string {
  const module = structure.modules.get(moduleId), component = module?.component == null ? undefined : structure.componentNames.get(module.component.nodeId);
  return `${structure.shortNames.get(moduleId) ?? moduleId}${component === undefined ? '' : ` in ${component}`}`;
}
