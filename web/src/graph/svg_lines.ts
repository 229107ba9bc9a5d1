/* The lines of a drawing in an SVG document: the same curves as on the canvas, each with its arrow. */
import { sizeOf } from './elements';
import { bowOf, flowControl } from './flow';
import type { CanvasEdge, CanvasNode, GraphMark } from './model';
import { reach } from './settle';
import { escaped } from './svg_text';
import type { Palette } from './theme';

interface Point { readonly x: number; readonly y: number }
interface Curve { readonly path: string; readonly end: Point; readonly angle: number; readonly middle: Point }

const ARROW_PX = 8, WIDTH_PX = 1.6, WEIGHT_MOST = 5;
const number = (value: number) => String(Math.round(value * 10) / 10);
const at = ({ x, y }: Point) => `${number(x)} ${number(y)}`;

/** Where the straight way from `from` to the node's centre meets its outline; a rectangle is near enough for all shapes but the round. */
function border(from: Point, node: CanvasNode): Point {
  const dx = from.x - node.x, dy = from.y - node.y;
  if (dx === 0 && dy === 0) return node;
  const half = node.shape === 'circle' ? { x: Math.hypot(dx, dy) === 0 ? 1 : (node.width / 2) * Math.abs(dx) / Math.hypot(dx, dy), y: (node.height / 2) * Math.abs(dy) / Math.hypot(dx, dy) } : { x: node.width / 2, y: node.height / 2 };
  const share = Math.min(dx === 0 ? Infinity : half.x / Math.abs(dx), dy === 0 ? Infinity : half.y / Math.abs(dy));
  return { x: node.x + dx * Math.min(1, share), y: node.y + dy * Math.min(1, share) };
}

function curveOf(edge: CanvasEdge, source: CanvasNode, target: CanvasNode, flows: boolean): Curve {
  if (edge.bow === true) {
    const length = Math.max(1, Math.hypot(target.x - source.x, target.y - source.y)), bow = bowOf(source, target) / length;
    const control = { x: (source.x + target.x) / 2 - (target.y - source.y) * bow, y: (source.y + target.y) / 2 + (target.x - source.x) * bow };
    const start = border(control, source), end = border(control, target);
    return { path: `M${at(start)}Q${at(control)} ${at(end)}`, end, angle: Math.atan2(end.y - control.y, end.x - control.x), middle: { x: (start.x + end.x) / 4 + control.x / 2, y: (start.y + end.y) / 4 + control.y / 2 } };
  }
  const ahead = target.x - target.width / 2 > source.x + reach(source);
  if (flows && ahead) {
    const start = { x: source.x + reach(source), y: source.y }, end = { x: target.x - target.width / 2, y: target.y }, half = (start.x + end.x) / 2;
    const bent = flowControl(source, target) !== null;
    return { path: bent ? `M${at(start)}C${at({ x: half, y: start.y })} ${at({ x: half, y: end.y })} ${at(end)}` : `M${at(start)}L${at(end)}`, end, angle: 0, middle: { x: half, y: (start.y + end.y) / 2 } };
  }
  const start = border(target, source), end = border(source, target);
  return { path: `M${at(start)}L${at(end)}`, end, angle: Math.atan2(end.y - start.y, end.x - start.x), middle: { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 } };
}

function arrow({ end, angle }: Curve, size: number, colour: string): string {
  const corner = (turn: number) => at({ x: end.x - size * Math.cos(angle + turn), y: end.y - size * Math.sin(angle + turn) });
  return `<path d="M${at(end)}L${corner(0.42)}L${corner(-0.42)}z" fill="${colour}"/>`;
}

export function drawEdge(edge: CanvasEdge, source: CanvasNode, target: CanvasNode, flows: boolean, palette: Palette): string {
  const has = (mark: GraphMark) => edge.marks?.includes(mark) === true;
  const plain = { good: palette.good, bad: palette.bad, wait: palette.wait, run: palette.run, idle: palette.lineStrong, plain: palette.lineStrong }[edge.tone ?? 'plain'];
  const colour = has('cycle') ? palette.cycle : has('violation') ? palette.bad : has('critical') ? palette.text : has('added') ? palette.added : has('removed') ? palette.removed : plain;
  const size = sizeOf(source, target);
  const plainWidth = WIDTH_PX * size * Math.min(WEIGHT_MOST, 1 + Math.log2(Math.max(1, edge.weight ?? 1)));
  const width = has('cycle') ? 4 : has('critical') ? Math.max(3.5, plainWidth) : has('violation') ? 2.5 : plainWidth;
  const dashes = has('inferred') || has('violation') ? ' stroke-dasharray="6 4"' : has('suppressed') || has('removed') ? ' stroke-dasharray="2 3"' : '';
  const curve = curveOf(edge, source, target, flows);
  const label = edge.label === undefined ? '' : `<text x="${number(curve.middle.x)}" y="${number(curve.middle.y - 3)}" text-anchor="middle" font-size="${12 * size}" fill="${palette.text}" stroke="${palette.surface}" stroke-width="${3 * size}" paint-order="stroke">${escaped(edge.label)}</text>`;
  return `<g opacity="${has('muted') ? 0.25 : has('calm') ? 0.5 : has('critical') || has('cycle') || has('violation') ? 1 : 0.8}"><path d="${curve.path}" fill="none" stroke="${colour}" stroke-width="${number(width)}"${dashes}/>${edge.arrow === false ? '' : arrow(curve, ARROW_PX * size * (has('critical') ? 1.5 : 1), colour)}${label}</g>`;
}
