/* Which of the two clocks the time bar moves, and what the other one does. V (`asOf`): what was true when. K (`observedAt`): what was known when;
 * V goes with it. The other clock may be held at a moment. All of it is in the address: `clock` says which moves where the moments do not. */
import { useMemo } from 'react';
import { useSearchParams } from 'wouter';
import { type Moment, usePlace } from '../state/location';

export type Clock = 'valid' | 'known';

export interface ClockState {
  readonly clock: Clock;
  readonly at: number | null; // of the clock that moves; null: now
  readonly held: string | null; // the other clock's moment
}

function clockIn(parameters: URLSearchParams): Clock {
  const said = parameters.get('clock');
  if (said === 'known' || said === 'valid') return said;
  return parameters.has('observedAt') && !parameters.has('asOf') ? 'known' : 'valid';
}

export function useClock(): ClockState {
  const [parameters] = useSearchParams();
  const { moment } = usePlace();
  const clock = clockIn(parameters);
  return useMemo(() => {
    const moves = clock === 'known' ? moment?.observedAt ?? null : moment?.asOf ?? null;
    const held = clock === 'known' ? moment?.asOf ?? null : moment?.observedAt ?? null;
    // Where V moves and only K is named, V stands where K is held.
    return { clock, at: moves !== null ? Date.parse(moves) : clock === 'valid' && held !== null ? Date.parse(held) : null, held };
  }, [clock, moment]);
}

/** The moment that is looked at when the clock that moves stands there. */
export function momentWith(clock: Clock, at: number | null, held: string | null): Moment | null {
  const moves = at === null ? null : new Date(at).toISOString();
  if (moves === null && held === null) return null;
  return clock === 'known' ? { asOf: held, observedAt: moves } : { asOf: moves, observedAt: held };
}

/** What the address has to say for it. */
export function addressOf(clock: Clock, moment: Moment | null): Readonly<Record<'asOf' | 'observedAt' | 'clock', string | null>> {
  const plain: Clock = moment !== null && moment.observedAt !== null && moment.asOf === null ? 'known' : 'valid';
  return { asOf: moment?.asOf ?? null, observedAt: moment?.observedAt ?? null, clock: clock === 'known' || plain !== clock ? clock : null };
}
