/* The two verdicts and the three streams beside each other. */
import { Link, useSearch } from 'wouter';
import type { VerdictPartsFragment } from '../../generated/graphql';
import { Shape, StreamLight } from '../parts/Status';
import { lensNames, verdictNames, verdictTone } from '../parts/words';
import { iterationPath, searchOfPlace } from '../state/location';

export function SideHero({ verdict, label }: { readonly verdict: VerdictPartsFragment; readonly label: string }) {
  const tone = verdictTone(verdict.verdict), gate = verdict.gate.deployable ? 'good' : verdict.verdict === 'PENDING' ? 'wait' : 'bad';
  const place = searchOfPlace(useSearch());
  return (
    <section className={`verdict-side ${tone}`} aria-label={label}>
      <Shape tone={tone} className="large" />
      <div>
        <p className="which"><span className="quiet">{label}</span> <Link href={iterationPath(verdict.iterationId) + place}>{verdict.iterationId}</Link></p>
        <h2>{verdictNames[verdict.verdict]}</h2>
        <p>{verdict.meaning}</p>
        <p className={`go ${gate}`}><Shape tone={gate} />{verdict.gate.deployable ? 'Deployable' : 'Not deployable'}</p>
      </div>
    </section>
  );
}

export function StreamsCompared({ left, right }: { readonly left: VerdictPartsFragment; readonly right: VerdictPartsFragment }) {
  return (
    <section className="panel" aria-labelledby="streams-title">
      <h2 id="streams-title">Streams</h2>
      <table className="compared">
        <thead><tr><th scope="col">Stream</th><th scope="col">Left</th><th scope="col">Right</th></tr></thead>
        <tbody>{left.streams.map((one) => {
          const other = right.streams.find((that) => that.stream === one.stream);
          return (
            <tr key={one.stream} className={other?.status === one.status ? undefined : 'changed'}>
              <th scope="row">{lensNames[one.stream]}</th>
              <td><StreamLight status={one.status} /><span className="sub">{one.reason}</span></td>
              <td><StreamLight status={other?.status ?? null} /><span className="sub">{other?.reason}</span></td>
            </tr>
          );
        })}</tbody>
      </table>
    </section>
  );
}
