/* The numbers of a lens, each with what the policy requires of it, what it aims at, and whether it holds. They are the verdict's own conditions, so a lens
 * never says anything else than the verdict does. */
import type { ReactNode } from 'react';
import { type Lens, VerdictDocument, type VerdictPartsFragment } from '../../generated/graphql';
import { useMomentQuery } from '../data/moment';
import { Shape } from './Status';
import { metricText, metrics, operatorSigns, type Tone } from './words';

type Condition = VerdictPartsFragment['conditions'][number];

export function conditionTone({ value, pass, blocks }: Pick<Condition, 'value' | 'pass' | 'blocks'>): Tone {
  return value === null || (!pass && !blocks) ? 'wait' : pass ? 'good' : 'bad';
}

function holds({ value, pass, blocks, targetReached }: Condition): string {
  if (value === null) return 'no data';
  if (!pass) return blocks ? 'blocks' : 'missed, does not block';
  return targetReached ? 'on target' : 'holds';
}

interface KpiProperties {
  readonly name: string;
  readonly value: string;
  readonly tone?: Tone; // none: it is good or bad by nothing
  readonly against?: ReactNode; // what it is measured against, or what it counts
  readonly said?: string; // what the tone says, in words
}

/** One number: what it is, how much, and against what. They stand in a <dl className="kpis">. */
export function Kpi({ name, value, tone, against, said }: KpiProperties) {
  return (
    <div className={tone}>
      <dt>{name}</dt>
      <dd className="value">{tone !== undefined && <Shape tone={tone} />}{value}{said !== undefined && <span className="hidden">, {said}</span>}</dd>
      {against !== undefined && <dd className="against">{against}</dd>}
    </div>
  );
}

export function ConditionKpi({ condition }: { readonly condition: Condition }) {
  const { metric, operator, threshold, target, value } = condition;
  const sign = operatorSigns[operator];
  return (
    <Kpi name={metrics[metric].name} value={value === null ? '–' : metricText(metric, value)} tone={conditionTone(condition)} said={holds(condition)}
      against={<>{sign} {metricText(metric, threshold)}{target !== threshold && <>, target {sign} {metricText(metric, target)}</>}</>} />
  );
}

/** The verdict's conditions on this lens, at the moment looked at. */
export function useConditions(iterationId: string, lens: Lens): readonly Condition[] {
  const { data } = useMomentQuery({ query: VerdictDocument, variables: { iterationId } });
  return (data?.getTriModalVerdict?.conditions ?? []).filter((one) => one.stream === lens);
}
