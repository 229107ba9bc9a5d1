/* What the server says of the iteration along the clock that moves: over the whole, and over the part that is zoomed into. Verdicts are
 * worked out a piece at a time, so it is asked again until all are there; and now and then, as events come. */
import { useEffect, useMemo, useState } from 'react';
import { useQuery } from 'urql';
import { TimelineDocument, type TimelineQuery } from '../../generated/graphql';
import { type Axis, type Range, readAxis } from './axis';
import type { Clock } from './clock';

const AGAIN_MS = 80, REFRESH_MS = 5000;

interface Question {
  readonly iterationId: string;
  readonly clock: Clock;
  readonly held: string | null; // the other clock
  readonly range: Range | null; // null: the whole
  readonly buckets: number;
  readonly pause: boolean;
}

function useOne({ iterationId, clock, held, range, buckets, pause }: Question): { readonly axis: Axis | null; readonly failed: boolean } {
  const iso = (at: number) => new Date(at).toISOString();
  const variables = {
    iterationId, clock: clock === 'known' ? 'KNOWN' as const : 'VALID' as const, asOf: clock === 'known' ? held : null, observedAt: clock === 'known' ? null : held,
    from: range === null ? null : iso(Math.floor(range.from)), to: range === null ? null : iso(Math.ceil(range.to)), buckets,
  };
  const [{ data, error, fetching }, ask] = useQuery({ query: TimelineDocument, variables, pause });
  const told = data?.timeline ?? null;
  const of = `${iterationId} ${clock} ${held ?? ''}`;
  const [kept, setKept] = useState<{ readonly of: string; readonly told: TimelineQuery['timeline'] }>({ of, told });
  if (told !== null && !fetching && (kept.told !== told || kept.of !== of)) setKept({ of, told });
  useEffect(() => {
    if (pause || fetching) return undefined;
    const timer = setTimeout(() => { if (!document.hidden) ask({ requestPolicy: 'network-only' }); }, told?.complete === false ? AGAIN_MS : REFRESH_MS);
    return () => clearTimeout(timer);
  }, [told, fetching, pause, ask]);
  const axis = useMemo(() => (kept.of !== of || kept.told === null ? null : readAxis(kept.told)), [kept, of]);
  return { axis, failed: error !== undefined && axis === null };
}

export interface Timeline {
  readonly whole: Axis;
  readonly part: Axis; // the same where nothing is zoomed into
}

/** `timeline` is null where nothing is known yet; `failed`: nor will be. While the next answer is on its way the last one stays. */
export function useTimeline(iterationId: string, clock: Clock, held: string | null, range: Range | null, width: number): { readonly timeline: Timeline | null; readonly failed: boolean } {
  const buckets = Math.max(20, Math.min(600, Math.round(width / 40) * 10)); // 4 pixels each; not another question for each pixel
  const { axis: whole, failed } = useOne({ iterationId, clock, held, range: null, buckets, pause: width === 0 });
  const { axis: part } = useOne({ iterationId, clock, held, range, buckets, pause: width === 0 || range === null });
  const timeline = useMemo(() => (whole === null ? null : { whole, part: range === null ? whole : part ?? whole }), [whole, part, range === null]);
  return { timeline, failed };
}
