/* Is every requirement carried through, from what was asked for to what was built? All requirements as a matrix with their gaps, and the spine of one
 * of them, or of whatever is selected in another view. */
import { useMemo, useState } from 'react';
import { TraceMatrixDocument } from '../../generated/graphql';
import { useLiveLens } from '../data/live';
import { useMomentQuery } from '../data/moment';
import { ProblemNotice } from '../parts/Notice';
import { countText } from '../parts/words';
import { usePlace, useChangeParameters, useParameter } from '../state/location';
import { nodeKey, readNodeKey, useSelection } from '../state/selection';
import { useTraceCommands } from './commands';
import { Kpis } from './Kpis';
import { Matrix } from './Matrix';
import { sortedRows, totalsOf } from './model';
import { SpinePane } from './SpinePane';
import '../style/traceability.css';

type Way = 'matrix' | 'spine';

/** Which of the two is shown: as the address has it; else the spine, where something was selected before this view was opened. */
function useWay(): readonly [Way, (way: Way) => void] {
  const [shown, show] = useParameter('show');
  const [atFirst] = useState<Way>(() => (useSelection.getState().node === null ? 'matrix' : 'spine'));
  return [shown === 'matrix' || shown === 'spine' ? shown : atFirst, show];
}

/** The node that the spine is of: the one that was chosen, else the one that is selected. Pressing others selects them and leaves the spine where it is. */
function useAnchor() {
  const [chosen] = useParameter('spine');
  const selected = useSelection((selection) => selection.node);
  return readNodeKey(chosen) ?? selected;
}

export function TraceabilityView({ iterationId }: { readonly iterationId: string }) {
  const { moment } = usePlace();
  const { data, error, fetching, absent, behind, refresh } = useMomentQuery({ query: TraceMatrixDocument, variables: { iterationId }, whole: true });
  const page = absent ? null : data?.nodes;
  useLiveLens({ iterationId, lens: 'CONVERGENCE', meta: page?.meta, fetching, now: moment === null && !behind, refresh });
  const rows = useMemo(() => sortedRows(page?.nodes ?? []), [page]);
  const [way, show] = useWay();
  const anchor = useAnchor();
  const change = useChangeParameters();
  const select = useSelection((selection) => selection.selectNode);
  useTraceCommands();
  if (page == null && !absent) return error !== undefined ? <ProblemNotice error={error} retry={refresh} /> : <p className="loading" role="status">Following the requirements…</p>;
  const open = (nodeId: string) => {
    select({ kind: 'REQUIREMENT', nodeId });
    change({ show: 'spine', spine: nodeKey('REQUIREMENT', nodeId) });
  };
  return (
    <div className="lens trace">
      <Kpis totals={totalsOf(rows)} />
      <div className="ways" role="group" aria-label="Show as">
        <button type="button" className="tool" aria-pressed={way === 'matrix'} onClick={() => show('matrix')}>All requirements<span className="count"> {countText(rows.length)}</span></button>
        <button type="button" className="tool" aria-pressed={way === 'spine'} onClick={() => show('spine')}>Spine</button>
      </div>
      {way === 'matrix' ? <Matrix iterationId={iterationId} rows={rows} total={page?.totalCount ?? 0} absent={page == null} open={open} /> : <SpinePane iterationId={iterationId} anchor={anchor} rows={rows} />}
    </div>
  );
}
