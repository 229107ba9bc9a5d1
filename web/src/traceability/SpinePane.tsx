/* The spine through one node: chosen from all requirements, or what is selected; drawn, or as a table of its links. */
import { useMemo } from 'react';
import { SpineDocument } from '../../generated/graphql';
import { useLiveLens } from '../data/live';
import { useMomentQuery } from '../data/moment';
import { kindNames } from '../parts/kinds';
import { Shape } from '../parts/Status';
import { useChangeParameters, useParameter, usePlace } from '../state/location';
import { nodeKey, type SelectedNode, useSelection } from '../state/selection';
import { keyOf, type RequirementRow } from './model';
import { Legend, SpineDrawing } from './SpineDrawing';
import { SpineTable } from './SpineTable';

interface PaneProperties { readonly iterationId: string; readonly anchor: SelectedNode | null; readonly rows: readonly RequirementRow[] }

export function SpinePane({ iterationId, anchor, rows }: PaneProperties) {
  const { moment, mark } = usePlace();
  const { data, error, fetching, absent, behind, refresh } = useMomentQuery({ query: SpineDocument, variables: { iterationId, nodeId: anchor?.nodeId ?? '', kind: anchor?.kind ?? null }, pause: anchor === null, whole: true });
  const spine = anchor === null || absent ? null : data?.trace ?? null;
  useLiveLens({ iterationId, lens: 'CONVERGENCE', meta: spine?.meta, fetching, now: anchor !== null && moment === null && !behind, refresh });
  const [as, showAs] = useParameter('as');
  const asTable = as === 'table';
  return (
    <section className="trace-pane" aria-label="Spine">
      <div className="trace-bar">
        <Chooser anchor={anchor} rows={rows} />
        {spine !== null && <State complete={spine.complete} openEnds={spine.gaps.length} />}
        <Recentre anchor={anchor} />
        <span className="spacer" />
        {spine !== null && <button type="button" className="tool" aria-pressed={asTable} onClick={() => showAs(asTable ? '' : 'table')}>Table</button>}
      </div>
      {spine !== null ? (asTable ? <SpineTable iterationId={iterationId} spine={spine} /> : <SpineDrawing iterationId={iterationId} spine={spine} refresh={refresh} />)
        : <p className="empty" role="status">{anchor === null ? 'Choose a requirement above, or select anything in another view: its way from requirement to component is drawn here.' : error !== undefined || absent ? `${anchor.nodeId} is not there at this moment.` : `Following ${anchor.nodeId}…`}</p>}
      {spine !== null && !asTable && <Legend compared={mark !== null} />}
    </section>
  );
}

function State({ complete, openEnds }: { readonly complete: boolean; readonly openEnds: number }) {
  const tone = !complete ? 'bad' : openEnds > 0 ? 'wait' : 'good';
  return <span className={`light ${tone}`} role="status"><Shape tone={tone} />{complete ? 'Complete' : 'Not complete'}{openEnds > 0 && `, ${openEnds} ${openEnds === 1 ? 'open end' : 'open ends'}`}</span>;
}

const signOf = (row: RequirementRow) => (row.trace.complete ? '✓' : '✗');

function Chooser({ anchor, rows }: { readonly anchor: SelectedNode | null; readonly rows: readonly RequirementRow[] }) {
  const change = useChangeParameters();
  const select = useSelection((selection) => selection.selectNode);
  const listed = useMemo(() => [...rows].sort((a, b) => a.nodeId.localeCompare(b.nodeId, 'en', { numeric: true })), [rows]);
  const current = anchor?.kind === 'REQUIREMENT' ? anchor.nodeId : '';
  const choose = (nodeId: string) => {
    if (nodeId === '') return;
    select({ kind: 'REQUIREMENT', nodeId });
    change({ spine: nodeKey('REQUIREMENT', nodeId) });
  };
  return (
    <label className="chooser">Through <select value={current} aria-label="Spine through" onChange={(event) => choose(event.target.value)}>
      {current === '' && <option value="">{anchor === null ? 'a requirement…' : `${anchor.kind === null ? '' : `${kindNames[anchor.kind].toLowerCase()} `}${anchor.nodeId}`}</option>}
      {current !== '' && rows.every((row) => row.nodeId !== current) && <option value={current}>{current}</option>}
      {listed.map((row) => <option key={row.id} value={row.nodeId}>{signOf(row)} {row.name === row.nodeId ? row.nodeId : `${row.nodeId}: ${row.name}`} {row.trace.complete ? '' : ' (not complete)'}</option>)}
    </select></label>
  );
}

/** What was selected since the spine was chosen can become what the spine is through. */
function Recentre({ anchor }: { readonly anchor: SelectedNode | null }) {
  const selected = useSelection((selection) => selection.node);
  const change = useChangeParameters();
  if (selected === null || selected.kind === null || anchor === null || (selected.nodeId === anchor.nodeId && selected.kind === anchor.kind)) return null;
  const key = keyOf({ kind: selected.kind, nodeId: selected.nodeId });
  return <button type="button" className="tool" onClick={() => change({ spine: key })}>Spine through the selected {kindNames[selected.kind].toLowerCase()}</button>;
}
