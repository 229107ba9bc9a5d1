/* How much happened when: a lane for each stream, so that they differ by place and not by colour alone; above them the verdict, as it was. */
import { memo } from 'react';
import { verdictNames, verdictTone } from '../parts/words';
import { type Axis, type Bucket, type Range, ticksOf } from './axis';

export const LANES = ['dde', 'bdv', 'acc'] as const;
export const VERDICT_PX = 16, LANE_PX = 15, TICKS_PX = 15;
export const TRACK_PX = VERDICT_PX + LANES.length * LANE_PX + TICKS_PX;
const BAR_PX = LANE_PX - 3;

interface DensityProperties {
  readonly axis: Axis;
  readonly range: Range;
  readonly width: number;
}

/** One path for all bars of a lane. Heights grow with the logarithm, so that a single event is seen beside thousands. */
function lanePath(buckets: readonly Bucket[], lane: (typeof LANES)[number], x: (at: number) => number, base: number, most: number): string {
  let path = '';
  for (const bucket of buckets) {
    const count = bucket[lane];
    if (count === 0) continue;
    const left = x(bucket.from), right = Math.max(x(bucket.to + 1) - 0.6, left + 1.2), height = Math.max(2, (Math.log1p(count) / Math.log1p(most)) * BAR_PX);
    path += `M${left.toFixed(1)} ${base}V${(base - height).toFixed(1)}H${right.toFixed(1)}V${base}Z`;
  }
  return path;
}

function Verdicts({ axis, range, x, width }: DensityProperties & { readonly x: (at: number) => number }) {
  return (
    <g className="verdicts">
      {axis.marks.map((mark, i) => {
        const until = axis.marks[i + 1]?.at ?? (axis.complete ? range.to : Math.max(mark.at, Math.min(axis.reached, range.to)));
        const left = Math.max(0, x(mark.at)), right = Math.min(width, x(until));
        if (right <= left) return null;
        const name = verdictNames[mark.to];
        return (
          <g key={mark.at} className={verdictTone(mark.to)}>
            <rect className="stretch" x={left} y={1} width={right - left} height={VERDICT_PX - 3} />
            {right - left > name.length * 6.4 + 22 && <text x={left + 18} y={VERDICT_PX - 5}>{name}</text>}
          </g>
        );
      })}
    </g>
  );
}

export const Density = memo(({ axis, range, width }: DensityProperties) => {
  const x = (at: number) => ((at - range.from) / (range.to - range.from)) * width;
  const seen = axis.buckets.filter((one) => one.to >= range.from && one.from <= range.to);
  const most = Math.max(1, ...seen.map((one) => Math.max(one.dde, one.bdv, one.acc)));
  return (
    <svg className="density" width={width} height={TRACK_PX} viewBox={`0 0 ${width} ${TRACK_PX}`} aria-hidden="true">
      <Verdicts axis={axis} range={range} x={x} width={width} />
      {LANES.map((lane, i) => {
        const base = VERDICT_PX + (i + 1) * LANE_PX;
        return <g key={lane} className={`lane ${lane}`}><line x1={0} x2={width} y1={base + 0.5} y2={base + 0.5} /><path d={lanePath(seen, lane, x, base, most)} /></g>;
      })}
      <g className="ticks">
        {ticksOf(range, Math.max(2, Math.floor(width / 110))).map(({ at, text }) => (
          <g key={at}><line x1={x(at)} x2={x(at)} y1={VERDICT_PX} y2={TRACK_PX - TICKS_PX + 4} /><text x={x(at)} y={TRACK_PX - 2} textAnchor={x(at) < 30 ? 'start' : x(at) > width - 30 ? 'end' : 'middle'}>{text}</text></g>
        ))}
      </g>
    </svg>
  );
});
