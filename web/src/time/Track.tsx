/* The part of the time bar that one points at: density, marks, and the thumb, which is the slider. */
import { type KeyboardEvent, type PointerEvent, type WheelEvent, useEffect, useRef } from 'react';
import { momentText } from '../parts/time';
import { verdictNames } from '../parts/words';
import { type Axis, type Range, verdictAt } from './axis';
import { Density, TRACK_PX } from './Density';
import { Marks } from './Marks';

export interface TrackProperties {
  readonly axis: Axis; // what is in sight
  readonly whole: Axis;
  readonly range: Range;
  readonly width: number;
  readonly at: number | null; // null: now
  readonly marked: number | null; // the other moment that is compared with
  readonly drag: (at: number | null) => void;
  readonly drop: () => void;
  readonly press: (name: string) => boolean; // a key; false: it means nothing
  readonly zoom: (factor: number, around: number) => void;
  readonly go: (at: number) => void;
}

/** React listens to wheels passively; zooming has to keep the page where it is. */
function useWheel(zoom: TrackProperties['zoom'], at: (x: number) => number) {
  const element = useRef<HTMLDivElement>(null);
  const now = useRef({ zoom, at });
  now.current = { zoom, at };
  useEffect(() => {
    const listen = (event: globalThis.WheelEvent | WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      now.current.zoom(Math.exp(event.deltaY * 0.002), now.current.at(event.clientX));
    };
    const node = element.current;
    node?.addEventListener('wheel', listen, { passive: false });
    return () => node?.removeEventListener('wheel', listen);
  }, []);
  return element;
}

export function Track(properties: TrackProperties) {
  const { axis, whole, range, width, at, marked, drag, drop, press, zoom, go } = properties;
  const element = useWheel(zoom, (clientX) => momentOf(clientX));
  const dragging = useRef(false);
  function momentOf(clientX: number): number {
    const box = element.current?.getBoundingClientRect();
    return range.from + ((clientX - (box?.left ?? 0)) / Math.max(1, width)) * (range.to - range.from);
  }
  const x = (moment: number) => ((moment - range.from) / (range.to - range.from)) * width;
  const pull = (event: PointerEvent) => { const moment = momentOf(event.clientX); drag(moment > whole.last && x(moment) > x(whole.last) + 3 ? null : Math.max(moment, whole.first)); };
  const grasp = (event: PointerEvent<HTMLDivElement>) => {
    if (event.button !== 0 || (event.target as Element).closest('.marks button') !== null) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    event.currentTarget.querySelector<HTMLElement>('[role="slider"]')?.focus({ preventScroll: true });
    dragging.current = true;
    pull(event);
  };
  const release = () => { if (dragging.current) { dragging.current = false; drop(); } };
  const keyDown = (event: KeyboardEvent) => { if (!event.altKey && !event.metaKey && !event.ctrlKey && press(event.key)) event.preventDefault(); };
  const left = at === null ? width : Math.max(0, Math.min(width, x(at))), hidden = at !== null && (at < range.from || at > range.to);
  const verdict = verdictAt(whole, at);
  return (
    <div className="track" ref={element} style={{ height: TRACK_PX }} onPointerDown={grasp} onPointerMove={(event) => { if (dragging.current) pull(event); }} onPointerUp={release} onPointerCancel={release}>
      {width > 0 && <Density axis={axis} range={range} width={width} />}
      <div className="future" style={{ left, width: Math.max(0, width - left) }} aria-hidden="true" />
      {marked !== null && marked >= range.from && marked <= range.to && <div className="flag" style={{ left: x(marked) }} aria-hidden="true"><span>A</span></div>}
      <div className={`thumb ${hidden ? 'beyond' : ''}`} style={{ left }} role="slider" tabIndex={0} aria-label="Moment" aria-orientation="horizontal" aria-valuemin={whole.first} aria-valuemax={whole.last + 1}
        aria-valuenow={at === null ? whole.last + 1 : Math.max(whole.first, Math.min(whole.last, at))}
        aria-valuetext={`${at === null ? 'Now' : momentText(new Date(at).toISOString())}, ${verdict === null ? 'no verdict' : verdictNames[verdict]}`} onKeyDown={keyDown}><span className="grip" /></div>
      <Marks marks={whole.marks} range={range} width={width} at={at} go={go} />
    </div>
  );
}
