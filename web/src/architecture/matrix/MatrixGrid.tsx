/* The matrix on the page: the canvas for the eye, and over it a grid of one cell for the keyboard and for who hears the page: the cell
 * that the crosshair is on, which says what depends on what. */
import { type KeyboardEvent, type RefObject, useEffect, useRef, useState } from 'react';
import { palette, usePalette } from '../../graph/theme';
import { firstCell, type MatrixModel, sentence } from './lines';
import type { Marked } from './scene';
import { MatrixStage, type Spot } from './stage';

interface GridProperties {
  readonly name: string;
  readonly model: MatrixModel;
  readonly stage: RefObject<MatrixStage | null>;
  readonly marks: Pick<Marked, 'pinned' | 'chosen' | 'lit' | 'left'>;
  readonly onPoint: (spot: Spot | null) => void;
  readonly onPin: (row: number, column: number) => void;
  readonly onChoose: (line: number) => void; // a name was pressed
  readonly onFold: (component: string) => void;
  readonly onLeave: () => void;
}

const STEP_PX = 80, PAGE = 10;

/** A line by what it is: an update may put it in another place, and the crosshair stays with it. */
interface Placed { readonly key: string; readonly index: number }
const nowhere: Placed = { key: '', index: 0 };
function placeOf({ lines }: MatrixModel, { key, index }: Placed): number {
  if (lines[index]?.key === key) return index;
  const found = lines.findIndex((line) => line.key === key);
  return found >= 0 ? found : Math.min(index, Math.max(0, lines.length - 1));
}

/** The next cell that is not empty, in a direction. */
function jump(model: MatrixModel, row: number, column: number, key: string): readonly [number, number] {
  if (key === 'ArrowRight' || key === 'ArrowLeft') {
    const at = firstCell(model, row, key === 'ArrowRight' ? column + 1 : column), cell = model.cells[key === 'ArrowRight' ? at : at - 1];
    return cell !== undefined && cell.row === row ? [row, cell.column] : [row, column];
  }
  const rows = model.cells.filter((one) => one.column === column && (key === 'ArrowDown' ? one.row > row : one.row < row)).map((one) => one.row);
  return rows.length === 0 ? [row, column] : [key === 'ArrowDown' ? Math.min(...rows) : Math.max(...rows), column];
}

/** The next thing that is wrong, round and round. */
function nextTrouble({ trouble }: MatrixModel, row: number, column: number, back: boolean): readonly [number, number] | null {
  const behind = (one: { row: number; column: number }) => one.row > row || (one.row === row && one.column > column);
  const before = (one: { row: number; column: number }) => one.row < row || (one.row === row && one.column < column);
  const next = back ? trouble.findLast(before) ?? trouble.at(-1) : trouble.find(behind) ?? trouble[0];
  return next === undefined ? null : [next.row, next.column];
}

export function MatrixGrid({ name, model, stage, marks, onPoint, onPin, onChoose, onFold, onLeave }: GridProperties) {
  const canvas = useRef<HTMLCanvasElement>(null), input = useRef<HTMLDivElement>(null);
  const colours = usePalette();
  const [focus, setFocus] = useState<readonly [Placed, Placed]>([nowhere, nowhere]);
  const [focused, setFocused] = useState(false);
  const count = model.lines.length;
  const row = placeOf(model, focus[0]), column = placeOf(model, focus[1]);
  const keep = (next: readonly [number, number]) => setFocus([{ key: model.lines[next[0]]?.key ?? '', index: next[0] }, { key: model.lines[next[1]]?.key ?? '', index: next[1] }]);
  const handlers = useRef({ onPoint, onPress: (_: Spot) => {} });
  handlers.current = { onPoint: (spot) => {
    stage.current?.mark(spot === null ? (focused ? { row, column } : { row: -1, column: -1 }) : { row: spot.row, column: spot.column });
    onPoint(spot);
  }, onPress: (spot) => {
    const component = model.lines[spot.row]?.component;
    if (spot.band) { if (component != null) onFold(component); return; }
    if (spot.row < 0 || spot.column < 0) { onChoose(Math.max(spot.row, spot.column)); return; }
    keep([spot.row, spot.column]);
    onPin(spot.row, spot.column);
  } };
  useEffect(() => {
    if (canvas.current === null || input.current === null) return undefined;
    const made = new MatrixStage(canvas.current, input.current, palette(), { pointed: (spot) => handlers.current.onPoint(spot), pressed: (spot) => handlers.current.onPress(spot) });
    stage.current = made;
    return () => { stage.current = null; made.release(); };
  }, [stage]);
  useEffect(() => { stage.current?.mark(marks); }, [marks, stage]); // before it is shown: it opens at what is pinned
  useEffect(() => { stage.current?.show(model); }, [model, stage]);
  useEffect(() => { stage.current?.paint(colours); }, [colours, stage]);
  useEffect(() => { if (focused) stage.current?.mark({ row, column }); }, [row, column, focused, stage]);
  const goTo = (to: readonly [number, number] | null) => {
    if (to === null || count === 0) return;
    const next: readonly [number, number] = [Math.max(0, Math.min(count - 1, to[0])), Math.max(0, Math.min(count - 1, to[1]))];
    keep(next);
    stage.current?.mark({ row: next[0], column: next[1] });
    stage.current?.reveal(...next);
  };
  const press = (event: KeyboardEvent) => {
    if (event.metaKey || event.altKey) return;
    const step: Record<string, readonly [number, number]> = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-PAGE, 0], PageDown: [PAGE, 0] };
    const by = step[event.key], component = model.lines[row]?.component;
    if (by !== undefined && event.shiftKey) stage.current?.panBy(-by[1] * STEP_PX, -by[0] * STEP_PX);
    else if (by !== undefined && event.ctrlKey) goTo(jump(model, row, column, event.key));
    else if (by !== undefined) goTo([row + by[0], column + by[1]]);
    else if (event.ctrlKey && event.key !== 'Home' && event.key !== 'End') return;
    else if (event.key === 'Home') goTo([event.ctrlKey ? 0 : row, 0]);
    else if (event.key === 'End') goTo([event.ctrlKey ? count - 1 : row, count - 1]);
    else if (event.key === 'n' || event.key === 'p') goTo(nextTrouble(model, row, column, event.key === 'p'));
    else if (event.key === 'Enter' || event.key === ' ') onPin(row, column);
    else if (event.key === 'f' && component != null) onFold(component);
    else if (event.key === '+' || event.key === '=') stage.current?.zoomBy(1.25);
    else if (event.key === '-') stage.current?.zoomBy(0.8);
    else if (event.key === '0') stage.current?.fit();
    else if (event.key === '1') stage.current?.read();
    else if (event.key === 'Escape') onLeave();
    else return;
    event.preventDefault();
  };
  return (
    <div className="matrix-frame">
      <canvas ref={canvas} className="matrix-canvas" aria-hidden="true" />
      <div ref={input} className="matrix-input" tabIndex={0} role="grid" aria-label={name} aria-rowcount={count} aria-colcount={count} aria-describedby="matrix-keys" aria-activedescendant={count === 0 ? undefined : `cell-${row}-${column}`} onKeyDown={press}
        onFocus={() => { setFocused(true); stage.current?.mark({ row, column }); }} onBlur={() => { setFocused(false); stage.current?.mark({ row: -1, column: -1 }); }}>
        <div role="row" aria-rowindex={row + 1} className="hidden">
          <div role="gridcell" id={`cell-${row}-${column}`} aria-colindex={column + 1} aria-selected={marks.pinned?.[0] === row && marks.pinned[1] === column}>{sentence(model, row, column)}</div>
        </div>
      </div>
      <p id="matrix-keys" className="hidden">Arrow keys walk from cell to cell, with Control to the next that is not empty; N and P go to the next and previous that closes a cycle or breaks a rule; Enter selects, F folds the component, plus and minus zoom, 0 shows all, 1 goes back to a size that can be read.</p>
      {focused && <p className="hidden" role="status">{sentence(model, row, column)}</p>}
    </div>
  );
}
