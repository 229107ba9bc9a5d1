/* The flaky scenarios, the flakiest first, with the runs that show it. */
import { FlakesDocument, type FlakesQuery } from '../../generated/graphql';
import { useLiveLens } from '../data/live';
import { useMomentQuery } from '../data/moment';
import { ProblemNotice } from '../parts/Notice';
import { countText } from '../parts/words';
import { usePlace } from '../state/location';
import { nodeKey, useSelection } from '../state/selection';
import { stateOf } from './model';
import { NodeButton } from './NodeButton';
import { RunPicture } from './RunStrip';

type Report = NonNullable<FlakesQuery['getFlakeReport']>;
const percent = (share: number) => `${Math.round(share * 1000) / 10} %`;

export function Flakes({ iterationId }: { readonly iterationId: string }) {
  const { moment } = usePlace();
  const { data, error, fetching, absent, behind, refresh } = useMomentQuery({ query: FlakesDocument, variables: { iterationId } });
  const report = absent ? null : data?.getFlakeReport;
  useLiveLens({ iterationId, lens: 'BDV', meta: report?.meta, fetching, now: moment === null && !behind, refresh });
  if (report == null && !absent) return error !== undefined ? <ProblemNotice error={error} retry={refresh} /> : <p className="loading" role="status">Loading the flaky ones…</p>;
  if (report == null || report.nodes.length === 0) {
    return <div className="empty" role="status"><h2>No scenario is flaky</h2><p>A scenario is flaky when it both passed and failed on one commit, or when a tool says so. For the first, runs must name their commit: <code>trimodal import … --commit ID</code>.</p></div>;
  }
  return (
    <div className="behaviour-table" tabIndex={0} role="region" aria-label="Flake report">
      <table>
        <caption>{countText(report.flakyScenarios)} of {countText(report.runScenarios)} scenarios that ran are flaky{report.flakeRate !== null && `: ${percent(report.flakeRate)}`}. Quarantine hides no flake.</caption>
        <thead><tr><th scope="col">Scenario</th><th scope="col">Changes of outcome</th><th scope="col">Last runs</th><th scope="col" className="number">Runs</th><th scope="col">Feature</th></tr></thead>
        <tbody>{report.nodes.map((one) => <FlakeRow key={one.id} one={one} />)}</tbody>
      </table>
      {report.totalCount > report.nodes.length && <p className="quiet">And {countText(report.totalCount - report.nodes.length)} less flaky ones, which this page does not list.</p>}
    </div>
  );
}

function FlakeRow({ one }: { readonly one: Report['nodes'][number] }) {
  const selected = useSelection((selection) => selection.node);
  const lit = useSelection((selection) => selection.lit);
  const chosen = selected?.kind === 'SCENARIO' && selected.nodeId === one.nodeId;
  return (
    <tr className={`${chosen ? 'chosen' : ''} ${lit?.has(nodeKey('SCENARIO', one.nodeId)) === true ? 'near' : ''}`}>
      <th scope="row"><NodeButton kind="SCENARIO" nodeId={one.nodeId} name={one.name} state={stateOf({ ...one, flaky: true })} />{one.quarantined && <span className="sub">quarantined</span>}</th>
      <td>{one.flakeRate === null ? <span className="quiet">reported by a tool</span> : <span className="rate"><span className="bar-of-rate" aria-hidden="true"><i style={{ width: `${one.flakeRate * 100}%` }} /></span>{percent(one.flakeRate)}</span>}</td>
      <td><RunPicture runs={one.runs} /></td>
      <td className="number">{countText(one.runCount)}</td>
      <td>{one.feature !== null && <NodeButton kind="BEHAVIORAL_SPEC" nodeId={one.feature.nodeId} name={one.feature.name} />}</td>
    </tr>
  );
}
