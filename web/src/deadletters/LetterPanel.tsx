/* One dead letter: why it was refused, where it differs from what the schema wants, what was sent; and what can be done about it. */
import { type ReactNode, useEffect, useState } from 'react';
import { useQuery } from 'urql';
import { Link, useSearch } from 'wouter';
import { DeadLetterDocument, type DeadLetterQuery, type EventOutcomePartsFragment } from '../../generated/graphql';
import { ProblemNotice } from '../parts/Notice';
import { Shape } from '../parts/Status';
import { At } from '../parts/time';
import { countText } from '../parts/words';
import { iterationPath, searchWith } from '../state/location';
import { EditLetter } from './EditLetter';
import { Original } from './Original';
import { OutcomeLine, Replay, type Target } from './Replay';
import { SchemaDiff } from './SchemaDiff';
import { categories } from './words';

type Letter = NonNullable<DeadLetterQuery['deadLetter']>;

function Facts({ letter }: { readonly letter: Letter }) {
  const search = useSearch();
  const facts: readonly (readonly [string, ReactNode])[] = [
    ['Received', <At key="at" moment={letter.receivedAt} />],
    ['Stream', letter.stream],
    ['Iteration', letter.iterationId === null ? null : <Link key="it" href={iterationPath(letter.iterationId)}>{letter.iterationId}</Link>],
    ['Event', letter.eventId === null ? null : <span key="ev" className="mono">{letter.eventId}</span>],
    ['Content type', letter.contentType], ['Came by', letter.origin],
    ['Failed replays', letter.attempts === 0 ? null : countText(letter.attempts)],
    ['Edited form of', letter.replaces === null ? null : <Link key="re" href={`/dead-letters${searchWith(search, { letter: letter.replaces })}`}>#{letter.replaces}</Link>],
  ];
  return <dl className="letter-facts">{facts.filter(([, value]) => value !== null).map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>;
}

function Left({ letter }: { readonly letter: Letter }) {
  const search = useSearch();
  const became = letter.became === null ? '' : String(letter.became);
  return (
    <p className="light good left-queue"><Shape tone="good" />
      <span>It left the queue{letter.removedAt !== null && <> on <At moment={letter.removedAt} /></>}:{' '}
        {letter.removal === 'REPLAYED' && <>taken in as event <span className="mono">#{became}</span> of the log.</>}
        {letter.removal === 'DISCARDED' && 'discarded; the audit log says by whom and why.'}
        {letter.removal === 'EDITED' && <>edited; <Link href={`/dead-letters${searchWith(search, { letter: became })}`}>#{became}</Link> took its place.</>}
      </span>
    </p>
  );
}

interface PanelProperties {
  readonly id: string;
  readonly refused: string | null; // why this person may change nothing
  readonly changed: () => void;
  readonly open: (id: string) => void;
  readonly discard: (target: Target) => void;
}

export function LetterPanel({ id, refused, changed, open, discard }: PanelProperties) {
  const [{ data, error, fetching }, ask] = useQuery({ query: DeadLetterDocument, variables: { id }, requestPolicy: 'cache-and-network' });
  const [doing, setDoing] = useState<'edit' | 'replay' | null>(null);
  const [would, setWould] = useState<EventOutcomePartsFragment | null>(null);
  const letter = data?.deadLetter?.id === id ? data.deadLetter : null;
  useEffect(() => { setDoing(null); setWould((was) => (was?.deadLetterId === id ? was : null)); }, [id]);
  if (letter === null) return error !== undefined ? <ProblemNotice error={error} retry={() => ask({ requestPolicy: 'network-only' })} /> : <p className="loading" role="status">{fetching ? `Asking for dead letter #${id}…` : null}</p>;
  const words = letter.category === null ? null : categories[letter.category];
  const waits = letter.removal === null;
  const reload = () => { ask({ requestPolicy: 'network-only' }); changed(); };
  return (
    <article className="letter" aria-labelledby="letter-title">
      <h2 id="letter-title">Dead letter #{letter.id}</h2>
      <p className="complaint">{words !== null && <span className={`badge ${words.tone}`}><Shape tone={words.tone} />{words.name}</span>} {letter.reason}</p>
      {words !== null && waits && <p className="quiet">{words.remedy}</p>}
      {!waits && <Left letter={letter} />}
      {would !== null && <ul className="outcomes" role="status" aria-label="What a replay would do"><OutcomeLine event={would} dryRun /></ul>}
      {waits && doing === null && (
        <div className="actions">
          <button type="button" className="button primary" disabled={refused !== null} aria-describedby="letter-refused" onClick={() => setDoing('replay')}>Try a replay</button>
          <button type="button" className="button" disabled={refused !== null || letter.rawEncoding !== 'TEXT'} aria-describedby="letter-refused" onClick={() => setDoing('edit')}>Edit</button>
          <button type="button" className="button" disabled={refused !== null} aria-describedby="letter-refused" onClick={() => discard({ ids: [letter.id] })}>Discard…</button>
          <span id="letter-refused" className="quiet">{refused ?? (letter.rawEncoding !== 'TEXT' ? 'What is no text can’t be edited here.' : '')}</span>
        </div>
      )}
      {doing === 'replay' && <Replay target={{ ids: [letter.id] }} close={() => setDoing(null)} done={reload} />}
      {doing === 'edit' && letter.raw !== null && <EditLetter id={letter.id} raw={letter.raw} cancel={() => setDoing(null)} saved={(made, answer) => { setDoing(null); setWould({ ...answer, deadLetterId: made }); changed(); open(made); }} />}
      <Facts letter={letter} />
      {waits && <SchemaDiff fields={letter.schemaDifferences} raw={letter.raw} place={letter.place} reason={letter.reason} />}
      {doing !== 'edit' && <Original raw={letter.raw} encoding={letter.rawEncoding} bytes={letter.rawBytes} />}
    </article>
  );
}
