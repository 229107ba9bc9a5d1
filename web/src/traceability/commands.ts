/* What can be done in this view by name (Ctrl-K). */
import { useMemo } from 'react';
import { type Command, useCommands } from '../search/commands';
import { useChangeParameters } from '../state/location';

export function useTraceCommands(): void {
  const change = useChangeParameters();
  const commands = useMemo((): readonly Command[] => [
    { id: 'trace.matrix', title: 'Show all requirements', keywords: 'traceability coverage matrix', run: () => change({ show: 'matrix', gaps: null, find: null }) },
    { id: 'trace.gaps', title: 'Show requirements with gaps only', keywords: 'traceability incomplete missing', run: () => change({ show: 'matrix', gaps: 'only' }) },
    { id: 'trace.spine', title: 'Draw the spine of what is selected', keywords: 'traceability links', run: () => change({ show: 'spine', spine: null }) },
  ], [change]);
  useCommands(commands);
}
