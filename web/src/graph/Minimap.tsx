/* All of the drawing in a corner, with a frame around what is seen: where one is, and where trouble is that one does not see. Pressing or dragging
 * in it moves the window. It says nothing that the drawing and its table do not say, so it is not read out. */
import { type PointerEvent, type RefObject, useEffect, useImperativeHandle, useMemo, useRef, type Ref } from 'react';
import type { Drawing, GraphTone } from './model';
import type { GraphStage } from './stage';
import { boundsOf } from './svg';
import { usePalette } from './theme';
import { CLUSTER_FROM, type View } from './tiles';

const WIDTH_PX = 180, HEIGHT_MOST_PX = 104, HEIGHT_LEAST_PX = 40, PAD_PX = 6;
const order: readonly GraphTone[] = ['idle', 'good', 'run', 'wait', 'bad']; // what is worse is drawn over what is better

export interface MinimapHandle { readonly frame: (view: View) => void }

export function Minimap({ drawing, stage, handle }: { readonly drawing: Drawing; readonly stage: RefObject<GraphStage | null>; readonly handle: Ref<MinimapHandle> }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const map = useRef<HTMLDivElement>(null);
  const palette = usePalette();
  const { scale, height, left, top, bounds: all } = useMemo(() => {
    const bounds = boundsOf(drawing), wide = bounds.right - bounds.left, high = bounds.bottom - bounds.top;
    const fits = Math.min((WIDTH_PX - PAD_PX * 2) / wide, (HEIGHT_MOST_PX - PAD_PX * 2) / high);
    const size = Math.max(HEIGHT_LEAST_PX, high * fits + PAD_PX * 2);
    return { bounds, scale: fits, height: size, left: bounds.left - (WIDTH_PX / fits - wide) / 2, top: bounds.top - (size / fits - high) / 2 };
  }, [drawing]);

  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (context == null) return;
    const dense = window.devicePixelRatio;
    context.setTransform(dense, 0, 0, dense, 0, 0);
    context.clearRect(0, 0, WIDTH_PX, height);
    const colours: Record<GraphTone, string> = { idle: palette.lineStrong, good: palette.good, run: palette.run, wait: palette.wait, bad: palette.bad };
    for (const tone of order) {
      context.fillStyle = colours[tone];
      const least = drawing.nodes.length > CLUSTER_FROM ? 1.5 : tone === 'bad' ? 4 : tone === 'wait' ? 3 : 1.5;
      context.globalAlpha = tone === 'bad' || tone === 'wait' || tone === 'run' ? 1 : 0.55;
      for (const node of drawing.nodes) {
        if (node.tone !== tone) continue;
        const width = Math.max(least, node.width * scale), tall = Math.max(least, node.height * scale);
        context.fillRect((node.x - left) * scale - width / 2, (node.y - top) * scale - tall / 2, width, tall);
      }
    }
  }, [drawing, palette, scale, height, left, top]);

  const show = (view: View) => {
    if (frame.current === null) return;
    const x1 = Math.max(0, (view.x1 - left) * scale), y1 = Math.max(0, (view.y1 - top) * scale);
    const x2 = Math.min(WIDTH_PX, (view.x2 - left) * scale), y2 = Math.min(height, (view.y2 - top) * scale);
    const seen = view.x1 <= all.left && view.y1 <= all.top && view.x2 >= all.right && view.y2 >= all.bottom; // then there is nothing to find in it
    if (map.current !== null) map.current.style.visibility = seen ? 'hidden' : 'visible';
    Object.assign(frame.current.style, { left: `${x1}px`, top: `${y1}px`, width: `${Math.max(4, x2 - x1)}px`, height: `${Math.max(4, y2 - y1)}px` });
  };
  useImperativeHandle(handle, () => ({ frame: show }), [scale, left, top, height]);
  useEffect(() => { if (stage.current !== null) show(stage.current.view); }, [scale, left, top, height]);

  const go = (event: PointerEvent<HTMLDivElement>) => {
    if (event.buttons !== 1) return;
    const box = event.currentTarget.getBoundingClientRect();
    stage.current?.centre((event.clientX - box.left) / scale + left, (event.clientY - box.top) / scale + top);
  };
  return (
    <div ref={map} className="graph-map" aria-hidden="true" style={{ width: WIDTH_PX, height }} onPointerDown={(event) => { event.currentTarget.setPointerCapture(event.pointerId); go(event); }} onPointerMove={go}>
      <canvas ref={canvas} width={WIDTH_PX * window.devicePixelRatio} height={height * window.devicePixelRatio} />
      <div ref={frame} className="seen" />
    </div>
  );
}
