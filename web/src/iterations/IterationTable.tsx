/* The list as a table. One row is in the tab order; arrows, Home and End walk, Enter opens. Long lists exist only as far as they are seen. */
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { Link, useSearch } from 'wouter';
import type { IterationRowFragment } from '../../generated/graphql';
import { Shape, StreamLight, VerdictBadge } from '../parts/Status';
import { Ago } from '../parts/time';
import { countText } from '../parts/words';
import { iterationPath, searchWith } from '../state/location';
import { useSelection } from '../state/selection';
import { type History, Sparkline } from './Sparkline';

const ROW_PX = 56;

interface TableProperties {
  readonly rows: readonly IterationRowFragment[];
  readonly ownTenant: string;
  readonly chosen: readonly string[]; // ids, to be compared
  readonly toggle: (id: string) => void;
  readonly histories: ReadonlyMap<string, History>;
}

interface RowProperties {
  readonly row: IterationRowFragment;
  readonly index: number;
  readonly href: string;
  readonly foreign: boolean;
  readonly current: boolean;
  readonly chosen: boolean;
  readonly toggle: (id: string) => void;
  readonly history: History | undefined;
}

function Gate({ row }: { readonly row: IterationRowFragment }) {
  if (row.verdict === null) return <span className="light none">–<span className="hidden"> nothing there yet</span></span>;
  const tone = row.deployable ? 'good' : row.verdict === 'PENDING' ? 'wait' : 'bad';
  return <span className={`go ${tone}`}><Shape tone={tone} />{row.deployable ? 'Open' : 'Closed'}</span>;
}

function Row({ row, index, href, foreign, current, chosen, toggle, history }: RowProperties) {
  const select = useSelection((selection) => selection.selectIteration);
  return (
    <tr aria-rowindex={index + 2} data-index={index}>
      <th scope="row">
        <Link href={href} tabIndex={current ? 0 : -1} data-row={index} onClick={() => select(row.id)}>{row.name}</Link>
        {row.name !== row.nodeId && <span className="sub mono">{row.nodeId}</span>}
        {foreign && <span className="sub">tenant {row.tenantId}</span>}
      </th>
      <td><VerdictBadge verdict={row.verdict} /></td>
      <td className="means"><span title={row.meaning ?? undefined}>{row.meaning}</span></td>
      <td><Gate row={row} /></td>
      <td><StreamLight status={row.streams?.dde ?? null} /></td>
      <td><StreamLight status={row.streams?.bdv ?? null} /></td>
      <td><StreamLight status={row.streams?.acc ?? null} /></td>
      <td className="number">{countText(row.factCount)}</td>
      <td className="over-time"><Sparkline history={history} /></td>
      <td className="when"><Ago moment={row.lastValidFrom} /></td>
      <td className="choose"><input type="checkbox" tabIndex={-1} aria-label={`Compare ${row.name}`} checked={chosen} onChange={() => toggle(row.id)} /></td>
    </tr>
  );
}

const Gap = ({ height }: { readonly height: number }) => (height > 0 ? <tr className="gap" aria-hidden="true"><td colSpan={11} style={{ height }} /></tr> : null);

export function IterationTable({ rows, ownTenant, chosen, toggle, histories }: TableProperties) {
  const body = useRef<HTMLTableSectionElement>(null);
  const search = useSearch();
  const opened = useSelection((selection) => selection.iterationId);
  const [current, setCurrent] = useState(() => Math.max(0, rows.findIndex((row) => row.id === opened)));
  const [wanted, setWanted] = useState<number | null>(null); // to be focused once it is there
  const [margin, setMargin] = useState(0);
  useEffect(() => { setMargin(body.current?.offsetTop ?? 0); }, []);
  const virtualizer = useWindowVirtualizer({ count: rows.length, estimateSize: () => ROW_PX, overscan: 12, scrollMargin: margin });
  const items = virtualizer.getVirtualItems();
  useEffect(() => {
    const link = wanted === null ? null : body.current?.querySelector<HTMLElement>(`[data-row="${wanted}"]`);
    if (link == null) return;
    link.focus();
    setWanted(null);
  });
  const walk = (event: KeyboardEvent) => {
    if (!(event.target instanceof HTMLAnchorElement)) return;
    const from = Number(event.target.dataset['row'] ?? current); // where the focus is, however it came there
    const to = { ArrowDown: from + 1, ArrowUp: from - 1, PageDown: from + 10, PageUp: from - 10, Home: 0, End: rows.length - 1 }[event.key];
    const focused = rows[from];
    if (event.key === ' ' && focused !== undefined) {
      event.preventDefault();
      toggle(focused.id);
      return;
    }
    if (to === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const target = Math.max(0, Math.min(rows.length - 1, to));
    virtualizer.scrollToIndex(target);
    setCurrent(target);
    setWanted(target);
  };
  const first = items[0], last = items.at(-1);
  return (
    <div className="table-frame">
      <table className="iterations" aria-rowcount={rows.length + 1} onKeyDown={walk}>
        <caption className="hidden">Iterations, the newest activity first. Arrow keys walk, Enter opens, Space chooses for a comparison.</caption>
        <thead>
          <tr aria-rowindex={1}>
            <th scope="col">Iteration</th><th scope="col">Verdict</th><th scope="col" className="means">Means</th><th scope="col">Gate</th>
            <th scope="col"><abbr title="Execution: did the work run?">DDE</abbr></th>
            <th scope="col"><abbr title="Behaviour: does it behave?">BDV</abbr></th>
            <th scope="col"><abbr title="Architecture: is it built as agreed?">ACC</abbr></th>
            <th scope="col" className="number">Facts</th><th scope="col">Over time</th><th scope="col" className="when">Last activity</th><th scope="col" className="choose"><span aria-hidden="true" title="Compare">⇄</span><span className="hidden">Compare</span></th>
          </tr>
        </thead>
        <tbody ref={body}>
          {first !== undefined && <Gap height={first.start - margin} />}
          {items.map(({ index }) => {
            const row = rows[index];
            if (row === undefined) return null;
            const foreign = row.tenantId !== ownTenant;
            return (
              <Row key={row.id} row={row} index={index} history={histories.get(row.id)} chosen={chosen.includes(row.id)} toggle={toggle} foreign={foreign} current={index === Math.min(current, rows.length - 1)}
                href={iterationPath(row.nodeId) + searchWith(search, { q: null, verdict: null, tenant: foreign ? row.tenantId : null })} />
            );
          })}
          {last !== undefined && <Gap height={virtualizer.getTotalSize() - (last.end - margin)} />}
        </tbody>
      </table>
    </div>
  );
}
