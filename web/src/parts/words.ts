/* How the words of the schema are said to people, and which tone they have. */
import type { ConditionOperator, EventType, Lens, Metric, StreamStatus, VerdictKind } from '../../generated/graphql';

export type Tone = 'good' | 'bad' | 'wait';

export const verdictNames: Record<VerdictKind, string> = {
  ALL_PASS: 'All pass',
  DESIGN_GAP: 'Design gap',
  ARCHITECTURAL_EROSION: 'Architectural erosion',
  PROCESS_ISSUE: 'Process issue',
  SYSTEMIC_FAILURE: 'Systemic failure',
  COMPOUND_FAILURE: 'Compound failure',
  PENDING: 'Pending',
};

export function verdictTone(verdict: VerdictKind | null): Tone {
  return verdict === 'ALL_PASS' ? 'good' : verdict === null || verdict === 'PENDING' ? 'wait' : 'bad';
}

export const streamTones: Record<StreamStatus, Tone> = { PASS: 'good', FAIL: 'bad', PENDING: 'wait' };
export const streamWords: Record<StreamStatus, string> = { PASS: 'Pass', FAIL: 'Fail', PENDING: 'Pending' };

export const lensNames: Record<Lens, string> = { DDE: 'Execution', BDV: 'Behaviour', ACC: 'Architecture', CONVERGENCE: 'Convergence' };
export const lensQuestions: Record<Lens, string> = {
  DDE: 'Did the work run?',
  BDV: 'Does it behave?',
  ACC: 'Is it built as agreed?',
  CONVERGENCE: 'Do the three agree?',
};

type Unit = 'share' | 'count' | 'ms' | 'number';

export const metrics: Record<Metric, { readonly name: string; readonly unit: Unit }> = {
  TASK_SUCCESS_RATE: { name: 'Tasks succeeded', unit: 'share' },
  RETRY_RATE: { name: 'Tasks retried', unit: 'share' },
  CONTRACT_LOCK_LATENCY_P95_MS: { name: 'Contract lock, P95', unit: 'ms' },
  FAILED_QUALITY_GATES: { name: 'Quality gates failed', unit: 'count' },
  SCENARIO_PASS_RATE: { name: 'Scenarios passed', unit: 'share' },
  FLAKE_RATE: { name: 'Scenarios flaky', unit: 'share' },
  TEST_RUN_TIME_P95_MS: { name: 'Test run time, P95', unit: 'ms' },
  BLOCKING_VIOLATIONS: { name: 'Blocking violations', unit: 'count' },
  CYCLES: { name: 'Cycles', unit: 'count' },
  MEAN_INSTABILITY: { name: 'Mean instability', unit: 'number' },
  CONTRACT_ALIGNMENT: { name: 'Contracts aligned', unit: 'share' },
};

export const operatorSigns: Record<ConditionOperator, string> = { AT_LEAST: '≥', ABOVE: '>', AT_MOST: '≤', BELOW: '<', EQUAL: '=' };

const decimals = (most: number) => new Intl.NumberFormat('en-GB', { maximumFractionDigits: most });
const whole = decimals(0), two = decimals(2);

export function durationText(ms: number): string {
  if (ms < 1000) return `${whole.format(ms)} ms`;
  if (ms < 60_000) return `${two.format(ms / 1000)} s`;
  const seconds = Math.round(ms / 1000), minutes = Math.floor(seconds / 60);
  return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
}

export function metricText(metric: Metric, value: number): string {
  switch (metrics[metric].unit) {
    case 'share': return `${two.format(value * 100)} %`;
    case 'ms': return durationText(value);
    case 'count': return whole.format(value);
    case 'number': return two.format(value);
  }
}

export const countText = (count: number) => whole.format(count);

/** SCENARIO_FAILED is "scenario failed". */
export function eventText(type: EventType): string {
  return type.toLowerCase().replaceAll('_', ' ');
}
