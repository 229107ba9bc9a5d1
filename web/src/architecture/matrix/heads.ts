/* What stands beside and above a matrix: components with the arrow that folds them, names of rows next to their rows, and above the columns
 * their names where there is room, else their numbers: a column has its row's number, and the one that is pointed at is named. */
import { signs } from '../../time/difference';
import type { MatrixModel } from './lines';
import { atX, atY, NAMES_LEAST_PX, type Scene, short, STRIP_PX } from './scene';

const NAME_PX = 12, GAP_PX = 8, DIGIT_PX = 7, NUMBER_PX = 10, SLANT = -Math.PI / 4, PILL_PX = 18;

export const numberRoom = (count: number) => String(count).length * DIGIT_PX + GAP_PX;

function within({ context }: Scene, x: number, y: number, width: number, height: number, paint: () => void): void {
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.textBaseline = 'middle';
  paint();
  context.restore();
}

function paintBand(scene: Scene, band: MatrixModel['bands'][number]): void {
  const { context, view, palette } = scene;
  const top = Math.max(view.top, atY(scene, band.from)), bottom = Math.min(view.height, atY(scene, band.to)), height = bottom - top;
  if (height < 3) return;
  context.fillStyle = palette.raised;
  context.fillRect(0, top, view.band - 2, height - 1);
  if (height < 11) return;
  const y = top + Math.min(height, Math.max(14, view.size)) / 2, foldable = band.component !== null;
  context.fillStyle = palette.quiet;
  context.textAlign = 'center';
  context.font = `10px ${palette.sans}`;
  if (foldable) context.fillText(band.folded ? '▸' : '▾', STRIP_PX / 2, y);
  if (band.folded || view.band <= STRIP_PX) return;
  const x = foldable ? STRIP_PX : GAP_PX;
  context.fillStyle = palette.text;
  context.textAlign = 'left';
  context.font = `600 ${NAME_PX}px ${palette.sans}`;
  context.fillText(short(band.name, view.band - x, NAME_PX), x, y);
}

interface Named { readonly font: string; readonly colour: string; readonly alpha: number; readonly text: string }

export const textOf = (line: MatrixModel['lines'][number] | undefined) => `${line?.became === undefined ? '' : `${signs[line.became]} `}${line?.label ?? ''}${line?.folded === true ? ` (${line.members.length})` : ''}`;

function nameStyle({ model, marked, palette, view }: Scene, line: number, pointed: boolean): Named {
  const one = model.lines[line], strong = pointed || marked.chosen === line, faded = marked.left !== null && !marked.left.has(line);
  return {
    font: `${strong ? 700 : one?.folded === true ? 600 : 450} ${Math.max(9, Math.min(NAME_PX, view.size * 0.92))}px ${palette.sans}`, text: textOf(one),
    colour: strong || marked.lit?.has(line) === true ? palette.accent : palette.text, alpha: faded ? 0.35 : 1,
  };
}

/** All names where there is room; else only those that are pointed at, which then lie over the others' place. */
function namesShown({ view, marked }: Scene, [from, to]: readonly [number, number], pointed: number): readonly number[] {
  if (view.size >= NAMES_LEAST_PX) return Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);
  return [...new Set([pointed, marked.chosen])].filter((line) => line >= from && line < to);
}

function paintRowNames(scene: Scene): void {
  const { context, view, marked, palette, rows, model } = scene;
  const sparse = view.size < NAMES_LEAST_PX, numbers = numberRoom(model.lines.length);
  context.textAlign = 'right';
  for (const row of namesShown(scene, rows, marked.row)) {
    const { font, colour, alpha, text } = nameStyle(scene, row, row === marked.row), y = atY(scene, row) + view.size / 2;
    if (sparse) { context.fillStyle = palette.ground; context.fillRect(view.band, y - 9, view.left - view.band, 18); }
    context.globalAlpha = alpha;
    context.font = font;
    context.fillStyle = colour;
    context.fillText(short(text, view.left - view.band - numbers - GAP_PX, NAME_PX), view.left - numbers - 2, y);
    context.font = `${row === marked.row ? 700 : 450} ${NUMBER_PX}px ${palette.sans}`;
    context.fillStyle = row === marked.row ? palette.accent : palette.quiet;
    context.fillText(String(row + 1), view.left - GAP_PX / 2, y);
    context.globalAlpha = 1;
  }
}

function paintColumnNames(scene: Scene): void {
  const { context, view, marked, palette, columns } = scene;
  context.textAlign = 'left';
  for (const column of namesShown(scene, columns, marked.column)) {
    const x = atX(scene, column) + view.size / 2;
    if (x < view.left) continue; // it would lean over those that are seen
    const { font, colour, alpha, text } = nameStyle(scene, column, column === marked.column);
    context.save();
    context.translate(x + 2, view.top - GAP_PX / 2);
    context.rotate(SLANT);
    if (view.size < NAMES_LEAST_PX) { context.fillStyle = palette.ground; context.fillRect(0, -9, view.top * 1.4, 18); }
    context.font = font; context.fillStyle = colour; context.globalAlpha = alpha;
    context.fillText(short(`${column + 1}  ${text}`, (view.top - GAP_PX) * 1.4, NAME_PX), 0, 0);
    context.restore();
  }
}

function paintColumnNumbers(scene: Scene): void {
  const { context, view, marked, palette, columns, model } = scene;
  const across = view.size >= String(model.lines.length).length * 6 + 1;
  for (const column of namesShown(scene, columns, marked.column)) {
    const strong = column === marked.column || column === marked.chosen;
    context.save();
    context.translate(atX(scene, column) + view.size / 2, view.top - (across ? 8 : 3));
    if (!across) context.rotate(-Math.PI / 2);
    context.textAlign = across ? 'center' : 'left';
    context.font = `${strong ? 700 : 450} ${NUMBER_PX}px ${palette.sans}`;
    context.fillStyle = strong ? palette.accent : palette.quiet;
    context.fillText(String(column + 1), 0, 0);
    context.restore();
  }
}

/** The name of the column that the crosshair is on, or of the one that is selected. */
function paintColumnPill(scene: Scene): void {
  const { context, view, marked, palette, model } = scene;
  const column = marked.column >= 0 ? marked.column : marked.chosen, line = model.lines[column];
  if (line === undefined) return;
  context.font = `700 ${NAME_PX}px ${palette.sans}`;
  const text = `${column + 1}  ${line.full}`, width = context.measureText(text).width + GAP_PX * 2;
  const x = Math.max(view.left, Math.min(view.width - width - 2, atX(scene, column) + view.size / 2 - width / 2));
  context.fillStyle = palette.raised;
  context.fillRect(x, 3, width, PILL_PX);
  context.fillStyle = palette.accent;
  context.textAlign = 'left';
  context.fillText(text, x + GAP_PX, 3 + PILL_PX / 2 + 0.5);
}

export function paintHeads(scene: Scene): void {
  const { context, view, model, palette, rows } = scene;
  within(scene, 0, view.top, view.left, view.height - view.top, () => {
    for (const band of model.bands) if (band.to > rows[0] && band.from < rows[1]) paintBand(scene, band);
    paintRowNames(scene);
  });
  if (model.lines.length > 0) within(scene, 0, 0, view.left, view.top, () => {
    context.textAlign = 'right';
    context.font = `11px ${palette.sans}`;
    context.fillStyle = palette.quiet;
    context.fillText('depends on →', view.left - GAP_PX / 2, view.top - 9);
  });
  within(scene, view.left, 0, view.width - view.left, view.top, () => {
    if (view.named) { paintColumnNames(scene); return; }
    paintColumnNumbers(scene);
    paintColumnPill(scene);
  });
}
