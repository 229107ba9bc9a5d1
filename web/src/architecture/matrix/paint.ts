/* Paints a matrix, or the part of it that is seen, on a canvas. Small cells lose their words first, then their grid; what is wrong keeps
 * at least MARK_LEAST_PX, so that it is seen at any zoom. */
import type { Palette } from '../../graph/theme';
import { signs } from '../../time/difference';
import { paintHeads } from './heads';
import { type Cell, firstCell, type MatrixModel } from './lines';
import { atX, atY, type Context, GRID_LEAST_PX, type Marked, type Scene, seen, type View } from './scene';

const NUMBER_LEAST_PX = 14, MARK_LEAST_PX = 4, BAR_PX = 4, BAR_LEAST_PX = 24;

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

/** Where the window is in the matrix, where that is larger. */
function paintBars({ context, view, model, palette }: Scene): void {
  const bar = (scrolled: number, room: number, at: (from: number, length: number) => void) => {
    const extent = model.lines.length * view.size;
    if (extent <= room) return;
    const length = Math.max(BAR_LEAST_PX, (room / extent) * room);
    at((scrolled / Math.max(1, extent - room)) * (room - length), length);
  };
  context.fillStyle = palette.lineStrong;
  bar(view.y, view.height - view.top, (from, length) => context.fillRect(view.width - BAR_PX - 1, view.top + Math.max(0, Math.min(from, view.height - view.top - length)), BAR_PX, length));
  bar(view.x, view.width - view.left, (from, length) => context.fillRect(view.left + Math.max(0, Math.min(from, view.width - view.left - length)), view.height - BAR_PX - 1, length, BAR_PX));
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
  paintHeads(scene);
  context.save();
  context.beginPath();
  context.rect(view.left - 2, view.top - 2, view.width - view.left + 2, view.height - view.top + 2);
  context.clip();
  paintFocus(scene);
  context.restore();
  paintBars(scene);
}
