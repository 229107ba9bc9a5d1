/* A scenario in the panel beside the views: how it ended and why, step by step, its runs, and what it is for. */
import { useState } from 'react';
import { useSearch, Link } from 'wouter';
import { ScenarioDocument, type ScenarioQuery, ScenarioRunsDocument } from '../../generated/graphql';
import { useLiveLens } from '../data/live';
import { useMomentQuery } from '../data/moment';
import { At } from '../parts/time';
import { durationText } from '../parts/words';
import { iterationPath, searchWith, usePlace } from '../state/location';
import { Failure } from './Failure';
import { NodeButton } from './NodeButton';
import { stateOf } from './model';
import { QuarantineAction } from './Quarantine';
import { RunLinks, runSentence } from './RunStrip';
import { StateGlyph } from './StateGlyph';
import { Steps } from './Steps';
import { useRefreshed } from './useRefreshed';
import '../style/behaviour.css';

type Traced = NonNullable<ScenarioQuery['trace']>;
export type ScenarioWhole = Extract<Traced['node'], { steps: unknown }>;

function State({ scenario }: { readonly scenario: ScenarioWhole }) {
  const state = stateOf(scenario), outcome = scenario.outcome?.toLowerCase() ?? 'not run';
  return (
    <p className="scenario-state">
      <span className={`is-${state}`}><StateGlyph state={scenario.running ? 'running' : state} />{scenario.quarantined ? `quarantined, ${outcome}` : outcome}</span>
      {scenario.durationMs !== null && <span className="quiet">{durationText(scenario.durationMs)}</span>}
      {scenario.running && <span className="quiet">running again</span>}
      {scenario.flaky && <span className="flake">flaky{scenario.flakeRate !== null && ` ${Math.round(scenario.flakeRate * 100)} %`}</span>}
      {!scenario.counted && !scenario.quarantined && <span className="quiet">not in the pass rate</span>}
    </p>
  );
}

export function ScenarioPane({ iterationId, nodeId }: { readonly iterationId: string; readonly nodeId: string }) {
  const { moment } = usePlace();
  const { data, error, fetching, behind, refresh } = useMomentQuery({ query: ScenarioDocument, variables: { iterationId, nodeId } });
  const trace = data?.trace;
  useLiveLens({ iterationId, lens: 'BDV', meta: trace?.meta, fetching, now: moment === null && !behind, refresh });
  if (trace == null || !('steps' in trace.node)) return <p className="quiet" role="status">{error === undefined ? 'Loading…' : 'It was not there at this moment.'}</p>;
  const scenario = trace.node;
  const inStep = scenario.steps.some((step) => step.message !== '');
  return (
    <div className="scenario-pane">
      <State scenario={scenario} />
      {scenario.errorMessage !== null && !inStep && <section aria-label="Error"><Failure message={scenario.errorMessage} /></section>}
      <section><h3>Steps</h3><Steps steps={scenario.steps} /></section>
      <Runs iterationId={iterationId} nodeId={nodeId} position={trace.meta.position} />
      <Ties iterationId={iterationId} scenario={scenario} />
      <QuarantineAction key={nodeId} iterationId={iterationId} scenario={scenario} refresh={refresh} />
    </div>
  );
}

/** All runs known at K, also those after V: the strip is a way through time and must not shrink while it is walked. */
function Runs({ iterationId, nodeId, position }: { readonly iterationId: string; readonly nodeId: string; readonly position: number }) {
  const { moment } = usePlace();
  const known = moment?.observedAt ?? null;
  const { data, fetching, refresh } = useMomentQuery({ query: ScenarioRunsDocument, variables: { iterationId, nodeId }, at: known === null ? null : { asOf: null, observedAt: known } });
  const [asked, setAsked] = useState(position);
  useRefreshed(asked, position, fetching, moment === null, () => { setAsked(position); refresh(); });
  const runs = data?.trace != null && 'runs' in data.trace.node ? data.trace.node.runs : [];
  if (runs.length === 0) return null;
  return (
    <section>
      <h3>Runs <span className="count">{runs.length}</span></h3>
      <RunLinks runs={runs} asOf={moment?.asOf ?? null} />
      <details>
        <summary>As a list</summary>
        <ol className="run-list">{[...runs].reverse().map((run) => (
          <li key={run.eventId}><StateGlyph state={run.outcome === 'PASSED' ? 'passed' : run.outcome === 'FAILED' ? 'failed' : 'skipped'} /><span>{runSentence(run).split(', ').slice(0, -1).join(', ')} <span className="sub"><At moment={run.validFrom} /></span></span></li>
        ))}</ol>
      </details>
    </section>
  );
}

function Ties({ iterationId, scenario }: { readonly iterationId: string; readonly scenario: ScenarioWhole }) {
  const search = useSearch();
  const { feature, contracts, requirements, tags } = scenario;
  const through = feature?.requirements.filter((one) => !requirements.some((own) => own.id === one.id)) ?? [];
  return (
    <dl className="ties">
      {feature !== null && <div><dt>Feature</dt><dd><NodeButton kind="BEHAVIORAL_SPEC" nodeId={feature.nodeId} name={feature.name} /></dd></div>}
      {requirements.length + through.length > 0 && (
        <div><dt>Requirements</dt><dd><ul className="plain">
          {requirements.map((one) => <li key={one.id}><NodeButton kind="REQUIREMENT" nodeId={one.nodeId} name={one.name} /></li>)}
          {through.map((one) => <li key={one.id}><NodeButton kind="REQUIREMENT" nodeId={one.nodeId} name={one.name} /> <span className="quiet">by its feature</span></li>)}
        </ul></dd></div>
      )}
      {contracts.length > 0 && <div><dt>Contracts</dt><dd><ul className="plain">{contracts.map((one) => <li key={one.id}><NodeButton kind="INTERFACE_CONTRACT" nodeId={one.nodeId} name={one.name} /></li>)}</ul></dd></div>}
      {tags.length > 0 && <div><dt>Tags</dt><dd className="tag-links">{tags.map((tag) => <Link key={tag} href={iterationPath(iterationId, 'behaviour') + searchWith(search, { tag, show: null })} title={`All scenarios with ${tag}`}>{tag}</Link>)}</dd></div>}
    </dl>
  );
}
