/* Where everything of a spine stands: a column for each level, its nodes from above, then what is missing there. Lines to the next column are curves;
 * those that pass over columns run in lanes above all boxes, one for each pair of columns, so that no line crosses a box. The same spine
 * is always arranged in the same way; nothing is measured. */
import { confidenceTone } from '../inspect/Links';
import { statusTone } from '../graph/model';
import type { NodeKey } from '../state/selection';
import { confidenceText, keyOf, type Level, levels, type Spine, type SpineGap, type SpineLink, type SpineNode, sourceOf, targetOf } from './model';

const BOX_HEIGHT = 46, ROW_GAP = 10, GAP_HEIGHT = 148, LANE_PX = 9, TOP = 12, FOLD_FROM = 9, FOLD_TO = 6, GAPS_SHOWN = 2;
const PITCH_LEAST = 158, PITCH_MOST = 250, GUTTER = 42;

export interface Place { readonly x: number; readonly y: number; readonly width: number; readonly height: number }
export interface PlacedNode extends Place { readonly node: SpineNode; readonly key: NodeKey }
export interface PlacedGap extends Place { readonly gap: SpineGap }
export interface PlacedFold extends Place { readonly count: number; readonly bad: number; readonly what: 'nodes' | 'gaps'; readonly open: boolean }

export interface Column {
  readonly level: Level;
  readonly x: number;
  readonly count: number;
  readonly nodes: readonly PlacedNode[];
  readonly gaps: readonly PlacedGap[];
  readonly folds: readonly PlacedFold[];
  readonly nothing: (Place & { readonly sentence: string }) | null; // why the column is empty where no node is to blame
}

export interface Line {
  readonly id: string;
  readonly path: string;
  readonly tone: 'good' | 'wait' | 'bad' | 'gap';
  readonly inferred: boolean;
  readonly ends: readonly [NodeKey | null, NodeKey | null]; // null: several that are folded, or nothing
  readonly label: (Pick<Place, 'x' | 'y'> & { readonly text: string }) | null;
  readonly title: string;
}

export interface Arrangement { readonly columns: readonly Column[]; readonly lines: readonly Line[]; readonly width: number; readonly height: number; readonly boxWidth: number }

const boxHeights = { node: BOX_HEIGHT, gap: GAP_HEIGHT } as const;
const gravity = (node: SpineNode) => ({ bad: 0, wait: 1, run: 2, idle: 3, good: 4 })[statusTone[node.status]];

/** By where their partners to the left stand, so that few lines cross; what failed before the rest. */
function ordered(nodes: readonly SpineNode[], links: readonly SpineLink[], rowOf: ReadonlyMap<string, number>): readonly SpineNode[] {
  const mean = (node: SpineNode) => {
    const key = keyOf(node);
    const rows = links.flatMap((link) => (sourceOf(link) === key ? [rowOf.get(targetOf(link))] : targetOf(link) === key ? [rowOf.get(sourceOf(link))] : [])).filter((row) => row !== undefined);
    return rows.length === 0 ? Infinity : rows.reduce((sum, row) => sum + row, 0) / rows.length;
  };
  const means = new Map(nodes.map((node) => [node, mean(node)]));
  const compare = (a: number, b: number) => (a === b ? 0 : a - b);
  return [...nodes].sort((a, b) => Number(gravity(a) !== 0) - Number(gravity(b) !== 0) || compare(means.get(a) ?? 0, means.get(b) ?? 0) || gravity(a) - gravity(b) || (a.nodeId < b.nodeId ? -1 : 1));
}

function whyEmpty(index: number, spine: Spine, hasGaps: boolean): string | null {
  const level = levels[index];
  if (level === undefined || hasGaps) return null;
  if (!level.needed) return level.level === 'CONTRACT' ? 'No contract is on this way; none is needed.' : null;
  const before = levels.slice(0, index).filter((one) => one.needed).at(-1);
  const beforeIsEmpty = before !== undefined && spine.levels.every((one) => one.level !== before.level || one.nodes.length === 0);
  if (level.level === 'SPEC') return 'No feature: it comes with the first scenario.';
  return beforeIsEmpty ? `No ${level.one}: nothing leads here without ${/^[aeiou]/.test(before.one) ? 'an' : 'a'} ${before.one}.` : `No ${level.one} is linked.`;
}

interface Shape { readonly pitch: number; readonly boxWidth: number; readonly top: number }

function columnOf(level: Level, index: number, nodes: readonly SpineNode[], spine: Spine, unfolded: ReadonlySet<string>, { pitch, boxWidth, top }: Shape): Column {
  const x = index * pitch, open = unfolded.has(level.level);
  let y = top;
  const place = (height: number): Place => { const at = { x, y, width: boxWidth, height }; y += height + ROW_GAP; return at; };
  const folds: PlacedFold[] = [], isLong = nodes.length >= FOLD_FROM;
  const shown = isLong && !open ? nodes.slice(0, FOLD_TO) : nodes;
  const placedNodes = shown.map((node) => ({ node, key: keyOf(node), ...place(boxHeights.node) }));
  if (isLong) folds.push({ what: 'nodes', count: nodes.length - FOLD_TO, bad: nodes.slice(FOLD_TO).filter((node) => gravity(node) === 0).length, open, ...place(30) });
  const gaps = spine.gaps.filter((gap) => gap.missing === level.level), manyGaps = gaps.length > GAPS_SHOWN + 1;
  const placedGaps = (manyGaps && !open ? gaps.slice(0, GAPS_SHOWN) : gaps).map((gap) => ({ gap, ...place(boxHeights.gap) }));
  if (manyGaps) folds.push({ what: 'gaps', count: gaps.length - GAPS_SHOWN, bad: 0, open, ...place(30) });
  const sentence = nodes.length === 0 ? whyEmpty(index, spine, gaps.length > 0) : null;
  return { level, x, count: nodes.length, nodes: placedNodes, gaps: placedGaps, folds, nothing: sentence === null ? null : { sentence, ...place(84) } };
}

interface End { readonly column: number; readonly place: Place; readonly key: NodeKey | null; readonly id: string }

const adjacent = (x1: number, y1: number, x2: number, y2: number) => `M${x1} ${y1}C${(x1 + x2) / 2} ${y1} ${(x1 + x2) / 2} ${y2} ${x2} ${y2}`;

/** Up beside the box, along the lane, down beside the other, with round corners. */
function overhead(x1: number, y1: number, x2: number, y2: number, lane: number, order: number): string {
  const r = 6, out = x1 + 8 + order * 3, into = x2 - 8 - order * 3;
  return `M${x1} ${y1}H${out - r}Q${out} ${y1} ${out} ${y1 - r}V${lane + r}Q${out} ${lane} ${out + r} ${lane}H${into - r}Q${into} ${lane} ${into} ${lane + r}V${y2 - r}Q${into} ${y2} ${into + r} ${y2}H${x2}`;
}

/** Without the zero, as there is little room between two columns. */
const shortConfidence = (confidence: number) => (confidence === 1 ? '1' : confidenceText(confidence).replace(/^0/, ''));

interface Joined { readonly left: End; readonly right: End; readonly links: readonly SpineLink[] }

/** Links between the same two boxes are one line; what is folded is one box. */
function joinedOf(spine: Spine, ends: ReadonlyMap<string, End>): readonly Joined[] {
  const joined = new Map<string, { left: End; right: End; links: SpineLink[] }>();
  for (const link of spine.links) {
    const a = ends.get(sourceOf(link)), b = ends.get(targetOf(link));
    if (a === undefined || b === undefined || a.column === b.column) continue;
    const [left, right] = a.column < b.column ? [a, b] : [b, a], id = `${left.id} ${right.id}`;
    const known = joined.get(id);
    if (known === undefined) joined.set(id, { left, right, links: [link] }); else known.links.push(link);
  }
  return [...joined.values()];
}

const middle = (place: Place) => place.y + place.height / 2;
const pairOf = ({ left, right }: Joined) => `${left.column} ${right.column}`;

function lineOf(one: Joined, lanes: ReadonlyMap<string, number>, degrees: ReadonlyMap<string, number>): Line {
  const { left, right, links } = one;
  const least = links.reduce((a, b) => (b.confidence < a.confidence ? b : a)), inferred = links.some((link) => link.inferred);
  const x1 = left.place.x + left.place.width, y1 = middle(left.place), x2 = right.place.x, y2 = middle(right.place);
  const lane = lanes.get(pairOf(one));
  const atLeft = degrees.get(`${pairOf(one)} ${left.id}`) ?? 0, atRight = degrees.get(`${pairOf(one)} ${right.id}`) ?? 0;
  const labelled = inferred && Math.min(atLeft, atRight) === 1; // where many meet at both ends, numbers would lie on each other
  const [x, y] = atRight <= atLeft ? [x2 - 14, y2] : [x1 + 14, y1]; // at the end where it is alone
  const label = !labelled ? null : lane === undefined ? { x, y: y + 9 } : { x: x2 - 14, y: y2 - 9 }; // those from above stand above, so that the two kinds don't meet
  return {
    id: `${left.id} ${right.id}`, inferred, tone: confidenceTone(least.confidence), ends: [left.key, right.key],
    path: lane === undefined ? adjacent(x1, y1, x2, y2) : overhead(x1, y1, x2, y2, TOP + lane * LANE_PX, lane),
    label: label === null ? null : { ...label, text: shortConfidence(least.confidence) },
    title: `${links.length > 1 ? `${links.length} links, the least sure: ` : ''}${confidenceText(least.confidence)}: ${least.explanation}`,
  };
}

function degreesOf(joined: readonly Joined[]): ReadonlyMap<string, number> {
  const degrees = new Map<string, number>();
  for (const one of joined) for (const end of [one.left, one.right]) { const key = `${pairOf(one)} ${end.id}`; degrees.set(key, (degrees.get(key) ?? 0) + 1); }
  return degrees;
}

const columnOfKind = (spine: Spine) => new Map(spine.levels.flatMap((one) => one.nodes.map((node) => [keyOf(node) as string, levels.findIndex(({ level }) => level === one.level)] as const)));

/** Which pairs of columns with others between them are linked; each has a lane. */
function lanesOf(spine: Spine): ReadonlyMap<string, number> {
  const column = columnOfKind(spine), pairs = new Set<string>();
  for (const link of spine.links) {
    const ends = [column.get(sourceOf(link)) ?? 0, column.get(targetOf(link)) ?? 0].sort((a, b) => a - b);
    if ((ends[1] ?? 0) - (ends[0] ?? 0) > 1) pairs.add(ends.join(' '));
  }
  return new Map([...pairs].sort().map((pair, lane) => [pair, lane]));
}

function endsOf(columns: readonly Column[], spine: Spine): ReadonlyMap<string, End> {
  const ends = new Map<string, End>();
  columns.forEach((column, index) => {
    for (const placed of column.nodes) ends.set(placed.key, { column: index, place: placed, key: placed.key, id: placed.key });
    const fold = column.folds.find((one) => one.what === 'nodes');
    for (const node of spine.levels.find((one) => one.level === column.level.level)?.nodes ?? []) {
      if (fold !== undefined && !ends.has(keyOf(node))) ends.set(keyOf(node), { column: index, place: fold, key: null, id: `fold ${column.level.level}` });
    }
  });
  return ends;
}

function gapLines(columns: readonly Column[], ends: ReadonlyMap<string, End>): readonly Line[] {
  return columns.flatMap((column, index) => column.gaps.flatMap(({ gap, ...place }): Line[] => {
    const end = gap.node === null ? undefined : ends.get(keyOf(gap.node));
    if (end === undefined || end.column !== index - 1) return []; // over other columns the sentence says it
    return [{ id: `gap ${end.id} ${column.level.level}`, path: adjacent(end.place.x + end.place.width, middle(end.place), place.x, place.y + 18), tone: 'gap', inferred: true, ends: [end.key, null], label: null, title: gap.sentence }];
  }));
}

export function arrange(spine: Spine, room: number, unfolded: ReadonlySet<string>): Arrangement {
  const pitch = Math.min(PITCH_MOST, Math.max(PITCH_LEAST, Math.floor((room + GUTTER) / levels.length))), boxWidth = pitch - GUTTER;
  const lanes = lanesOf(spine), top = TOP + (lanes.size === 0 ? 0 : lanes.size * LANE_PX + 8), rowOf = new Map<string, number>();
  const columns = levels.map((level, index) => {
    const nodes = ordered(spine.levels.find((one) => one.level === level.level)?.nodes ?? [], spine.links, rowOf);
    nodes.forEach((node, row) => rowOf.set(keyOf(node), row));
    return columnOf(level, index, nodes, spine, unfolded, { pitch, boxWidth, top });
  });
  const ends = endsOf(columns, spine), joined = joinedOf(spine, ends), degrees = degreesOf(joined);
  const order = { gap: 0, good: 1, wait: 2, bad: 3 } as const; // the less sure lies on top
  const lines = [...gapLines(columns, ends), ...joined.map((one) => lineOf(one, lanes, degrees))].sort((a, b) => order[a.tone] - order[b.tone]);
  const bottoms = columns.flatMap(({ nodes, gaps, folds, nothing }) => [...nodes, ...gaps, ...folds, ...(nothing === null ? [] : [nothing])].map((one) => one.y + one.height));
  return { columns, lines, width: levels.length * pitch - GUTTER, height: Math.max(0, ...bottoms) + TOP, boxWidth };
}
