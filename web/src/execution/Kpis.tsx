/* What decides this stream, each number with what it must be; and beside them how much of what there is, and the critical path. */
import type { CriticalPathBasis } from '../../generated/graphql';
import { ConditionKpi, Kpi, useConditions } from '../parts/Kpis';
import { countText, durationText } from '../parts/words';
import type { ExecutionGraph } from './model';

const basisWords: Record<CriticalPathBasis, string> = { DURATION_MS: 'as measured', ESTIMATED_EFFORT: 'as estimated', MIXED_MS: 'measured, else estimated', TASKS: 'in tasks' };

function lengthText({ basis, length }: ExecutionGraph['criticalPath']): string {
  if (basis === 'TASKS') return `${countText(length)} tasks`;
  return basis === 'ESTIMATED_EFFORT' ? `${countText(length)} units of effort` : durationText(length);
}

export function Kpis({ iterationId, graph }: { readonly iterationId: string; readonly graph: ExecutionGraph | null | undefined }) {
  const conditions = useConditions(iterationId, 'DDE');
  const kpis = graph?.kpis, path = graph?.criticalPath;
  return (
    <dl className="kpis" aria-label="Numbers of the execution">
      {conditions.map((one) => <ConditionKpi key={one.metric} condition={one} />)}
      {path !== undefined && path.steps.length > 0 && (
        <Kpi name="Critical path" value={lengthText(path)} against={`${basisWords[path.basis]}, ${path.steps.length} ${path.steps.length === 1 ? 'task' : 'tasks'}`} />
      )}
      {path !== undefined && path.cycles.length > 0 && <Kpi name="Circles of tasks" value={countText(path.cycles.length)} tone="bad" against="they wait for each other" />}
      {kpis !== undefined && (
        <>
          <Kpi name="Tasks done" value={`${countText(kpis.completed)} of ${countText(kpis.tasks)}`} against={`${countText(kpis.artifacts)} artifacts`} />
          <Kpi name="Contracts locked" value={`${countText(kpis.contractsLocked)} of ${countText(kpis.contracts)}`} />
        </>
      )}
    </dl>
  );
}
