/* Keeps a lens up to date. The server pushes that something in this lens changed; the lens then asks for what it shows, which for
 * a thousand nodes takes the server less than a frame. A burst of updates is one question: the next one goes out when the answer
 * to the last has come, and not before a share of the time that it took, so that large graphs are asked for less often. */
import { useEffect, useRef, useState } from 'react';
import { useSubscription } from 'urql';
import { type Lens, NodeUpdatesDocument } from '../../generated/graphql';

const PAUSE_LEAST_MS = 30, PAUSE_SHARE = 1.5;

interface Reflects {
  readonly position: number;
  readonly validAt: string;
}

interface LiveLens {
  readonly iterationId: string;
  readonly lens: Lens | null; // null: whatever changes in the iteration
  readonly meta: Reflects | undefined; // of the answer that is shown; nothing is watched before there is one
  readonly fetching: boolean;
  readonly now: boolean; // the past does not change, so nobody watches it
  readonly refresh: () => void;
}

export function useLiveLens({ iterationId, lens, meta, fetching, now, refresh }: LiveLens): void {
  const [since, setSince] = useState<string | null>(null);
  useEffect(() => { setSince(null); }, [iterationId, lens, now]);
  useEffect(() => { if (since === null && meta !== undefined) setSince(`${meta.position}@${Date.parse(meta.validAt)}`); }, [since, meta]);
  const [{ data }] = useSubscription({ query: NodeUpdatesDocument, variables: { iterationId, lenses: lens === null ? null : [lens], since }, pause: !now || since === null });
  const point = data?.nodeStatusUpdated.point ?? null;
  const asked = useRef({ point: null as string | null, at: 0, took: 0 });
  useEffect(() => { if (!fetching && asked.current.at > 0) asked.current.took = performance.now() - asked.current.at; }, [fetching]);
  useEffect(() => {
    if (point === null || point === asked.current.point || fetching) return undefined;
    const ask = () => { asked.current = { ...asked.current, point, at: performance.now() }; refresh(); };
    const rest = asked.current.at + asked.current.took * PAUSE_SHARE + PAUSE_LEAST_MS - performance.now();
    if (rest <= 0) { ask(); return undefined; }
    const timer = setTimeout(ask, rest);
    return () => clearTimeout(timer);
  }, [point, fetching, refresh]);
}
