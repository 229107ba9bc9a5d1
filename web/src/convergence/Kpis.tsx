/* What the policy requires of the contracts, and beside it what nobody requires but somebody should look at. */
import { VerdictDocument } from '../../generated/graphql';
import { useMomentQuery } from '../data/moment';
import { ConditionKpi } from '../parts/Kpis';
import { Shape } from '../parts/Status';
import { countText } from '../parts/words';
import { gapsOf } from './gaps';
import type { Convergence } from './model';

function Count({ name, count, against }: { readonly name: string; readonly count: number; readonly against: string }) {
  const tone = count === 0 ? 'good' : 'wait';
  return (
    <div className={`kpi ${tone}`}>
      <dt>{name}</dt>
      <dd className="value"><Shape tone={tone} />{countText(count)}<span className="hidden">, {count === 0 ? 'on target' : 'to be reviewed'}</span></dd>
      <dd className="against">{against}</dd>
    </div>
  );
}

export function Kpis({ iterationId, view }: { readonly iterationId: string; readonly view: Convergence | null | undefined }) {
  const { data } = useMomentQuery({ query: VerdictDocument, variables: { iterationId } });
  const condition = data?.getTriModalVerdict?.conditions.find((one) => one.metric === 'CONTRACT_ALIGNMENT');
  return (
    <dl className="kpis" aria-label="Numbers of the convergence">
      {condition !== undefined && <ConditionKpi condition={condition} />}
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
