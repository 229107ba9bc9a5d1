/* A table of this lens: sorted by any column, only the rows that are seen exist, as a file for spreadsheets. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useMemo, useRef, useState } from 'react';
import { csv, save } from '../graph/save';

const ROW_PX = 36;
type Value = string | number | null;

export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => Value; // in the file, and sorted by
  readonly show?: (row: Row) => ReactNode; // the value itself where nothing is said
}

interface RowsProperties<Row> {
  readonly columns: readonly Column<Row>[]; // the first one names the row
  readonly rows: readonly Row[];
  readonly count: string; // "8 of 9 contracts"
  readonly keyOf: (row: Row) => string;
  readonly chosen?: (row: Row) => boolean;
  readonly fileName: string;
}

const collator = new Intl.Collator('en', { numeric: true });
function order(a: Value, b: Value): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  return typeof a === 'number' && typeof b === 'number' ? a - b : collator.compare(String(a), String(b));
}

export function Rows<Row>({ columns, rows, count, keyOf, chosen, fileName }: RowsProperties<Row>) {
  const [{ by, down }, setSorting] = useState({ by: -1, down: false }); // -1: as the server has them
  const column = columns[by];
  const sorted = useMemo(() => (column === undefined ? rows : [...rows].sort((a, b) => (down ? -1 : 1) * order(column.value(a), column.value(b)))), [rows, column, down]);
  const frame = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({ count: sorted.length, getScrollElement: () => frame.current, estimateSize: () => ROW_PX, overscan: 12 });
  const items = virtualizer.getVirtualItems(), first = items[0], last = items.at(-1);
  const exported = () => save(csv(columns.map((one) => one.title), sorted.map((row) => columns.map((one) => one.value(row)))), `${fileName}.csv`);
  return (
    <div className="table-pane">
      <p className="table-head" role="status"><span>{count}</span><button type="button" className="tool" onClick={exported} aria-label="Export as CSV">CSV</button></p>
      <div ref={frame} className="table-scroll" tabIndex={0} role="group" aria-label="Rows">
        <table aria-rowcount={sorted.length + 1}>
          <thead>
            <tr aria-rowindex={1}>{columns.map(({ title }, index) => (
              <th key={title} scope="col" aria-sort={by === index ? (down ? 'descending' : 'ascending') : 'none'}>
                <button type="button" className="sort" onClick={() => setSorting({ by: index, down: by === index && !down })}>{title}<span aria-hidden="true">{by === index ? (down ? ' ↓' : ' ↑') : ''}</span></button>
              </th>
            ))}</tr>
          </thead>
          <tbody>
            {first !== undefined && first.start > 0 && <tr aria-hidden="true"><td colSpan={columns.length} style={{ height: first.start, padding: 0 }} /></tr>}
            {items.map(({ index }) => {
              const row = sorted[index];
              return row === undefined ? null : (
                <tr key={keyOf(row)} ref={virtualizer.measureElement} data-index={index} aria-rowindex={index + 2} className={chosen?.(row) === true ? 'chosen' : undefined}>
                  {columns.map(({ title, value, show }, at) => (at === 0 ? <th key={title} scope="row">{show?.(row) ?? value(row)}</th> : <td key={title}>{show?.(row) ?? value(row)}</td>))}
                </tr>
              );
            })}
            {last !== undefined && virtualizer.getTotalSize() > last.end && <tr aria-hidden="true"><td colSpan={columns.length} style={{ height: virtualizer.getTotalSize() - last.end, padding: 0 }} /></tr>}
          </tbody>
        </table>
      </div>
    </div>
  );
}
