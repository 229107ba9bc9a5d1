/* The queue as a table: one row in the tab order, arrows walk, Enter opens, Space chooses. Rows exist as far as they are seen; the next
 * ones are asked for when the end comes near. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { Link, useSearch } from 'wouter';
import type { LetterRowFragment } from '../../generated/graphql';
import { Shape } from '../parts/Status';
import { Ago } from '../parts/time';
import { searchWith } from '../state/location';
import { categories } from './words';

const ROW_PX = 60;

interface RowProperties {
  readonly row: LetterRowFragment;
  readonly index: number;
  readonly current: boolean;
  readonly open: boolean;
  readonly chosen: boolean;
  readonly toggle: (id: string) => void;
  readonly go: (index: number) => void;
}

function Row({ row, index, current, open, chosen, toggle, go }: RowProperties) {
  const search = useSearch();
  const words = row.category === null ? null : categories[row.category];
  return (
    <tr aria-rowindex={index + 2} className={open ? 'open' : undefined} aria-current={open ? 'true' : undefined}>
      <td className="choose"><input type="checkbox" tabIndex={-1} aria-label={`Choose #${row.id}`} checked={chosen} onChange={() => toggle(row.id)} /></td>
      <th scope="row"><Link href={`/dead-letters${searchWith(search, { letter: row.id })}`} replace tabIndex={current ? 0 : -1} data-row={index} onClick={() => go(index)}>#{row.id}</Link></th>
      <td className="why"><span className="reason" title={row.reason}>{row.reason}</span>
        <span className="sub">{words !== null && <span className={`light ${words.tone}`}><Shape tone={words.tone} />{words.name}</span>}{row.iterationId !== null && <span>{row.iterationId}</span>}</span></td>
      <td>{row.stream === null ? <span className="quiet">–<span className="hidden"> not known</span></span> : <span className="code">{row.stream}</span>}</td>
      <td className="when"><Ago moment={row.receivedAt} /></td>
    </tr>
  );
}

interface TableProperties {
  readonly rows: readonly LetterRowFragment[];
  readonly more: boolean;
  readonly total: number | null;
  readonly openId: string;
  readonly chosen: ReadonlySet<string>;
  readonly choose: (ids: ReadonlySet<string>) => void;
  readonly loadMore: () => void;
}

const Gap = ({ height }: { readonly height: number }) => (height > 0 ? <tr className="gap" aria-hidden="true"><td colSpan={5} style={{ height }} /></tr> : null);

export function LetterTable({ rows, more, total, openId, chosen, choose, loadMore }: TableProperties) {
  const frame = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState(0);
  const [wanted, setWanted] = useState<number | null>(null); // to be focused once it is there
  const virtualizer = useVirtualizer({ count: rows.length, getScrollElement: () => frame.current, estimateSize: () => ROW_PX, overscan: 10 });
  const items = virtualizer.getVirtualItems();
  const first = items[0], last = items.at(-1);
  const nearEnd = more && last !== undefined && last.index >= rows.length - 30;
  useEffect(() => { if (nearEnd) loadMore(); }, [nearEnd, rows.length, loadMore]);
  useEffect(() => {
    const link = wanted === null ? null : frame.current?.querySelector<HTMLElement>(`[data-row="${wanted}"]`);
    if (link == null) return;
    link.focus();
    setWanted(null);
  });
  const at = Math.min(current, rows.length - 1);
  const toggle = (id: string) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    choose(next);
  };
  const walk = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey || !(event.target instanceof HTMLAnchorElement)) return;
    const here = Number(event.target.dataset['row'] ?? at), id = rows[here]?.id; // where the focus is, however it came there
    if (event.key === ' ' && id !== undefined) {
      event.preventDefault();
      toggle(id);
      return;
    }
    const to = { ArrowDown: here + 1, ArrowUp: here - 1, PageDown: here + 8, PageUp: here - 8, Home: 0, End: rows.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const target = Math.max(0, Math.min(rows.length - 1, to));
    virtualizer.scrollToIndex(target);
    setCurrent(target);
    setWanted(target);
  };
  const all = rows.length > 0 && rows.every((row) => chosen.has(row.id));
  return (
    <div className="table-frame letters-frame" ref={frame}>
      <table className="letters" aria-rowcount={total ?? -1} onKeyDown={walk}>
        <caption className="hidden">Dead letters, the newest first. Arrow keys walk, Enter opens, Space chooses.</caption>
        <thead>
          <tr aria-rowindex={1}>
            <th scope="col" className="choose"><input type="checkbox" aria-label="Choose all that are listed" checked={all} onChange={() => choose(new Set(all ? [] : rows.map((row) => row.id)))} /></th>
            <th scope="col">Letter</th><th scope="col">What is wrong</th><th scope="col">Stream</th><th scope="col" className="when">Received</th>
          </tr>
        </thead>
        <tbody>
          {first !== undefined && <Gap height={first.start} />}
          {items.map(({ index }) => {
            const row = rows[index];
            return row === undefined ? null : <Row key={row.id} row={row} index={index} current={index === at} open={row.id === openId} chosen={chosen.has(row.id)} toggle={toggle} go={setCurrent} />;
          })}
          {last !== undefined && <Gap height={virtualizer.getTotalSize() - last.end} />}
        </tbody>
      </table>
    </div>
  );
}
