/* The same as the drawing, as a table. */
import { statusTone, statusWords } from '../graph/model';
import { Glyph } from '../parts/Glyph';
import { kindNames } from '../parts/kinds';
import { useSelection } from '../state/selection';
import type { ExecutionGraph } from './drawing';

export function ExecutionTable({ graph }: { readonly graph: ExecutionGraph }) {
  const selected = useSelection((selection) => selection.node);
  const select = useSelection((selection) => selection.toggleNode);
  return (
    <table>
      <thead><tr><th scope="col">Node</th><th scope="col">Kind</th><th scope="col">State</th></tr></thead>
      <tbody>
        {graph.nodes.map((node) => {
          const chosen = selected?.nodeId === node.nodeId && selected.kind === node.kind;
          return (
            <tr key={node.id} className={chosen ? 'chosen' : undefined}>
              <th scope="row"><button type="button" className="node-button" aria-pressed={chosen} onClick={() => select({ kind: node.kind, nodeId: node.nodeId })}>{node.name}</button></th>
              <td>{kindNames[node.kind]}</td><td><Glyph tone={statusTone[node.status]} /> {statusWords[node.status]}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
