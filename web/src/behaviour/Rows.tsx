/* The two kinds of rows of the tree table. */
import type { RunPartsFragment } from '../../generated/graphql';
import { countText, durationText } from '../parts/words';
import { type NodeKey, type SelectedNode } from '../state/selection';
import { type Became, signs } from '../time/difference';
import { readExpectation } from './expectation';
import { type Row, stateWords } from './model';
import { RollupBar, RollupCounts } from './Rollup';
import { RunPicture } from './RunStrip';
import { StateGlyph } from './StateGlyph';

interface Placing {
  readonly index: number;
  readonly start: number;
  readonly size: number;
  readonly current: boolean; // the one in the tab order
  readonly chosen: boolean;
  readonly onFocus: () => void;
}

interface Common extends Placing {
  readonly lit: ReadonlySet<NodeKey> | null;
  readonly select: (node: SelectedNode) => void;
}

const among = (lit: ReadonlySet<NodeKey> | null, ...keys: readonly string[]) => lit !== null && keys.some((key) => lit.has(key as NodeKey));

function Sign({ became }: { readonly became: Became | undefined }) {
  return became === undefined ? null : <span className={`sign ${became}`} title={`${became} since the moment compared with`}>{signs[became]}<span className="hidden"> {became}</span></span>;
}

const attributes = ({ index, start, size, current, chosen, onFocus }: Placing, classes: string) => ({
  role: 'row', 'aria-rowindex': index + 2, 'data-index': index, tabIndex: current ? 0 : -1, 'aria-selected': chosen, onFocus,
  className: `tree-row ${classes} ${chosen ? 'chosen' : ''}`, style: { transform: `translateY(${start}px)`, height: size },
});

export function FeatureRow({ row, toggle, select, lit, ...placing }: Common & { readonly row: Extract<Row, { type: 'feature' }>; readonly toggle: () => void }) {
  const { branch } = row;
  const slash = branch.name.lastIndexOf('/'), total = branch.leaves.length;
  const near = among(lit, branch.key, ...branch.leaves.map((leaf) => leaf.key));
  const { failed, passed } = branch.counts;
  return (
    <div {...attributes(placing, `feature ${near ? 'near' : ''} ${branch.became ?? ''}`)} aria-level={1} aria-expanded={row.open} aria-setsize={row.size} aria-posinset={row.position} onClick={toggle}>
      <span role="rowheader" className="name">
        <svg className={`chevron ${row.open ? 'open' : ''}`} viewBox="0 0 16 16" aria-hidden="true"><path d="M6 3.5l4.5 4.5L6 12.5" /></svg>
        <Sign became={branch.became} />
        {branch.nodeId === null ? <strong>{branch.name}</strong> : (
          <button type="button" className="node-button" tabIndex={-1} title={branch.name} onClick={(event) => { event.stopPropagation(); select({ kind: 'BEHAVIORAL_SPEC', nodeId: branch.nodeId ?? '' }); }}>
            {slash > 0 && <span className="quiet path">{branch.name.slice(0, slash + 1)}</span>}{branch.name.slice(slash + 1)}
          </button>
        )}
        <span className="count">{row.shown === total ? countText(total) : `${countText(row.shown)} of ${countText(total)}`}<span className="hidden"> scenarios</span></span>
      </span>
      <span role="gridcell" className="wide"><RollupBar counts={branch.counts} /><RollupCounts counts={branch.counts} /></span>
      <span role="gridcell" className="number quiet">{failed + passed + branch.counts.flaky > 0 ? `${Math.floor((100 * (passed + branch.counts.flaky)) / (failed + passed + branch.counts.flaky))} % pass` : ''}</span>
      <span role="gridcell" />
    </div>
  );
}

export function ScenarioRow({ row, runs, select, lit, ...placing }: Common & { readonly row: Extract<Row, { type: 'scenario' }>; readonly runs: readonly RunPartsFragment[] | undefined }) {
  const { leaf } = row, { scenario, state } = leaf;
  const outcome = scenario.outcome === null ? 'not run' : scenario.outcome.toLowerCase();
  return (
    <div {...attributes(placing, `scenario is-${state} ${scenario.flaky ? 'is-flaky' : ''} ${among(lit, leaf.key) ? 'near' : ''} ${leaf.became ?? ''}`)} aria-level={2} aria-setsize={row.size} aria-posinset={row.position} onClick={() => select({ kind: 'SCENARIO', nodeId: scenario.nodeId })}>
      <span role="rowheader" className="name">
        <Sign became={leaf.became} /><StateGlyph state={scenario.running ? 'running' : state} />
        <span className="texts"><span className="label">{scenario.quarantined ? <del>{scenario.name}</del> : scenario.name}</span>
          {scenario.errorMessage !== null && <span className="error">{firstLine(scenario.errorMessage)}</span>}</span>
      </span>
      <span role="gridcell" className="state">{state === 'quarantined' ? <>quarantined<span className="quiet">, {outcome}</span></> : state === 'flaky' ? outcome : stateWords[state]}
        {scenario.running && <span className="quiet">, running</span>}{scenario.flaky && <span className="flake">flaky{scenario.flakeRate !== null && ` ${Math.round(scenario.flakeRate * 100)} %`}</span>}</span>
      <span role="gridcell">{runs !== undefined ? <RunPicture runs={runs.slice(-12)} /> : scenario.runCount > 0 && <span className="quiet">{countText(scenario.runCount)} {scenario.runCount === 1 ? 'run' : 'runs'}</span>}</span>
      <span role="gridcell" className="number quiet">{scenario.durationMs !== null && durationText(scenario.durationMs)}</span>
      <span role="gridcell" className="tags" title={scenario.tags.join(' ')}>{scenario.tags.join(' ')}</span>
    </div>
  );
}

/** What of a message says most in one line: what was expected and what was there, or its first line without the name of the error's class. */
export function firstLine(message: string): string {
  const found = readExpectation(message), lines = (found?.before ?? message).split('\n').map((line) => line.trim().replace(/^[A-Z]\w*Error(?: \[\w+\])?: /, ''));
  const said = lines.find((line) => line !== '') ?? '';
  const expected = found?.lines.find((line) => line.sign === 'expected')?.text, actual = found?.lines.find((line) => line.sign === 'actual')?.text;
  if (expected === undefined || actual === undefined) return said;
  return `${/^Expected values/.test(said) || said === '' ? '' : `${said.replace(/:$/, '')}: `}expected ${expected}, was ${actual}`;
}
