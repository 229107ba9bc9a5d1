/* The same as the drawing, as a table: each module with what it depends on and what it breaks. */
import { Glyph } from '../parts/Glyph';
import { useSelection } from '../state/selection';
import { type Filter, modulesLeft } from './filter';
import { severityTone, severityWords, type Structure } from './model';

export function ModuleTable({ structure, filter }: { readonly structure: Structure; readonly filter: Filter }) {
  const selected = useSelection((selection) => selection.node);
  const toggle = useSelection((selection) => selection.toggleNode);
  const left = modulesLeft(structure, filter);
  const dependsOn = new Map<string, string[]>();
  for (const { source, target } of structure.graph.dependencies) dependsOn.set(source.nodeId, [...(dependsOn.get(source.nodeId) ?? []), structure.shortNames.get(target.nodeId) ?? target.nodeId]);
  return (
    <table>
      <thead><tr><th scope="col">Module</th><th scope="col">Component</th><th scope="col">Breaks</th><th scope="col">Cycle</th><th scope="col">Depends on</th></tr></thead>
      <tbody>
        {structure.graph.modules.filter((one) => left === null || left.has(one.nodeId)).map((module) => {
          const chosen = selected?.kind === 'CODE_MODULE' && selected.nodeId === module.nodeId;
          const violations = structure.violationsOf.get(module.nodeId) ?? [];
          return (
            <tr key={module.id} className={chosen ? 'chosen' : undefined}>
              <th scope="row"><button type="button" className="node-button" aria-pressed={chosen} onClick={() => toggle({ kind: 'CODE_MODULE', nodeId: module.nodeId })}>{module.name}</button></th>
              <td>{structure.components.get(module.component?.nodeId ?? '')?.name ?? '–'}</td>
              <td>{violations.map((one) => <div key={one.id}><Glyph tone={one.active ? severityTone[one.severity] : 'idle'} /> {one.ruleId ?? one.name} ({one.active ? severityWords[one.severity].toLowerCase() : 'suppressed'})</div>)}</td>
              <td>{structure.cycles.some((one) => one.members.includes(module.nodeId)) ? 'in a cycle' : ''}</td>
              <td>{(dependsOn.get(module.nodeId) ?? []).join(', ')}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
