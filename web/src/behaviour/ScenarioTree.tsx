/* Features with their scenarios, as a tree table. Only the rows that are seen exist. By the ARIA practice for tree grids one row is in the tab order:
 * up, down, page and end keys walk, right unfolds or goes in, left folds or goes out, Enter selects.
 *
 * What is selected elsewhere is unfolded and brought into view; what is linked with it keeps its weight while the rest steps back. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import type { RunPartsFragment } from '../../generated/graphql';
import { nodeKey, readNodeKey, useSelection } from '../state/selection';
import type { Branch, Row } from './model';
import { FeatureRow, ScenarioRow } from './Rows';

export interface TreeProperties {
  readonly name: string;
  readonly rows: readonly Row[];
  readonly branches: readonly Branch[];
  readonly isOpen: (branch: Branch) => boolean;
  readonly toggle: (branch: Branch) => void;
  readonly runs: ReadonlyMap<string, readonly RunPartsFragment[]>; // of flaky scenarios, by nodeId
}

const FEATURE_PX = 42, SCENARIO_PX = 34, FAILED_PX = 52, OVERSCAN = 12;

function heightOf(row: Row | undefined): number {
  if (row === undefined || row.type === 'feature') return FEATURE_PX;
  return row.leaf.scenario.errorMessage === null ? SCENARIO_PX : FAILED_PX;
}

/** Keeps the key of the row that the keyboard is on, so that it stays the same row when others come and go. */
function useWalking(rows: readonly Row[], scrollTo: (index: number) => void) {
  const frame = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState<string | null>(null);
  const wanted = useRef(false); // to be focused once it is there
  const found = current === null ? 0 : rows.findIndex((row) => row.key === current);
  const at = Math.max(0, found);
  useEffect(() => {
    if (!wanted.current) return;
    const row = frame.current?.querySelector<HTMLElement>(`[data-index="${at}"]`);
    if (row == null) return;
    row.focus({ preventScroll: true });
    wanted.current = false;
  });
  const go = (index: number) => {
    const target = Math.max(0, Math.min(rows.length - 1, index));
    wanted.current = true;
    scrollTo(target);
    setCurrent(rows[target]?.key ?? null);
  };
  return { frame, at, go, setCurrent };
}

/** What is selected comes into view, wherever it was selected. */
function useRevealing({ rows, branches, isOpen, toggle }: TreeProperties, chosen: string | null, scrollTo: (index: number) => void): void {
  const revealed = useRef<string | null>(null);
  useEffect(() => {
    if (chosen === null) { revealed.current = null; return; }
    if (revealed.current === chosen) return;
    const index = rows.findIndex((row) => row.key === chosen);
    if (index >= 0) { revealed.current = chosen; scrollTo(index); return; }
    const branch = branches.find((one) => one.leaves.some((leaf) => leaf.key === chosen));
    if (branch !== undefined && !isOpen(branch)) toggle(branch);
  }, [chosen, rows, branches, isOpen, toggle, scrollTo]);
}

export function ScenarioTree(properties: TreeProperties) {
  const { name, rows, toggle, runs } = properties;
  const node = useSelection((selection) => selection.node);
  const lit = useSelection((selection) => selection.lit);
  const select = useSelection((selection) => selection.toggleNode);
  const chosen = node?.kind === 'SCENARIO' || node?.kind === 'BEHAVIORAL_SPEC' ? nodeKey(node.kind, node.nodeId) : null;
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: (index) => heightOf(rows[index]), getItemKey: (index) => rows[index]?.key ?? index, overscan: OVERSCAN, scrollPaddingStart: 36 });
  const heights = useMemo(() => rows.map(heightOf).join(''), [rows]);
  useEffect(() => virtualizer.measure(), [heights, virtualizer]);
  const scrollTo = useMemo(() => (index: number) => virtualizer.scrollToIndex(index, { align: 'auto' }), [virtualizer]);
  const { frame, at, go, setCurrent } = useWalking(rows, scrollTo);
  useRevealing(properties, chosen, scrollTo);

  const press = (event: KeyboardEvent) => {
    const row = rows[at];
    if (row === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + 12, PageUp: at - 12, Home: 0, End: rows.length - 1 }[event.key];
    if (to !== undefined) go(to);
    else if (event.key === 'ArrowRight' && row.type === 'feature') { if (row.open) go(at + 1); else toggle(row.branch); }
    else if (event.key === 'ArrowLeft' && row.type === 'feature' && row.open) toggle(row.branch);
    else if (event.key === 'ArrowLeft' && row.type === 'scenario') go(rows.findIndex((one) => one.key === row.branch.key));
    else if (event.key === ' ' && row.type === 'feature') toggle(row.branch);
    else if (event.key === 'Enter' || event.key === ' ') { const selected = readNodeKey(row.key); if (selected !== null) select(selected); }
    else return;
    event.preventDefault();
  };
  return (
    <div ref={scroller} className="scenario-scroller">
      <div ref={frame} role="treegrid" aria-label={name} aria-rowcount={rows.length + 1} className={`scenario-tree ${lit === null || chosen !== null ? '' : 'lighting'}`} onKeyDown={press}>
        <div role="rowgroup" className="heads">
          <div role="row" className="tree-row head" aria-rowindex={1}>
            <span role="columnheader">Feature and scenario</span><span role="columnheader">State</span><span role="columnheader">Runs</span><span role="columnheader" className="number">Duration</span><span role="columnheader">Tags</span>
          </div>
        </div>
        <div role="rowgroup" className="rows" style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map(({ index, start, size }) => {
            const row = rows[index];
            if (row === undefined) return null;
            const placing = { index, start, size, current: index === at, chosen: row.key === chosen, onFocus: () => setCurrent(row.key) };
            return row.type === 'feature'
              ? <FeatureRow key={row.key} row={row} {...placing} lit={lit} toggle={() => toggle(row.branch)} select={select} />
              : <ScenarioRow key={row.key} row={row} {...placing} lit={lit} runs={runs.get(row.leaf.scenario.nodeId)} select={select} />;
          })}
        </div>
      </div>
    </div>
  );
}
