/* A drawing as an SVG document: what the canvas shows, from the same data, with words that can be searched and scaled. */
import { bowOf, flowControl } from './flow';
import { glyphMarkup } from './glyphs';
import type { CanvasEdge, CanvasNode, Drawing, GraphMark } from './model';
import type { Palette } from './theme';

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const text = (value: string) => value.replaceAll(/[&<>"]/g, (one) => escapes[one] ?? one);
const short = (value: string, width: number) => { const most = Math.max(4, Math.floor(width / 6.6)); return value.length <= most ? value : `${value.slice(0, most - 1)}…`; };
const has = (marks: readonly GraphMark[] | undefined, mark: GraphMark) => marks?.includes(mark) === true;

function outline({ shape, x, y, width, height }: CanvasNode): string {
  const left = x - width / 2, top = y - height / 2, right = x + width / 2, bottom = y + height / 2;
  switch (shape) {
    case 'circle': return `<ellipse cx="${x}" cy="${y}" rx="${width / 2}" ry="${height / 2}"`;
    case 'diamond': return `<path d="M${x} ${top}L${right} ${y}L${x} ${bottom}L${left} ${y}z"`;
    case 'hexagon': return `<path d="M${left + width / 4} ${top}H${right - width / 4}L${right} ${y}L${right - width / 4} ${bottom}H${left + width / 4}L${left} ${y}z"`;
    case 'octagon': { const cut = Math.min(width, height) * 0.3; return `<path d="M${left + cut} ${top}H${right - cut}L${right} ${top + cut}V${bottom - cut}L${right - cut} ${bottom}H${left + cut}L${left} ${bottom - cut}V${top + cut}z"`; }
    case 'star': { const points = Array.from({ length: 10 }, (_, i) => { const angle = (i * Math.PI) / 5 - Math.PI / 2, radius = i % 2 === 0 ? 0.5 : 0.22; return `${x + width * radius * Math.cos(angle)} ${y + height * radius * Math.sin(angle)}`; }); return `<path d="M${points.join('L')}z"`; }
    default: return `<rect x="${left}" y="${top}" width="${width}" height="${height}" rx="${shape === 'pill' ? height / 2 : 7}"`;
  }
}

function drawNode(node: CanvasNode, palette: Palette): string {
  const colour = { good: palette.good, bad: palette.bad, wait: palette.wait, run: palette.run, idle: palette.lineStrong }[node.tone];
  const dashes = has(node.marks, 'flaky') || has(node.marks, 'retrying') || has(node.marks, 'gap') ? ' stroke-dasharray="6 4"' : has(node.marks, 'suppressed') || has(node.marks, 'quarantined') ? ' stroke-dasharray="2 3"' : '';
  const stroke = has(node.marks, 'cycle') ? palette.cycle : has(node.marks, 'flaky') ? palette.flaky : has(node.marks, 'critical') ? palette.text : colour;
  const within = node.shape === 'box' || node.shape === 'pill' || node.shape === 'leaf';
  const label = text(short(node.badge === undefined ? node.label : `${node.label} ${node.badge}`, (within ? node.width - (node.bare === true ? 12 : 36) : 170) * (12 / (node.fontSize ?? 12))));
  const glyphX = within ? node.x - node.width / 2 + 8 : node.x - 8;
  return `<g><title>${text(node.description)}</title>${outline(node)} fill="${palette.surface}" stroke="${stroke}" stroke-width="${has(node.marks, 'critical') || has(node.marks, 'cycle') ? 3.5 : 1.8}"${dashes}/>`
    + (node.bare === true ? '' : `<svg x="${glyphX}" y="${node.y - 8}" width="16" height="16" viewBox="0 0 24 24">${glyphMarkup(node.tone, palette)}</svg>`)
    + `<text x="${within && node.bare !== true ? node.x + 12 : node.x}" y="${within ? node.y + 4 : node.y + node.height / 2 + 14}" text-anchor="middle" fill="${palette.text}" font-size="${node.fontSize ?? 12}">${label}</text></g>`;
}

function drawEdge(edge: CanvasEdge, source: CanvasNode, target: CanvasNode, palette: Palette): string {
  const violation = has(edge.marks, 'violation'), cycle = has(edge.marks, 'cycle'), critical = has(edge.marks, 'critical');
  const plain = { good: palette.good, bad: palette.bad, wait: palette.wait, run: palette.run, idle: palette.lineStrong, plain: palette.lineStrong }[edge.tone ?? 'plain'];
  const stroke = cycle ? palette.cycle : violation ? palette.bad : critical ? palette.text : plain;
  const forward = flowControl(source, target) !== null || (target.x > source.x + source.width / 2 && Math.abs(target.y - source.y) < 1);
  const x1 = forward ? source.x + source.width / 2 : source.x, x2 = forward ? target.x - target.width / 2 : target.x, half = (x1 + x2) / 2;
  const length = Math.hypot(target.x - source.x, target.y - source.y), bow = edge.bow === true && length > 0 ? bowOf(source, target) / length : null;
  const path = bow !== null ? `M${source.x} ${source.y}Q${(source.x + target.x) / 2 - (target.y - source.y) * bow} ${(source.y + target.y) / 2 + (target.x - source.x) * bow} ${target.x} ${target.y}` : forward ? `M${x1} ${source.y}C${half} ${source.y} ${half} ${target.y} ${x2} ${target.y}` : `M${x1} ${source.y}L${x2} ${target.y}`;
  const dashes = has(edge.marks, 'inferred') || violation ? ' stroke-dasharray="6 4"' : has(edge.marks, 'suppressed') ? ' stroke-dasharray="2 3"' : '';
  return `<path d="${path}" fill="none" stroke="${stroke}" stroke-width="${critical || cycle ? 3.5 : violation ? 2.5 : 1.5}"${dashes} opacity="${has(edge.marks, 'muted') ? 0.25 : has(edge.marks, 'calm') ? 0.5 : 0.8}"/>`;
}

export function drawingToSvg(drawing: Drawing, palette: Palette, title: string): string {
  const nodes = new Map(drawing.nodes.map((node) => [node.key, node]));
  const groups = drawing.groups ?? [];
  const left = Math.min(...drawing.nodes.map((node) => node.x - node.width / 2), ...groups.map((group) => group.x)) - 24;
  const top = Math.min(...drawing.nodes.map((node) => node.y - node.height / 2), ...groups.map((group) => group.y)) - 24;
  const right = Math.max(...drawing.nodes.map((node) => node.x + node.width / 2), ...groups.map((group) => group.x + group.width)) + 24;
  const bottom = Math.max(...drawing.nodes.map((node) => node.y + node.height / 2), ...groups.map((group) => group.y + group.height)) + 40;
  const box = drawing.nodes.length + groups.length === 0 ? '0 0 100 100' : `${left} ${top} ${right - left} ${bottom - top}`;
  const frames = groups.map((group) => `<rect x="${group.x}" y="${group.y}" width="${group.width}" height="${group.height}" rx="7" fill="${palette.surface}" fill-opacity="0.55" stroke="${palette.line}"/><text x="${group.x + 12}" y="${group.y + 18}" font-weight="650" fill="${palette.quiet}">${text(group.label)}</text>`);
  const lines = drawing.edges.map((edge) => { const source = nodes.get(edge.source), target = nodes.get(edge.target); return source === undefined || target === undefined ? '' : drawEdge(edge, source, target, palette); });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${box}" font-family="system-ui, sans-serif" font-size="12"><title>${text(title)}</title>`
    + `<rect x="${left}" y="${top}" width="100%" height="100%" fill="${palette.ground}"/>${frames.join('')}${lines.join('')}${drawing.nodes.map((node) => drawNode(node, palette)).join('')}</svg>\n`;
}
