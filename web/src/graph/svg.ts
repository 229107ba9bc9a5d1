/* A drawing as an SVG document: what the canvas shows, from the same data, with words that can be searched and scaled. */
import { glyphMarkup } from './glyphs';
import type { CanvasNode, Drawing, GraphMark } from './model';
import { GLYPH_PX, INSET_PX, LINE_HEIGHT, settle } from './settle';
import { drawEdge } from './svg_lines';
import { escaped } from './svg_text';
import type { Palette } from './theme';

const MARGIN_PX = 24;

function outline({ shape, x, y, width, height }: CanvasNode): string {
  const left = x - width / 2, top = y - height / 2, right = x + width / 2, bottom = y + height / 2;
  switch (shape) {
    case 'circle': return `<ellipse cx="${x}" cy="${y}" rx="${width / 2}" ry="${height / 2}"`;
    case 'diamond': return `<path d="M${x} ${top}L${right} ${y}L${x} ${bottom}L${left} ${y}z"`;
    case 'hexagon': return `<path d="M${left + width / 4} ${top}H${right - width / 4}L${right} ${y}L${right - width / 4} ${bottom}H${left + width / 4}L${left} ${y}z"`;
    case 'octagon': { const cut = Math.min(width, height) * 0.3; return `<path d="M${left + cut} ${top}H${right - cut}L${right} ${top + cut}V${bottom - cut}L${right - cut} ${bottom}H${left + cut}L${left} ${bottom - cut}V${top + cut}z"`; }
    case 'star': { const points = Array.from({ length: 10 }, (_, i) => { const angle = (i * Math.PI) / 5 - Math.PI / 2, radius = i % 2 === 0 ? 0.5 : 0.22; return `${x + width * radius * Math.cos(angle)} ${y + height * radius * Math.sin(angle)}`; }); return `<path d="M${points.join('L')}z"`; }
    case 'leaf': return `<path d="M${left + 8} ${top}H${right - 8}L${right} ${top + 8}V${bottom - 8}L${right - 8} ${bottom}H${left + 8}L${left} ${bottom - 8}V${top + 8}z"`;
    default: return `<rect x="${left}" y="${top}" width="${width}" height="${height}" rx="${shape === 'pill' ? height / 2 : 7}"`;
  }
}

function words(node: CanvasNode, palette: Palette): string {
  const { place, lines, fontPx, textX } = settle(node, palette.sans);
  const step = fontPx * LINE_HEIGHT, x = node.x + textX;
  const first = place === 'below' ? node.y + node.height / 2 + 4 + fontPx * 0.9 : node.y - ((lines.length - 1) * step) / 2 + fontPx * 0.35;
  const rows = lines.map((line, i) => `<tspan x="${x}" y="${Math.round((first + i * step) * 10) / 10}">${escaped(line)}</tspan>`);
  const halo = place === 'inside' ? '' : ` stroke="${palette.ground}" stroke-width="${fontPx / 4}" paint-order="stroke"`;
  return `<text${place === 'below' ? ' text-anchor="middle"' : ''} font-size="${fontPx}" font-weight="500" fill="${palette.text}"${halo}>${rows.join('')}</text>`;
}

function drawNode(node: CanvasNode, palette: Palette): string {
  const has = (mark: GraphMark) => node.marks?.includes(mark) === true;
  const tone = { good: palette.good, bad: palette.bad, wait: palette.wait, run: palette.run, idle: palette.lineStrong }[node.tone];
  const stroke = has('added') ? palette.added : has('removed') ? palette.removed : has('changed') ? palette.changed : has('cycle') ? palette.cycle : has('flaky') ? palette.flaky : tone;
  const dashes = has('flaky') || has('retrying') || has('gap') ? ' stroke-dasharray="6 4"' : has('suppressed') || has('quarantined') || has('removed') ? ' stroke-dasharray="2 3"' : '';
  const { place, glyphPx } = settle(node, palette.sans);
  const glyphX = place === 'inside' ? node.x - node.width / 2 + (glyphPx * INSET_PX) / GLYPH_PX : node.x - glyphPx / 2;
  const wide = has('cluster') ? glyphPx / 6 : has('critical') || has('cycle') ? 3.5 : node.tone === 'bad' ? 2.5 : 1.8;
  const behind = has('critical') ? `${outline({ ...node, width: node.width + 10, height: node.height + 10 })} fill="none" stroke="${palette.text}" stroke-width="2.5"/>` : '';
  return `<g${has('muted') ? ' opacity="0.35"' : ''}><title>${escaped(node.description)}</title>${behind}${outline(node)} fill="${has('gap') ? palette.ground : has('cluster') ? palette.raised : palette.surface}" stroke="${stroke}" stroke-width="${wide}"${dashes}/>`
    + (node.bare === true || has('gap') ? '' : `<svg x="${glyphX}" y="${node.y - glyphPx / 2}" width="${glyphPx}" height="${glyphPx}" viewBox="0 0 24 24">${glyphMarkup(node.tone, palette, node.glyph)}</svg>`)
    + `${words(node, palette)}</g>`;
}

export interface Bounds { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number }

/** The rectangle of all that is drawn; reduced step by step, as a large drawing has more nodes than a call may have arguments. */
export function boundsOf(drawing: Drawing): Bounds {
  let left = Infinity, top = Infinity, right = -Infinity, bottom = -Infinity;
  const take = (x1: number, y1: number, x2: number, y2: number) => { left = Math.min(left, x1); top = Math.min(top, y1); right = Math.max(right, x2); bottom = Math.max(bottom, y2); };
  for (const { x, y, width, height, side } of drawing.nodes) take(x - width / 2, y - height / 2, x + width / 2 + (side ?? 0), y + height / 2);
  for (const { x, y, width, height } of drawing.groups ?? []) take(x, y, x + width, y + height);
  return left > right ? { left: 0, top: 0, right: 100, bottom: 100 } : { left, top, right, bottom };
}

export function drawingToSvg(drawing: Drawing, palette: Palette, title: string, flows = false): string {
  const nodes = new Map(drawing.nodes.map((node) => [node.key, node]));
  const bounds = boundsOf(drawing), left = bounds.left - MARGIN_PX, top = bounds.top - MARGIN_PX;
  const width = bounds.right - left + MARGIN_PX, height = bounds.bottom - top + MARGIN_PX * 2;
  const frames = (drawing.groups ?? []).map((group) => `<rect x="${group.x}" y="${group.y}" width="${group.width}" height="${group.height}" rx="7" fill="${palette.surface}" fill-opacity="0.55" stroke="${palette.line}"/><text x="${group.x + 12}" y="${group.y + (group.fontSize ?? 14) + 4}" font-weight="650" fill="${palette.quiet}" font-size="${group.fontSize ?? 14}">${escaped(group.label)}</text>`);
  const lines = drawing.edges.map((edge) => { const source = nodes.get(edge.source), target = nodes.get(edge.target); return source === undefined || target === undefined ? '' : drawEdge(edge, source, target, flows, palette); });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${Math.ceil(width)}" height="${Math.ceil(height)}" viewBox="${left} ${top} ${width} ${height}" font-family="${escaped(palette.sans)}"><title>${escaped(title)}</title>`
    + `<rect x="${left}" y="${top}" width="${width}" height="${height}" fill="${palette.ground}"/>${frames.join('')}${lines.join('')}${drawing.nodes.map((node) => drawNode(node, palette)).join('')}</svg>\n`;
}
