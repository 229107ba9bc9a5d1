/* Which event turned the verdict, and when. Valid time is held where one looks; knowledge grows event by event, and each turn is
 * laid to the event that made it. The last turn stands first and open: it is why the verdict is what it is. */
import { useEffect, useMemo } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { BlameDocument, BlamedEventDocument, type BlameQuery, type VerdictKind } from '../../generated/graphql';
import { useMomentQuery } from '../data/moment';
import { kindNames } from '../parts/kinds';
import { Shape, VerdictBadge } from '../parts/Status';
import { At, momentText } from '../parts/time';
import { countText, eventText, lensNames, metrics, metricText, streamTones, streamWords } from '../parts/words';
import { searchWith, usePlace } from '../state/location';
import { useSelection } from '../state/selection';

type Flip = NonNullable<BlameQuery['blame']>['flips'][number];
type Change = Flip['changes'][number];
const streamKeys = [['dde', 'DDE'], ['bdv', 'BDV'], ['acc', 'ACC']] as const;

function Turn({ flip }: { readonly flip: Flip }) {
  return <span className="turn">{flip.from !== null && <><VerdictBadge verdict={flip.from} /><span aria-hidden="true">→</span><span className="hidden"> became </span></>}<VerdictBadge verdict={flip.to} /></span>;
}

function Streams({ flip }: { readonly flip: Flip }) {
  const turned = streamKeys.filter(([key]) => flip.streamsFrom !== null && flip.streamsFrom[key] !== flip.streamsTo[key]);
  if (turned.length === 0 || flip.streamsFrom === null) return null;
  const from = flip.streamsFrom;
  return (
    <ul className="streams-turned" aria-label="Streams that turned">
      {turned.map(([key, lens]) => (
        <li key={key}>{lensNames[lens]} <span className={`light ${streamTones[from[key]]}`}><Shape tone={streamTones[from[key]]} />{streamWords[from[key]]}</span> → <span className={`light ${streamTones[flip.streamsTo[key]]}`}><Shape tone={streamTones[flip.streamsTo[key]]} />{streamWords[flip.streamsTo[key]]}</span></li>
      ))}
    </ul>
  );
}

const holds = (passes: boolean) => <span className={`light ${passes ? 'good' : 'bad'}`}><Shape tone={passes ? 'good' : 'bad'} />{passes ? 'held' : 'missed'}</span>;

function Changes({ changes }: { readonly changes: readonly Change[] }) {
  if (changes.length === 0) return null;
  const value = ({ metric }: Change, number: number | null) => (number === null ? 'no data' : metricText(metric, number));
  return (
    <table className="changed-conditions">
      <thead><tr><th scope="col">Condition</th><th scope="col">Before</th><th scope="col">After</th></tr></thead>
      <tbody>
        {changes.map((change) => (
          <tr key={change.metric}><th scope="row">{metrics[change.metric].name}</th><td>{value(change, change.from)} {holds(change.passedBefore)}</td><td>{value(change, change.to)} {holds(change.passesNow)}</td></tr>
        ))}
      </tbody>
    </table>
  );
}

/** What the event says for itself: its message and who sent it. */
function Evidence({ iterationId, flip }: { readonly iterationId: string; readonly flip: Flip }) {
  const { data } = useMomentQuery({ query: BlamedEventDocument, variables: { iterationId, eventType: flip.eventType, at: flip.validFrom }, at: null });
  const entry = data?.searchLogs?.nodes.find((one) => one.seq === flip.seq);
  return (
    <dl className="facts">
      {entry?.message != null && <div><dt>it says</dt><dd className="mono">{entry.message}</dd></div>}
      {entry?.source != null && <div><dt>sent by</dt><dd>{entry.source}</dd></div>}
      <div><dt>happened</dt><dd><At moment={flip.validFrom} /></dd></div>
      <div><dt>known here</dt><dd><At moment={flip.observedAt} /></dd></div>
      <div><dt>event</dt><dd className="mono">{flip.eventId} (#{flip.seq})</dd></div>
      {entry?.traceId != null && <div><dt>trace</dt><dd className="mono">{entry.traceId}</dd></div>}
    </dl>
  );
}

function EventOf({ flip }: { readonly flip: Flip }) {
  const [path] = useLocation();
  const search = useSearch();
  const select = useSelection((selection) => selection.selectNode);
  const node = useSelection((selection) => selection.node);
  const key = flip.nodeKind === null ? null : `${flip.nodeKind}:${flip.nodeId}`;
  return (
    <p className="by">
      <strong>{eventText(flip.eventType)}</strong>{flip.nodeKind !== null && ` · ${kindNames[flip.nodeKind].toLowerCase()} `}
      {flip.nodeKind === null ? <span className="mono">{flip.nodeId}</span> : <button type="button" className="node-button" aria-pressed={node?.nodeId === flip.nodeId && node.kind === flip.nodeKind} onClick={() => select({ kind: flip.nodeKind, nodeId: flip.nodeId })}>{flip.nodeId}</button>}
      {' '}<Link href={path + searchWith(search, { asOf: flip.validFrom, select: key })} aria-label={`Look at ${momentText(flip.validFrom)}`}><At moment={flip.validFrom} /></Link> <span className="mono quiet">#{flip.seq}</span>
    </p>
  );
}

function Last({ iterationId, flip }: { readonly iterationId: string; readonly flip: Flip }) {
  return (
    <div className="last-turn">
      <div><Turn flip={flip} /><EventOf flip={flip} /><Streams flip={flip} /><Changes changes={flip.changes} /></div>
      <Evidence iterationId={iterationId} flip={flip} />
    </div>
  );
}

interface BlameProperties {
  readonly iterationId: string;
  readonly verdict: VerdictKind; // of the moment that is looked at
}

export function Blame({ iterationId, verdict }: BlameProperties) {
  const { moment } = usePlace();
  const { data, error, refresh } = useMomentQuery({ query: BlameDocument, variables: { iterationId } });
  const blame = data?.blame;
  const knownAt = moment?.observedAt ?? null;
  const flips = useMemo(() => (blame?.flips ?? []).filter((flip) => knownAt === null || flip.observedAt <= knownAt).reverse(), [blame, knownAt]);
  const [last, ...earlier] = flips;
  // The verdict is pushed, this is not: when they differ, an event has turned it since.
  const stale = last !== undefined && last.to !== verdict;
  useEffect(() => { if (stale && moment === null) refresh(); }, [verdict]);
  return (
    <section className="panel blame" aria-labelledby="blame-title">
      <h2 id="blame-title">What turned it <span className="count">{countText(flips.length)}</span></h2>
      {last === undefined ? <p className="quiet">{error !== undefined ? 'The server can’t say it now.' : blame == null ? 'Going through the log…' : 'No event has turned it yet.'}</p> : <Last iterationId={iterationId} flip={last} />}
      {earlier.length > 0 && (
        <details className="earlier">
          <summary>Before that it turned {earlier.length === 1 ? 'once' : `${countText(earlier.length)} times`}</summary>
          <ol>{earlier.map((flip) => <li key={flip.seq}><Turn flip={flip} /><EventOf flip={flip} /><Streams flip={flip} /><Changes changes={flip.changes} /></li>)}</ol>
        </details>
      )}
    </section>
  );
}
