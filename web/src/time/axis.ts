/* What the time bar reckons with: moments as milliseconds, from the server's answer. Pure. */
import type { TimelineMarkPartsFragment, TimelineQuery, VerdictKind } from '../../generated/graphql';

export interface Bucket {
  readonly from: number;
  readonly to: number;
  readonly dde: number;
  readonly bdv: number;
  readonly acc: number;
  readonly control: number;
}

export interface Mark {
  readonly at: number;
  readonly from: VerdictKind | null;
  readonly to: VerdictKind;
  readonly event: TimelineMarkPartsFragment;
}

export interface Axis {
  readonly first: number; // of all facts
  readonly last: number;
  readonly factCount: number;
  readonly buckets: readonly Bucket[];
  readonly stops: readonly number[]; // where a step leads, in order: each event, or where there are very many the first and last of each bucket
  readonly marks: readonly Mark[];
  readonly complete: boolean;
  readonly reached: number; // verdicts are known up to here
}

export interface Range {
  readonly from: number;
  readonly to: number;
}

const ms = (moment: string) => Date.parse(moment);

/** null: there is no fact on this clock. */
export function readAxis(told: NonNullable<TimelineQuery['timeline']>): Axis | null {
  if (told.first === null || told.last === null) return null;
  const ends = () => told.buckets.flatMap((one) => (one.first === null || one.last === null ? [] : one.first === one.last ? [one.first] : [one.first, one.last]));
  return {
    first: ms(told.first), last: ms(told.last), factCount: told.factCount, complete: told.complete,
    reached: told.complete ? Infinity : told.reached === null ? -Infinity : ms(told.reached),
    buckets: told.buckets.map((one) => ({ ...one, from: ms(one.from), to: ms(one.to) })),
    stops: (told.moments ?? ends()).map(ms),
    marks: told.marks.map((event) => ({ at: ms(event.moment), from: event.from, to: event.to, event })),
  };
}

/** How many of the sorted numbers are not greater. */
export function countUpTo(sorted: readonly number[], at: number): number {
  let low = 0, high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) <= at) low = middle + 1; else high = middle;
  }
  return low;
}

/** The last stop at or before: between two stops nothing changes. The first one where there is none before. */
export function snap(axis: Axis, at: number): number {
  return axis.stops[Math.max(0, countUpTo(axis.stops, at) - 1)] ?? at;
}

/** The verdict at a moment; null: nothing was there, or it is not known yet. */
export function verdictAt(axis: Axis, at: number | null): VerdictKind | null {
  const moment = at ?? Infinity;
  const mark = axis.marks.findLast((one) => one.at <= moment);
  return mark === undefined || Math.min(moment, axis.last) > axis.reached ? null : mark.to;
}

/** Room at both ends, so that what happens there can be seen and grasped. */
export function wholeRange(axis: Axis): Range {
  const room = Math.max((axis.last - axis.first) * 0.015, axis.last - axis.first < 1000 ? 500 : 1);
  return { from: axis.first - room, to: axis.last + room };
}

/** The range by this factor, around a moment that keeps its place; never beyond the whole. */
export function zoomed(range: Range, factor: number, around: number, whole: Range): Range | null {
  const from = around - (around - range.from) * factor, to = around + (range.to - around) * factor;
  if (to - from >= whole.to - whole.from) return null;
  const least = 20; // milliseconds: closer there is nothing more to see
  return to - from < least ? range : within({ from, to }, whole);
}

export function within(range: Range, whole: Range): Range {
  const span = Math.min(range.to - range.from, whole.to - whole.from);
  const from = Math.min(Math.max(range.from, whole.from), whole.to - span);
  return { from, to: from + span };
}

const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 10_800_000, 21_600_000, 43_200_000,
  86_400_000, 172_800_000, 604_800_000, 2_592_000_000, 7_776_000_000, 31_536_000_000];

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sept', 'Oct', 'Nov', 'Dec'];

export function dayText(at: number): string {
  const day = new Date(at);
  return `${day.getUTCDate()} ${months[day.getUTCMonth()] ?? ''}`;
}

/** Round moments, and how they are written. */
export function ticksOf(range: Range, most: number): readonly { readonly at: number; readonly text: string }[] {
  const step = steps.find((one) => (range.to - range.from) / one <= most) ?? 31_536_000_000 * 10;
  const unit = step >= 86_400_000 ? 'day' : step >= 60_000 ? 'minute' : step >= 1000 ? 'second' : 'ms';
  const ticks = [];
  for (let at = Math.ceil(range.from / step) * step; at <= range.to; at += step) {
    const text = new Date(at).toISOString();
    const day = dayText(at);
    const clock = unit === 'minute' ? text.slice(11, 16) : unit === 'second' ? text.slice(11, 19) : text.slice(11, 23);
    ticks.push({ at, text: unit === 'day' ? (text.slice(0, 4) === new Date(range.to).toISOString().slice(0, 4) ? day : `${day} ${text.slice(0, 4)}`) : clock === '00:00' ? day : clock });
  }
  return ticks;
}
