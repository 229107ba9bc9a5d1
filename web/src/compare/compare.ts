/* What two iterations have in common and where they differ. Pure: two verdicts in, one table out. Differences are right minus left. */
import type { CompareCoverageQuery, Metric, VerdictPartsFragment } from '../../generated/graphql';

export type Condition = VerdictPartsFragment['conditions'][number];
export type Issue = VerdictPartsFragment['issues'][number];
export type Requirement = NonNullable<CompareCoverageQuery['getCoverageRollup']>['nodes'][number];

export type Turn = 'better' | 'worse' | 'same' | 'unknown';

export interface ConditionPair {
  readonly metric: Metric;
  readonly left: Condition | null;
  readonly right: Condition | null;
  readonly difference: number | null; // null: one side has no value
  readonly turn: Turn;
}

/** How far a value is from holding; the smaller the better. Whether more or less is better follows from the operator. */
function distance({ operator, threshold, value }: Condition): number {
  const at = value ?? 0;
  switch (operator) {
    case 'AT_LEAST': case 'ABOVE': return -at;
    case 'AT_MOST': case 'BELOW': return at;
    case 'EQUAL': return Math.abs(at - threshold);
  }
}

export function pairConditions(left: readonly Condition[], right: readonly Condition[]): readonly ConditionPair[] {
  const metrics = [...new Set([...left, ...right].map((one) => one.metric))];
  return metrics.map((metric) => {
    const a = left.find((one) => one.metric === metric) ?? null, b = right.find((one) => one.metric === metric) ?? null;
    if (a?.value == null || b?.value == null) return { metric, left: a, right: b, difference: null, turn: 'unknown' };
    const moved = distance(b) - distance(a);
    return { metric, left: a, right: b, difference: b.value - a.value, turn: Math.abs(moved) < 1e-12 ? 'same' : moved < 0 ? 'better' : 'worse' };
  });
}

/** An issue is the same where the same node fails the same condition. */
const issueKey = ({ metric, openRun, kind, nodeId }: Issue) => `${metric ?? (openRun ? 'open' : '')} ${kind ?? ''} ${nodeId}`;

export function splitIssues(left: readonly Issue[], right: readonly Issue[]) {
  const inLeft = new Set(left.map(issueKey)), inRight = new Set(right.map(issueKey));
  return {
    onlyLeft: left.filter((one) => !inRight.has(issueKey(one))),
    both: right.filter((one) => inLeft.has(issueKey(one))),
    onlyRight: right.filter((one) => !inLeft.has(issueKey(one))),
  };
}

export interface RequirementPair {
  readonly nodeId: string;
  readonly name: string;
  readonly left: Requirement | null;
  readonly right: Requirement | null;
  readonly turn: Turn;
}

/** Better: fewer fail; else more pass. One that is on one side only is not known to be better or worse. */
export function pairRequirements(left: readonly Requirement[], right: readonly Requirement[]): readonly RequirementPair[] {
  const ids = [...new Set([...left, ...right].map((one) => one.nodeId))].sort();
  return ids.map((nodeId) => {
    const a = left.find((one) => one.nodeId === nodeId) ?? null, b = right.find((one) => one.nodeId === nodeId) ?? null;
    const name = b?.name ?? a?.name ?? nodeId;
    if (a === null || b === null) return { nodeId, name, left: a, right: b, turn: 'unknown' };
    const failing = b.failing - a.failing, passing = b.passing - a.passing;
    const turn = failing === 0 && passing === 0 ? 'same' : failing < 0 || (failing === 0 && passing > 0) ? 'better' : 'worse';
    return { nodeId, name, left: a, right: b, turn };
  });
}
