/* What can be done to this lens by name (Ctrl-K). */
import { useMemo } from 'react';
import { type Command, useCommands } from '../search/commands';
import type { LensView } from './view';

export function useViewCommands(view: LensView): void {
  const commands = useMemo((): readonly Command[] => [
    { id: 'execution.failed', title: 'Show failed tasks', keywords: 'status narrow filter', run: () => view.setStatus('FAILED') },
    { id: 'execution.all', title: 'Show tasks of every status', keywords: 'status clear filter', available: () => view.narrowed, run: () => { view.setStatus(''); view.setText(''); } },
    { id: 'execution.critical', title: view.critical ? 'Hide the critical path' : 'Show the critical path', keywords: 'longest chain', run: () => view.setCritical(!view.critical) },
    { id: 'execution.workflow', title: 'Group tasks by workflow', keywords: 'fold collapse', run: () => view.setGrouping('workflow') },
    { id: 'execution.capability', title: 'Group tasks by capability', keywords: 'fold collapse', run: () => view.setGrouping('capability') },
    { id: 'execution.ungroup', title: 'Show every task', keywords: 'no groups unfold expand', available: () => view.grouping !== '', run: () => view.setGrouping('') },
  ], [view]);
  useCommands(commands);
}
