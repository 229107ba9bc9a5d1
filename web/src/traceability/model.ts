/* The spine as this lens shares it: its levels, in which of them it may be empty, and what of a requirement's spine is missing. Plain data. */
import type { LinkKind, NodeKind, SpineQuery, TraceLevelKind, TraceMatrixQuery } from '../../generated/graphql';
import { nodeKey, type NodeKey } from '../state/selection';
import type { Tone } from '../parts/words';

export type Spine = NonNullable<SpineQuery['trace']>;
export type SpineNode = Spine['levels'][number]['nodes'][number];
export type SpineLink = Spine['links'][number];
export type SpineGap = Spine['gaps'][number];
export type RequirementRow = NonNullable<TraceMatrixQuery['nodes']>['nodes'][number];

export interface Level {
  readonly level: TraceLevelKind;
  readonly title: string;
  readonly one: string; // in a sentence
  readonly needed: boolean; // a spine without any is not complete
}

export const levels: readonly Level[] = [
  { level: 'REQUIREMENT', title: 'Requirement', one: 'requirement', needed: true },
  { level: 'SPEC', title: 'Feature', one: 'feature', needed: true },
  { level: 'SCENARIO', title: 'Scenario', one: 'scenario', needed: false },
  { level: 'CONTRACT', title: 'Contract', one: 'contract', needed: false },
  { level: 'TASK', title: 'Task', one: 'task', needed: true },
  { level: 'ARTIFACT', title: 'Artifact', one: 'artifact', needed: true },
  { level: 'MODULE', title: 'Module', one: 'module', needed: true },
  { level: 'COMPONENT', title: 'Component', one: 'component', needed: true },
];

export const keyOf = (node: { readonly kind: NodeKind; readonly nodeId: string }): NodeKey => nodeKey(node.kind, node.nodeId);
export const sourceOf = (link: SpineLink): NodeKey => nodeKey(link.sourceKind, link.sourceNodeId);
export const targetOf = (link: SpineLink): NodeKey => nodeKey(link.targetKind, link.targetNodeId);

/** 1.00 and 0.8 would be two widths; two digits always. */
export const confidenceText = (confidence: number) => confidence.toFixed(2);

export const toneOfRow = ({ trace }: RequirementRow): Tone => (!trace.complete ? 'bad' : trace.gaps.length > 0 ? 'wait' : 'good');

export const countOf = ({ trace }: RequirementRow, level: TraceLevelKind) => trace.levels.find((one) => one.level === level)?.count ?? 0;
export const gapsAt = ({ trace }: RequirementRow, level: TraceLevelKind) => trace.gaps.filter((gap) => gap.missing === level);

const gapWords = (count: number) => (count === 1 ? '1 open end' : `${count} open ends`);

export function stateOfRow(row: RequirementRow): string {
  const { complete, gaps } = row.trace;
  if (complete) return gaps.length === 0 ? 'complete' : `complete, ${gapWords(gaps.length)}`;
  const empty = levels.filter(({ level, needed }) => needed && countOf(row, level) === 0).map(({ one }) => one);
  return `no ${empty[0] ?? 'link'}${empty.length > 1 ? ` and ${empty.length - 1} more` : ''}`;
}

const rank: Record<Tone, number> = { bad: 0, wait: 1, good: 2 };
const collator = new Intl.Collator('en', { numeric: true });

/** What is broken comes first, the most broken before the rest. */
export function sortedRows(rows: readonly RequirementRow[]): readonly RequirementRow[] {
  const reached = (row: RequirementRow) => levels.filter(({ level }) => countOf(row, level) > 0).length;
  return [...rows].sort((a, b) => rank[toneOfRow(a)] - rank[toneOfRow(b)] || reached(a) - reached(b) || collator.compare(a.nodeId, b.nodeId));
}

export interface Totals {
  readonly all: number;
  readonly complete: number;
  readonly validated: number;
  readonly fulfilled: number;
  readonly weakest: number | null;
}

export function totalsOf(rows: readonly RequirementRow[]): Totals {
  const having = (level: TraceLevelKind) => rows.filter((row) => countOf(row, level) > 0).length;
  const sure = rows.flatMap(({ trace }) => (trace.confidence === null ? [] : [trace.confidence]));
  return { all: rows.length, complete: rows.filter(({ trace }) => trace.complete).length, validated: having('SCENARIO'), fulfilled: having('TASK'), weakest: sure.length === 0 ? null : Math.min(...sure) };
}

/** The link that would close a gap: what leads from a node of this kind to the level that is missing. */
const closing: Partial<Record<NodeKind, Partial<Record<TraceLevelKind, LinkKind>>>> = {
  REQUIREMENT: { SCENARIO: 'VALIDATED_BY', TASK: 'FULFILLED_BY' },
  BEHAVIORAL_SPEC: { SCENARIO: 'BELONGS_TO' },
  SCENARIO: { REQUIREMENT: 'VALIDATED_BY' },
  INTERFACE_CONTRACT: { TASK: 'IMPLEMENTS', SCENARIO: 'VALIDATES' },
  TASK: { REQUIREMENT: 'FULFILLED_BY', ARTIFACT: 'GENERATES' },
  ARTIFACT: { TASK: 'GENERATES', MODULE: 'CONTAINS' },
  CODE_MODULE: { ARTIFACT: 'CONTAINS', COMPONENT: 'BELONGS_TO' },
  ARCHITECTURE_COMPONENT: { MODULE: 'BELONGS_TO' },
};

export const closes = (kind: NodeKind, missing: TraceLevelKind): LinkKind | null => closing[kind]?.[missing] ?? null;

const LABEL_MOST = 24;

/** The end of a path tells more than its beginning. */
export function labelOf(name: string): string {
  if (name.length <= LABEL_MOST || !name.includes('/') || name.includes(' ')) return name;
  const parts = name.split('/'), two = parts.slice(-2).join('/');
  return `…/${two.length <= LABEL_MOST ? two : parts.at(-1) ?? ''}`;
}
