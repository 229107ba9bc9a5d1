/* The dead-letter queue: what could not be taken in, why, and what can be done about it. The list is on the left, one letter on the
 * right; which filter and which letter is in the address. What waits does not depend on the moment looked at: it is always that of now. */
import { useEffect, useMemo, useState } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import type { DeadLetterFilterInput, LetterCountsFragment } from '../../generated/graphql';
import { Notice, ProblemNotice } from '../parts/Notice';
import { Shape } from '../parts/Status';
import { countText } from '../parts/words';
import { searchWith, useParameter } from '../state/location';
import '../style/deadletters.css';
import { DiscardDialog } from './DiscardDialog';
import { Filters } from './Filters';
import { type LetterFilter, useLetterFilter } from './filter';
import { LetterPanel } from './LetterPanel';
import { LetterTable } from './LetterTable';
import { Replay, type Target } from './Replay';
import { useLetters } from './useLetters';
import { categories } from './words';

const nobody: ReadonlySet<string> = new Set();

function Empty() {
  return (
    <Notice tone="good" title="No dead letters">
      <p>Everything that was sent could be taken in. What can’t be is kept here whole, with the reason, to be edited, replayed or discarded.</p>
      <p><Link className="button" href="/">All iterations</Link></p>
    </Notice>
  );
}

interface BulkProperties {
  readonly target: Target;
  readonly what: string;
  readonly refused: string | null;
  readonly replay: (target: Target) => void;
  readonly discard: (target: Target) => void;
  readonly clear: (() => void) | null;
}

function Bulk({ target, what, refused, replay, discard, clear }: BulkProperties) {
  return (
    <div className="bulk" role="group" aria-label="Many at once">
      <span role="status">{what}</span>
      <button type="button" className="button" disabled={refused !== null} aria-describedby="bulk-refused" onClick={() => replay(target)}>Try a replay</button>
      <button type="button" className="button" disabled={refused !== null} aria-describedby="bulk-refused" onClick={() => discard(target)}>Discard…</button>
      {clear !== null && <button type="button" className="button" onClick={clear}>Choose none</button>}
      <span id="bulk-refused" className="quiet">{refused}</span>
    </div>
  );
}

const inputOf = ({ category, stream, iterationId, from, to }: LetterFilter): DeadLetterFilterInput => ({ category, stream, iterationId, from, to });

/** The server counts by category only; what is narrowed further is known once all of it is listed. */
function matchingCount({ category, stream, iterationId, from, to }: LetterFilter, counts: LetterCountsFragment, listed: number, more: boolean): number | null {
  if (!more) return listed;
  if (stream !== null || iterationId !== null || from !== null || to !== null) return null;
  return category === null ? counts.waiting : categories[category].count(counts);
}

export function DeadLettersView() {
  const state = useLetterFilter();
  const { answer, error, behind, refresh, loadMore } = useLetters(state.filter);
  const [letter] = useParameter('letter');
  const search = useSearch();
  const [, navigate] = useLocation();
  const [chosen, setChosen] = useState(nobody);
  const [trying, setTrying] = useState<Target | null>(null);
  const [discarding, setDiscarding] = useState<Target | null>(null);
  const [said, setSaid] = useState('');
  useEffect(() => { document.title = 'Dead letters · Mission Control'; }, []);
  useEffect(() => { setChosen(nobody); setTrying(null); }, [state.filter]);
  useEffect(() => { setTrying(null); }, [letter]);
  const rows = answer?.rows;
  const known = useMemo(() => [...new Set((rows ?? []).flatMap((row) => (row.iterationId === null ? [] : [row.iterationId])))].sort(), [rows]);
  if (answer === null || rows === undefined) return error !== undefined ? <ProblemNotice error={error} retry={refresh} /> : <p className="loading" role="status">Asking the server for dead letters…</p>;
  if (answer.counts.waiting === 0 && letter === '' && !state.narrowed) return <>{said !== '' && <p className="loading" role="status">{said}</p>}<Empty /></>;
  const refused = answer.me.permissions.includes('iteration:write') ? null
    : `Your role ${(answer.me.role ?? 'nobody').toLowerCase()} may read only; replaying, editing and discarding need the permission iteration:write.`;
  const matching = matchingCount(state.filter, answer.counts, rows.length, answer.more);
  const target: Target = chosen.size > 0 ? { ids: [...chosen] } : answer.more ? { filter: inputOf(state.filter), count: matching } : { ids: rows.map((row) => row.id) };
  const open = (id: string) => navigate(`/dead-letters${searchWith(search, { letter: id })}`, { replace: true });
  return (
    <div className="dead-letters">
      <div className="title">
        <h1>Dead letters</h1>
        <p><strong>{countText(answer.counts.waiting)}</strong> {answer.counts.waiting === 1 ? 'waits' : 'wait'}</p>
        {error !== undefined && <p className="stale" role="status"><Shape tone="wait" />The server does not answer; this is what it said last.</p>}
        <p role="status">{said}</p>
      </div>
      <Filters state={state} counts={answer.counts} known={known} />
      {rows.length > 0 && (
        <Bulk target={target} refused={refused} replay={setTrying} discard={setDiscarding} clear={chosen.size > 0 ? () => setChosen(nobody) : null}
          what={chosen.size > 0 ? `${countText(chosen.size)} chosen` : matching === null ? `All that match, more than ${countText(rows.length)}` : `All ${countText(matching)}${state.narrowed ? ' that match' : ''}`} />
      )}
      <div className="split">
        <div className={behind ? 'behind' : undefined}>
          {rows.length === 0
            ? <p className="loading" role="status">None matches. {state.narrowed && <Link className="button" href="/dead-letters">Show all</Link>}</p>
            : <LetterTable rows={rows} more={answer.more} total={answer.more ? null : rows.length + 1} openId={letter} chosen={chosen} choose={setChosen} loadMore={loadMore} />}
        </div>
        <div className="panel detail">
          {trying !== null && <Replay heading="h2" target={trying} close={() => setTrying(null)} done={() => { setChosen(nobody); refresh(); }} />}
          {trying === null && letter !== '' && <LetterPanel id={letter} refused={refused} changed={refresh} open={open} discard={setDiscarding} />}
          {trying === null && letter === '' && <p className="quiet">Open a letter to see what was sent, where it differs from the schema, and what can be done.</p>}
        </div>
      </div>
      {discarding !== null && <DiscardDialog target={discarding} close={() => setDiscarding(null)}
        done={(sentence) => { setDiscarding(null); setChosen(nobody); setSaid(sentence); if ('ids' in discarding && discarding.ids.includes(letter)) navigate(`/dead-letters${searchWith(search, { letter: null })}`, { replace: true }); refresh(); }} />}
    </div>
  );
}
