/* What is said of a box or line that is pointed at. */
import type { CanvasEdge, CanvasNode, Drawing } from '../graph/model';
import { readNodeKey } from '../state/selection';
import { type Dependency, severityWords, type Structure, type Violation } from './model';

function ViolationLine({ violation }: { readonly violation: Violation }) {
  return <p className={violation.active ? 'bad tinted' : 'quiet'}><strong>{violation.ruleId ?? violation.name}</strong>{severityWords[violation.severity]}{violation.active ? '' : `, suppressed by ${violation.adrReference ?? 'a decision'}`}: {violation.message ?? 'without a message'}</p>;
}

export function NodeCard({ structure, node }: { readonly structure: Structure; readonly node: CanvasNode }) {
  const id = readNodeKey(node.key);
  const violations = id?.kind === 'CODE_MODULE' ? structure.violationsOf.get(id.nodeId) ?? [] : (structure.membersOf.get(id?.nodeId ?? '') ?? []).flatMap((one) => structure.violationsOf.get(one.nodeId) ?? []);
  return <><strong>{node.label}</strong><p>{node.description}</p>{violations.slice(0, 4).map((one) => <ViolationLine key={one.nodeId} violation={one} />)}{violations.length > 4 && <p>and {violations.length - 4} more</p>}</>;
}

/** The dependencies and violations that a line stands for: what it joins may be folded. */
function behind(structure: Structure, edge: CanvasEdge): { readonly dependencies: readonly Dependency[]; readonly violations: readonly Violation[] } {
  const stands = (key: string, moduleId: string | null | undefined) => {
    const end = readNodeKey(key);
    return end !== null && moduleId != null && (end.kind === 'CODE_MODULE' ? end.nodeId === moduleId : structure.modules.get(moduleId)?.component?.nodeId === end.nodeId);
  };
  return {
    dependencies: structure.graph.dependencies.filter((one) => stands(edge.source, one.source.nodeId) && stands(edge.target, one.target.nodeId)),
    violations: structure.graph.violations.filter((one) => stands(edge.source, one.sourceModule) && stands(edge.target, one.targetModule)),
  };
}

export function EdgeCard({ structure, edge, drawing }: { readonly structure: Structure; readonly edge: CanvasEdge | undefined; readonly drawing: Drawing }) {
  if (edge === undefined) return null;
  const label = (key: string) => drawing.nodes.find((one) => one.key === key)?.label ?? key;
  const { dependencies, violations } = behind(structure, edge);
  const weakest = dependencies.find((one) => structure.weakest.has(`${one.source.nodeId}\n${one.target.nodeId}`));
  return (
    <>
      <strong>{label(edge.source)} → {label(edge.target)}</strong>
      {violations.slice(0, 3).map((one) => <ViolationLine key={one.nodeId} violation={one} />)}
      {dependencies.slice(0, 6).map((one) => <p key={`${one.source.nodeId} ${one.target.nodeId}`} className="mono">{one.source.nodeId} → {one.target.nodeId}, weight {one.weight}{one.inCycle ? ', in a cycle' : ''}</p>)}
      {dependencies.length > 6 && <p>and {dependencies.length - 6} more dependencies</p>}
      {dependencies[0] !== undefined && <p className="quiet">{dependencies[0].link.explanation}</p>}
      {weakest !== undefined && <p><strong>The weakest of its cycle: break here.</strong></p>}
    </>
  );
}
