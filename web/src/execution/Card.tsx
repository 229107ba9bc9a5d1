/* What is said of a node that is pointed at. */
import type { ReactNode } from 'react';
import { statusTone, statusWords } from '../graph/model';
import { Glyph } from '../parts/Glyph';
import { kindNames } from '../parts/kinds';
import { momentText } from '../parts/time';
import { durationText } from '../parts/words';
import type { NodeKey } from '../state/selection';
import { type ExecutionNode, isArtifact, isContract, isTask, type Plan, reachable } from './model';
import { countdownText, retriesText, useClock } from './retry';

const HASH_SHOWN = 16;
const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;
const farthest = (found: ReadonlyMap<NodeKey, number>) => Math.max(0, ...found.values());

function Lineage({ plan, of }: { readonly plan: Plan; readonly of: NodeKey }) {
  const before = reachable(of, plan.needs), behind = reachable(of, plan.feeds);
  const artifacts = (plan.makes.get(of) ?? []).map((key) => plan.nodes.get(key)).filter((node) => node !== undefined).filter(isArtifact);
  return (
    <>
      <p>{before.size === 0 ? 'waits for nothing' : `waits for ${counted(before.size, 'task')}, up to ${farthest(before)} away`}; {behind.size === 0 ? 'nothing waits for it' : `${counted(behind.size, 'task')} wait${behind.size === 1 ? 's' : ''} for it`}</p>
      {artifacts.slice(0, 3).map((one) => <p key={one.id}>makes {one.name}{one.hash !== null && <> <span className="mono quiet">{one.hash.slice(0, HASH_SHOWN)}…</span></>}</p>)}
      {artifacts.length > 3 && <p className="quiet">and {artifacts.length - 3} more artifacts</p>}
    </>
  );
}

/** The moment is fixed for what is past; of now it ticks. */
function Countdown({ until, fixed }: { readonly until: string; readonly fixed: number | null }) {
  const now = useClock(fixed === null);
  return <>{countdownText(until, fixed ?? now)}</>;
}

export function NodeCard({ plan, nodeKey, fixed }: { readonly plan: Plan; readonly nodeKey: NodeKey; readonly fixed: number | null }): ReactNode {
  const node: ExecutionNode | undefined = plan.nodes.get(nodeKey);
  if (node === undefined) return null;
  const owner = plan.owner.get(nodeKey), task = owner === undefined ? undefined : plan.nodes.get(owner);
  return (
    <>
      <strong>{node.name}</strong>
      <p className={`tinted ${statusTone[node.status]}`}><Glyph tone={statusTone[node.status]} /> <strong>{statusWords[node.status]}</strong>{kindNames[node.kind]}{isTask(node) && node.taskType !== null && `, ${node.taskType.toLowerCase().replaceAll('_', ' ')}`}</p>
      {isTask(node) && node.errorMessage !== null && <p className="mono">{node.errorMessage}</p>}
      {isTask(node) && (node.retryCount > 0 || node.status === 'RETRYING') && <p>{retriesText(node.retryCount, node.maxRetries)} retries{node.nextRetryAt !== null && <>, next <Countdown until={node.nextRetryAt} fixed={fixed} /></>}</p>}
      {isTask(node) && <p className="quiet">{[node.durationMs === null ? null : `took ${durationText(node.durationMs)}`, node.workflowId, node.capability, node.onCriticalPath ? 'on the critical path' : null].filter((one) => one !== null).join(' · ')}</p>}
      {isTask(node) && <Lineage plan={plan} of={nodeKey} />}
      {isContract(node) && <p>{node.contractVersion ?? 'no version'} · {node.locked ? `locked${node.lockedAt === null ? '' : ` ${momentText(node.lockedAt)}`}${node.lockLatencyMs === null ? '' : `, after ${durationText(node.lockLatencyMs)}`}` : 'not locked'}</p>}
      {isArtifact(node) && node.hash !== null && <p className="mono">SHA-256 {node.hash}</p>}
      {task !== undefined && <p>{node.kind === 'QUALITY_GATE' ? 'guards' : node.kind === 'ARTIFACT' ? 'made by' : 'agreed by'} {task.name}</p>}
    </>
  );
}
