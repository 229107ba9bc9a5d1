/* One node that stands for many: what it says of them, and the lines between such nodes, bundled with their number. A lens collapses
 * groups by name (collapse), a large drawing is clustered by zoom (tiles.ts); both come to this. */
import type { CanvasEdge, CanvasNode, Drawing, GraphMark, GraphTone } from './model';

export type ClusterKey = `group:${string}`;
const byWorst: readonly GraphTone[] = ['bad', 'wait', 'run', 'idle', 'good'];
const toneWords: Record<GraphTone, string> = { bad: 'failing', wait: 'waiting', run: 'running', idle: 'open', good: 'good' };
const BUNDLE_LABELS_MAX = 120;

interface Summary {
  readonly tone: GraphTone; // the worst of them
  readonly counts: string; // "2 failing, 1 waiting, 45 good"
  readonly worst: string; // "2 failing"
  readonly marks: readonly GraphMark[];
}

export function summarise(nodes: readonly CanvasNode[]): Summary {
  const counts = new Map<GraphTone, number>();
  const marks = new Set<GraphMark>(['cluster']);
  for (const node of nodes) {
    counts.set(node.tone, (counts.get(node.tone) ?? 0) + 1);
    for (const mark of node.marks ?? []) if (mark === 'critical' || mark === 'cycle') marks.add(mark);
  }
  const present = byWorst.filter((tone) => counts.has(tone));
  const said = present.map((tone) => `${counts.get(tone) ?? 0} ${toneWords[tone]}`);
  return { tone: present[0] ?? 'idle', counts: said.join(', '), worst: said[0] ?? '', marks: [...marks] };
}

/** Lines between what is drawn: those of the drawing as they are, and where an end stands for many one line for all. */
export function bundled(drawing: Drawing, standsFor: (key: CanvasNode['key']) => CanvasNode['key'] | undefined, numbered: boolean, wanted: (source: string, target: string) => boolean = () => true): readonly CanvasEdge[] {
  const plain: CanvasEdge[] = [];
  const bundles = new Map<string, { source: CanvasNode['key']; target: CanvasNode['key']; count: number; critical: boolean }>();
  for (const edge of drawing.edges) {
    const source = standsFor(edge.source), target = standsFor(edge.target);
    if (source === undefined || target === undefined || (source === target && edge.source !== edge.target) || !wanted(source, target)) continue;
    if (source === edge.source && target === edge.target) { plain.push(edge); continue; }
    const id = `bundle ${source} ${target}`, one = bundles.get(id), critical = edge.marks?.includes('critical') === true;
    if (one === undefined) bundles.set(id, { source, target, count: 1, critical }); else { one.count += 1; one.critical ||= critical; }
  }
  const labelled = numbered && bundles.size <= BUNDLE_LABELS_MAX;
  return [...plain, ...[...bundles].map(([id, { source, target, count, critical }]): CanvasEdge => (
    { id, source, target, weight: count, ...(labelled && count > 1 ? { label: String(count) } : {}), marks: critical ? ['critical'] : [] }))];
}

const COLUMN_PX = 240, ROW_PX = 72, WIDTH_PX = 208, HEIGHT_PX = 84, SCALE_MOST = 6, FONT_PX = 14;
const slot = (column: number, row: number) => `${column} ${row}`;

/** The free place nearest to where the group's middle is, so that it stands on nobody. `scale`: how large it is. */
function freePlace(x: number, y: number, scale: number, taken: Set<string>): { readonly x: number; readonly y: number } {
  const wide = Math.ceil((WIDTH_PX * scale) / COLUMN_PX), high = Math.ceil((HEIGHT_PX * scale) / ROW_PX);
  const column = Math.round(x / COLUMN_PX - (wide - 1) / 2), row = Math.round(y / ROW_PX - (high - 1) / 2);
  const slots = (top: number) => Array.from({ length: wide * high }, (_, i) => slot(column + (i % wide), top + Math.floor(i / wide)));
  for (let away = 0; ; away++) {
    for (const top of away === 0 ? [row] : [row - away, row + away]) {
      const all = slots(top);
      if (all.some((one) => taken.has(one))) continue;
      for (const one of all) taken.add(one);
      return { x: (column + (wide - 1) / 2) * COLUMN_PX, y: (top + (high - 1) / 2) * ROW_PX };
    }
  }
}

/** As large as the room that its members leave: then it can be read from as far as the whole is seen from. */
function scaleOf(inside: readonly CanvasNode[]): number {
  let left = Infinity, top = Infinity, right = -Infinity, bottom = -Infinity;
  for (const { x, y } of inside) { left = Math.min(left, x); right = Math.max(right, x); top = Math.min(top, y); bottom = Math.max(bottom, y); }
  return Math.max(1, Math.min(SCALE_MOST, (right - left) / WIDTH_PX, (bottom - top) / HEIGHT_PX));
}

/** Draws each group whose name is in `collapsed` as one node. */
export function collapse(drawing: Drawing, groupOf: (node: CanvasNode) => string | null, collapsed: ReadonlySet<string>): Drawing {
  if (collapsed.size === 0) return drawing;
  const members = new Map<string, CanvasNode[]>();
  const nodes: CanvasNode[] = [];
  for (const node of drawing.nodes) {
    const group = groupOf(node);
    if (group === null || !collapsed.has(group)) { nodes.push(node); continue; }
    const others = members.get(group);
    if (others === undefined) members.set(group, [node]); else others.push(node);
  }
  const taken = new Set(nodes.map((node) => slot(Math.round(node.x / COLUMN_PX), Math.round(node.y / ROW_PX))));
  const clusters = new Map<string, CanvasNode['key']>();
  for (const [group, inside] of members) {
    const key: ClusterKey = `group:${group}`, { tone, counts, marks } = summarise(inside);
    for (const node of inside) clusters.set(node.key, key);
    const mean = (read: (node: CanvasNode) => number) => inside.reduce((sum, node) => sum + read(node), 0) / inside.length;
    const scale = scaleOf(inside);
    nodes.push({
      key, label: `${group} · ${inside.length}`, badge: counts, shape: 'box', tone, marks, ...freePlace(mean((node) => node.x), mean((node) => node.y), scale, taken), width: WIDTH_PX * scale, height: HEIGHT_PX * scale, fontSize: FONT_PX * scale,
      description: `Group ${group}, ${inside.length} nodes: ${counts}. Enter unfolds it.`,
    });
  }
  return { ...drawing, nodes, edges: bundled(drawing, (key) => clusters.get(key) ?? key, true), clusters };
}
