/* Requirements and the scenarios that validate them: what fails first, then what nothing validates. */
import { useMemo, useState } from 'react';
import { CoverageDocument, type CoverageQuery } from '../../generated/graphql';
import { useLiveLens } from '../data/live';
import { useMomentQuery } from '../data/moment';
import { ProblemNotice } from '../parts/Notice';
import { Shape } from '../parts/Status';
import { countText, type Tone } from '../parts/words';
import { usePlace } from '../state/location';
import { nodeKey, useSelection } from '../state/selection';
import { type Became, signs, useDifference } from '../time/difference';
import { type Branch, countStates, type Leaf, states } from './model';
import { RollupBar, RollupCounts } from './Rollup';
import { NodeButton } from './NodeButton';

type Requirement = NonNullable<CoverageQuery['getCoverageRollup']>['nodes'][number];

const toneOf = (one: Requirement): Tone => (one.failing > 0 ? 'bad' : one.covered && one.passing > 0 ? 'good' : 'wait');
const wordsOf = (one: Requirement) => (one.failing > 0 ? 'Fails' : !one.covered ? 'Not covered' : one.passing > 0 ? 'Holds' : 'Nothing counted yet');
const rank: Record<Tone, number> = { bad: 0, wait: 1, good: 2 };
const collator = new Intl.Collator('en', { numeric: true });
const SHOWN_AT_FIRST = 200;

export function Coverage({ iterationId, branches }: { readonly iterationId: string; readonly branches: readonly Branch[] }) {
  const { moment } = usePlace();
  const { data, error, fetching, absent, behind, refresh } = useMomentQuery({ query: CoverageDocument, variables: { iterationId } });
  const report = absent ? null : data?.getCoverageRollup;
  useLiveLens({ iterationId, lens: 'BDV', meta: report?.meta, fetching, now: moment === null && !behind, refresh });
  const leaves = useMemo(() => new Map(branches.flatMap((branch) => branch.leaves.map((leaf) => [leaf.scenario.nodeId, leaf] as const))), [branches]);
  const sorted = useMemo(() => [...(report?.nodes ?? [])].sort((a, b) => rank[toneOf(a)] - rank[toneOf(b)] || collator.compare(a.nodeId, b.nodeId)), [report]);
  const difference = useDifference(iterationId);
  const [all, setAll] = useState(false);
  if (report == null && !absent) return error !== undefined ? <ProblemNotice error={error} retry={refresh} /> : <p className="loading" role="status">Loading the requirements…</p>;
  if (sorted.length === 0) return <div className="empty" role="status"><h2>No requirement has been told of</h2><p>A tag <code>@requirement:ID</code> on a feature or scenario names one; so do the requirements that tasks come with.</p></div>;
  return (
    <div className="behaviour-table" tabIndex={0} role="region" aria-label="Coverage by requirement">
      <table>
        <caption>{countText(report?.covered ?? 0)} of {countText(report?.total ?? 0)} requirements are validated by at least one scenario.</caption>
        <thead><tr><th scope="col">Requirement</th><th scope="col">State</th><th scope="col">Scenarios</th><th scope="col">Validated by</th><th scope="col">Fulfilled by</th></tr></thead>
        <tbody>{(all ? sorted : sorted.slice(0, SHOWN_AT_FIRST)).map((one) => <RequirementRow key={one.id} one={one} became={difference?.nodes.get(nodeKey('REQUIREMENT', one.nodeId))} leaves={leaves} />)}</tbody>
      </table>
      {!all && sorted.length > SHOWN_AT_FIRST && <p><button type="button" className="button" onClick={() => setAll(true)}>Show all {countText(sorted.length)}</button></p>}
      {(report?.totalCount ?? 0) > sorted.length && <p className="quiet">And {countText((report?.totalCount ?? 0) - sorted.length)} more, which this page does not list.</p>}
    </div>
  );
}

const VALIDATORS_SHOWN = 4;

function RequirementRow({ one, became, leaves }: { readonly one: Requirement; readonly became: Became | undefined; readonly leaves: ReadonlyMap<string, Leaf> }) {
  const selected = useSelection((selection) => selection.node);
  const lit = useSelection((selection) => selection.lit);
  const own = useMemo(() => one.scenarios.flatMap(({ nodeId }) => leaves.get(nodeId) ?? []), [one, leaves]);
  const counts = useMemo(() => countStates(own), [own]);
  const chosen = selected?.kind === 'REQUIREMENT' && selected.nodeId === one.nodeId, near = lit?.has(nodeKey('REQUIREMENT', one.nodeId)) === true;
  const worst = [...own].sort((a, b) => states.indexOf(a.state) - states.indexOf(b.state)).slice(0, VALIDATORS_SHOWN);
  const tone = toneOf(one);
  return (
    <tr className={`${chosen ? 'chosen' : ''} ${near ? 'near' : ''}`}>
      <th scope="row">{became !== undefined && <span className={`sign ${became}`}>{signs[became]}<span className="hidden"> {became}</span></span>}<NodeButton kind="REQUIREMENT" nodeId={one.nodeId} name={one.name} />{one.name !== one.nodeId && <span className="sub mono">{one.nodeId}</span>}</th>
      <td><span className={`light ${tone}`}><Shape tone={tone} />{wordsOf(one)}</span></td>
      <td className="bars">{one.scenarioCount === 0 ? <span className="quiet">none</span> : <><RollupBar counts={counts} /><RollupCounts counts={counts} /></>}</td>
      <td><ul className="plain">{worst.map((leaf) => <li key={leaf.key}><NodeButton kind="SCENARIO" nodeId={leaf.scenario.nodeId} name={leaf.scenario.name} state={leaf.state} /></li>)}</ul>
        {own.length > worst.length && <span className="sub">and {countText(own.length - worst.length)} more</span>}</td>
      <td><ul className="plain">{one.tasks.map((task) => <li key={task.id}><NodeButton kind="TASK" nodeId={task.nodeId} name={task.name} /></li>)}</ul>{one.tasks.length === 0 && <span className="quiet">no task</span>}</td>
    </tr>
  );
}
