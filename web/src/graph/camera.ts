/* Where one looks first: at all of it, if that can be read; else where the trouble is, large enough to be read. */
import type { CanvasNode, Drawing } from './model';
import { FONT_PX } from './settle';
import { type Bounds, boundsOf } from './svg';
import { CLUSTER_FROM, tiledBounds } from './tiles';

export const READABLE_ZOOM = 0.62;
const TROUBLE_ZOOM_MOST = 0.85, TROUBLE_MAX = 400, MARGIN_PX = 160;

export interface Size { readonly width: number; readonly height: number }
export interface Look { readonly x: number; readonly y: number; readonly zoom: number } // the point in the middle of the window

export function lookAtAll(drawing: Drawing, size: Size, padding: number, most: number): Look {
  const fits = ({ left, top, right, bottom }: Bounds) => Math.min(most, (size.width - padding * 2) / Math.max(1, right - left), (size.height - padding * 2) / Math.max(1, bottom - top));
  const plain = boundsOf(drawing), bounds = drawing.nodes.length > CLUSTER_FROM ? tiledBounds(plain, fits(plain)) : plain;
  return { x: (bounds.left + bounds.right) / 2, y: (bounds.top + bounds.bottom) / 2, zoom: fits(bounds) };
}

/** The window of this size that holds the most of them, the leftmost such: causes stand left of what they cause. */
function densest(nodes: readonly CanvasNode[], width: number, height: number): readonly CanvasNode[] {
  let best: readonly CanvasNode[] = [];
  for (const corner of [...nodes].sort((a, b) => a.x - b.x).slice(0, TROUBLE_MAX)) {
    const right = nodes.filter((node) => node.x >= corner.x && node.x <= corner.x + width);
    for (const start of right) {
      const inside = right.filter((node) => node.y >= start.y && node.y <= start.y + height);
      if (inside.length > best.length) best = inside;
    }
    if (nodes.length > 40 && best.length > 8) break;
  }
  return best;
}

/** `all`: what lookAtAll said. Stays within the drawing where that is larger than the window. */
export function lookAtTrouble(drawing: Drawing, size: Size, all: Look): Look {
  const failing = drawing.nodes.filter((node) => node.tone === 'bad');
  const trouble = failing.length > 0 ? failing : drawing.nodes.filter((node) => node.tone === 'wait');
  if (trouble.length === 0) return all;
  const readable = READABLE_ZOOM / Math.max(1, trouble.reduce((least, node) => Math.min(least, node.fontSize ?? FONT_PX), Infinity) / FONT_PX);
  if (all.zoom >= readable) return all;
  const near = densest(trouble, size.width / readable - MARGIN_PX * 2, size.height / readable - MARGIN_PX);
  const box = lookAtAll({ nodes: near, edges: [] }, size, MARGIN_PX / 2, TROUBLE_ZOOM_MOST);
  const zoom = Math.max(readable, box.zoom), bounds = boundsOf(drawing);
  const within = (middle: number, least: number, most: number, length: number) => {
    const half = length / zoom / 2 - 28 / zoom;
    return most - least < half * 2 ? (least + most) / 2 : Math.min(Math.max(middle, least + half), most - half);
  };
  return { x: within(box.x, bounds.left, bounds.right, size.width), y: within(box.y, bounds.top, bounds.bottom, size.height), zoom };
}
