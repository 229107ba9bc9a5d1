/* What the list is narrowed and sorted by. */
import { countText } from '../parts/words';
import { useSelection } from '../state/selection';
import { type Counts, sortWords, states, stateWords, type ScenarioState } from './model';
import type { Controls, Folding } from './narrowing';
import { StateGlyph } from './StateGlyph';

interface FilterProperties {
  readonly controls: Controls;
  readonly counts: Counts;
  readonly flaky: number; // all that are flaky, whatever state they are in
  readonly running: number;
  readonly tags: readonly (readonly [string, number])[];
}

export function Filters({ controls, counts, flaky, running, tags }: FilterProperties) {
  const { narrowing, text, setText, setState, setTag } = controls;
  const chips: readonly (readonly [ScenarioState | 'running', number])[] = [...states.map((state) => [state, state === 'flaky' ? flaky : counts[state]] as const), ['running', running]];
  return (
    <div className="behaviour-filters" role="group" aria-label="Narrow the list">
      <input type="search" value={text} placeholder="Name, tag or error…" aria-label="Search scenarios" onChange={(event) => setText(event.target.value)} />
      <span className="chips">
        {chips.map(([state, count]) => (count > 0 || narrowing.state === state) && (
          <button type="button" key={state} className="chip" aria-pressed={narrowing.state === state} onClick={() => setState(narrowing.state === state ? '' : state)}>
            <StateGlyph state={state} />{state === 'running' ? 'running' : stateWords[state]}<span className="count">{countText(count)}</span>
          </button>
        ))}
      </span>
      {tags.length > 0 && (
        <select value={narrowing.tag} aria-label="Tag" onChange={(event) => setTag(event.target.value)}>
          <option value="">Any tag</option>
          {tags.map(([tag, count]) => <option key={tag} value={tag}>{tag} ({countText(count)})</option>)}
        </select>
      )}
      <OnlyLinked controls={controls} />
    </div>
  );
}

/** In the bar above: how the list is ordered and unfolded. */
export function Ordering({ controls, folding }: { readonly controls: Controls; readonly folding: Folding }) {
  const { sort, setSort } = controls;
  return (
    <>
      <span className="spacer" />
      <select value={sort} aria-label="Order" onChange={(event) => setSort(event.target.value === 'worst' ? '' : event.target.value)}>
        {Object.entries(sortWords).map(([name, words]) => <option key={name} value={name}>{words}</option>)}
      </select>
      <span className="group">
        <button type="button" className="tool" onClick={() => folding.all(true)}>Unfold all</button>
        <button type="button" className="tool" onClick={() => folding.all(false)}>Fold all</button>
      </span>
    </>
  );
}

/** Something that is no scenario is selected, here or in another view: its scenarios can be looked at alone. */
function OnlyLinked({ controls }: { readonly controls: Controls }) {
  const node = useSelection((selection) => selection.node);
  const lit = useSelection((selection) => selection.lit);
  if (node === null || node.kind === 'SCENARIO' || lit === null) return null;
  const count = [...lit].filter((key) => key.startsWith('SCENARIO:')).length;
  return <button type="button" className="chip" aria-pressed={controls.onlyLit} disabled={count === 0} onClick={() => controls.setOnlyLit(!controls.onlyLit)}>Only what {node.nodeId} is linked with<span className="count">{countText(count)}</span></button>;
}
