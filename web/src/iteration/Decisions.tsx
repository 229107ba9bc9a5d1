/* What people decided about this iteration, the newest first: the gate, links by hand, suppressions, quarantine. The decisions are
 * events that all who read the iteration may see; where each came from is in the audit log, for who may read that. */
import { useEffect, useRef } from 'react';
import { useQuery } from 'urql';
import { DecisionsDocument, type DecisionsQuery, GateAuditDocument } from '../../generated/graphql';
import { useMomentQuery } from '../data/moment';
import { useViewer } from '../data/viewer';
import { At } from '../parts/time';
import { eventText } from '../parts/words';
import { useSelection } from '../state/selection';

type Decision = NonNullable<DecisionsQuery['searchLogs']>['nodes'][number];

interface Origin { readonly origin: string | null; readonly hash: string }

/** By the id of the decision's event. */
function useOrigins(iterationId: string, asked: boolean, count: number): ReadonlyMap<string, Origin> {
  const [{ data }, ask] = useQuery({ query: GateAuditDocument, variables: { object: iterationId }, pause: !asked });
  useEffect(() => { if (asked && count > 0) ask({ requestPolicy: 'network-only' }); }, [asked, count, ask]);
  const origins = new Map<string, Origin>();
  for (const { after, origin, hash } of data?.auditLog?.nodes ?? []) {
    const id = typeof after === 'object' && after !== null && 'event_id' in after ? after.event_id : null;
    if (typeof id === 'string') origins.set(id, { origin, hash });
  }
  return origins;
}

function Row({ decision, origin }: { readonly decision: Decision; readonly origin: Origin | undefined }) {
  const select = useSelection((selection) => selection.toggleNode);
  return (
    <tr>
      <th scope="row">{eventText(decision.eventType)}</th>
      <td>{decision.nodeKind === 'ITERATION' ? <span className="quiet">the iteration</span> : <button type="button" className="node-button" onClick={() => select({ kind: decision.nodeKind, nodeId: decision.nodeId })}>{decision.nodeId}</button>}</td>
      <td>{decision.reason ?? decision.message ?? <span className="quiet">no reason given</span>}</td>
      <td>{decision.actor ?? decision.source ?? '–'}{origin !== undefined && <span className="sub">{origin.origin} · audit <span className="mono" title={origin.hash}>{origin.hash.slice(0, 8)}</span></span>}</td>
      <td className="when"><At moment={decision.timestamp} /></td>
    </tr>
  );
}

interface DecisionsProperties {
  readonly iterationId: string;
  readonly position: number; // of the verdict that is shown: a decision about the gate brings a new one
}

export function Decisions({ iterationId, position }: DecisionsProperties) {
  const viewer = useViewer();
  const { data, refresh } = useMomentQuery({ query: DecisionsDocument, variables: { iterationId } });
  const first = useRef(position);
  useEffect(() => { if (position !== first.current) { first.current = position; refresh(); } }, [position, refresh]);
  const decisions = data?.searchLogs?.nodes ?? [];
  const mayAudit = viewer?.may('audit:read') === true;
  const origins = useOrigins(iterationId, mayAudit, decisions.length);
  return (
    <section className="panel decisions" aria-labelledby="decisions-title">
      <h2 id="decisions-title">Decisions <span className="count">{decisions.length}{data?.searchLogs?.pageInfo.hasNextPage === true && '+'}</span></h2>
      {decisions.length === 0 ? <p className="quiet">Nobody has overruled anything here.</p> : (
        <table>
          <thead><tr><th scope="col">Decision</th><th scope="col">About</th><th scope="col">Reason</th><th scope="col">By</th><th scope="col" className="when">When</th></tr></thead>
          <tbody>{decisions.map((one) => <Row key={one.seq} decision={one} origin={origins.get(one.eventId)} />)}</tbody>
        </table>
      )}
      {viewer !== null && !mayAudit && decisions.length > 0 && <p className="fine">From where each was made is in the audit log, which the role {viewer.role ?? 'of nobody'} may not read.</p>}
    </section>
  );
}
