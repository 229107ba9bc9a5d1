/* Where everything of a node goes: its lines of text, their size, where lines between nodes touch it. One place for the canvas and the
 * SVG document, so that they cannot differ. */
import type { CanvasNode, NodeShape } from './model';
import { textWidth, wrapped } from './text';

export const FONT_PX = 14, LINE_HEIGHT = 1.22, GLYPH_PX = 18, INSET_PX = 10, GAP_PX = 8;
const BELOW_MOST_PX = 190;
const inside = new Set<NodeShape>(['box', 'pill', 'leaf']); // room for words beside the glyph; the others have them below, or aside

export type TextPlace = 'inside' | 'aside' | 'below';

export interface Settled {
  readonly place: TextPlace;
  readonly lines: readonly string[];
  readonly fontPx: number;
  readonly glyphPx: number;
  readonly textX: number; // left edge (inside, aside) or middle (below) of the text, from the node's centre
  readonly shift: number; // inside: what a centred text is moved by to stand at its left edge
}

/** How far to the right of its centre a node reaches, its words included: where lines leave it. */
export const reach = (node: CanvasNode) => node.width / 2 + (node.side ?? 0);

export function settle(node: CanvasNode, family: string): Settled {
  const fontPx = node.fontSize ?? FONT_PX, scale = fontPx / FONT_PX, glyphPx = GLYPH_PX * scale;
  const place: TextPlace = node.side !== undefined ? 'aside' : inside.has(node.shape) ? 'inside' : 'below';
  const left = node.bare === true ? INSET_PX * scale : (INSET_PX + GAP_PX) * scale + glyphPx;
  const most = place === 'inside' ? node.width - left - INSET_PX * scale : place === 'aside' ? (node.side ?? 0) - GAP_PX * 2 : BELOW_MOST_PX;
  const room = place === 'inside' ? Math.max(1, Math.floor((node.height - 4 * scale) / (fontPx * LINE_HEIGHT))) : node.height >= fontPx * LINE_HEIGHT * 3 ? 3 : 2;
  const words = wrapped(node.label, most, Math.max(1, Math.min(2, node.badge === undefined ? room : room - 1)), fontPx, family);
  const lines = node.badge === undefined ? words : [...words, ...wrapped(node.badge, most, Math.max(1, Math.min(2, room - words.length)), fontPx, family)];
  const width = Math.max(...lines.map((line) => textWidth(line, fontPx, family)));
  const textX = place === 'inside' ? left - node.width / 2 : place === 'aside' ? node.width / 2 + GAP_PX : 0;
  return { place, lines, fontPx, glyphPx, textX, shift: place === 'inside' ? textX + width / 2 : 0 };
}
