/* The figures: what comes in, how far each stream has come, what the graph holds, who watches. */
import { Link } from 'wouter';
import { Shape } from '../parts/Status';
import { Ago, At } from '../parts/time';
import { countText, lensNames } from '../parts/words';
import { categories } from '../deadletters/words';
import { bytesText, rateText, spanText } from './format';
import { Sparkline } from './Sparkline';
import { ratesOf, type Sample, type Stats } from './useSamples';

const PLACES = 150;

export function Intake({ samples, stats }: { readonly samples: readonly Sample[]; readonly stats: Stats }) {
  const rates = ratesOf(samples, ({ intake }) => intake.accepted);
  const now = rates.at(-1) ?? 0, most = Math.max(0, ...rates);
  const first = samples[0], last = samples.at(-1);
  const watched = first === undefined || last === undefined ? 0 : (last.at - first.at) / 1000;
  const { accepted, duplicates, conflicts, rejected, batches } = stats.intake;
  return (
    <section className="panel intake" aria-labelledby="intake-title">
      <h2 id="intake-title">Intake</h2>
      <p className="figure"><strong>{rateText(now)}</strong> events accepted <span className="quiet">most {rateText(most)} in the {spanText(watched)} watched here</span></p>
      <Sparkline values={rates} places={PLACES} label={`Events accepted in the last ${spanText(watched)}: now ${rateText(now)}, at most ${rateText(most)}`} />
      <dl className="figures">
        <div><dt>Accepted</dt><dd>{countText(accepted)}</dd></div><div><dt>Duplicates</dt><dd>{countText(duplicates)}</dd></div><div><dt>Conflicts</dt><dd>{countText(conflicts)}</dd></div>
        <div><dt>Rejected</dt><dd>{countText(rejected)}</dd></div><div><dt>Commits</dt><dd>{countText(batches)}</dd></div>
        <div><dt>Not yet durable</dt><dd>{countText(stats.pendingEvents)} <span className="quiet">{bytesText(stats.pendingBytes)}</span></dd></div>
      </dl>
    </section>
  );
}

export function StreamTable({ stats, at, allTenants }: { readonly stats: Stats; readonly at: number; readonly allTenants: boolean }) {
  return (
    <section className="panel" aria-labelledby="streams-title">
      <h2 id="streams-title">Streams</h2>
      <table>
        <thead><tr><th scope="col">Stream</th><th scope="col" className="number">Accepted</th><th scope="col">Watermark</th><th scope="col" className="number">Behind now</th></tr></thead>
        <tbody>{stats.streams.map(({ stream, accepted, watermark }) => (
          <tr key={stream}>
            <th scope="row"><span className="code">{stream}</span> {stream === 'CONTROL' ? 'Decisions' : lensNames[stream]}</th>
            <td className="number">{countText(accepted)}</td>
            <td>{watermark === null ? <span className="quiet">no event yet</span> : <At moment={watermark} />}</td>
            <td className="number">{watermark === null ? '–' : spanText((at - Date.parse(watermark)) / 1000)}</td>
          </tr>
        ))}</tbody>
      </table>
      <p className="quiet">The watermark is the newest time that an event of {allTenants ? 'any tenant' : 'your tenant'} tells of. A stream far behind has nothing new to tell, or its sender has stopped.</p>
    </section>
  );
}

const parts: readonly (readonly [keyof Stats['memory'] & string, string])[] = [['facts', 'Facts'], ['nodes', 'Nodes'], ['properties', 'Properties'], ['keys', 'Keys'], ['texts', 'Texts']];

export function Holdings({ stats }: { readonly stats: Stats }) {
  let from = 0;
  const total = Math.max(1, stats.memory.total);
  return (
    <section className="panel" aria-labelledby="graph-title">
      <h2 id="graph-title">Log and graph</h2>
      <dl className="figures">
        <div><dt>Log position</dt><dd>{countText(stats.position)}</dd></div>
        <div><dt>Newest durable</dt><dd>{stats.observedAt === null ? '–' : <Ago moment={stats.observedAt} />}</dd></div>
        <div><dt>Iterations</dt><dd>{countText(stats.iterations)}</dd></div><div><dt>Nodes</dt><dd>{countText(stats.nodes)}</dd></div><div><dt>Facts</dt><dd>{countText(stats.facts)}</dd></div>
        <div><dt>Memory</dt><dd>{bytesText(stats.memory.total)}</dd></div>
      </dl>
      <svg className="stack" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
        {parts.map(([part], index) => { const width = (stats.memory[part] / total) * 100; const x = from; from += width; return <rect key={part} className={`part-${index}`} x={x} width={Math.max(0, width - 0.25)} y="0" height="10" />; })}
      </svg>
      <ul className="stack-legend">{parts.map(([part, name], index) => <li key={part}><i className={`part-${index}`} />{name} <span className="quiet">{bytesText(stats.memory[part])}</span></li>)}</ul>
    </section>
  );
}

export function Waiting({ stats }: { readonly stats: Stats }) {
  const kinds = Object.entries(categories).filter(([, words]) => words.count(stats.deadLetters) > 0);
  return (
    <section className="panel" aria-labelledby="waiting-title">
      <h2 id="waiting-title">Dead letters and watchers</h2>
      <dl className="figures">
        <div><dt>Dead letters</dt><dd><Link href="/dead-letters">{countText(stats.deadLetters.waiting)}</Link></dd></div>
        <div><dt>Watchers</dt><dd>{countText(stats.watchers)}</dd></div><div><dt>Reading too slowly</dt><dd>{countText(stats.watchersLate)}</dd></div>
      </dl>
      {kinds.length === 0 ? <p className="quiet">Everything that was sent could be taken in.</p> : (
        <ul className="waiting-list">{kinds.map(([kind, words]) => <li key={kind}><Link href={`/dead-letters?category=${kind}`}><span className={`light ${words.tone}`}><Shape tone={words.tone} />{words.name}</span></Link> <span className="count">{countText(words.count(stats.deadLetters))}</span></li>)}</ul>
      )}
    </section>
  );
}
