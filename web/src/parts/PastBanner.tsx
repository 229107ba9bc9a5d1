/* Whenever one is not looking at now, or compares two moments, every view says so, and there is a way back. It lies over the page, so that
 * nothing moves when it comes and goes while time is scrubbed. */
import { Link, useLocation, useSearch } from 'wouter';
import { type Moment, searchWith, usePlace } from '../state/location';
import { At } from './time';

/** The moment in words; V goes with K where K alone is named. */
function Sentence({ moment }: { readonly moment: Moment }) {
  if (moment.asOf === null && moment.observedAt !== null) return <>What was known at <At moment={moment.observedAt} />, and no more.</>;
  if (moment.asOf === null) return null;
  return <>What was true at <At moment={moment.asOf} />, {moment.observedAt === null ? 'as it is known today.' : <>as it was known at <At moment={moment.observedAt} />.</>}</>;
}

export function PastBanner() {
  const { moment, mark } = usePlace();
  const [path] = useLocation();
  const search = useSearch();
  if (moment === null && mark === null) return null;
  return (
    <aside className={`past ${moment === null ? 'comparing' : ''}`} aria-label="Moment">
      <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M4 5v5h5M4.6 10A8 8 0 1 1 4 13M12 8v5l3 2" /></svg>
      <p>
        {moment !== null && <><strong>You are not looking at now.</strong> <Sentence moment={moment} /></>}
        {mark !== null && mark.asOf !== null && <> {moment === null ? <strong>Compared</strong> : 'Compared'} with {mark.observedAt !== null && mark.observedAt === mark.asOf ? 'what was known at ' : ''}<At moment={mark.asOf} />
          {mark.observedAt !== null && mark.observedAt !== mark.asOf && <>, as it was known at <At moment={mark.observedAt} /></>}.</>}
      </p>
      {mark !== null && <Link className="button" href={path + searchWith(search, { compareWith: null, compareKnownAt: null })}>Stop comparing</Link>}
      {moment !== null && <Link className="button" href={path + searchWith(search, { asOf: null, observedAt: null })}>Back to now</Link>}
    </aside>
  );
}
