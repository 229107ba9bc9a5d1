/* What is selected, whichever view it was selected in: what it is, what it hangs together with and why, and what made it so. */
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { InspectDocument, type InspectQuery } from '../../generated/graphql';
import { useMomentQuery } from '../data/moment';
import { statusTone, statusWords } from '../graph/model';
import { kindNames } from '../parts/kinds';
import { Glyph } from '../parts/Glyph';
import { iterationPath } from '../state/location';
import { useSelection } from '../state/selection';
import { viewOfKind, views } from '../shell/views';
import { History } from './History';
import { Lineage } from './Lineage';
import { Links } from './Links';
import { Properties } from './Properties';

export type Inspected = NonNullable<InspectQuery['trace']>;
type Tab = 'own' | 'facts' | 'links' | 'lineage' | 'history';
const tabs: readonly (readonly [Tab, string])[] = [['facts', 'Facts'], ['links', 'Links'], ['lineage', 'Lineage'], ['history', 'History']];

const ScenarioPane = lazy(async () => ({ default: (await import('../behaviour/ScenarioPane')).ScenarioPane }));

/** What there is to say of this kind of node before all else: a tab of its own, and the first. */
function ownPane(iterationId: string, node: Inspected['node']): readonly [string, ReactNode] | null {
  return node.kind === 'SCENARIO' ? ['Scenario', <ScenarioPane iterationId={iterationId} nodeId={node.nodeId} />] : null;
}

export function Inspector({ iterationId }: { readonly iterationId: string }) {
  const node = useSelection((selection) => selection.node);
  const select = useSelection((selection) => selection.selectNode);
  const { data, error } = useMomentQuery({ query: InspectDocument, variables: { iterationId, nodeId: node?.nodeId ?? '', kind: node?.kind ?? null }, pause: node === null });
  if (node === null) return null;
  const trace = data?.trace != null && data.trace.node.nodeId === node.nodeId ? data.trace : null;
  return (
    <aside className="inspector" aria-label="Selected">
      <button type="button" className="tool close" onClick={() => select(null)} aria-label="Close" title="Close (Escape)">×</button>
      {trace !== null ? <Inside iterationId={iterationId} trace={trace} /> : error !== undefined || data !== undefined ? (
        <p className="quiet">{node.nodeId} is not there at this moment{error === undefined ? '.' : `: ${error.graphQLErrors[0]?.message ?? 'the server does not answer.'}`}</p>
      ) : <p className="quiet" role="status">Loading {node.nodeId}…</p>}
    </aside>
  );
}

function Inside({ iterationId, trace }: { readonly iterationId: string; readonly trace: Inspected }) {
  const { node } = trace;
  const search = useSearch();
  const [path] = useLocation();
  const own = ownPane(iterationId, node);
  const [wanted, setTab] = useState<Tab>('own');
  const offered = [...(own === null ? [] : [['own', own[0]] as const]), ...tabs.filter(([name]) => name !== 'lineage' || node.kind === 'TASK')];
  const tab = offered.some(([name]) => name === wanted) ? wanted : 'facts';
  const home = viewOfKind(node.kind);
  const homeTitle = views.find((one) => one.name === home)?.title;
  const panes: Record<Tab, ReactNode> = { own: own?.[1], facts: <Properties trace={trace} />, links: <Links trace={trace} />, lineage: <Lineage iterationId={iterationId} taskId={node.nodeId} />, history: <History node={node} /> };
  const counts: Record<Tab, number | null> = { own: null, facts: null, links: node.links.totalCount, lineage: null, history: node.history.totalCount };
  return (
    <>
      <header>
        <p className="kind">{kindNames[node.kind]}</p>
        <h2>{node.name}</h2>
        {node.name !== node.nodeId && <p className="sub mono">{node.nodeId}</p>}
        {own === null && <p className="state"><Glyph tone={statusTone[node.status]} />{statusWords[node.status]}</p>}
        {homeTitle !== undefined && path !== iterationPath(iterationId, home) && <p><Link href={`${iterationPath(iterationId, home)}?${search}`}>Show in {homeTitle}</Link></p>}
      </header>
      <div role="tablist" aria-label="About it" className="tabs">
        {offered.map(([name, title]) => (
          <button type="button" key={name} role="tab" id={`tab-${name}`} aria-selected={tab === name} aria-controls="inspector-pane" onClick={() => setTab(name)}>
            {title}{counts[name] !== null && <span className="count"> {counts[name]}</span>}
          </button>
        ))}
      </div>
      <div id="inspector-pane" role="tabpanel" aria-labelledby={`tab-${tab}`} tabIndex={0}><Suspense fallback={<p className="quiet">Loading…</p>}>{panes[tab]}</Suspense></div>
    </>
  );
}
