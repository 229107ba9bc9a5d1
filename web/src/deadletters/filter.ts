/* What the list is narrowed to. All of it is in the address; what the server is asked with follows from it. */
import { useMemo } from 'react';
import type { DeadLetterCategory, Stream } from '../../generated/graphql';
import { useParameter } from '../state/location';
import { categories } from './words';

export interface LetterFilter {
  readonly category: DeadLetterCategory | null;
  readonly stream: Stream | null;
  readonly iterationId: string | null;
  readonly from: string | null;
  readonly to: string | null;
}

export const spans: readonly (readonly [string, string, number])[] = [['1h', 'Last hour', 3_600_000], ['1d', 'Last 24 hours', 86_400_000], ['7d', 'Last 7 days', 7 * 86_400_000]];
export const streams: readonly Stream[] = ['DDE', 'BDV', 'ACC'];

const time = (text: string): string | null => (Number.isNaN(Date.parse(text)) ? null : new Date(text).toISOString());

/** A span reaches back from the moment it was chosen: so the question stays the same from one look to the next. */
export function useLetterFilter() {
  const [category, setCategory] = useParameter('category');
  const [stream, setStream] = useParameter('stream');
  const [iteration, setIteration] = useParameter('iteration');
  const [received, setReceived] = useParameter('received');
  const [from, setFrom] = useParameter('from');
  const [to, setTo] = useParameter('to');
  const span = spans.find(([key]) => key === received);
  const back = useMemo(() => (span === undefined ? null : new Date(Date.now() - span[2]).toISOString()), [span]);
  const since = span === undefined ? time(from) : back;
  const until = span === undefined ? time(to) : null;
  const filter = useMemo<LetterFilter>(() => ({
    category: category in categories ? category as DeadLetterCategory : null,
    stream: streams.find((one) => one === stream) ?? null,
    iterationId: iteration === '' ? null : iteration,
    from: since,
    to: until,
  }), [category, stream, iteration, since, until]);
  const narrowed = category !== '' || stream !== '' || iteration !== '' || received !== '' || from !== '' || to !== '';
  return { filter, narrowed, category, setCategory, stream, setStream, iteration, setIteration, received, setReceived, from, setFrom, to, setTo };
}

export type LetterFilterState = ReturnType<typeof useLetterFilter>;
