/* The node one comes to from another by an arrow key: near, and rather ahead than aside. The first node where one is nowhere. */
import type { CanvasNode } from './model';

const directions: Record<string, readonly [number, number]> = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };

export function neighbour(nodes: readonly CanvasNode[], from: string | null, arrow: string): CanvasNode | null {
  const direction = directions[arrow], start = nodes.find((node) => node.key === from);
  if (direction === undefined) return null;
  if (start === undefined) return nodes.reduce<CanvasNode | null>((best, node) => (best === null || node.x + node.y < best.x + best.y ? node : best), null);
  let best: CanvasNode | null = null, least = Infinity;
  for (const node of nodes) {
    const dx = node.x - start.x, dy = node.y - start.y;
    const ahead = dx * direction[0] + dy * direction[1], aside = Math.abs(dx * direction[1]) + Math.abs(dy * direction[0]);
    const cost = ahead + aside * 2.5;
    if (node !== start && ahead > 1 && cost < least) { best = node; least = cost; }
  }
  return best;
}
