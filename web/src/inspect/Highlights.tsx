/* What one wants to know first of a node, by its kind: a task's retries, error and artifacts, a module's coupling, a violation's rule, a contract's star. */
import type { ReactNode } from 'react';
import { ContractStarDocument, HighlightsDocument, type HighlightsQuery, type StarLegKind, type StarState } from '../../generated/graphql';
import { useMomentQuery } from '../data/moment';
import { statusTone } from '../graph/model';
import { Copy } from '../parts/Copy';
import { Glyph } from '../parts/Glyph';
import { At } from '../parts/time';
import { countText, durationText } from '../parts/words';
import { useSelection } from '../state/selection';

type Node = NonNullable<HighlightsQuery['trace']>['node'];
type Of<Field extends string> = Extract<Node, Record<Field, unknown>>;
type Named = NonNullable<Of<'component'>['component']>;
type Line = readonly [string, ReactNode];

function NodeLink({ node }: { readonly node: Named | Of<'artifacts'>['artifacts'][number] }) {
  const select = useSelection((selection) => selection.selectNode);
  return <button type="button" className="node-button" onClick={() => select({ kind: node.kind, nodeId: node.nodeId })}><Glyph tone={statusTone[node.status]} /> {node.name}</button>;
}

const Hash = ({ hash }: { readonly hash: string }) => <><code title={hash}>{hash.length > 16 ? `${hash.slice(0, 12)}…` : hash}</code> <Copy text={hash} what="the hash" /></>;
const ErrorText = ({ text }: { readonly text: string }) => <span className="failed-because"><span className="mono">{text}</span> <Copy text={text} what="the error" /></span>;

function ofTask(task: Of<'artifacts'>): readonly Line[] {
  const { retryCount, maxRetries, nextRetryAt, errorMessage, durationMs, startedAt, artifacts } = task;
  return [
    ...(errorMessage === null ? [] : [['Error', <ErrorText text={errorMessage} />] as const]),
    ...(retryCount === 0 ? [] : [['Retries', <>{countText(retryCount)}{maxRetries !== null && ` of ${countText(maxRetries)}`}{nextRetryAt !== null && <>, next <At moment={nextRetryAt} /></>}</>] as const]),
    ...(durationMs !== null ? [['Took', durationText(durationMs)] as const] : startedAt !== null ? [['Runs since', <At moment={startedAt} />] as const] : []),
    ...(task.onCriticalPath ? [['Critical path', 'it is on it: later here is later at the end'] as const] : []),
    ...(artifacts.length === 0 ? [] : [['Artifacts', <ul className="plain">{artifacts.map((one) => <li key={one.id}><NodeLink node={one} />{one.hash !== null && <> <Hash hash={one.hash} /></>}</li>)}</ul>] as const]),
  ];
}

function coupling({ afferent, efferent, instability, distance }: Of<'coupling'>['coupling']): readonly Line[] {
  return [
    ['Needed by (Ca)', countText(afferent)], ['Needs (Ce)', countText(efferent)],
    ...(instability === null ? [] : [['Instability', <>{instability.toFixed(2)} <span className="quiet">{instability > 0.8 ? 'easy to change, nothing should rest on it' : instability < 0.2 ? 'much rests on it' : ''}</span></>] as const]),
    ...(distance === null ? [] : [['Distance', distance.toFixed(2)] as const]),
  ];
}

function ofModule(module: Of<'lines'>): readonly Line[] {
  return [
    ...(module.component === null ? [] : [['Component', <NodeLink node={module.component} />] as const]), ...coupling(module.coupling),
    ...(module.violationCount === 0 ? [] : [['Violations', countText(module.violationCount)] as const]),
    ...(module.cycle === null ? [] : [['In a cycle of', `${countText(module.cycle.members.length)} modules`] as const]),
    ...(module.lines === null ? [] : [['Lines', countText(module.lines)] as const]),
  ];
}

function ofViolation(violation: Of<'severity'>): readonly Line[] {
  return [
    ['Severity', <span className={violation.active && violation.severity === 'BLOCKING' ? 'bad strong' : 'strong'}>{violation.severity.toLowerCase()}{!violation.active && ', suppressed'}</span>],
    ...(violation.ruleId === null ? [] : [['Rule', <code>{violation.ruleId}</code>] as const]),
    ...(violation.message === null ? [] : [['Message', violation.message] as const]),
    ...(violation.sourceModule === null ? [] : [['Import', <><code>{violation.sourceModule}</code>{violation.targetModule !== null && <> → <code>{violation.targetModule}</code></>}</>] as const]),
    ...(violation.adrReference === null ? [] : [['Decision record', violation.adrReference] as const]),
  ];
}

function linesOf(node: Node): readonly Line[] {
  if ('artifacts' in node) return ofTask(node);
  if ('lines' in node) return ofModule(node);
  if ('severity' in node) return ofViolation(node);
  if ('moduleCount' in node) return [['Modules', countText(node.moduleCount)], ...coupling(node.coupling), ...(node.violationCount === 0 ? [] : [['Violations', countText(node.violationCount)] as const])];
  if ('validated' in node) return [...(node.path === null ? [] : [['Path', <code>{node.path}</code>] as const]), ...(node.hash === null ? [] : [['SHA-256', <Hash hash={node.hash} />] as const]), ['Validated', node.validated ? 'yes' : 'no'], ...(node.task === null ? [] : [['Made by', <NodeLink node={node.task} />] as const])];
  if ('checked' in node) return [['Last check', !node.checked ? 'never checked' : node.passed ? 'passed' : 'failed']];
  if ('covered' in node) return [['Covered', node.covered ? `by ${countText(node.scenarioCount)} scenarios, ${countText(node.passing)} pass, ${countText(node.failing)} fail` : 'by no scenario']];
  if ('rollup' in node) return [['Scenarios', (['failed', 'flaky', 'quarantined', 'skipped', 'notRun', 'passed'] as const).filter((one) => node.rollup[one] > 0).map((one) => `${countText(node.rollup[one])} ${one === 'notRun' ? 'not run' : one}`).join(', ') || 'none']];
  if ('open' in node) return [['Scenarios', countText(node.scenarioCount)], ['Took', node.open ? 'still runs' : node.durationMs === null ? 'not told' : durationText(node.durationMs)]];
  return [];
}

const legNames: Record<StarLegKind, string> = { LOCK: 'Lock', BEHAVIOUR: 'Behaviour', MODULE: 'Module' };
const legTones: Record<StarState, 'good' | 'bad' | 'wait' | 'idle'> = { OK: 'good', FAILING: 'bad', STALE: 'wait', OTHER_VERSION: 'wait', MISSING: 'idle' };

function Star({ iterationId, nodeId }: { readonly iterationId: string; readonly nodeId: string }) {
  const { data } = useMomentQuery({ query: ContractStarDocument, variables: { iterationId } });
  const star = data?.getConvergenceView?.stars.find((one) => one.contract?.nodeId === nodeId);
  if (star === undefined) return null;
  return <ul className="star" aria-label="Its three legs">{star.legs.map((leg) => <li key={leg.leg}><Glyph tone={legTones[leg.state]} /><strong>{legNames[leg.leg]}</strong> <span>{leg.sentence}</span></li>)}</ul>;
}

export function Highlights({ iterationId, kind, nodeId }: { readonly iterationId: string; readonly kind: Node['kind']; readonly nodeId: string }) {
  const { data } = useMomentQuery({ query: HighlightsDocument, variables: { iterationId, nodeId, kind } });
  const node = data?.trace?.node;
  if (node === undefined) return null;
  const lines = linesOf(node);
  if (lines.length === 0 && kind !== 'INTERFACE_CONTRACT') return null;
  return (
    <section className="highlights" aria-label="At a glance">
      {lines.length > 0 && <dl className="facts">{lines.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>}
      {'contractVersion' in node && <dl className="facts"><div><dt>Version</dt><dd>{node.contractVersion ?? 'not told'}</dd></div>{node.lockedAt !== null && <div><dt>Locked</dt><dd><At moment={node.lockedAt} /></dd></div>}<div><dt>Scenarios</dt><dd>{countText(node.passing)} pass, {countText(node.failing)} fail</dd></div></dl>}
      {kind === 'INTERFACE_CONTRACT' && <Star iterationId={iterationId} nodeId={nodeId} />}
    </section>
  );
}
