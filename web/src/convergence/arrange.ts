/* Where stars stand: each in a cell of its own, what was agreed and built to its left, what validates and implements it to its right, and the
 * cells in as many columns as make the whole about as wide as a window. It follows from how many ends each star has and from nothing else, and
 * of the past it is computed with what is known now, so that neither a leg that fails nor the scrubber moves anything. */
import type { DrawnStar } from './model';

export const WIDTH_PX = 206, HEIGHT_PX = 46, STAR_PX = 62, STAR_ROOM_PX = 150;
const PITCH_PX = 56, REACH_PX = 40, CELL_GAP_PX = 44, ROW_GAP_PX = 36, LEAST_PX = 150, ASPECT = 1.7;
export const ENDS_MOST = 8; // of one side of a star; the rest is one node that says how many

export interface Cell {
  readonly x: number; // the star's centre
  readonly y: number;
  readonly left: number; // centres of what stands left and right
  readonly right: number;
}

const CELL_PX = WIDTH_PX * 2 + STAR_ROOM_PX + REACH_PX * 2;
const rowsLeft = (star: DrawnStar) => Math.max(1, Math.min(ENDS_MOST, star.tasks.length));
const rowsRight = (star: DrawnStar) => Math.max(1, Math.min(ENDS_MOST, star.features.length)) + Math.max(1, Math.min(ENDS_MOST, star.modules.length));
const heightOf = (star: DrawnStar) => Math.max(LEAST_PX, Math.max(rowsLeft(star), rowsRight(star)) * PITCH_PX);

/** Stars that are there at both moments once, in the order of their ids; as high as they are at the moment when they have most. */
function union(stars: readonly DrawnStar[], others: readonly DrawnStar[]): readonly (readonly [string, number])[] {
  const heights = new Map<string, number>();
  for (const one of [...stars, ...others]) heights.set(one.star.starId, Math.max(heights.get(one.star.starId) ?? 0, heightOf(one)));
  return [...heights].sort(([a], [b]) => (a < b ? -1 : 1));
}

export function arrange(stars: readonly DrawnStar[], others: readonly DrawnStar[]): ReadonlyMap<string, Cell> {
  const all = union(stars, others), total = all.reduce((sum, [, height]) => sum + height + ROW_GAP_PX, 0);
  const columns = Math.max(1, Math.round(Math.sqrt((total * ASPECT) / (CELL_PX + CELL_GAP_PX))));
  const cells = new Map<string, Cell>();
  let y = 0;
  for (let first = 0; first < all.length; first += columns) {
    const row = all.slice(first, first + columns), height = Math.max(...row.map(([, one]) => one));
    row.forEach(([starId], column) => {
      const x = column * (CELL_PX + CELL_GAP_PX) + CELL_PX / 2, away = STAR_ROOM_PX / 2 + REACH_PX + WIDTH_PX / 2;
      cells.set(starId, { x, y: y + height / 2, left: x - away, right: x + away });
    });
    y += height + ROW_GAP_PX;
  }
  return cells;
}

/** The i-th of `count` that stand above each other around `middle`. */
export const rung = (middle: number, index: number, count: number) => middle + (index - (count - 1) / 2) * PITCH_PX;
