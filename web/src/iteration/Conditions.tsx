/* Each condition: its value as a bar against the threshold (must hold) and the target (worth reaching), and the numbers themselves. */
import type { Lens, VerdictPartsFragment } from '../../generated/graphql';
import { Shape } from '../parts/Status';
import { lensNames, metricText, metrics, operatorSigns, type Tone } from '../parts/words';
import { useSelection } from '../state/selection';

type Condition = VerdictPartsFragment['conditions'][number];

/** What a full bar stands for: shares end at 1 where more is better; else threshold and value both have room. */
function scaleEnd({ metric, operator, threshold, target, value }: Condition): number {
  const upward = operator === 'AT_LEAST' || operator === 'ABOVE' || (operator === 'EQUAL' && threshold > 0);
  if (metrics[metric].unit === 'share' && upward) return 1;
  const largest = Math.max(threshold, target, value ?? 0) * 1.25;
  return metrics[metric].unit === 'count' ? Math.max(largest, 5) : largest > 0 ? largest : 1;
}

function toneOf({ value, pass, blocks }: Condition): Tone {
  return value === null || (!pass && !blocks) ? 'wait' : pass ? 'good' : 'bad';
}

function wordOf({ value, pass, blocks, targetReached }: Condition): string {
  if (value === null) return 'No data';
  if (!pass) return blocks ? 'Blocks' : 'Missed, does not block';
  return targetReached ? 'On target' : 'Holds';
}

function Bar({ condition }: { readonly condition: Condition }) {
  const end = scaleEnd(condition);
  const at = (value: number) => Math.max(0, Math.min(100, (value / end) * 100));
  const threshold = at(condition.threshold), target = at(condition.target);
  return (
    <svg className={`bar ${toneOf(condition)}`} viewBox="0 0 100 16" preserveAspectRatio="none" aria-hidden="true">
      <rect className="track" x="0" y="4" width="100" height="8" />
      {condition.value !== null && <rect className="value" x="0" y="4" width={at(condition.value)} height="8" />}
      {target !== threshold && <line className="halo" x1={target} x2={target} y1="4" y2="12" />}
      {target !== threshold && <line className="target" x1={target} x2={target} y1="1" y2="15" />}
      <line className="halo" x1={threshold} x2={threshold} y1="4" y2="12" />
      <line className="threshold" x1={threshold} x2={threshold} y1="0" y2="16" />
    </svg>
  );
}

function Row({ condition, faded }: { readonly condition: Condition; readonly faded: boolean }) {
  const { metric, operator, threshold, target, value } = condition;
  const tone = toneOf(condition);
  return (
    <tr className={faded ? 'faded' : undefined}>
      <th scope="row">{metrics[metric].name}</th>
      <td className="number value">{value === null ? '–' : metricText(metric, value)}</td>
      <td className="bar-cell"><Bar condition={condition} /></td>
      <td className="number">{operatorSigns[operator]} {metricText(metric, threshold)}</td>
      <td className="number quiet">{metricText(metric, target)}</td>
      <td><span className={`light ${tone}`}><Shape tone={tone} />{wordOf(condition)}</span></td>
    </tr>
  );
}

export function Conditions({ conditions }: { readonly conditions: readonly Condition[] }) {
  const selected = useSelection((selection) => selection.lens);
  const lenses = [...new Set(conditions.map((one) => one.stream))] as Lens[];
  return (
    <section className="panel conditions" aria-labelledby="conditions-title">
      <h2 id="conditions-title">Conditions</h2>
      <table>
        <thead>
          <tr><th scope="col">Condition</th><th scope="col" className="number">Value</th><th scope="col"><span className="legend"><i className="threshold" />required <i className="target" />target</span></th>
            <th scope="col" className="number">Required</th><th scope="col" className="number">Target</th><th scope="col">State</th></tr>
        </thead>
        {lenses.map((lens) => (
          <tbody key={lens}>
            <tr className="group"><th scope="rowgroup" colSpan={6}>{lensNames[lens]}</th></tr>
            {conditions.filter((one) => one.stream === lens).map((one) => (
              <Row key={one.metric} condition={one} faded={selected !== null && selected !== lens} />
            ))}
          </tbody>
        ))}
      </table>
    </section>
  );
}
