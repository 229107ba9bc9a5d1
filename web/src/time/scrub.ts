/* Moving through time. Views follow at once (state/moving.ts); the address is written now and then while something moves, in the place of the
 * entry that is there, and once it rests: so "back" leads to where one was before, not through every step. */
import { useMemo } from 'react';
import { type Moment, searchWith } from '../state/location';
import { useMoving } from '../state/moving';
import { addressOf, type Clock, momentWith } from './clock';

const WRITE_MS = 350; // browsers refuse to write the address more than a hundred times in half a minute
const REST_MS = 600; // after the last key

export interface Scrub {
  readonly to: (at: number | null) => void; // moves; a rest is expected later
  readonly step: (at: number | null) => void; // moves, and rests by itself soon after
  readonly rest: () => void;
}

const addressNow = () => window.location.pathname + window.location.search + window.location.hash;
const addressWith = (clock: Clock, moment: Moment | null) => window.location.pathname + searchWith(window.location.search, addressOf(clock, moment)) + window.location.hash;

class Scrubber implements Scrub {
  clock: Clock = 'valid';
  held: string | null = null;
  #origin: string | null = null; // the address before it moved; null: it rests
  #moment: Moment | null = null;
  #writing: number | undefined;
  #resting: number | undefined;

  to = (at: number | null): void => {
    this.#origin ??= addressNow();
    this.#moment = momentWith(this.clock, at, this.held);
    useMoving.getState().move(this.#moment);
    clearTimeout(this.#resting);
    this.#writing ??= window.setTimeout(() => {
      this.#writing = undefined;
      window.history.replaceState(window.history.state, '', addressWith(this.clock, this.#moment));
    }, WRITE_MS);
  };

  step = (at: number | null): void => {
    this.to(at);
    this.#resting = window.setTimeout(this.rest, REST_MS);
  };

  rest = (): void => {
    clearTimeout(this.#writing);
    clearTimeout(this.#resting);
    this.#writing = undefined;
    if (this.#origin === null) return;
    const target = addressWith(this.clock, this.#moment), { pathname, search, hash } = new URL(this.#origin, window.location.href);
    const origin = this.#origin;
    this.#origin = null;
    if (pathname === window.location.pathname && pathname + search + hash !== target) { // else another view was opened meanwhile
      window.history.replaceState(window.history.state, '', origin);
      window.history.pushState(null, '', target);
    } else {
      window.history.replaceState(window.history.state, '', target);
    }
    useMoving.getState().rest();
  };
}

export function useScrub(clock: Clock, held: string | null): Scrub {
  const scrubber = useMemo(() => new Scrubber(), []);
  scrubber.clock = clock;
  scrubber.held = held;
  return scrubber;
}
