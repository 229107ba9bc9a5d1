/* What can be done to this lens by name (Ctrl-K). */
import { useMemo } from 'react';
import { type Command, useCommands } from '../search/commands';
import type { LensView } from './view';

export function useViewCommands(view: LensView): void {
  const commands = useMemo((): readonly Command[] => [
    { id: 'convergence.apart', title: view.apart ? 'Show all contracts' : 'Show only contracts that are not aligned', keywords: 'star filter narrow failing', run: () => view.setApart(!view.apart) },
    { id: 'convergence.whole', title: view.whole ? 'Show the contract stars' : 'Show the whole cross-stream graph', keywords: 'links nodes confidence', run: () => view.setWhole(!view.whole) },
    { id: 'convergence.review', title: view.review ? 'Hide what is to be reviewed' : 'Show what is to be reviewed', keywords: 'unmatched gaps links', run: () => view.setReview(!view.review) },
  ], [view]);
  useCommands(commands);
}
