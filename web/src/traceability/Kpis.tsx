/* How far the requirements reach, in numbers. They decide nothing by themselves; each is good when all requirements do. */
import { confidenceTone } from '../inspect/Links';
import { Kpi } from '../parts/Kpis';
import { countText, type Tone } from '../parts/words';
import { confidenceText, type Totals } from './model';

function Reach({ name, count, all, what }: { readonly name: string; readonly count: number; readonly all: number; readonly what: string }) {
  const tone: Tone = all === 0 ? 'wait' : count === all ? 'good' : 'bad';
  return <Kpi name={name} value={`${countText(count)} of ${countText(all)}`} tone={tone} said={tone === 'good' ? 'all' : all === 0 ? 'nothing to count' : 'not all'} against={what} />;
}

export function Kpis({ totals: { all, complete, validated, fulfilled, weakest } }: { readonly totals: Totals }) {
  return (
    <dl className="kpis" aria-label="Key figures">
      <Reach name="Complete spines" count={complete} all={all} what="from requirement to component" />
      <Reach name="Requirements covered" count={validated} all={all} what="validated by a scenario" />
      <Reach name="Requirements built" count={fulfilled} all={all} what="fulfilled by a task" />
      {weakest !== null && <Kpi name="Least sure link" value={confidenceText(weakest)} tone={confidenceTone(weakest)} against="≥ 0.90 is sure, < 0.70 wants a look" />}
    </dl>
  );
}
