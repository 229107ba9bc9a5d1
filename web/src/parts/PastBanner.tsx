/* Whenever one is not looking at now, every view says so, and there is a way back. */
import { Link, useLocation, useSearch } from 'wouter';
import { searchWith, usePlace } from '../state/location';
import { At } from './time';

export function PastBanner() {
  const { moment } = usePlace();
  const [path] = useLocation();
  const search = useSearch();
  if (moment === null) return null;
  return (
    <aside className="past" aria-label="Moment">
      <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M4 5v5h5M4.6 10A8 8 0 1 1 4 13M12 8v5l3 2" /></svg>
      <p>
        <strong>You are not looking at now.</strong>{' '}
        {moment.asOf !== null && <>What was true at <At moment={moment.asOf} />, </>}
        {moment.asOf === null && moment.observedAt !== null && <>What was believed at <At moment={moment.observedAt} />.</>}
        {moment.asOf !== null && (moment.observedAt === null ? 'as it is known today.' : <>as it was known at <At moment={moment.observedAt} />.</>)}
      </p>
      <Link className="button" href={path + searchWith(search, { asOf: null, observedAt: null })}>Back to now</Link>
    </aside>
  );
}
