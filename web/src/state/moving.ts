/* The moment under the thumb of the time bar while it is dragged or plays. The URL is the home of V and K, but browsers refuse to write the
 * address more than some hundred times in half a minute; so views follow this, and the address follows after (time/scrub.ts). */
import { create } from 'zustand';
import type { Moment } from './location';

interface Moving {
  readonly moment: Moment | null | undefined; // undefined: nothing moves, the address says it; null: now
  readonly move: (moment: Moment | null) => void;
  readonly rest: () => void;
}

export const useMoving = create<Moving>()((set) => ({
  moment: undefined,
  move: (moment) => set({ moment }),
  rest: () => set({ moment: undefined }),
}));
