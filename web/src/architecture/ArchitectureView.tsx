/* ACC: is it built as agreed? Components and modules as a graph and as a matrix, how they hang together, and what breaks a rule. */
import { useMemo } from 'react';
import { ArchitectureDocument } from '../../generated/graphql';
import { useLiveLens } from '../data/live';
import { useMomentQuery } from '../data/moment';
import { Notice, ProblemNotice } from '../parts/Notice';
import { useParameter, usePlace } from '../state/location';
import { CouplingPane } from './CouplingPane';
import { useFilter, useFolding } from './filter';
import { FilterBar } from './FilterBar';
import { GraphPane } from './GraphPane';
import { Kpis } from './Kpis';
import { Manifests } from './Manifests';
import { MatrixPane } from './matrix/MatrixPane';
import { structureOf } from './model';
import { ViolationsPane } from './ViolationsPane';
import '../style/architecture.css';

const panes = { graph: 'Graph', matrix: 'Matrix', coupling: 'Coupling', violations: 'Violations' } as const;
type Pane = keyof typeof panes;

export function ArchitectureView({ iterationId }: { readonly iterationId: string }) {
  const { moment } = usePlace();
  const [manifest, setManifest] = useParameter('manifest');
  const [show, setShow] = useParameter('show');
  const manifestName = manifest === '' ? null : manifest;
  const { data, error, fetching, absent, behind, refresh } = useMomentQuery({ query: ArchitectureDocument, variables: { iterationId, manifestName } });
  const graph = data?.getACCGraph;
  useLiveLens({ iterationId, lens: 'ACC', meta: graph?.meta, fetching, now: moment === null && !behind, refresh });
  const structure = useMemo(() => (graph == null ? null : structureOf(graph)), [graph]);
  const control = useFilter();
  const folding = useFolding(iterationId, structure);
  const pane: Pane = show in panes ? show as Pane : 'graph';
  if (graph == null && !absent) return error !== undefined ? <ProblemNotice error={error} retry={refresh} /> : <p className="loading" role="status">Loading the architecture…</p>;
  const empty = structure !== null && structure.graph.modules.length + structure.graph.components.length + structure.graph.violations.length === 0 && manifestName === null;
  if (empty && moment === null) return <NothingYet />;
  return (
    <div className="lens architecture">
      <Kpis iterationId={iterationId} kpis={graph?.kpis} />
      <div className="acc-bar">
        <div role="tablist" aria-label="Architecture as" className="tabs">
          {(Object.keys(panes) as Pane[]).map((name) => (
            <button type="button" key={name} role="tab" id={`acc-tab-${name}`} aria-selected={pane === name} aria-controls="acc-pane" onClick={() => setShow(name === 'graph' ? '' : name)}>{panes[name]}</button>
          ))}
        </div>
        {structure !== null && <FilterBar structure={structure} control={control} />}
        {graph != null && <Manifests graph={graph} chosen={manifest} choose={setManifest} />}
      </div>
      <div id="acc-pane" className="acc-pane" role="tabpanel" aria-labelledby={`acc-tab-${pane}`}>
        {pane === 'graph' && <GraphPane iterationId={iterationId} manifestName={manifestName} structure={structure} filter={control.filter} folding={folding} />}
        {pane === 'matrix' && <MatrixPane iterationId={iterationId} manifestName={manifestName} structure={structure} filter={control.filter} folding={folding} />}
        {pane === 'coupling' && <CouplingPane iterationId={iterationId} structure={structure} filter={control.filter} />}
        {pane === 'violations' && <ViolationsPane iterationId={iterationId} structure={structure} filter={control.filter} />}
      </div>
    </div>
  );
}

function NothingYet() {
  return (
    <Notice tone="wait" title="No analysis of the architecture yet">
      <p>Import what dependency-cruiser reports: <code>trimodal import dependency-cruiser report.json --iteration ID</code>. Or send events of the stream ACC; docs/import.md and docs/events.md say how.</p>
    </Notice>
  );
}
