/* A line that leaves its source to the right and comes to its target from the left, as an S: two control points half-way. Cytoscape
 * wants them as a share of the way between the end points and a distance across it (its normal is (-dy, dx) / length). */
import type { CanvasNode } from './model';
import { reach } from './settle';

export interface FlowControl {
  readonly control: readonly [number, number];
  readonly weights: readonly [number, number];
}

/** null where the target is not to the right of the source: a straight line says so. */
export function flowControl(source: CanvasNode, target: CanvasNode): FlowControl | null {
  const dx = target.x - target.width / 2 - (source.x + reach(source)), dy = target.y - source.y;
  if (dx <= 8 || Math.abs(dy) < 1) return null;
  const square = dx * dx + dy * dy, across = (dx * dy) / (2 * Math.sqrt(square));
  return { control: [-across, across], weights: [(dx * dx) / 2 / square, (dx * dx / 2 + dy * dy) / square] };
}

/** How far to the side a bowed line's control point lies; lines there and back bend to opposite sides. */
export function bowOf(source: CanvasNode, target: CanvasNode): number {
  return Math.max(36, Math.hypot(target.x - source.x, target.y - source.y) * 0.24);
}
