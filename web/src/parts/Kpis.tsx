/* The numbers of a lens, each with what the policy requires of it, what it aims at, and whether it holds. They are the verdict's own conditions, so a lens
 * never says anything else than the verdict does. */
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

export function ConditionKpi({ condition }: { readonly condition: Condition }) {
  const { metric, operator, threshold, target, value } = condition;
  const sign = operatorSigns[operator];
  return (
    <div className={`kpi ${conditionTone(condition)}`}>
      <dt>{metrics[metric].name}</dt>
      <dd className="value"><Shape tone={conditionTone(condition)} />{value === null ? '–' : metricText(metric, value)}<span className="hidden">, {holds(condition)}</span></dd>
      <dd className="against">{sign} {metricText(metric, threshold)}{target !== threshold && <>, target {sign} {metricText(metric, target)}</>}</dd>
    </div>
  );
}

/** The verdict's conditions on this lens, at the moment looked at. */
export function useConditions(iterationId: string, lens: Lens): readonly Condition[] {
  const { data } = useMomentQuery({ query: VerdictDocument, variables: { iterationId } });
  return (data?.getTriModalVerdict?.conditions ?? []).filter((one) => one.stream === lens);
}
