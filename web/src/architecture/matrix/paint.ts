/* Paints a matrix, or the part of it that is seen, on a canvas: only the lines and cells inside the window are touched, so the cost
 * of a frame follows from the window and not from the matrix. Small cells lose their words first, then their grid; what is
 * wrong keeps at least MARK_LEAST_PX, so that it is seen at any zoom. */
import type { Palette } from '../../graph/theme';
import { signs } from '../../time/difference';
import { type Cell, firstCell, type MatrixModel } from './lines';

export interface View {
  readonly width: number; // of the canvas, CSS pixels
  readonly height: number;
  readonly left: number; // room for the names of rows
  readonly top: number; // and of columns
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
export const BAND_PX = 22;
const NAMES_LEAST_PX = 9, GRID_LEAST_PX = 7, NUMBER_LEAST_PX = 17, MARK_LEAST_PX = 4;

type Context = CanvasRenderingContext2D;

interface Scene {
  readonly context: Context;
  readonly model: MatrixModel;
  readonly view: View;
  readonly marked: Marked;
  readonly palette: Palette;
  readonly rows: readonly [number, number]; // seen: from, behind the last
  readonly columns: readonly [number, number];
}

const atX = ({ view }: Scene, column: number) => view.left + column * view.size - view.x;
const atY = ({ view }: Scene, row: number) => view.top + row * view.size - view.y;
const short = (text: string, px: number, font: number) => { const most = Math.max(3, Math.floor(px / (font * 0.56))); return text.length <= most ? text : `${text.slice(0, most - 1)}…`; };

function seen(model: MatrixModel, view: View): Pick<Scene, 'rows' | 'columns'> {
  const count = model.lines.length;
  const span = (scrolled: number, room: number): readonly [number, number] => [Math.max(0, Math.floor(scrolled / view.size)), Math.min(count, Math.ceil((scrolled + room) / view.size))];
  return { rows: span(view.y, view.height - view.top), columns: span(view.x, view.width - view.left) };
}

function paintGround(scene: Scene): void {
  const { context, view, palette, rows, columns, model } = scene;
  const right = Math.min(view.width, atX(scene, model.lines.length)), bottom = Math.min(view.height, atY(scene, model.lines.length));
  context.fillStyle = palette.surface;
  context.fillRect(view.left, view.top, right - view.left, bottom - view.top);
  context.fillStyle = palette.line;
  for (let line = Math.max(rows[0], columns[0]); line < Math.min(rows[1], columns[1]); line += 1) context.fillRect(atX(scene, line), atY(scene, line), view.size, view.size);
  if (view.size < GRID_LEAST_PX) return;
  context.beginPath();
  for (let row = rows[0]; row <= rows[1]; row += 1) { const y = Math.round(atY(scene, row)) + 0.5; context.moveTo(view.left, y); context.lineTo(right, y); }
  for (let column = columns[0]; column <= columns[1]; column += 1) { const x = Math.round(atX(scene, column)) + 0.5; context.moveTo(x, view.top); context.lineTo(x, bottom); }
  context.strokeStyle = palette.line;
  context.globalAlpha = 0.6;
  context.lineWidth = 1;
  context.stroke();
  context.globalAlpha = 1;
}

function paintCross(scene: Scene): void {
  const { context, view, marked, palette, model } = scene;
  const right = Math.min(view.width, atX(scene, model.lines.length)), bottom = Math.min(view.height, atY(scene, model.lines.length));
  const stripe = (line: number, alpha: number, across: boolean, down: boolean) => {
    context.globalAlpha = alpha;
    context.fillStyle = palette.accent;
    if (across) context.fillRect(view.left, atY(scene, line), right - view.left, Math.max(1, view.size));
    if (down) context.fillRect(atX(scene, line), view.top, Math.max(1, view.size), bottom - view.top);
    context.globalAlpha = 1;
  };
  for (const line of marked.lit ?? []) stripe(line, 0.08, true, true);
  if (marked.chosen >= 0) stripe(marked.chosen, 0.22, true, true);
  if (marked.row >= 0) stripe(marked.row, 0.16, true, false);
  if (marked.column >= 0) stripe(marked.column, 0.16, false, true);
}

function paintMark(scene: Scene, cell: Cell, x: number, y: number, size: number): void {
  const { context, palette } = scene;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  if (cell.closes === 'components' && !cell.inCycle) { context.strokeStyle = palette.cycle; context.lineWidth = 2; context.strokeRect(x + 1.5, y + 1.5, size - 3, size - 3); }
  if (cell.violation !== null || cell.suppressed) {
    context.strokeStyle = cell.violation === null ? palette.lineStrong : palette.bad;
    context.lineWidth = cell.violation === 'BLOCKING' ? 3 : 2;
    if (size >= 10) context.setLineDash(cell.violation === null ? [1, 2] : [4, 2]);
    context.strokeRect(x + 1, y + 1, size - 2, size - 2);
    context.setLineDash([]);
  }
  if (cell.violation === 'BLOCKING') {
    const corner = Math.min(size * 0.45, 7);
    context.fillStyle = palette.bad;
    context.beginPath();
    context.moveTo(x, y); context.lineTo(x + corner, y); context.lineTo(x, y + corner);
    context.fill();
  }
  const sign = cell.became !== undefined ? signs[cell.became] : cell.weakest ? '✂' : size >= NUMBER_LEAST_PX && cell.weight > 0 ? String(Math.round(cell.weight * 10) / 10) : cell.closes !== null ? '↻' : '';
  if (sign === '' || size < 10) return;
  context.fillStyle = cell.inCycle && (cell.closes !== null || cell.weakest) ? palette.onStatus : palette.text;
  context.font = `${cell.closes !== null || cell.weakest ? 700 : 500} ${Math.min(12, size * 0.62)}px ${palette.sans}`;
  context.fillText(sign, x + size / 2, y + size / 2 + 0.5);
}

function paintCell(scene: Scene, cell: Cell): void {
  const { context, view, palette, model, marked } = scene;
  const stands = cell.closes !== null || cell.violation !== null || cell.became !== undefined;
  const size = stands ? Math.max(MARK_LEAST_PX, view.size) : Math.max(1.5, view.size);
  const x = atX(scene, cell.column) - (size - view.size) / 2, y = atY(scene, cell.row) - (size - view.size) / 2;
  const inset = view.size >= GRID_LEAST_PX ? 1 : 0;
  const faded = marked.left !== null && !(marked.left.has(cell.row) && marked.left.has(cell.column));
  context.globalAlpha = faded ? 0.2 : 1;
  if (cell.weight > 0) {
    const strength = Math.log2(1 + cell.weight) / Math.log2(1 + model.mostWeight);
    const solid = cell.closes === 'modules' || cell.weakest;
    context.fillStyle = cell.inCycle ? palette.cycle : palette.text;
    context.globalAlpha = (faded ? 0.2 : 1) * (solid ? 1 : cell.inCycle ? 0.32 + 0.2 * strength : 0.16 + 0.4 * strength);
    context.fillRect(x + inset, y + inset, size - inset, size - inset);
    context.globalAlpha = faded ? 0.2 : 1;
  }
  if (view.size >= 6 || stands || cell.suppressed) paintMark(scene, cell, x, y, size);
  context.globalAlpha = 1;
}

function paintCells(scene: Scene): void {
  const { model, rows, columns } = scene;
  for (let row = rows[0]; row < rows[1]; row += 1) {
    const end = model.starts[row + 1] ?? 0;
    for (let at = firstCell(model, row, columns[0]); at < end; at += 1) {
      const cell = model.cells[at];
      if (cell === undefined || cell.column >= columns[1]) break;
      paintCell(scene, cell);
    }
  }
}

function paintBands(scene: Scene): void {
  const { context, view, model, palette } = scene;
  context.lineWidth = 1.5;
  context.strokeStyle = palette.lineStrong;
  for (const band of model.bands) {
    if (band.to < scene.rows[0] || band.from > scene.rows[1]) continue;
    if (band.to - band.from > 1 || view.size >= GRID_LEAST_PX) context.strokeRect(Math.round(atX(scene, band.from)) + 0.5, Math.round(atY(scene, band.from)) + 0.5, (band.to - band.from) * view.size, (band.to - band.from) * view.size);
  }
}

function paintBandHead(scene: Scene, band: MatrixModel['bands'][number]): void {
  const { context, view, palette } = scene;
  const top = Math.max(view.top, atY(scene, band.from)), bottom = Math.min(view.height, atY(scene, band.to)), height = bottom - top;
  if (height < 3) return;
  context.fillStyle = palette.raised;
  context.fillRect(0, top, BAND_PX, height - 1);
  context.fillStyle = palette.quiet;
  context.save();
  context.beginPath();
  context.rect(0, top, view.left, height);
  context.clip();
  if (height >= 11 && band.component !== null) {
    context.font = `10px ${palette.sans}`;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.fillText(band.folded ? '▸' : '▾', BAND_PX / 2, top + Math.min(8, height / 2));
  }
  if (!band.folded && height >= 34) {
    context.translate(BAND_PX / 2 + 0.5, top + height / 2 + (band.component === null ? 0 : 6));
    context.rotate(-Math.PI / 2);
    context.font = `600 11px ${palette.sans}`;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.fillText(short(band.name, height - 22, 11), 0, 0);
  } else if (!band.folded && view.size < NAMES_LEAST_PX && height >= 11) {
    context.font = `11px ${palette.sans}`;
    context.textAlign = 'left';
    context.textBaseline = 'middle';
    context.fillText(short(band.name, view.left - BAND_PX - 12, 11), BAND_PX + 6, top + height / 2);
  }
  context.restore();
}

function nameStyle(scene: Scene, line: number, pointed: boolean): { readonly font: string; readonly colour: string; readonly alpha: number; readonly text: string } {
  const { model, marked, palette, view } = scene;
  const one = model.lines[line];
  const px = Math.max(8.5, Math.min(12.5, view.size * 0.92));
  const strong = pointed || marked.chosen === line;
  const faded = marked.left !== null && !marked.left.has(line);
  return {
    font: `${strong ? 700 : one?.folded === true ? 600 : 450} ${px}px ${palette.sans}`, colour: strong ? palette.accent : marked.lit?.has(line) === true ? palette.accent : palette.text, alpha: faded ? 0.35 : 1,
    text: `${one?.became === undefined ? '' : `${signs[one.became]} `}${one?.label ?? ''}${one?.folded === true ? ` (${one.members.length})` : ''}`,
  };
}

/** All names where there is room; else only those that are pointed at, which then lie over the others' place. */
function namesShown({ view, marked }: Scene, [from, to]: readonly [number, number], pointed: number): readonly number[] {
  if (view.size >= NAMES_LEAST_PX) return Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);
  return [...new Set([pointed, marked.chosen])].filter((line) => line >= from && line < to);
}

function paintNames(scene: Scene): void {
  const { context, view, marked, palette, rows, columns } = scene;
  const sparse = view.size < NAMES_LEAST_PX;
  context.textBaseline = 'middle';
  context.save();
  context.beginPath();
  context.rect(0, view.top, view.left, view.height - view.top);
  context.clip();
  context.textAlign = 'left';
  for (const row of namesShown(scene, rows, marked.row)) {
    const { font, colour, alpha, text } = nameStyle(scene, row, row === marked.row), y = atY(scene, row) + view.size / 2;
    if (sparse) { context.fillStyle = palette.ground; context.fillRect(BAND_PX + 2, y - 9, view.left - BAND_PX - 2, 18); }
    context.font = font; context.fillStyle = colour; context.globalAlpha = alpha;
    context.fillText(short(`${row + 1}  ${text}`, view.left - BAND_PX - 12, 12), BAND_PX + 6, y);
    context.globalAlpha = 1;
  }
  context.restore();
  context.save();
  context.beginPath();
  context.rect(view.left, 0, view.width - view.left, view.top);
  context.clip();
  for (const column of namesShown(scene, columns, marked.column)) {
    const { font, colour, alpha, text } = nameStyle(scene, column, column === marked.column);
    context.save();
    context.translate(atX(scene, column) + view.size / 2, view.top - 6);
    context.rotate(-Math.PI / 2);
    if (sparse) { context.fillStyle = palette.ground; context.fillRect(0, -9, view.top, 18); }
    context.font = font; context.fillStyle = colour; context.globalAlpha = alpha;
    context.fillText(short(`${column + 1}  ${text}`, view.top - 12, 12), 0, 0);
    context.restore();
  }
  context.restore();
}

function paintFocus(scene: Scene): void {
  const { context, view, marked, palette } = scene;
  const ring = (row: number, column: number, colour: string) => {
    const size = Math.max(view.size, 8), x = atX(scene, column) + view.size / 2 - size / 2, y = atY(scene, row) + view.size / 2 - size / 2;
    context.strokeStyle = colour;
    context.lineWidth = 2;
    context.strokeRect(x - 1, y - 1, size + 2, size + 2);
  };
  if (marked.pinned !== null) ring(marked.pinned[0], marked.pinned[1], palette.text);
  if (marked.row >= 0 && marked.column >= 0) ring(marked.row, marked.column, palette.accent);
}

export function paintMatrix(context: Context, model: MatrixModel, view: View, marked: Marked, palette: Palette): void {
  const scene: Scene = { context, model, view, marked, palette, ...seen(model, view) };
  context.fillStyle = palette.ground;
  context.fillRect(0, 0, view.width, view.height);
  context.save();
  context.beginPath();
  context.rect(view.left, view.top, view.width - view.left, view.height - view.top);
  context.clip();
  paintGround(scene);
  paintCross(scene);
  paintCells(scene);
  paintBands(scene);
  context.restore();
  context.save();
  context.beginPath();
  context.rect(0, view.top, view.width, view.height - view.top);
  context.clip();
  for (const band of model.bands) if (band.to > scene.rows[0] && band.from < scene.rows[1]) paintBandHead(scene, band);
  context.restore();
  paintNames(scene);
  context.save();
  context.beginPath();
  context.rect(view.left - 2, view.top - 2, view.width - view.left + 2, view.height - view.top + 2);
  context.clip();
  paintFocus(scene);
  context.restore();
}
