/* What decides this stream, each number with what it must be; and beside them how much of what there is. */
import { VerdictDocument } from '../../generated/graphql';
import { useMomentQuery } from '../data/moment';
import { Shape } from '../parts/Status';
import { countText, metricText, metrics, operatorSigns, type Tone } from '../parts/words';
import type { Architecture } from './model';

interface KpiProperties {
  readonly iterationId: string;
  readonly kpis: Architecture['kpis'] | undefined;
}

export function Kpis({ iterationId, kpis }: KpiProperties) {
  const { data } = useMomentQuery({ query: VerdictDocument, variables: { iterationId } });
  const conditions = data?.getTriModalVerdict?.conditions.filter((one) => one.stream === 'ACC') ?? [];
  const values: Partial<Record<string, number | null>> = { BLOCKING_VIOLATIONS: kpis?.blockingViolations ?? null, CYCLES: kpis?.cycles ?? null, MEAN_INSTABILITY: kpis?.meanInstability ?? null };
  const counts: readonly (readonly [string, number])[] = kpis === undefined ? [] : [
    [kpis.active.warning === 1 ? 'warning' : 'warnings', kpis.active.warning], ['info', kpis.active.info], ['suppressed', kpis.suppressed.blocking + kpis.suppressed.warning + kpis.suppressed.info],
    ['modules', kpis.modules], ['components', kpis.components], ['dependencies', kpis.dependencies],
  ];
  return (
    <dl className="kpis acc-kpis" aria-label="Numbers of the architecture">
      {conditions.map(({ metric, value, threshold, operator, pass, blocks }) => {
        const shown = values[metric] ?? value;
        const tone: Tone = shown === null || (!pass && !blocks) ? 'wait' : pass ? 'good' : 'bad';
        return (
          <div key={metric} className={tone} title={shown === null ? 'Not known yet' : pass ? 'Holds' : blocks ? 'Blocks the deployment' : 'Missed, blocks nothing'}>
            <dt>{metrics[metric].name} <span className="target">{operatorSigns[operator]} {metricText(metric, threshold)}</span></dt>
            <dd><Shape tone={tone} />{shown === null ? '–' : metricText(metric, shown)}<span className="hidden"> {shown === null ? 'not known' : pass ? 'holds' : 'does not hold'}</span></dd>
          </div>
        );
      })}
      {counts.map(([name, count]) => <div key={name} className="plain"><dt>{name}</dt><dd>{countText(count)}</dd></div>)}
    </dl>
  );
}
