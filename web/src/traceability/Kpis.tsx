/* How far the requirements reach, in numbers. They decide nothing by themselves; each is good when all requirements do. */
import { confidenceTone } from '../inspect/Links';
import { Shape } from '../parts/Status';
import { countText, type Tone } from '../parts/words';
import { confidenceText, type Totals } from './model';

interface KpiProperties { readonly name: string; readonly count: number; readonly all: number; readonly what: string }

function Kpi({ name, count, all, what }: KpiProperties) {
  const tone: Tone = all === 0 ? 'wait' : count === all ? 'good' : 'bad';
  return (
    <div className={`kpi ${tone}`}>
      <dt>{name}</dt>
      <dd className="value"><Shape tone={tone} />{countText(count)} of {countText(all)}<span className="hidden">{tone === 'good' ? ', all' : all === 0 ? ', nothing to count' : ', not all'}</span></dd>
      <dd className="against">{what}</dd>
    </div>
  );
}

export function Kpis({ totals: { all, complete, validated, fulfilled, weakest } }: { readonly totals: Totals }) {
  return (
    <dl className="kpis" aria-label="Key figures">
      <Kpi name="Complete spines" count={complete} all={all} what="from requirement to component" />
      <Kpi name="Requirements covered" count={validated} all={all} what="validated by a scenario" />
      <Kpi name="Requirements built" count={fulfilled} all={all} what="fulfilled by a task" />
      {weakest !== null && (
        <div className={`kpi ${confidenceTone(weakest)}`}>
          <dt>Least sure link</dt>
          <dd className="value"><Shape tone={confidenceTone(weakest)} />{confidenceText(weakest)}</dd>
          <dd className="against">≥ 0.90 is sure, &lt; 0.70 wants a look</dd>
        </div>
      )}
    </dl>
  );
}
