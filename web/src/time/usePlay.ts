/* Playing: the moment moves by itself, at 1× through what is in sight in a minute, and stops at its end. */
import { useEffect, useRef, useState } from 'react';
import type { Range } from './axis';

export const speeds = [0.5, 1, 2, 4, 8, 16, 32, 64] as const;
export type Speed = (typeof speeds)[number];
const RANGE_MS = 60_000;

interface Play {
  readonly playing: boolean;
  readonly toggle: () => void;
  readonly stop: () => void;
}

/** `move` is told each new moment, `ended` that the end was reached. `from` says where to begin. */
export function usePlay(range: Range | null, speed: Speed, from: () => number, move: (at: number) => void, ended: () => void, stopped: () => void): Play {
  const [playing, setPlaying] = useState(false);
  const now = useRef({ range, speed, from, move, ended, stopped });
  now.current = { range, speed, from, move, ended, stopped };
  useEffect(() => {
    if (!playing) return undefined;
    let at = now.current.from(), last: number | null = null, frame = 0;
    const next = (time: number) => {
      const { range: shown, speed: times, move: to, ended: end } = now.current;
      if (shown === null) return;
      at += ((shown.to - shown.from) / RANGE_MS) * times * (last === null ? 0 : Math.min(time - last, 100));
      last = time;
      if (at >= shown.to) { setPlaying(false); end(); return; }
      to(at);
      frame = requestAnimationFrame(next);
    };
    frame = requestAnimationFrame(next);
    return () => cancelAnimationFrame(frame);
  }, [playing]);
  const stop = () => { if (playing) { setPlaying(false); now.current.stopped(); } };
  return { playing, stop, toggle: () => { if (playing) stop(); else setPlaying(true); } };
}
