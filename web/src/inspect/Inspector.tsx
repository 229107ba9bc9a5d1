/* What is selected, whichever view it was selected in: what it is, what it hangs together with and why, and what made it so. */
import { lazy, type ReactNode, type RefObject, Suspense, useCallback, useEffect, useRef, useState } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { InspectDocument, type InspectQuery, type Lens } from '../../generated/graphql';
import { useLiveLens } from '../data/live';
import { useMomentQuery } from '../data/moment';
import { statusTone, statusWords } from '../graph/model';
import { kindNames } from '../parts/kinds';
import { Glyph } from '../parts/Glyph';
import { Copy } from '../parts/Copy';
import { iterationPath, usePlace } from '../state/location';
import { useSelection } from '../state/selection';
import { viewOfKind, views } from '../shell/views';
import { History } from './History';
import { Lineage } from './Lineage';
import { Links } from './Links';
import { Properties } from './Properties';
import { Tabs } from './Tabs';
import { WidthHandle } from './Width';

export type Inspected = NonNullable<InspectQuery['trace']>;
type Tab = 'own' | 'facts' | 'links' | 'lineage' | 'history';
const tabs: readonly (readonly [Tab, string])[] = [['facts', 'Facts'], ['links', 'Links'], ['lineage', 'Lineage'], ['history', 'History']];

const ScenarioPane = lazy(async () => ({ default: (await import('../behaviour/ScenarioPane')).ScenarioPane }));

/** What there is to say of this kind of node before all else: a tab of its own, and the first. */
function ownPane(iterationId: string, node: Inspected['node']): readonly [string, ReactNode] | null {
  return node.kind === 'SCENARIO' ? ['Scenario', <ScenarioPane iterationId={iterationId} nodeId={node.nodeId} />] : null;
}

const lensOfKind = (kind: Inspected['node']['kind']): Lens => views.find((one) => one.name === viewOfKind(kind))?.lens ?? 'CONVERGENCE';

/** Escape lets go, wherever the focus is but in a field or dialog; a focus that was in the panel goes back to where it was before. */
function useLettingGo(open: boolean, close: () => void): RefObject<HTMLElement | null> {
  const panel = useRef<HTMLElement>(null);
  const outside = useRef<HTMLElement | null>(null);
  useEffect(() => {
    const moved = (event: FocusEvent) => { if (event.target instanceof HTMLElement && panel.current?.contains(event.target) !== true) outside.current = event.target; };
    document.addEventListener('focusin', moved);
    return () => document.removeEventListener('focusin', moved);
  }, []);
  useEffect(() => {
    if (!open) return undefined;
    const press = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented || document.querySelector('dialog[open]') !== null) return;
      if (event.target instanceof Element && event.target.closest('input, textarea, select') !== null) return;
      event.preventDefault();
      const inside = panel.current?.contains(document.activeElement) === true;
      close();
      if (inside && outside.current?.isConnected === true) outside.current.focus();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [open, close]);
  return panel;
}

export function Inspector({ iterationId }: { readonly iterationId: string }) {
  const { moment } = usePlace();
  const node = useSelection((selection) => selection.node);
  const select = useSelection((selection) => selection.selectNode);
  const { data, error, fetching, behind, refresh } = useMomentQuery({ query: InspectDocument, variables: { iterationId, nodeId: node?.nodeId ?? '', kind: node?.kind ?? null }, pause: node === null });
  const trace = node !== null && data?.trace != null && data.trace.node.nodeId === node.nodeId ? data.trace : null;
  useLiveLens({ iterationId, lens: lensOfKind(trace?.node.kind ?? 'ITERATION'), meta: trace?.meta, fetching, now: node !== null && moment === null && !behind, refresh });
  const close = useCallback(() => select(null), [select]);
  const panel = useLettingGo(node !== null, close);
  if (node === null) return null;
  return (
    <aside ref={panel} className="inspector" aria-label="Selected">
      <WidthHandle />
      <button type="button" className="tool close" onClick={close} aria-label="Close" title="Close (Escape)">×</button>
      {trace !== null ? <Inside iterationId={iterationId} trace={trace} refresh={refresh} /> : error !== undefined || data !== undefined ? (
        <p className="quiet absent">{node.nodeId} is not there at this moment{error === undefined ? '.' : `: ${error.graphQLErrors[0]?.message ?? 'the server does not answer.'}`}</p>
      ) : <p className="quiet" role="status">Loading {node.nodeId}…</p>}
    </aside>
  );
}

function Heading({ iterationId, node, stated }: { readonly iterationId: string; readonly node: Inspected['node']; readonly stated: boolean }) {
  const search = useSearch();
  const [path] = useLocation();
  const home = viewOfKind(node.kind);
  const homeTitle = views.find((one) => one.name === home)?.title;
  return (
    <header>
      <p className="kind">{kindNames[node.kind]}{node.name === node.nodeId && <> <Copy text={node.nodeId} what="the id" /></>}</p>
      <h2 title={node.name}>{node.name}</h2>
      {node.name !== node.nodeId && <p className="sub mono id" title={node.nodeId}><span>{node.nodeId}</span> <Copy text={node.nodeId} what="the id" /></p>}
      {stated && <p className="state"><Glyph tone={statusTone[node.status]} />{statusWords[node.status]}</p>}
      {homeTitle !== undefined && path !== iterationPath(iterationId, home) && <p><Link href={`${iterationPath(iterationId, home)}?${search}`}>Show in {homeTitle}</Link></p>}
    </header>
  );
}

function Inside({ iterationId, trace, refresh }: { readonly iterationId: string; readonly trace: Inspected; readonly refresh: () => void }) {
  const { node } = trace;
  const own = ownPane(iterationId, node);
  const [wanted, show] = useState<Tab>('own');
  const offered = [...(own === null ? [] : [['own', own[0]] as const]), ...tabs.filter(([name]) => name !== 'lineage' || node.kind === 'TASK')];
  const tab = offered.some(([name]) => name === wanted) ? wanted : offered[0]?.[0] ?? 'facts';
  const panes: Record<Tab, ReactNode> = { own: own?.[1], facts: <Properties iterationId={iterationId} trace={trace} />, links: <Links key={node.id} iterationId={iterationId} trace={trace} refresh={refresh} />, lineage: <Lineage iterationId={iterationId} taskId={node.nodeId} />, history: <History node={node} /> };
  return (
    <>
      <Heading iterationId={iterationId} node={node} stated={own === null} />
      <Tabs label="About it" tabs={offered} counts={{ links: node.links.totalCount, history: node.history.totalCount }} shown={tab} show={show} panel="inspector-pane" />
      <div id="inspector-pane" role="tabpanel" aria-labelledby={`tab-${tab}`} tabIndex={0}><Suspense fallback={<p className="quiet">Loading…</p>}>{panes[tab]}</Suspense></div>
    </>
  );
}
