/* Where components stand while some are folded. The server places all modules, the same at all times; a component that is folded
 * needs less room than the server gave it, so the frames are set anew, in the server's order (what depends on others first), in
 * shelves about twice as wide as all is high, as windows are. It follows from the server's places and what is folded and from nothing
 * else: time does not move anything, folding does. */
import type { Architecture } from './model';

export interface Place {
  readonly x: number; // top left corner
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly dx: number; // what its members move by
  readonly dy: number;
}

export const FOLDED_WIDTH_PX = 208, FOLDED_HEIGHT_PX = 68;
const GAP_PX = 56, ASPECT = 2.1;

interface Sized {
  readonly nodeId: string;
  readonly box: Architecture['groups'][number]['box'];
  readonly width: number;
  readonly height: number;
}

function shelves(sized: readonly Sized[], most: number): Sized[][] {
  const rows: Sized[][] = [];
  let width = Infinity;
  for (const one of sized) {
    if (width + one.width > most) { rows.push([]); width = 0; }
    rows.at(-1)?.push(one);
    width += one.width + GAP_PX;
  }
  return rows;
}

const heightOf = (rows: readonly (readonly Sized[])[]) => rows.reduce((sum, row) => sum + Math.max(...row.map((one) => one.height)) + GAP_PX, 0);

export function arrange(groups: Architecture['groups'], folded: ReadonlySet<string>): Map<string, Place> {
  const sized = [...groups].sort((a, b) => a.box.y - b.box.y || a.box.x - b.box.x || (a.nodeId < b.nodeId ? -1 : 1))
    .map(({ nodeId, box }): Sized => ({ nodeId, box, ...(folded.has(nodeId) ? { width: FOLDED_WIDTH_PX, height: FOLDED_HEIGHT_PX } : { width: box.width, height: box.height }) }));
  if (sized.length === 0) return new Map();
  let most = Math.max(...sized.map((one) => one.width));
  while (shelves(sized, most).length > 1 && most < heightOf(shelves(sized, most)) * ASPECT) most += FOLDED_WIDTH_PX / 2;
  const places = new Map<string, Place>();
  let y = 0;
  for (const row of shelves(sized, most)) {
    const height = Math.max(...row.map((one) => one.height));
    let x = 0;
    for (const { nodeId, box, width, height: own } of row) {
      const top = y + (height - own) / 2;
      places.set(nodeId, { x, y: top, width, height: own, dx: x - box.x, dy: top - box.y });
      x += width + GAP_PX;
    }
    y += height + GAP_PX;
  }
  return places;
}

/** Below the frames: where modules without a component go. */
export const depthOf = (places: ReadonlyMap<string, Place>) => [...places.values()].reduce((most, one) => Math.max(most, one.y + one.height + GAP_PX), 0);
