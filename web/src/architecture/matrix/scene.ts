/* What the parts that paint a matrix share: the window on it, what is marked, and where a line stands. Only lines and cells inside the
 * window are touched, so the cost of a frame follows from the window and not from the matrix. */
import type { Palette } from '../../graph/theme';
import type { MatrixModel } from './lines';

export interface View {
  readonly width: number; // of the canvas, CSS pixels
  readonly height: number;
  readonly left: number; // room for the components and the names of rows
  readonly band: number; // of it for the components
  readonly top: number; // room for what stands above columns
  readonly named: boolean; // their names; else their numbers, which are the rows' numbers
  readonly x: number; // matrix pixels scrolled past the left
  readonly y: number;
  readonly size: number; // of a cell
}

export interface Marked {
  readonly row: number; // where the crosshair is; -1: nowhere
  readonly column: number;
  readonly pinned: readonly [number, number] | null;
  readonly chosen: number; // the line of what is selected; -1: none
  readonly lit: ReadonlySet<number> | null; // lines of what that is traced to
  readonly left: ReadonlySet<number> | null; // what the filter leaves; null: all
}

export const nothingMarked: Marked = { row: -1, column: -1, pinned: null, chosen: -1, lit: null, left: null };
export const STRIP_PX = 22; // the least room for components: an arrow that folds
export const NAMES_LEAST_PX = 9, GRID_LEAST_PX = 7;

export type Context = CanvasRenderingContext2D;

export interface Scene {
  readonly context: Context;
  readonly model: MatrixModel;
  readonly view: View;
  readonly marked: Marked;
  readonly palette: Palette;
  readonly rows: readonly [number, number]; // seen: from, behind the last
  readonly columns: readonly [number, number];
}

export const atX = ({ view }: Scene, column: number) => view.left + column * view.size - view.x;
export const atY = ({ view }: Scene, row: number) => view.top + row * view.size - view.y;
export const short = (text: string, px: number, font: number) => { const most = Math.max(3, Math.floor(px / (font * 0.56))); return text.length <= most ? text : `${text.slice(0, most - 1)}…`; };

export function seen(model: MatrixModel, view: View): Pick<Scene, 'rows' | 'columns'> {
  const count = model.lines.length;
  const span = (scrolled: number, room: number): readonly [number, number] => [Math.max(0, Math.floor(scrolled / view.size)), Math.min(count, Math.ceil((scrolled + room) / view.size))];
  return { rows: span(view.y, view.height - view.top), columns: span(view.x, view.width - view.left) };
}
