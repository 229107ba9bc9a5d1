/* Taking letters in again, in two steps: a dry run says event by event what would happen and changes nothing; then those that would be
 * taken in are, by id: what came to match since then was not looked at. */
import { useEffect, useRef, useState } from 'react';
import { useMutation } from 'urql';
import { type DeadLetterFilterInput, type EventOutcomePartsFragment, ReplayDeadLettersDocument, type ReplayDeadLettersMutation } from '../../generated/graphql';
import { Shape } from '../parts/Status';
import { countText } from '../parts/words';
import { outcomes, refusalText } from './words';

export type Target = { readonly ids: readonly string[] } | { readonly filter: DeadLetterFilterInput; readonly count: number | null };

/** For the mutations' variables. */
export const targetVariables = (target: Target) => ('ids' in target ? { ids: target.ids, filter: null } : { ids: null, filter: target.filter });
/** null: it is not known how many match. */
export const targetCount = (target: Target) => ('ids' in target ? target.ids.length : target.count);

type Result = NonNullable<ReplayDeadLettersMutation['replayDeadLetters']>;
const LISTED_MAX = 100;

function summary({ dryRun, accepted, duplicates, conflicts, rejected }: Result): string {
  const parts = ([[accepted, 'ACCEPTED'], [duplicates, 'DUPLICATE'], [conflicts, 'CONFLICT'], [rejected, 'REJECTED']] as const)
    .filter(([count]) => count > 0).map(([count, outcome]) => `${countText(count)} ${dryRun ? outcomes[outcome].would : outcomes[outcome].did}`);
  const said = parts.length === 0 ? 'no letter matches any more' : parts.join('; ');
  return dryRun ? `Dry run: ${said}. Nothing has changed.` : `Replayed: ${said}.`;
}

export function OutcomeLine({ event, dryRun }: { readonly event: EventOutcomePartsFragment; readonly dryRun: boolean }) {
  const words = outcomes[event.outcome];
  return (
    <li>
      <span className={`light ${words.tone}`}><Shape tone={words.tone} /></span>
      <span>
        {event.deadLetterId !== null && <strong>#{event.deadLetterId}</strong>} {dryRun ? words.would : words.did}
        {event.seq !== null && !dryRun && <> as event <span className="mono">#{event.seq}</span> of the log</>}
        {event.reason !== null && <span className="sub">{event.reason}</span>}
      </span>
    </li>
  );
}

interface ReplayProperties {
  readonly target: Target;
  readonly close: () => void;
  readonly done: () => void; // something was taken in
  readonly heading?: 'h2' | 'h3';
}

export function Replay({ target, close, done, heading: Heading = 'h3' }: ReplayProperties) {
  const [{ data, error, fetching }, replay] = useMutation(ReplayDeadLettersDocument);
  const [more, setMore] = useState(false); // the dry run was of the first ones only
  const box = useRef<HTMLElement>(null);
  const [asked] = useState(target); // what was looked at, whatever is selected meanwhile
  const result = data?.replayDeadLetters;
  const would = (result?.results ?? []).flatMap((one) => ((one.outcome === 'ACCEPTED' || one.outcome === 'DUPLICATE') && one.deadLetterId !== null ? [one.deadLetterId] : []));
  const run = async (dryRun: boolean) => {
    const answer = await replay({ ...targetVariables(dryRun ? asked : { ids: would }), dryRun });
    if (dryRun) setMore(answer.data?.replayDeadLetters?.more === true);
    if (!dryRun && answer.data?.replayDeadLetters != null) done();
  };
  const again = more || result?.more === true;
  const begun = useRef(false); // once, also where effects run twice
  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    box.current?.focus();
    void run(true);
  });
  return (
    <section className="replay" ref={box} tabIndex={-1} aria-labelledby="replay-title">
      <Heading id="replay-title">{result?.dryRun === false ? 'Replayed' : 'Replay, tried out'}</Heading>
      <div role="status">
        {fetching && <p className="quiet">{result == null ? 'Trying out what would happen…' : 'Replaying…'}</p>}
        {error !== undefined && <p className="light bad"><Shape tone="bad" />{refusalText(error)}</p>}
        {result != null && !fetching && <p>{summary(result)}{result.dryRun && would.length > 0 && would.length < result.results.length && ' Those that would be refused stay as they are.'}{again && ' Others match, too; replay again for those.'}</p>}
      </div>
      {result != null && (
        <ul className="outcomes" tabIndex={result.results.length > 4 ? 0 : undefined} aria-label="Event by event">
          {result.results.slice(0, LISTED_MAX).map((event, index) => <OutcomeLine key={event.deadLetterId ?? index} event={event} dryRun={result.dryRun} />)}
          {result.results.length > LISTED_MAX && <li className="quiet">and {countText(result.results.length - LISTED_MAX)} more</li>}
        </ul>
      )}
      <p className="actions">
        {result?.dryRun === true && would.length > 0 && <button type="button" className="button primary" disabled={fetching} onClick={() => { void run(false); }}>Replay {countText(would.length)} now</button>}
        {result?.dryRun === false && again && <button type="button" className="button" disabled={fetching} onClick={() => { void run(true); }}>Try out the next</button>}
        <button type="button" className="button" onClick={close}>Close</button>
      </p>
    </section>
  );
}
