/* The same as the drawing, as a table: sorted by any column, narrowed like the drawing, as a file for spreadsheets. Only the rows that are seen exist. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { useMemo, useRef, useState } from 'react';
import { csv, save } from '../graph/save';
import { statusTone, statusWords } from '../graph/model';
import { Glyph } from '../parts/Glyph';
import { kindNames } from '../parts/kinds';
import { durationText } from '../parts/words';
import { useSelection } from '../state/selection';
import { columns, type ColumnName, sorted, type Sorting } from './columns';
import { type ExecutionNode, isTask, type Plan } from './model';
import { countdownText, retriesText } from './retry';
import { type LensView, matches } from './view';

const ROW_PX = 36;
interface TableProperties {
  readonly plan: Plan;
  readonly view: LensView;
  readonly now: number;
  readonly fileName: string;
}

export function ExecutionTable({ plan, view, now, fileName }: TableProperties) {
  const [sorting, setSorting] = useState<Sorting>({ by: 'state', down: false });
  const rows = useMemo(() => sorted(plan, plan.graph.nodes.filter((node) => matches(node, view) && (view.artifacts || node.kind !== 'ARTIFACT')), sorting), [plan, view, sorting]);
  const frame = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({ count: rows.length, getScrollElement: () => frame.current, estimateSize: () => ROW_PX, overscan: 12 });
  const items = virtualizer.getVirtualItems(), first = items[0], last = items.at(-1);
  const sort = (by: ColumnName) => setSorting((was) => ({ by, down: was.by === by && !was.down }));
  const exported = () => save(csv(columns.map((one) => one.title), rows.map((node) => columns.map((one) => one.value(node, plan)))), `${fileName}.csv`);
  return (
    <div className="table-pane">
      <p className="table-head" role="status"><span>{rows.length === plan.graph.nodes.length ? `${rows.length} nodes` : `${rows.length} of ${plan.graph.nodes.length} nodes`}</span><button type="button" className="tool" onClick={exported} aria-label="Export as CSV">CSV</button></p>
      <div ref={frame} className="table-scroll" tabIndex={0} role="group" aria-label="Rows">
        <table aria-rowcount={rows.length + 1}>
          <thead>
            <tr aria-rowindex={1}>{columns.map(({ name, title }) => (
              <th key={name} scope="col" aria-sort={sorting.by === name ? (sorting.down ? 'descending' : 'ascending') : 'none'}>
                <button type="button" className="sort" onClick={() => sort(name)}>{title}<span aria-hidden="true">{sorting.by === name ? (sorting.down ? ' ↓' : ' ↑') : ''}</span></button>
              </th>
            ))}</tr>
          </thead>
          <tbody>
            {first !== undefined && first.start > 0 && <tr aria-hidden="true"><td colSpan={columns.length} style={{ height: first.start, padding: 0 }} /></tr>}
            {items.map(({ index }) => { const node = rows[index]; return node === undefined ? null : <Row key={node.id} node={node} plan={plan} index={index} now={now} measure={virtualizer.measureElement} />; })}
            {last !== undefined && virtualizer.getTotalSize() > last.end && <tr aria-hidden="true"><td colSpan={columns.length} style={{ height: virtualizer.getTotalSize() - last.end, padding: 0 }} /></tr>}
          </tbody>
        </table>
      </div>
    </div>
  );
}

interface RowProperties { readonly node: ExecutionNode; readonly plan: Plan; readonly index: number; readonly now: number; readonly measure: (element: Element | null) => void }

function Row({ node, plan, index, now, measure }: RowProperties) {
  const selected = useSelection((selection) => selection.node?.nodeId === node.nodeId && selection.node.kind === node.kind);
  const toggle = useSelection((selection) => selection.toggleNode);
  const task = isTask(node) ? node : null;
  return (
    <tr ref={measure} data-index={index} aria-rowindex={index + 2} className={selected ? 'chosen' : undefined}>
      <th scope="row"><button type="button" className="node-button" aria-pressed={selected} onClick={() => toggle({ kind: node.kind, nodeId: node.nodeId })}>{node.name}</button></th>
      <td>{kindNames[node.kind]}</td>
      <td className="nowrap"><Glyph tone={statusTone[node.status]} /> {statusWords[node.status]}</td>
      <td>{task?.workflowId}</td>
      <td>{task?.capability}</td>
      <td className="number">{task?.durationMs == null ? '' : durationText(task.durationMs)}</td>
      <td className="nowrap">{task !== null && (task.retryCount > 0 || task.status === 'RETRYING') ? retriesText(task.retryCount, task.maxRetries) : ''}{task?.nextRetryAt == null ? '' : `, ${countdownText(task.nextRetryAt, now)}`}</td>
      <td className="number">{columns.find((one) => one.name === 'needs')?.value(node, plan)}</td>
      <td>{task?.onCriticalPath === true ? 'critical' : ''}</td>
      <td className="mono">{task?.errorMessage}</td>
    </tr>
  );
}
