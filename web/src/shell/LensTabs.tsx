/* The views of an iteration as tabs; each that is a stream shows how the stream stands. They are links, so each has an address. */
import { Link, useSearch } from 'wouter';
import type { StreamStatus, VerdictPartsFragment } from '../../generated/graphql';
import { Shape } from '../parts/Status';
import { streamTones, streamWords } from '../parts/words';
import { iterationPath, type IterationViewName } from '../state/location';
import { views } from './views';

interface TabProperties {
  readonly iterationId: string;
  readonly current: IterationViewName;
  readonly streams: VerdictPartsFragment['streams'] | undefined;
}

export function LensTabs({ iterationId, current, streams }: TabProperties) {
  const search = useSearch();
  const statusOf = (lens: string | null): StreamStatus | null => streams?.find((one) => one.stream === lens)?.status ?? null;
  return (
    <nav className="lens-tabs" aria-label="Views of the iteration">
      {views.map((view) => {
        const status = statusOf(view.lens);
        return (
          <Link key={view.name} href={`${iterationPath(iterationId, view.name)}${search === '' ? '' : `?${search}`}`} aria-current={view.name === current ? 'page' : undefined}>
            {status !== null && <Shape tone={streamTones[status]} />}{view.title}{status !== null && <span className="hidden">: {streamWords[status]}</span>}
          </Link>
        );
      })}
    </nav>
  );
}
