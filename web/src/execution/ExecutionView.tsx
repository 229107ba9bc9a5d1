/* DDE: did the work run? The tasks and what hangs on them, left to right. */
import { useMemo } from 'react';
import { ExecutionDocument } from '../../generated/graphql';
import { useLiveLens } from '../data/live';
import { useMomentQuery } from '../data/moment';
import { GraphCanvas } from '../graph/GraphCanvas';
import { emptyDrawing } from '../graph/model';
import { ProblemNotice } from '../parts/Notice';
import { usePlace } from '../state/location';
import { drawExecution } from './drawing';
import { ExecutionTable } from './ExecutionTable';

export function ExecutionView({ iterationId }: { readonly iterationId: string }) {
  const { moment } = usePlace();
  const { data, error, fetching, absent, behind, refresh } = useMomentQuery({ query: ExecutionDocument, variables: { iterationId } });
  const graph = data?.getDDEGraph;
  useLiveLens({ iterationId, lens: 'DDE', meta: graph?.meta, fetching, now: moment === null && !behind, refresh });
  const drawing = useMemo(() => (graph == null ? emptyDrawing : drawExecution(graph)), [graph]);
  if (graph == null && !absent) return error !== undefined ? <ProblemNotice error={error} retry={refresh} /> : <p className="loading" role="status">Loading the tasks…</p>;
  return (
    <div className="lens">
      <GraphCanvas name={`Tasks of ${iterationId}`} drawing={drawing} flows fileName={`${iterationId}-execution`} table={graph == null ? null : <ExecutionTable graph={graph} />}
        card={(key) => { const node = drawing.nodes.find((one) => one.key === key); return node === undefined ? null : <><strong>{node.label}</strong>{node.description}</>; }} />
    </div>
  );
}
