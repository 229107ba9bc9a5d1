/* What decides this stream, each number with what it must be; and beside them how much of what there is. */
import { ConditionKpi, Kpi, useConditions } from '../parts/Kpis';
import { countText } from '../parts/words';
import type { Architecture } from './model';

interface KpiProperties {
  readonly iterationId: string;
  readonly kpis: Architecture['kpis'] | undefined;
}

export function Kpis({ iterationId, kpis }: KpiProperties) {
  const conditions = useConditions(iterationId, 'ACC');
  const suppressed = kpis === undefined ? 0 : kpis.suppressed.blocking + kpis.suppressed.warning + kpis.suppressed.info;
  return (
    <dl className="kpis" aria-label="Numbers of the architecture">
      {conditions.map((one) => <ConditionKpi key={one.metric} condition={one} />)}
      {kpis !== undefined && (
        <>
          <Kpi name="Warnings" value={countText(kpis.active.warning)} against={`${countText(kpis.active.info)} info, ${countText(suppressed)} suppressed`} />
          <Kpi name="Modules" value={countText(kpis.modules)} against={`in ${countText(kpis.components)} components`} />
          <Kpi name="Dependencies" value={countText(kpis.dependencies)} />
        </>
      )}
    </dl>
  );
}
