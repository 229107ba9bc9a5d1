/* What decides this stream, each number with what it must be; and beside them how much of what there is, and the critical path. */
import { type CriticalPathBasis, VerdictDocument } from '../../generated/graphql';
import { useMomentQuery } from '../data/moment';
import { Shape } from '../parts/Status';
import { countText, durationText, metricText, metrics, operatorSigns, type Tone } from '../parts/words';
import type { ExecutionGraph } from './model';

const basisWords: Record<CriticalPathBasis, string> = { DURATION_MS: 'as measured', ESTIMATED_EFFORT: 'as estimated', MIXED_MS: 'measured, else estimated', TASKS: 'in tasks' };

function lengthText({ basis, length }: ExecutionGraph['criticalPath']): string {
  if (basis === 'TASKS') return `${countText(length)} tasks`;
  return basis === 'ESTIMATED_EFFORT' ? `${countText(length)} units of effort` : durationText(length);
}

export function Kpis({ iterationId, graph }: { readonly iterationId: string; readonly graph: ExecutionGraph | null | undefined }) {
  const { data } = useMomentQuery({ query: VerdictDocument, variables: { iterationId } });
  const conditions = data?.getTriModalVerdict?.conditions.filter((one) => one.stream === 'DDE') ?? [];
  const kpis = graph?.kpis, path = graph?.criticalPath;
  const values: Partial<Record<string, number | null>> = kpis === undefined ? {} : {
    TASK_SUCCESS_RATE: kpis.taskSuccessRate, RETRY_RATE: kpis.retryRate, CONTRACT_LOCK_LATENCY_P95_MS: kpis.contractLockLatencyP95Ms, FAILED_QUALITY_GATES: kpis.failedGates,
  };
  const counts: readonly (readonly [string, string])[] = kpis === undefined ? [] : [
    ['tasks done', `${countText(kpis.completed)} of ${countText(kpis.tasks)}`], ['contracts locked', `${countText(kpis.contractsLocked)} of ${countText(kpis.contracts)}`],
    ['artifacts', countText(kpis.artifacts)],
  ];
  return (
    <dl className="kpis acc-kpis" aria-label="Numbers of the execution">
      {conditions.map(({ metric, value, threshold, operator, pass, blocks }) => {
        const shown = values[metric] ?? value;
        const tone: Tone = shown === null || (!pass && !blocks) ? 'wait' : pass ? 'good' : 'bad';
        return (
          <div key={metric} className={tone} title={shown === null ? 'Not known yet' : pass ? 'Holds' : blocks ? 'Blocks the deployment' : 'Missed, blocks nothing'}>
            <dt>{metrics[metric].name} <span className="target">{operatorSigns[operator]} {metricText(metric, threshold)}</span></dt>
            <dd><Shape tone={tone} />{shown === null ? '–' : metricText(metric, shown)}<span className="hidden"> {shown === null ? 'not known' : pass ? 'holds' : 'does not hold'}</span></dd>
          </div>
        );
      })}
      {path !== undefined && path.steps.length > 0 && (
        <div className="plain"><dt>critical path <span className="target">{basisWords[path.basis]}, {path.steps.length} {path.steps.length === 1 ? 'task' : 'tasks'}</span></dt><dd>{lengthText(path)}</dd></div>
      )}
      {path !== undefined && path.cycles.length > 0 && <div className="bad"><dt>circles of tasks that wait for each other</dt><dd><Shape tone="bad" />{path.cycles.length}</dd></div>}
      {counts.map(([name, count]) => <div key={name} className="plain"><dt>{name}</dt><dd>{count}</dd></div>)}
    </dl>
  );
}
