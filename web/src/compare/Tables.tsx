/* Conditions and requirements, one line each with both sides. What is equal on both sides steps back. */
import { useMemo, useState } from 'react';
import { Shape } from '../parts/Status';
import { countText, lensNames, metrics, metricText, operatorSigns, type Tone } from '../parts/words';
import { type Condition, type ConditionPair, pairConditions, pairRequirements, type Requirement } from './compare';
import { Turned } from './Turned';

const toneOf = ({ value, pass, blocks }: Condition): Tone => (value === null || (!pass && !blocks) ? 'wait' : pass ? 'good' : 'bad');
const holdsWord = ({ value, pass, blocks }: Condition): string => (value === null ? 'no data' : pass ? 'holds' : blocks ? 'blocks' : 'missed, does not block');

function Value({ condition }: { readonly condition: Condition | null }) {
  if (condition === null || condition.value === null) return <span className="quiet">no data</span>;
  const tone = toneOf(condition);
  return <span className={`light ${tone}`}><Shape tone={tone} /><strong>{metricText(condition.metric, condition.value)}</strong><span className="hidden"> {holdsWord(condition)}</span></span>;
}

function differenceText({ metric, difference }: ConditionPair): string {
  if (difference === null) return '–';
  const text = metricText(metric, Math.abs(difference)).replace(' %', ' points');
  return Math.abs(difference) < 1e-12 ? '0' : `${difference > 0 ? '+' : '−'}${text}`;
}

export function ConditionsCompared({ left, right }: { readonly left: readonly Condition[]; readonly right: readonly Condition[] }) {
  const pairs = useMemo(() => pairConditions(left, right), [left, right]);
  return (
    <section className="panel" aria-labelledby="conditions-title">
      <h2 id="conditions-title">Conditions</h2>
      <table className="compared">
        <thead><tr><th scope="col">Condition</th><th scope="col">Left</th><th scope="col">Right</th><th scope="col" className="number">Difference</th><th scope="col">Right is</th><th scope="col" className="number">Required</th></tr></thead>
        <tbody>{pairs.map((pair) => {
          const one = pair.right ?? pair.left;
          return (
            <tr key={pair.metric} className={pair.turn === 'same' ? undefined : 'changed'}>
              <th scope="row">{metrics[pair.metric].name}{one !== null && <span className="sub">{lensNames[one.stream]}</span>}</th>
              <td><Value condition={pair.left} /></td><td><Value condition={pair.right} /></td>
              <td className="number">{differenceText(pair)}</td><td><Turned turn={pair.turn} /></td>
              <td className="number quiet">{one !== null && `${operatorSigns[one.operator]} ${metricText(one.metric, one.threshold)}`}</td>
            </tr>
          );
        })}</tbody>
      </table>
    </section>
  );
}

export interface Coverage {
  readonly covered: number;
  readonly total: number;
  readonly nodes: readonly Requirement[];
}

function Share({ side, label }: { readonly side: Coverage; readonly label: string }) {
  return (
    <p className="share"><span className="quiet">{label}</span> <strong>{countText(side.covered)}</strong> of {countText(side.total)} covered
      <svg className="bar good" viewBox="0 0 100 16" preserveAspectRatio="none" aria-hidden="true"><rect className="track" x="0" y="4" width="100" height="8" /><rect className="value" x="0" y="4" width={side.total === 0 ? 0 : (side.covered / side.total) * 100} height="8" /></svg>
    </p>
  );
}

function scenarioText(one: Requirement | null): string {
  if (one === null) return 'not there';
  if (!one.covered) return 'no scenario';
  return `${countText(one.passing)} of ${countText(one.scenarioCount)} pass${one.failing > 0 ? `, ${countText(one.failing)} fail` : ''}`;
}

export function CoverageCompared({ left, right }: { readonly left: Coverage; readonly right: Coverage }) {
  const pairs = useMemo(() => pairRequirements(left.nodes, right.nodes), [left, right]);
  const [all, setAll] = useState(false);
  const differing = pairs.filter((pair) => pair.turn !== 'same');
  const shown = all ? pairs : differing;
  return (
    <section className="panel" aria-labelledby="coverage-title">
      <h2 id="coverage-title">Requirements <span className="count">{countText(differing.length)} of {countText(pairs.length)} differ</span></h2>
      <div className="shares"><Share side={left} label="Left" /><Share side={right} label="Right" /></div>
      {shown.length > 0 && (
        <table className="compared">
          <thead><tr><th scope="col">Requirement</th><th scope="col">Left: scenarios</th><th scope="col">Right: scenarios</th><th scope="col">Right is</th></tr></thead>
          <tbody>{shown.map((pair) => (
            <tr key={pair.nodeId} className={pair.turn === 'same' ? undefined : 'changed'}>
              <th scope="row">{pair.name}{pair.name !== pair.nodeId && <span className="sub mono">{pair.nodeId}</span>}</th>
              <td>{scenarioText(pair.left)}</td><td>{scenarioText(pair.right)}</td><td><Turned turn={pair.turn} /></td>
            </tr>
          ))}</tbody>
        </table>
      )}
      {shown.length === 0 && <p className="quiet">{pairs.length === 0 ? 'Neither has requirements.' : 'The same scenarios pass and fail for each.'}</p>}
      {differing.length < pairs.length && <p><button type="button" className="button" aria-expanded={all} onClick={() => setAll(!all)}>{all ? 'Only what differs' : `Show all ${countText(pairs.length)}`}</button></p>}
    </section>
  );
}
