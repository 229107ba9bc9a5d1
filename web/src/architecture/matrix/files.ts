/* The matrix as files: CSV with a row for each line, as spreadsheets and other tools for such matrices take it, and SVG. */
import { csv } from '../../graph/save';
import type { Palette } from '../../graph/theme';
import { cellAt, type MatrixModel } from './lines';

export function matrixCsv(model: MatrixModel): Blob {
  const name = (index: number) => model.lines[index]?.nodeId ?? '';
  const rows = model.lines.map((line, row) => [row + 1, line.nodeId, ...model.lines.map((_, column) => (row === column ? null : cellAt(model, row, column)?.weight ?? null))]);
  return csv(['', 'depends on', ...model.lines.map((_, column) => `${column + 1} ${name(column)}`)], rows);
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const text = (value: string) => value.replaceAll(/[&<>"]/g, (one) => escapes[one] ?? one);
const SIZE = 18, LEFT = 300, TOP = 240;

export function matrixSvg(model: MatrixModel, palette: Palette, title: string): Blob {
  const side = model.lines.length * SIZE, at = (index: number) => index * SIZE;
  const names = model.lines.map((line, index) => `<text x="-8" y="${at(index) + 13}" text-anchor="end">${index + 1}  ${text(line.label)}</text><text transform="translate(${at(index) + 13} -8) rotate(-90)">${index + 1}  ${text(line.label)}</text><rect x="${at(index)}" y="${at(index)}" width="${SIZE}" height="${SIZE}" fill="${palette.line}"/>`);
  const bands = model.bands.map((band) => `<rect x="${at(band.from)}" y="${at(band.from)}" width="${at(band.to - band.from)}" height="${at(band.to - band.from)}" fill="none" stroke="${palette.lineStrong}"><title>${text(band.name)}</title></rect>`);
  const cells = model.cells.map((cell) => {
    const solid = cell.closes === 'modules' || cell.weakest, fill = cell.weight === 0 ? 'none' : cell.inCycle ? palette.cycle : palette.text;
    const strength = Math.log2(1 + cell.weight) / Math.log2(1 + model.mostWeight);
    const edge = cell.violation !== null ? ` stroke="${palette.bad}" stroke-width="2.5" stroke-dasharray="4 2"` : cell.suppressed ? ` stroke="${palette.lineStrong}" stroke-dasharray="1 2"` : cell.closes === 'components' ? ` stroke="${palette.cycle}" stroke-width="2"` : '';
    const words = `${model.lines[cell.row]?.full ?? ''} depends on ${model.lines[cell.column]?.full ?? ''}, weight ${cell.weight}${cell.closes === null ? '' : ', closes a cycle'}${cell.rules.length === 0 ? '' : `, ${cell.rules.join(', ')}`}`;
    return `<g><title>${text(words)}</title><rect x="${at(cell.column) + 1}" y="${at(cell.row) + 1}" width="${SIZE - 2}" height="${SIZE - 2}" fill="${fill}" fill-opacity="${solid ? 1 : cell.inCycle ? 0.4 : 0.16 + 0.4 * strength}"${edge}/>`
      + (cell.weight > 0 ? `<text x="${at(cell.column) + SIZE / 2}" y="${at(cell.row) + 13}" text-anchor="middle" font-size="10" fill="${solid ? palette.onStatus : palette.text}">${cell.weakest ? '✂' : cell.weight}</text>` : '') + '</g>';
  });
  return new Blob([`<svg xmlns="http://www.w3.org/2000/svg" viewBox="${-LEFT} ${-TOP} ${LEFT + side + 12} ${TOP + side + 12}" font-family="system-ui, sans-serif" font-size="12" fill="${palette.text}"><title>${text(title)}</title>`
    + `<rect x="${-LEFT}" y="${-TOP}" width="${LEFT + side + 12}" height="${TOP + side + 12}" fill="${palette.ground}"/><rect width="${side}" height="${side}" fill="${palette.surface}"/>${names.join('')}${cells.join('')}${bands.join('')}</svg>\n`], { type: 'image/svg+xml' });
}
