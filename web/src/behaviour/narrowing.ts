/* How the list is narrowed, sorted and unfolded: all of it is in the address. */
import { useCallback, useMemo } from 'react';
import { useChangeParameters, useParameter } from '../state/location';
import { type NodeKey, useSelection } from '../state/selection';
import { type Branch, isNarrow, type Narrowing, type SortName, sortWords, states } from './model';

export interface Controls {
  readonly narrowing: Narrowing;
  readonly narrowed: boolean;
  readonly text: string;
  readonly setText: (text: string) => void;
  readonly setState: (state: string) => void; // '' for all
  readonly setTag: (tag: string) => void;
  readonly sort: SortName;
  readonly setSort: (sort: string) => void;
  readonly onlyLit: boolean;
  readonly setOnlyLit: (only: boolean) => void;
  readonly clear: () => void;
}

function stateNamed(text: string): Narrowing['state'] {
  return text === 'running' ? 'running' : states.find((one) => one === text) ?? null;
}

export function useControls(): Controls {
  const [text, setText] = useParameter('find');
  const [state, setState] = useParameter('outcome');
  const [tag, setTag] = useParameter('tag');
  const [sorted, setSort] = useParameter('sort');
  const [only, setOnly] = useParameter('only');
  const lit = useSelection((selection) => selection.lit);
  const keys = only === 'linked' ? lit as ReadonlySet<NodeKey> | null : null;
  const narrowing = useMemo((): Narrowing => ({ state: stateNamed(state), tag, words: text.toLowerCase().split(/\s+/).filter((word) => word !== ''), keys }), [state, tag, text, keys]);
  const change = useChangeParameters();
  const clear = useCallback(() => change({ find: null, outcome: null, tag: null, only: null }), [change]);
  return {
    narrowing, narrowed: isNarrow(narrowing), text, setText, setState, setTag, sort: sorted in sortWords ? sorted as SortName : 'worst', setSort,
    onlyLit: keys !== null, setOnlyLit: (on) => setOnly(on ? 'linked' : ''), clear,
  };
}

/* ---- folding ---- */

const SMALL_LIST = 200; // as long as there are no more scenarios than that, all are unfolded

export interface Folding {
  readonly isOpen: (branch: Branch) => boolean;
  readonly toggle: (branch: Branch) => void;
  readonly all: (open: boolean) => void;
}

/** Where nothing was said, features of a small list are unfolded, and of a large one those that fail. The address has what was said: `fold` of all,
 * `unlike` of single ones that are the other way round. */
export function useFolding(branches: readonly Branch[], narrowed: boolean): Folding {
  const [fold] = useParameter('fold');
  const [unlike, setUnlike] = useParameter('unlike');
  const small = branches.reduce((sum, branch) => sum + branch.leaves.length, 0) <= SMALL_LIST;
  const others = useMemo(() => new Set(unlike === '' ? [] : unlike.split('|')), [unlike]);
  const isOpen = useCallback((branch: Branch) => {
    const first = fold === 'none' ? true : fold === 'all' ? false : small || narrowed || branch.counts.failed > 0;
    return first !== others.has(branch.nodeId ?? '');
  }, [fold, small, narrowed, others]);
  const toggle = useCallback((branch: Branch) => {
    const next = new Set(others), id = branch.nodeId ?? '';
    if (!next.delete(id)) next.add(id);
    setUnlike([...next].join('|'));
  }, [others, setUnlike]);
  const change = useChangeParameters();
  const all = useCallback((open: boolean) => change({ unlike: null, fold: open ? 'none' : 'all' }), [change]);
  return { isOpen, toggle, all };
}
