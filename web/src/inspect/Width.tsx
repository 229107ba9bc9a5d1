/* The edge of the panel: drag it, or move it with the arrow keys. How wide it is, is a preference. */
import { type KeyboardEvent, type PointerEvent, useRef, useState } from 'react';
import { usePreference } from '../state/preferences';

export const WIDTH_LEAST_PX = 280, WIDTH_MOST_PX = 900, WIDTH_FIRST_PX = 368;
const STEP_PX = 24;
const within = (px: number) => Math.round(Math.max(WIDTH_LEAST_PX, Math.min(WIDTH_MOST_PX, px)));

export function useInspectorWidth(): readonly [number, (px: number) => void] {
  const [width, setWidth] = usePreference<number>('inspect.width', WIDTH_FIRST_PX);
  return [within(width), (px) => setWidth(within(px))];
}

export function WidthHandle() {
  const [width, setWidth] = useInspectorWidth();
  const from = useRef({ x: 0, width: 0 });
  const [dragged, setDragged] = useState(false);
  const grip = (event: PointerEvent) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    from.current = { x: event.clientX, width };
    setDragged(true);
  };
  const drag = (event: PointerEvent) => { if (dragged) setWidth(from.current.width + from.current.x - event.clientX); };
  const press = (event: KeyboardEvent) => {
    const to = { ArrowLeft: width + STEP_PX, ArrowRight: width - STEP_PX, Home: WIDTH_LEAST_PX, End: WIDTH_MOST_PX }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    setWidth(to);
  };
  return (
    <div role="separator" aria-orientation="vertical" aria-label="Width of the panel" aria-valuenow={width} aria-valuemin={WIDTH_LEAST_PX} aria-valuemax={WIDTH_MOST_PX} tabIndex={0}
      className={`width-handle ${dragged ? 'dragged' : ''}`} title="Drag, or press the arrow keys; twice: as it was" onPointerDown={grip} onPointerMove={drag} onPointerUp={() => setDragged(false)} onPointerCancel={() => setDragged(false)}
      onDoubleClick={() => setWidth(WIDTH_FIRST_PX)} onKeyDown={press} />
  );
}
