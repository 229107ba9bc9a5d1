/* Clustering by zoom: of a drawing with thousands of nodes only so many things are drawn as can be told apart. Seen from afar the plane is cut into tiles,
 * each drawn as one box that says what is in it; coming closer, tiles become smaller and at last the nodes themselves. What lies outside the
 * window is drawn in coarser tiles, so that lines lead somewhere. Tiles are cut the same way wherever one looks, so nothing jumps. */
import type { Bounds } from './svg';
import { bundled, summarise } from './cluster';
import type { CanvasNode, Drawing } from './model';

export interface View {
  readonly x1: number; readonly y1: number; readonly x2: number; readonly y2: number; // pixels at zoom 1
  readonly zoom: number;
}

export const CLUSTER_FROM = 1500; // nodes
const NODES_FROM_ZOOM = 0.36, COLUMN_PX = 240, ROW_PX = 72, TILE_WIDTH_PX = 128, TILE_HEIGHT_PX = 46, COARSER = 8, MARGIN = 0.25, TYPE_PX = 12;

interface Grid { readonly width: number; readonly height: number; readonly fontSize: number }

const power = (least: number) => 2 ** Math.max(0, Math.ceil(Math.log2(least)));

/** Tiles that are just large enough to be read at this zoom; null: the nodes themselves are. */
function gridAt(zoom: number): Grid | null {
  if (zoom >= NODES_FROM_ZOOM) return null;
  const columns = power(TILE_WIDTH_PX / (COLUMN_PX * zoom)), rows = power(TILE_HEIGHT_PX / (ROW_PX * zoom));
  const least = Math.max(TILE_WIDTH_PX / (COLUMN_PX * columns), TILE_HEIGHT_PX / (ROW_PX * rows)); // the zoom from which these tiles are used
  return { width: columns * COLUMN_PX, height: rows * ROW_PX, fontSize: TYPE_PX / least };
}

const coarser = (grid: Grid | null): Grid => (grid === null ? { width: COLUMN_PX * COARSER, height: ROW_PX * COARSER, fontSize: 60 } : { width: grid.width * COARSER, height: grid.height * COARSER, fontSize: grid.fontSize * COARSER });

/** The drawing's rectangle, out to the edges of the tiles that it is drawn in at this zoom. */
export function tiledBounds(bounds: Bounds, zoom: number): Bounds {
  const grid = gridAt(zoom);
  if (grid === null) return bounds;
  const down = (value: number, step: number) => Math.floor(value / step) * step, up = (value: number, step: number) => Math.ceil(value / step) * step;
  return { left: down(bounds.left, grid.width), top: down(bounds.top, grid.height), right: up(bounds.right, grid.width), bottom: up(bounds.bottom, grid.height) };
}

/** What has to be drawn anew: the same text, the same tiles. */
export function viewKey(view: View): string {
  const grid = gridAt(view.zoom), outer = coarser(grid), [x1, y1, x2, y2] = windowOf(view, outer);
  return [grid?.width ?? 0, grid?.height ?? 0, x1, y1, x2, y2].join(' ');
}

/** What is seen and some more, out to the edges of the coarse tiles. */
function windowOf(view: View, outer: Grid): readonly [number, number, number, number] {
  const width = (view.x2 - view.x1) * MARGIN, height = (view.y2 - view.y1) * MARGIN;
  const down = (value: number, step: number) => Math.floor(value / step) * step, up = (value: number, step: number) => Math.ceil(value / step) * step;
  return [down(view.x1 - width, outer.width), down(view.y1 - height, outer.height), up(view.x2 + width, outer.width), up(view.y2 + height, outer.height)];
}

function tileNode(column: number, row: number, grid: Grid, members: readonly CanvasNode[]): CanvasNode {
  const { tone, counts, worst, marks } = summarise(members);
  return {
    key: `group:tile ${grid.width} ${grid.height} ${column} ${row}`, label: members.length === 1 ? members[0]?.label ?? '' : `${members.length} nodes`, ...(members.length === 1 ? {} : { badge: worst }), shape: 'box', tone, marks,
    x: (column + 0.5) * grid.width, y: (row + 0.5) * grid.height, width: grid.width * 0.84, height: grid.height * 0.84, fontSize: grid.fontSize,
    description: `${members.length} nodes: ${counts}. Enter goes nearer.`,
  };
}

export class Tiles {
  readonly #drawing: Drawing;
  readonly #known = new Map<string, CanvasNode>(); // a tile is made once, so that one that stays is not drawn anew

  constructor(drawing: Drawing) { this.#drawing = drawing; }

  #tile(column: number, row: number, grid: Grid, members: readonly CanvasNode[]): CanvasNode {
    const name = `${grid.width} ${grid.height} ${column} ${row}`;
    const known = this.#known.get(name) ?? tileNode(column, row, grid, members);
    this.#known.set(name, known);
    return known;
  }

  at(view: View): Drawing {
    const grid = gridAt(view.zoom), outer = coarser(grid), [x1, y1, x2, y2] = windowOf(view, outer);
    const nodes: CanvasNode[] = [];
    const tiles = new Map<string, { grid: Grid; column: number; row: number; members: CanvasNode[] }>();
    for (const node of this.#drawing.nodes) {
      const within = node.x >= x1 && node.x < x2 && node.y >= y1 && node.y < y2;
      const of = within ? grid : outer;
      if (of === null) { nodes.push(node); continue; }
      const column = Math.floor(node.x / of.width), row = Math.floor(node.y / of.height), name = `${of.width} ${column} ${row}`;
      const tile = tiles.get(name);
      if (tile === undefined) tiles.set(name, { grid: of, column, row, members: [node] }); else tile.members.push(node);
    }
    const clusters = new Map<string, CanvasNode['key']>();
    const far = new Set<string>();
    for (const { grid: of, column, row, members } of tiles.values()) {
      const tile = this.#tile(column, row, of, members);
      nodes.push(tile);
      if (of === outer) far.add(tile.key);
      for (const node of members) clusters.set(node.key, tile.key);
    }
    return { ...this.#drawing, nodes, edges: bundled(this.#drawing, (key) => clusters.get(key) ?? key, false, (source, target) => !far.has(source) || !far.has(target)), clusters };
  }
}
