/* BDV: does it behave? Features and scenarios as a list that begins with what fails, as a drawing, by requirement, and the flaky ones by themselves.
 * What is selected is shown whole in the panel beside it (ScenarioPane.tsx). */
import { lazy, type ReactNode, Suspense, useMemo } from 'react';
import { FlakesDocument, type RunPartsFragment } from '../../generated/graphql';
import { useMomentQuery } from '../data/moment';
import { ConditionKpi, Kpi, useConditions } from '../parts/Kpis';
import { ProblemNotice } from '../parts/Notice';
import { countText } from '../parts/words';
import { useParameter } from '../state/location';
import { useBehaviourCommands } from './commands';
import { Filters, Ordering } from './Filters';
import { narrow, rowsOf, tagsOf, totalOf } from './model';
import { useControls, useFolding } from './narrowing';
import { RollupBar, RollupCounts } from './Rollup';
import { ScenarioTree } from './ScenarioTree';
import { type Behaviour, useBehaviour } from './useBehaviour';
import { useRefreshed } from './useRefreshed';
import '../style/behaviour.css';

const BehaviourDrawing = lazy(async () => ({ default: (await import('./BehaviourDrawing')).BehaviourDrawing }));
const Coverage = lazy(async () => ({ default: (await import('./Coverage')).Coverage }));
const Flakes = lazy(async () => ({ default: (await import('./Flakes')).Flakes }));

const ways = [['', 'Scenarios'], ['drawing', 'Drawing'], ['coverage', 'Requirements'], ['flakes', 'Flaky']] as const;

export function BehaviourView({ iterationId }: { readonly iterationId: string }) {
  const behaviour = useBehaviour(iterationId);
  useBehaviourCommands();
  const [shown] = useParameter('show');
  const { graph, absent, error, refresh } = behaviour;
  if (graph == null && !absent) return error !== undefined ? <ProblemNotice error={error} retry={refresh} /> : <p className="loading" role="status">Loading the scenarios…</p>;
  return (
    <div className="lens behaviour">
      <Numbers iterationId={iterationId} behaviour={behaviour} />
      <Suspense fallback={<p className="loading" role="status">Loading…</p>}>
        {shown === 'drawing' ? <><Ways behaviour={behaviour} /><BehaviourDrawing iterationId={iterationId} /></>
          : shown === 'coverage' ? <><Ways behaviour={behaviour} /><Coverage iterationId={iterationId} branches={behaviour.branches} /></>
            : shown === 'flakes' ? <><Ways behaviour={behaviour} /><Flakes iterationId={iterationId} /></> : <Scenarios iterationId={iterationId} behaviour={behaviour} />}
      </Suspense>
    </div>
  );
}

/** The sub-views, and what the one that is shown adds to the bar. */
function Ways({ behaviour, children }: { readonly behaviour: Behaviour; readonly children?: ReactNode }) {
  const [shown, show] = useParameter('show');
  const { graph } = behaviour;
  const kpis = graph?.kpis;
  const counts: Record<string, number | undefined> = { '': kpis?.rollup.scenarios, coverage: kpis?.requirements, flakes: kpis?.rollup.flaky };
  return (
    <div className="ways" role="group" aria-label="Show as">
      {ways.map(([name, title]) => (
        <button type="button" key={name} className="tool" aria-pressed={shown === name} onClick={() => show(name)}>{title}{counts[name] !== undefined && <span className="count"> {countText(counts[name])}</span>}</button>
      ))}
      {children}
    </div>
  );
}

function Numbers({ iterationId, behaviour }: { readonly iterationId: string; readonly behaviour: Behaviour }) {
  const conditions = useConditions(iterationId, 'BDV');
  const total = useMemo(() => totalOf(behaviour.branches), [behaviour.branches]);
  const { graph } = behaviour;
  return (
    <dl className="kpis" aria-label="Key figures">
      {conditions.map((one) => <ConditionKpi key={one.metric} condition={one} />)}
      {graph != null && graph.kpis.requirements > 0 && (
        <Kpi name="Requirements covered" value={`${countText(graph.kpis.requirementsCovered)} of ${countText(graph.kpis.requirements)}`} />
      )}
      {graph != null && graph.scenarios.length > 0 && (
        <div className="whole"><dt>All scenarios</dt><dd><RollupBar counts={total} /><RollupCounts counts={total} /></dd></div>
      )}
    </dl>
  );
}

const noRuns: ReadonlyMap<string, readonly RunPartsFragment[]> = new Map();

/** Of the flaky ones only: their runs tell something that their last outcome does not. */
function useRuns(iterationId: string, behaviour: Behaviour): ReadonlyMap<string, readonly RunPartsFragment[]> {
  const flaky = behaviour.graph?.kpis.rollup.flaky ?? 0;
  const { data, fetching, refresh } = useMomentQuery({ query: FlakesDocument, variables: { iterationId }, pause: flaky === 0 });
  const report = data?.getFlakeReport, position = behaviour.graph?.meta.position;
  useRefreshed(report?.meta.position, position, fetching, flaky > 0, refresh);
  return useMemo(() => (report == null ? noRuns : new Map(report.nodes.map((one) => [one.nodeId, one.runs]))), [report]);
}

function Scenarios({ iterationId, behaviour }: { readonly iterationId: string; readonly behaviour: Behaviour }) {
  const { graph, branches } = behaviour;
  const controls = useControls();
  const folding = useFolding(branches, controls.narrowed);
  const runs = useRuns(iterationId, behaviour);
  const { narrowing, sort } = controls, { isOpen } = folding;
  const narrowed = useMemo(() => narrow(branches, narrowing, sort), [branches, narrowing, sort]);
  const rows = useMemo(() => rowsOf(narrowed, isOpen, sort), [narrowed, isOpen, sort]);
  const total = useMemo(() => totalOf(branches), [branches]);
  const tags = useMemo(() => tagsOf(graph), [graph]);
  const matching = useMemo(() => narrowed.reduce((sum, one) => sum + one.leaves.length, 0), [narrowed]);
  if (branches.length === 0) return <><Ways behaviour={behaviour} /><NoScenarios absent={graph == null} /></>;
  return (
    <>
      <Ways behaviour={behaviour}><Ordering controls={controls} folding={folding} /></Ways>
      <section className="behaviour-list" aria-label="Scenarios by feature">
        <Filters controls={controls} counts={total} flaky={graph?.kpis.rollup.flaky ?? 0} running={graph?.kpis.rollup.running ?? 0} tags={tags} />
        {controls.narrowed && <p className="found" role="status">{countText(matching)} of {countText(graph?.scenarios.length ?? 0)} scenarios match. <button type="button" className="tool" onClick={controls.clear}>Show all</button></p>}
        <ScenarioTree name={`Scenarios of ${iterationId}`} rows={rows} branches={branches} isOpen={isOpen} toggle={folding.toggle} runs={runs} />
      </section>
    </>
  );
}

function NoScenarios({ absent }: { readonly absent: boolean }) {
  if (absent) return <p className="empty" role="status">At this moment no scenario had been told of.</p>;
  return (
    <div className="empty" role="status">
      <h2>No scenario has been told of</h2>
      <p>They come with a test run&apos;s report: <code>trimodal import cucumber-messages FILE --iteration ID</code> takes Cucumber&apos;s, <code>trimodal import junit FILE --iteration ID</code> that of most other runners.</p>
    </div>
  );
}
