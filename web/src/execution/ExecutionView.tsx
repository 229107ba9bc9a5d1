/* DDE: did the work run? The tasks and what hangs on them, left to right. */
import { useCallback, useMemo } from 'react';
import { ExecutionDocument } from '../../generated/graphql';
import { useLiveLens } from '../data/live';
import { useMomentQuery } from '../data/moment';
import { collapse } from '../graph/cluster';
import { GraphCanvas } from '../graph/GraphCanvas';
import { type Drawing, emptyDrawing } from '../graph/model';
import { CLUSTER_FROM } from '../graph/tiles';
import { ProblemNotice } from '../parts/Notice';
import { usePlace } from '../state/location';
import type { NodeKey } from '../state/selection';
import { useDifference } from '../time/difference';
import { NodeCard } from './Card';
import { atTime, drawExecution } from './drawing';
import { Empty } from './Empty';
import { ExecutionTable } from './ExecutionTable';
import { Kpis } from './Kpis';
import { Legend } from './Legend';
import { keyOf, lineageOf, type Plan, planOf } from './model';
import { useClock } from './retry';
import { Narrow, Tools } from './Tools';
import { groupsOf, type LensView, useLensView } from './view';
import { useViewCommands } from './commands';

/** What was there at the moment compared with and is not now, as it was. */
function useGhosts(iterationId: string, difference: ReturnType<typeof useDifference>) {
  const gone = difference !== null && difference.removedNodes.length > 0;
  const { data } = useMomentQuery({ query: ExecutionDocument, variables: { iterationId }, ...(difference === null ? {} : { at: difference.mark }), pause: !gone });
  const then = gone ? data?.getDDEGraph : undefined;
  return useMemo(() => then?.nodes.filter((node) => difference?.nodes.get(keyOf(node)) === 'removed') ?? [], [then, difference]);
}

function useDrawing(iterationId: string, plan: Plan | null, view: LensView, clock: number): Drawing {
  const difference = useDifference(iterationId);
  const ghosts = useGhosts(iterationId, difference);
  const { status, text, critical, artifacts } = view;
  const drawn = useMemo(() => (plan === null ? emptyDrawing : drawExecution(plan, { view: { status, text, critical, artifacts }, difference, ghosts }, clock)), [plan, status, text, critical, artifacts, difference, ghosts]);
  const ticking = useMemo(() => (plan === null || drawn.nodes.length > CLUSTER_FROM ? drawn : atTime(drawn, plan, clock)), [drawn, plan, clock]);
  const groups = useMemo(() => (plan === null ? new Map<string, string>() : groupsOf(plan, view.grouping)), [plan, view.grouping]);
  return useMemo(() => {
    const folded = new Set([...new Set(groups.values())].filter(view.isFolded));
    return collapse(ticking, (node) => groups.get(node.key) ?? null, folded);
  }, [ticking, groups, view.foldKey]);
}

export function ExecutionView({ iterationId }: { readonly iterationId: string }) {
  const { moment, mark } = usePlace();
  const view = useLensView();
  const { data, error, fetching, absent, behind, refresh } = useMomentQuery({ query: ExecutionDocument, variables: { iterationId } });
  const graph = data?.getDDEGraph;
  useLiveLens({ iterationId, lens: 'DDE', meta: graph?.meta, fetching, now: moment === null && !behind, refresh });
  const plan = useMemo(() => (graph == null ? null : planOf(graph)), [graph]);
  const fixed = moment === null ? null : Date.parse(graph?.meta.validAt ?? '') || Date.now(); // in the past the clock stands still
  const retrying = graph?.nodes.some((node) => 'nextRetryAt' in node && node.nextRetryAt !== null) === true;
  const ticking = useClock(retrying && fixed === null);
  const clock = fixed ?? ticking;
  const drawing = useDrawing(iterationId, plan, view, clock);
  useViewCommands(view);
  const card = useCallback((key: string) => (plan === null ? null : <NodeCard plan={plan} nodeKey={key as NodeKey} fixed={fixed} />), [plan, fixed]);
  const related = useCallback((key: string) => (plan === null ? null : lineageOf(plan, key as NodeKey)), [plan]);
  if (graph == null && !absent) return error !== undefined ? <ProblemNotice error={error} retry={refresh} /> : <p className="loading" role="status">Loading the tasks…</p>;
  if (graph != null && graph.nodes.length === 0 && moment === null) return <Empty />;
  const open = (key: string) => {
    if (key.startsWith('group:')) view.toggle(key.slice('group:'.length));
    else { const group = plan === null ? undefined : groupsOf(plan, view.grouping).get(key); if (group !== undefined) view.toggle(group); }
  };
  const fileName = `${iterationId}-execution`;
  return (
    <div className="lens execution">
      <Kpis iterationId={iterationId} graph={graph} />
      <GraphCanvas name={`Tasks of ${iterationId}`} drawing={drawing} placed={view.placeKey} flows fileName={fileName} onOpen={open} related={related} card={card}
        tools={graph == null ? null : <><Narrow graph={graph} view={view} /><Tools view={view} /></>} legend={<Legend compared={mark !== null} grouped={view.grouping !== ''} />}
        table={plan === null ? null : <ExecutionTable plan={plan} view={view} now={clock} fileName={fileName} />} />
    </div>
  );
}
