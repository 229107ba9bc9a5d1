/* What the parts of the time bar do: where the thumb is, and what moves it. The thumb follows the pointer; views follow it from event to event, as between
 * two events nothing changes, and stand exactly where it is let go. */
import { useEffect, useMemo, useState } from 'react';
import type { ComponentProps } from 'react';
import { type Axis, countUpTo, type Range, snap, verdictAt, wholeRange, within, zoomed } from './axis';
import type { Clock } from './clock';
import type { Controls } from './Controls';
import { useMark } from './difference';
import { useScrub } from './scrub';
import type { Track } from './Track';
import { type Speed, usePlay } from './usePlay';
import type { Timeline } from './useTimeline';

interface TimeQuestion {
  readonly clock: Clock;
  readonly at: number | null;
  readonly held: string | null;
  readonly part: Range | null;
  readonly setPart: (part: Range | null) => void;
  readonly timeline: Timeline | null;
}

interface Time {
  readonly controls: ComponentProps<typeof Controls>;
  readonly track: Omit<ComponentProps<typeof Track>, 'width'>;
}

/** The next one in a direction; null: now, behind all. */
function neighbour(sorted: readonly number[], from: number | null, by: 1 | -1): number | null {
  if (by > 0) return from === null ? null : sorted[countUpTo(sorted, from)] ?? null;
  return sorted[Math.max(0, countUpTo(sorted, from === null ? Infinity : from - 1) - 1)] ?? null;
}

/** From event to event: those in sight are all known; beyond them those of the whole. */
function stopFrom(part: Axis, whole: Axis, from: number | null, by: 1 | -1): number | null {
  const near = neighbour(part.stops, from, by), far = neighbour(whole.stops, from, by);
  if (near === null || (from !== null && (by > 0 ? near <= from : near >= from))) return far;
  return far !== null && far !== near && part !== whole && (by > 0 ? far < near : far > near) ? far : near;
}

export function useTime({ clock, at, held, part, setPart, timeline }: TimeQuestion): Time | null {
  const mark = useMark();
  const [speed, setSpeed] = useState<Speed>(1);
  const [glide, setGlide] = useState<number | null | undefined>(undefined); // where the thumb is while it is moved; undefined: it rests
  const scrub = useScrub(clock, held);
  useEffect(() => () => scrub.rest(), [scrub]);
  const whole = timeline?.whole ?? null, axis = timeline?.part ?? null;
  const wide = useMemo(() => (whole === null ? null : wholeRange(whole)), [whole]);
  const range = part ?? wide, shown = glide === undefined ? at : glide;

  const rest = (moment: number | null) => { scrub.to(moment); scrub.rest(); setGlide(undefined); };
  const drag = (moment: number | null) => { setGlide(moment); scrub.to(moment === null || axis === null ? null : snap(axis, moment)); };
  const begin = () => (range === null ? 0 : shown === null || shown >= Math.min(range.to, whole?.last ?? 0) ? range.from : Math.max(shown, range.from));
  const play = usePlay(range, speed, begin, drag, () => rest(part === null ? null : part.to), () => rest(shown));
  if (whole === null || axis === null || range === null || wide === null) return null;

  const reveal = (moment: number | null) => {
    const to = moment ?? wide.to, span = range.to - range.from;
    if (part !== null && (to < part.from || to > part.to)) setPart(within({ from: to - span / 2, to: to + span / 2 }, wide));
  };
  const step = (moment: number | null) => { play.stop(); setGlide(undefined); scrub.step(moment); reveal(moment); };
  const zoom = (factor: number, around = shown ?? range.to) => setPart(zoomed(range, factor, Math.min(Math.max(around, range.from), range.to), wide));
  const turns = whole.marks.map((one) => one.at);
  const press = (key: string): boolean => {
    switch (key) {
      case 'ArrowRight': case 'ArrowUp': step(stopFrom(axis, whole, shown, 1)); return true;
      case 'ArrowLeft': case 'ArrowDown': step(stopFrom(axis, whole, shown, -1)); return true;
      case 'PageDown': step(neighbour(turns, shown, 1)); return true;
      case 'PageUp': step(neighbour(turns, shown, -1)); return true;
      case 'Home': step(whole.first); return true;
      case 'End': step(null); return true;
      case ' ': play.toggle(); return true;
      case '+': case '=': zoom(0.5); return true;
      case '-': zoom(2); return true;
      case '0': setPart(null); return true;
      default: return false;
    }
  };
  const go = (moment: number | null) => { play.stop(); rest(moment); reveal(moment); };
  const marked = mark === null ? null : clock === 'known' ? mark.observedAt : mark.asOf;
  const shift = (range.to - range.from);
  return {
    controls: { shown, verdict: verdictAt(whole, shown), playing: play.playing, speed, setSpeed, toggle: play.toggle, press, zoomedIn: part !== null, zoom, whole: () => setPart(null),
      pan: (by) => setPart(within({ from: range.from + shift * by, to: range.to + shift * by }, wide)), now: () => go(null), working: !whole.complete },
    track: { axis, whole, range, at: shown, marked: marked === null ? null : Date.parse(marked), drag, drop: () => rest(shown), press, zoom, go },
  };
}
