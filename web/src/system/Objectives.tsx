/* Service level objectives: what was promised, what is measured, and what is left of the error budget. The budget is since the process
 * began; how fast it burns is seen over the minutes that this page has watched. */
import type { Tone } from '../parts/words';
import { Shape } from '../parts/Status';
import { countText } from '../parts/words';
import { canTell, objectiveWords } from './advice';
import { factorText, msText, shareText } from './format';
import type { Sample, Stats } from './useSamples';

type Objective = Stats['objectives'][number];

function stateOf(objective: Objective): readonly [Tone, string] {
  const { burnRate } = objective;
  if (burnRate === null) return ['wait', 'No cases yet'];
  if (burnRate > 1) return canTell(objective) ? ['bad', 'Missed'] : ['wait', 'Too few to tell'];
  return burnRate > 0.5 ? ['wait', 'Half spent'] : ['good', 'Kept'];
}

function burnSince(first: Sample | undefined, now: Objective): number | null {
  const before = first?.stats.objectives.find((one) => one.kind === now.kind);
  const cases = now.total - (before?.total ?? 0), good = now.good - (before?.good ?? 0);
  return before === undefined || cases <= 0 ? null : (cases - good) / cases / (1 - now.share);
}

function Row({ objective, first }: { readonly objective: Objective; readonly first: Sample | undefined }) {
  const { kind, share, thresholdMs, measuredMs, attained, burnRate, total, good } = objective;
  const [tone, word] = stateOf(objective);
  const left = burnRate === null ? null : Math.max(0, 1 - burnRate);
  const recent = burnSince(first, objective);
  return (
    <tr>
      <th scope="row">{objectiveWords[kind].name}<span className="sub">{objectiveWords[kind].what}</span></th>
      <td>{shareText(share)}{thresholdMs !== null && <> within {msText(thresholdMs)}</>}</td>
      <td className="number">{measuredMs === null ? '–' : msText(measuredMs)}{measuredMs !== null && <span className="sub">P{Math.round(share * 100)}</span>}</td>
      <td className="number">{attained === null ? '–' : shareText(attained)}{total > 0 && <span className="sub">{countText(total - good)} of {countText(total)} missed</span>}</td>
      <td className="budget">{left === null ? <span className="quiet">–</span> : (
        <><svg className={`bar ${tone}`} viewBox="0 0 100 16" preserveAspectRatio="none" aria-hidden="true"><rect className="track" x="0" y="4" width="100" height="8" /><rect className="value" x="0" y="4" width={left * 100} height="8" /></svg>{shareText(left)} left</>
      )}</td>
      <td className="number">{recent === null ? '–' : factorText(recent)}</td>
      <td><span className={`light ${tone}`}><Shape tone={tone} />{word}</span></td>
    </tr>
  );
}

export function Objectives({ samples }: { readonly samples: readonly Sample[] }) {
  const newest = samples.at(-1);
  return (
    <section className="panel objectives" aria-labelledby="objectives-title">
      <h2 id="objectives-title">Objectives</h2>
      <table>
        <thead>
          <tr><th scope="col">What</th><th scope="col">Objective</th><th scope="col" className="number">Measured</th><th scope="col" className="number">Kept</th><th scope="col">Error budget</th>
            <th scope="col" className="number"><abbr title="How fast the budget is spent, since this page was opened, five minutes at most; 1× is just as allowed">Burn now</abbr></th><th scope="col">State</th></tr>
        </thead>
        <tbody>{newest?.stats.objectives.map((one) => <Row key={one.kind} objective={one} first={samples.length > 1 ? samples[0] : undefined} />)}</tbody>
      </table>
      <p className="quiet">Measured, kept and error budget: since the process began. <code>/metrics</code> has the same counts for Prometheus.</p>
    </section>
  );
}
