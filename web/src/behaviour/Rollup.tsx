/* How the scenarios of a feature stand, as a bar and as numbers. Each state has a pattern of its own beside its colour, and the worst is leftmost. */
import { countText } from '../parts/words';
import { type Counts, type ScenarioState, states, stateWords } from './model';
import { StateGlyph } from './StateGlyph';

export function RollupBar({ counts }: { readonly counts: Counts }) {
  return (
    <span className="rollup" aria-hidden="true">
      {states.map((state) => counts[state] > 0 && <i key={state} className={state} style={{ flexGrow: counts[state] }} />)}
    </span>
  );
}

/** Only what there is; what passed stands last, as it is what nobody has to look at. */
export function RollupCounts({ counts }: { readonly counts: Counts }) {
  return (
    <span className="rollup-counts">
      {states.map((state) => counts[state] > 0 && (
        <span key={state} className={state} title={`${countText(counts[state])} ${stateWords[state]}`}><StateGlyph state={state} />{countText(counts[state])}<span className="hidden"> {stateWords[state]}{state === 'passed' ? '' : ', '}</span></span>
      ))}
    </span>
  );
}

export const statesWithSomething = (counts: Counts): readonly ScenarioState[] => states.filter((state) => counts[state] > 0);
