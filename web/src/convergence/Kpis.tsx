/* What the policy requires of the contracts, and beside it what nobody requires but somebody should look at. */
import { ConditionKpi, Kpi, useConditions } from '../parts/Kpis';
import { countText } from '../parts/words';
import { gapsOf } from './gaps';
import type { Convergence } from './model';

function Count({ name, count, against }: { readonly name: string; readonly count: number; readonly against: string }) {
  return <Kpi name={name} value={countText(count)} tone={count === 0 ? 'good' : 'wait'} said={count === 0 ? 'on target' : 'to be reviewed'} against={against} />;
}

export function Kpis({ iterationId, view }: { readonly iterationId: string; readonly view: Convergence | null | undefined }) {
  const conditions = useConditions(iterationId, 'CONVERGENCE');
  return (
    <dl className="kpis" aria-label="Numbers of the convergence">
      {conditions.map((one) => <ConditionKpi key={one.metric} condition={one} />)}
      {view != null && (
        <>
          <Count name="Contracts not aligned" count={view.kpis.stars - view.kpis.aligned} against={`of ${countText(view.kpis.stars)}, target 0`} />
          <Count name="Unmatched" count={view.kpis.unmatched} against="target 0" />
          <Count name="Gaps" count={gapsOf(view.gaps).reduce((sum, one) => sum + one.count, 0)} against="target 0" />
        </>
      )}
    </dl>
  );
}
