/* The lens's own tools: what it is narrowed to, what it is grouped by, what is drawn. */
import type { NodeStatus } from '../../generated/graphql';
import { statusWords } from '../graph/model';
import type { ExecutionGraph } from './model';
import { groupings, type LensView } from './view';

const statusOrder = Object.keys(statusWords) as readonly NodeStatus[];

export function Narrow({ graph, view }: { readonly graph: ExecutionGraph; readonly view: LensView }) {
  const counts = new Map<NodeStatus, number>();
  for (const node of graph.nodes) counts.set(node.status, (counts.get(node.status) ?? 0) + 1);
  const offered = statusOrder.filter((status) => counts.has(status) || status === view.status);
  return (
    <span className="narrow" role="search" aria-label="Narrow down">
      <input type="search" className="compact" aria-label="Find a task, artifact or error" placeholder="Find a task or error" value={view.text} onChange={(event) => view.setText(event.target.value)} />
      <select className="compact" aria-label="Status" value={view.status} onChange={(event) => view.setStatus(event.target.value)}>
        <option value="">Every status</option>
        {offered.map((status) => <option key={status} value={status}>{statusWords[status]} ({counts.get(status) ?? 0})</option>)}
      </select>
    </span>
  );
}

export function Tools({ view }: { readonly view: LensView }) {
  return (
    <>
      <select className="compact" aria-label="Groups" value={view.grouping} onChange={(event) => view.setGrouping(event.target.value)}>
        <option value="">No groups</option>
        {groupings.map(([name, title]) => <option key={name} value={name}>{title}</option>)}
      </select>
      {view.grouping !== '' && (
        <span className="group">
          <button type="button" className="tool" onClick={view.foldAll}>Fold all</button>
          <button type="button" className="tool" onClick={view.unfoldAll}>Unfold all</button>
        </span>
      )}
      <button type="button" className="tool" aria-pressed={view.critical} onClick={() => view.setCritical(!view.critical)}>Critical path</button>
      <button type="button" className="tool" aria-pressed={view.artifacts} onClick={() => view.setArtifacts(!view.artifacts)}>Artifacts</button>
    </>
  );
}
