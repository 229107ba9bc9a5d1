/* The bar under every view of an iteration: when what happened, when the verdict changed, and a thumb to look at any moment. */
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useSearchParams } from 'wouter';
import { dayText, type Range } from './axis';
import { momentWith, useClock } from './clock';
import { ClockSwitch } from './ClockSwitch';
import { Compare } from './Compare';
import { Controls } from './Controls';
import { TRACK_PX } from './Density';
import { Track } from './Track';
import { useTime } from './useTime';
import { useTimeline } from './useTimeline';
import '../style/time.css';

function useWidth() {
  const element = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const node = element.current;
    if (node === null) return undefined;
    const observer = new ResizeObserver(() => setWidth(Math.floor(node.clientWidth)));
    observer.observe(node);
    setWidth(Math.floor(node.clientWidth));
    return () => observer.disconnect();
  }, []);
  return [element, width] as const;
}

/** Changes parameters of the address as one entry in the history. */
function useAddress() {
  const [, setParameters] = useSearchParams();
  return useCallback((changes: Readonly<Record<string, string | null>>) => setParameters((was) => {
    const next = new URLSearchParams(was);
    for (const [name, value] of Object.entries(changes)) if (value === null) next.delete(name); else next.set(name, value);
    return next;
  }), [setParameters]);
}

export function TimeBar({ iterationId }: { readonly iterationId: string }) {
  const { clock, at, held } = useClock();
  const [frame, width] = useWidth();
  const [part, setPart] = useState<Range | null>(null); // what is zoomed into; null: the whole
  const { timeline, failed } = useTimeline(iterationId, clock, held, part, width);
  const change = useAddress();
  useEffect(() => { setPart(null); }, [iterationId, clock]);
  const time = useTime({ clock, at, held, part, setPart, timeline });
  if (failed) return null; // the view says what is the matter
  return (
    <footer className="time-bar" aria-label="Time">
      <div className="time-row">
        {time !== null && <>
          <Controls {...time.controls} />
          <ClockSwitch clock={clock} at={at} held={held} axis={time.track.whole} change={change} />
          <Compare iterationId={iterationId} moment={momentWith(clock, at, held)} change={change} />
        </>}
      </div>
      <div className="time-lanes">
        <div className="lane-names" style={{ height: TRACK_PX }} aria-hidden="true"><span>Verdict</span><span>DDE</span><span>BDV</span><span>ACC</span>{time !== null && <time>{dayText(time.track.range.from)}</time>}</div>
        <div className="time-frame" ref={frame} style={{ height: TRACK_PX }}>{time !== null && <Track {...time.track} width={width} />}</div>
      </div>
    </footer>
  );
}
