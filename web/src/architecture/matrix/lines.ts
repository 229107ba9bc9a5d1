/* The dependency structure matrix as it is shown: lines (a row and the column of the same number) and the cells where they meet.
 *
 * A row depends on a column. The server's order puts what is depended on first, so dependencies lie below the diagonal; one above it
 * goes against the order, which only happens where there is a circle: it is what closes the circle. In order of components this is
 * so twice: above the diagonal lies what closes a circle of modules, or one of components.
 * A component that is folded is one line; its cells are sums. */
import type { MatrixQuery } from '../../../generated/graphql';
import { type Became, type Difference, linkKey } from '../../time/difference';
import { type Filter, violationMatches } from '../filter';
import { componentKey, moduleKey, nameInFull, pairKey, type Severity, type Structure } from '../model';
import type { NodeKey } from '../../state/selection';

export type Matrix = NonNullable<MatrixQuery['getDSMMatrix']>;

export interface Line {
  readonly key: NodeKey;
  readonly nodeId: string;
  readonly label: string;
  readonly full: string; // unmistakable
  readonly component: string | null; // its id
  readonly folded: boolean; // it is a component
  readonly members: readonly string[]; // ids of modules
  readonly level: number;
  readonly became: Became | undefined;
}

export interface Part {
  readonly source: string;
  readonly target: string;
  readonly weight: number;
}

export interface Cell {
  readonly row: number;
  readonly column: number;
  readonly weight: number; // 0: only a violation, or gone
  readonly parts: readonly Part[];
  readonly inCycle: boolean; // of modules
  readonly closes: 'modules' | 'components' | null;
  readonly weakest: boolean;
  readonly violation: Severity | null; // the gravest that is active
  readonly suppressed: boolean;
  readonly rules: readonly string[];
  readonly became: Became | undefined;
}

/** Lines that belong together: of a component, or of a level. */
export interface Band {
  readonly name: string;
  readonly component: string | null; // null: it cannot be folded
  readonly folded: boolean;
  readonly from: number;
  readonly to: number; // behind the last
}

export interface MatrixModel {
  readonly lines: readonly Line[];
  readonly cells: readonly Cell[]; // by row, then column
  readonly starts: Uint32Array; // where each row's cells begin; one more at the end
  readonly bands: readonly Band[];
  readonly trouble: readonly Cell[]; // what closes a cycle or breaks a rule
  readonly mostWeight: number;
}

export const emptyMatrix: MatrixModel = { lines: [], cells: [], starts: new Uint32Array(1), bands: [], trouble: [], mostWeight: 1 };

interface Growing { row: number; column: number; weight: number; parts: Part[]; inCycle: boolean; weakest: boolean; violation: Severity | null; suppressed: boolean; rules: string[]; became: Became | undefined }

export interface MatrixInput {
  readonly matrix: Matrix;
  readonly structure: Structure;
  readonly folded: ReadonlySet<string>;
  readonly filter: Filter;
  readonly difference: Difference | null;
}

function linesOf({ matrix, structure, folded, difference }: MatrixInput): { lines: Line[]; lineOf: Map<string, number> } {
  const lines: Line[] = [], lineOf = new Map<string, number>(), members = new Map<string, string[]>();
  for (const { nodeId, component, level } of matrix.rows) {
    if (!structure.modules.has(nodeId)) continue; // another analysis reported it
    const componentId = component?.nodeId ?? null;
    const within = componentId !== null && matrix.by === 'COMPONENT' && folded.has(componentId) ? members.get(componentId) : undefined;
    if (within !== undefined) { within.push(nodeId); lineOf.set(nodeId, lineOf.get(within[0] ?? '') ?? 0); continue; }
    lineOf.set(nodeId, lines.length);
    if (componentId !== null && matrix.by === 'COMPONENT' && folded.has(componentId)) {
      const all = [nodeId];
      members.set(componentId, all);
      const name = structure.componentNames.get(componentId) ?? componentId;
      lines.push({ key: componentKey(componentId), nodeId: componentId, label: name, full: `component ${name}`, component: componentId, folded: true, members: all, level, became: undefined });
    } else {
      lines.push({ key: moduleKey(nodeId), nodeId, label: structure.shortNames.get(nodeId) ?? nodeId, full: nameInFull(structure, nodeId), component: componentId, folded: false, members: [nodeId], level, became: difference?.nodes.get(moduleKey(nodeId)) });
    }
  }
  return { lines, lineOf };
}

function bandsOf(lines: readonly Line[], { matrix, structure }: MatrixInput): Band[] {
  const bands: Band[] = [];
  lines.forEach((line, index) => {
    const component = matrix.by === 'COMPONENT' ? line.component : null;
    const name = matrix.by === 'MODULE' ? `Level ${line.level}` : component === null ? 'no component' : structure.componentNames.get(component) ?? component;
    const last = bands.at(-1);
    if (last !== undefined && last.name === name && last.component === component) bands[bands.length - 1] = { ...last, to: index + 1 };
    else bands.push({ name, component, folded: line.folded, from: index, to: index + 1 });
  });
  return bands;
}

function grow(input: MatrixInput, lineOf: ReadonlyMap<string, number>, count: number): Map<number, Growing> {
  const { matrix, structure, filter, difference } = input;
  const cells = new Map<number, Growing>();
  const cellOf = (source: string, target: string): Growing | null => {
    const row = lineOf.get(source), column = lineOf.get(target);
    if (row === undefined || column === undefined || row === column) return null;
    const at = row * count + column, there = cells.get(at);
    if (there !== undefined) return there;
    const made: Growing = { row, column, weight: 0, parts: [], inCycle: false, weakest: false, violation: null, suppressed: false, rules: [], became: undefined };
    cells.set(at, made);
    return made;
  };
  for (const { row, column, weight, inCycle } of matrix.cells) {
    const source = matrix.rows[row]?.nodeId ?? '', target = matrix.rows[column]?.nodeId ?? '', cell = cellOf(source, target);
    if (cell === null) continue;
    cell.weight += weight;
    cell.parts.push({ source, target, weight });
    cell.inCycle ||= inCycle;
    cell.weakest ||= structure.weakest.has(pairKey(source, target));
    cell.became ??= difference?.links.get(linkKey('DEPENDS_ON', 'CODE_MODULE', source, 'CODE_MODULE', target));
  }
  for (const [, violations] of structure.violationsBetween) {
    for (const one of violations) { // the gravest first
      const cell = violationMatches(structure, filter, one) ? cellOf(one.sourceModule ?? '', one.targetModule ?? '') : null;
      if (cell === null) continue;
      cell.rules.push(`${one.ruleId ?? one.name}${one.active ? '' : ` (suppressed by ${one.adrReference ?? 'a decision'})`}`);
      if (one.active) cell.violation ??= one.severity; else cell.suppressed = true;
    }
  }
  for (const one of difference?.linkChanges ?? []) {
    if (one.changeType !== 'DELETED' || one.kind !== 'DEPENDS_ON') continue;
    const cell = cellOf(one.sourceNodeId, one.targetNodeId);
    if (cell !== null && cell.weight === 0) cell.became = 'removed';
  }
  return cells;
}

export function matrixModel(input: MatrixInput): MatrixModel {
  const { lines, lineOf } = linesOf(input);
  const grown = [...grow(input, lineOf, lines.length).values()].sort((a, b) => a.row - b.row || a.column - b.column);
  const cells = grown.map((one): Cell => ({ ...one, closes: one.column <= one.row || one.weight === 0 ? null : one.inCycle ? 'modules' : 'components' }));
  const starts = new Uint32Array(lines.length + 1);
  for (const { row } of cells) starts[row + 1] = (starts[row + 1] ?? 0) + 1;
  for (let row = 0; row < lines.length; row += 1) starts[row + 1] = (starts[row + 1] ?? 0) + (starts[row] ?? 0);
  return {
    lines, cells, starts, bands: bandsOf(lines, input), trouble: cells.filter((one) => one.closes !== null || one.violation !== null),
    mostWeight: cells.reduce((most, one) => Math.max(most, one.weight), 1),
  };
}

/** The place in `cells` of the row's first cell at or behind this column. */
export function firstCell(model: MatrixModel, row: number, column: number): number {
  let low = model.starts[row] ?? 0, high = model.starts[row + 1] ?? low;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((model.cells[middle]?.column ?? 0) < column) low = middle + 1; else high = middle;
  }
  return low;
}

export function cellAt(model: MatrixModel, row: number, column: number): Cell | null {
  const cell = model.cells[firstCell(model, row, column)];
  return cell !== undefined && cell.row === row && cell.column === column ? cell : null;
}

const wordsOf: Record<Severity, string> = { BLOCKING: 'blocking', WARNING: 'warning', INFO: 'info' };

/** What is read out: "A depends on B, weight 3, closes a cycle". */
export function sentence(model: MatrixModel, row: number, column: number): string {
  const source = model.lines[row], target = model.lines[column];
  if (source === undefined || target === undefined) return 'Nothing';
  if (row === column) return `${source.full} itself`;
  const cell = cellAt(model, row, column);
  if (cell === null) return `${source.full} does not depend on ${target.full}`;
  const said = [cell.weight > 0 ? `${source.full} depends on ${target.full}, weight ${cell.weight}` : `${source.full} ${cell.became === 'removed' ? 'depended on' : 'may not reach'} ${target.full}`];
  if (cell.closes !== null) said.push(cell.closes === 'modules' ? 'closes a cycle' : 'closes a cycle of components');
  else if (cell.inCycle) said.push('part of a cycle');
  if (cell.weakest) said.push('the weakest of its cycle');
  if (cell.violation !== null) said.push(`${wordsOf[cell.violation]} violation of ${cell.rules.join(', ')}`);
  else if (cell.rules.length > 0) said.push(`violation ${cell.rules.join(', ')}`);
  if (cell.became !== undefined) said.push(cell.became);
  return said.join(', ');
}
