/* What can be done in the behaviour lens by name (Ctrl-K). */
import { useMemo } from 'react';
import { type Command, useCommands } from '../search/commands';
import { useChangeParameters } from '../state/location';

export function useBehaviourCommands(): void {
  const change = useChangeParameters();
  const commands = useMemo((): readonly Command[] => [
    { id: 'behaviour.failed', title: 'Show failed scenarios only', keywords: 'filter bdv', run: () => change({ show: null, outcome: 'failed' }) },
    { id: 'behaviour.flaky', title: 'Show flaky scenarios only', keywords: 'filter bdv unstable', run: () => change({ show: null, outcome: 'flaky' }) },
    { id: 'behaviour.all', title: 'Show all scenarios', keywords: 'clear filter bdv', run: () => change({ show: null, outcome: null, find: null, tag: null, only: null }) },
    { id: 'behaviour.coverage', title: 'Show coverage by requirement', keywords: 'requirements bdv', run: () => change({ show: 'coverage' }) },
    { id: 'behaviour.drawing', title: 'Draw features and scenarios', keywords: 'graph bdv', run: () => change({ show: 'drawing' }) },
    { id: 'behaviour.unfold', title: 'Unfold all features', run: () => change({ show: null, fold: 'none', unlike: null }) },
    { id: 'behaviour.fold', title: 'Fold all features', run: () => change({ show: null, fold: 'all', unlike: null }) },
  ], [change]);
  useCommands(commands);
}
