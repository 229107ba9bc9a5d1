/* Several analyses may report on one iteration; one of them can be looked at alone. One that has begun and not completed keeps the
 * stream pending, which is said. */
import { Shape } from '../parts/Status';
import type { Architecture } from './model';

interface ManifestProperties {
  readonly graph: Architecture;
  readonly chosen: string;
  readonly choose: (name: string) => void;
}

export function Manifests({ graph, chosen, choose }: ManifestProperties) {
  const open = graph.manifests.filter((one) => one.open);
  return (
    <div className="manifests">
      {open.length > 0 && <p className="wait state" role="status"><Shape tone="wait" />Analysis of {open.map((one) => one.name).join(', ')} is running: the stream is pending.</p>}
      {open.length === 0 && graph.openRuns.length > 0 && <p className="wait state" role="status"><Shape tone="wait" />{graph.openRuns.length} run{graph.openRuns.length === 1 ? ' has' : 's have'} begun and not ended: the stream is pending.</p>}
      {(graph.manifests.length > 1 || chosen !== '') && (
        <select className="compact" aria-label="Analysis" value={chosen} onChange={(event) => choose(event.target.value)}>
          <option value="">All {graph.manifests.length} analyses</option>
          {graph.manifests.map((one) => <option key={one.name} value={one.name}>{one.name} ({one.modules} modules{one.open ? ', running' : ''})</option>)}
        </select>
      )}
    </div>
  );
}
