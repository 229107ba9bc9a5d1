/* The versions of a node, the newest first: the event that made each, and what it changed. A version's time leads to that moment. */
import { Link, useLocation, useSearch } from 'wouter';
import { statusTone, statusWords } from '../graph/model';
import { Glyph } from '../parts/Glyph';
import { At, momentText } from '../parts/time';
import { eventText } from '../parts/words';
import { searchWith } from '../state/location';
import type { Inspected } from './Inspector';
import { OriginalEvent } from './OriginalEvent';

type Version = Inspected['node']['history']['nodes'][number];
const short = (value: unknown) => { const text = typeof value === 'string' ? value : JSON.stringify(value); return text.length > 80 ? `${text.slice(0, 79)}…` : text; };

function Entry({ version }: { readonly version: Version }) {
  const [path] = useLocation();
  const search = useSearch();
  return (
    <li>
      <p className="head"><Glyph tone={version.exists ? statusTone[version.status] : 'idle'} /><strong>{version.byAnalysis ? 'swept by an analysis' : eventText(version.eventType)}</strong>
        <span className="quiet">{version.exists ? statusWords[version.status] : 'not there'}</span></p>
      <p className="sub"><Link href={path + searchWith(search, { asOf: version.validFrom })} aria-label={`Look at ${momentText(version.validFrom)}`}><At moment={version.validFrom} /></Link> <span className="mono">#{version.seq}</span></p>
      <OriginalEvent seq={version.seq} eventId={version.eventId} />
      {version.changes.length > 0 && (
        <dl className="changes">
          {version.changes.map((one) => (
            <div key={`${one.property} ${one.key ?? ''}`}><dt>{one.property.replaceAll('_', ' ')}{one.key !== null && `.${one.key}`}</dt>
              <dd>{one.before !== null && <><del>{short(one.before)}</del> → </>}{one.after === null ? <em>not set</em> : <ins>{short(one.after)}</ins>}</dd></div>
          ))}
        </dl>
      )}
    </li>
  );
}

export function History({ node }: { readonly node: Inspected['node'] }) {
  const versions = [...node.history.nodes].reverse();
  if (versions.length === 0) return <p className="quiet">It exists by being named only: no event is about it.</p>;
  return (
    <>
      <ol className="history">{versions.map((version) => <Entry key={version.id} version={version} />)}</ol>
      {node.history.totalCount > versions.length && <p className="quiet">And {node.history.totalCount - versions.length} before.</p>}
    </>
  );
}
