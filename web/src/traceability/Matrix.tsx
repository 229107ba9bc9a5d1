/* Requirements against the levels of the spine: how many at each, and a dashed box where there is none. What is broken comes first. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { useMemo, useRef } from 'react';
import { csv, save } from '../graph/save';
import { confidenceTone } from '../inspect/Links';
import { Shape } from '../parts/Status';
import { countText } from '../parts/words';
import { useParameter } from '../state/location';
import { nodeKey, useSelection } from '../state/selection';
import { type Became, signs, useDifference } from '../time/difference';
import { confidenceText, countOf, gapsAt, levels, type RequirementRow, stateOfRow, toneOfRow } from './model';

const ROW_PX = 40;
const shownLevels = levels.slice(1);
const COLUMNS = shownLevels.length + 4;

interface MatrixProperties {
  readonly iterationId: string;
  readonly rows: readonly RequirementRow[];
  readonly total: number;
  readonly absent: boolean;
  readonly open: (nodeId: string) => void;
}

function useNarrowed(rows: readonly RequirementRow[]) {
  const [text, setText] = useParameter('find');
  const [gaps, setGaps] = useParameter('gaps');
  const wanted = text.trim().toLowerCase();
  const shown = useMemo(() => rows.filter((row) => (gaps === '' || toneOfRow(row) === 'bad') && (wanted === '' || `${row.nodeId} ${row.name}`.toLowerCase().includes(wanted))), [rows, gaps, wanted]);
  return { text, setText, onlyGaps: gaps !== '', setOnlyGaps: (only: boolean) => setGaps(only ? 'only' : ''), shown };
}

export function Matrix({ iterationId, rows, total, absent, open }: MatrixProperties) {
  const { text, setText, onlyGaps, setOnlyGaps, shown } = useNarrowed(rows);
  const difference = useDifference(iterationId);
  const frame = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({ count: shown.length, getScrollElement: () => frame.current, estimateSize: () => ROW_PX, overscan: 12 });
  const items = virtualizer.getVirtualItems(), first = items[0], last = items.at(-1);
  if (rows.length === 0) return <NoRequirements absent={absent} />;
  const broken = rows.filter((row) => toneOfRow(row) === 'bad').length;
  const exported = () => save(csv(['Requirement', 'Name', 'State', ...shownLevels.map((one) => one.title), 'Least sure link', 'What is missing'], shown.map((row) => [row.nodeId, row.name, stateOfRow(row), ...shownLevels.map(({ level }) => countOf(row, level)), row.trace.confidence, row.trace.gaps.map((gap) => gap.sentence).join(' ')])), `${iterationId}-traceability.csv`);
  return (
    <section className="trace-pane" aria-label="Requirements">
      <div className="trace-bar">
        <input type="search" aria-label="Find a requirement" placeholder="Name or id…" value={text} onChange={(event) => setText(event.target.value)} />
        <button type="button" className="chip" aria-pressed={onlyGaps} disabled={broken === 0 && !onlyGaps} onClick={() => setOnlyGaps(!onlyGaps)}><Shape tone="bad" />with gaps<span className="count">{countText(broken)}</span></button>
        <span className="quiet" role="status">{shown.length === rows.length ? '' : `${countText(shown.length)} of ${countText(rows.length)} requirements`}{total > rows.length ? ` The first ${countText(rows.length)} of ${countText(total)} are followed.` : ''}</span>
        <span className="spacer" />
        <button type="button" className="tool" onClick={exported} aria-label="Export as CSV">CSV</button>
      </div>
      <div ref={frame} className="trace-scroll" tabIndex={0} role="group" aria-label="Rows">
        <table aria-rowcount={shown.length + 1}>
          <thead><tr aria-rowindex={1}><th scope="col">Requirement</th><th scope="col">Spine</th>{shownLevels.map((one) => <th key={one.level} scope="col" className="cell">{one.title}</th>)}<th scope="col" className="cell">Least sure</th><th scope="col">What is missing</th></tr></thead>
          <tbody>
            {first !== undefined && first.start > 0 && <tr aria-hidden="true"><td colSpan={COLUMNS} style={{ height: first.start, padding: 0 }} /></tr>}
            {items.map(({ index }) => { const row = shown[index]; return row === undefined ? null : <Row key={row.id} row={row} index={index} became={difference?.nodes.get(nodeKey('REQUIREMENT', row.nodeId))} measure={virtualizer.measureElement} open={open} />; })}
            {last !== undefined && virtualizer.getTotalSize() > last.end && <tr aria-hidden="true"><td colSpan={COLUMNS} style={{ height: virtualizer.getTotalSize() - last.end, padding: 0 }} /></tr>}
          </tbody>
        </table>
      </div>
    </section>
  );
}

interface RowProperties { readonly row: RequirementRow; readonly index: number; readonly became: Became | undefined; readonly measure: (element: Element | null) => void; readonly open: (nodeId: string) => void }

function Row({ row, index, became, measure, open }: RowProperties) {
  const chosen = useSelection((selection) => selection.node?.kind === 'REQUIREMENT' && selection.node.nodeId === row.nodeId);
  const near = useSelection((selection) => selection.lit?.has(nodeKey('REQUIREMENT', row.nodeId)) === true);
  const { confidence, gaps } = row.trace, tone = toneOfRow(row);
  return (
    <tr ref={measure} data-index={index} aria-rowindex={index + 2} className={`${chosen ? 'chosen' : ''} ${near ? 'near' : ''}`}>
      <th scope="row">{became !== undefined && <span className={`sign ${became}`}>{signs[became]}<span className="hidden"> {became}</span></span>}<button type="button" className="node-button" onClick={() => open(row.nodeId)}>{row.name}</button>{row.name !== row.nodeId && <span className="sub mono">{row.nodeId}</span>}</th>
      <td><span className={`light ${tone}`}><Shape tone={tone} />{stateOfRow(row)}</span></td>
      {shownLevels.map((level) => <Cell key={level.level} row={row} level={level} />)}
      <td className="cell">{confidence === null ? <span className="quiet">–</span> : <span className={`sure ${confidenceTone(confidence)}`}>{confidenceText(confidence)}</span>}</td>
      <td className="missing">{gaps[0] === undefined ? <span className="quiet">nothing</span> : <>{gaps[0].sentence}{gaps.length > 1 && <span className="quiet"> And {countText(gaps.length - 1)} more.</span>}</>}</td>
    </tr>
  );
}

function Cell({ row, level: { level, needed, one } }: { readonly row: RequirementRow; readonly level: (typeof levels)[number] }) {
  const count = countOf(row, level), gaps = gapsAt(row, level);
  const title = gaps.map((gap) => gap.sentence).join('\n') || undefined;
  if (count === 0 && needed) return <td className="cell" title={title}><span className="hole bad">none<span className="hidden"> {one}</span></span></td>;
  if (count === 0) return <td className="cell" title={title}>{gaps.length > 0 ? <span className="hole wait">none</span> : <span className="quiet">–</span>}</td>;
  return <td className="cell" title={title}><span className="reached">{countText(count)}</span>{gaps.length > 0 && <span className="ends">, {gaps.length} open</span>}</td>;
}

function NoRequirements({ absent }: { readonly absent: boolean }) {
  if (absent) return <p className="empty" role="status">At this moment no requirement had been told of.</p>;
  return (
    <div className="empty" role="status">
      <h2>No requirement has been told of</h2>
      <p>A tag <code>@requirement:ID</code> on a feature or scenario names one; so does <code>requirement_id</code> in a task&apos;s events. <code>REQUIREMENT_DECLARED</code> gives it a name. The spine of anything else is under “Spine”.</p>
    </div>
  );
}
