/* How a leg stands, as a shape of its own: tick in a disc, cross in an octagon, hands in a broken ring, a ring that is crossed out, two strokes that do not meet. */
import type { StarState } from '../../generated/graphql';
import { Shape } from '../parts/Status';
import { stateTones, stateWords } from './model';

export function StarStateShape({ state }: { readonly state: StarState }) {
  if (state === 'OK' || state === 'FAILING' || state === 'STALE') return <Shape tone={stateTones[state]} />;
  return (
    <svg className={`shape ${stateTones[state]}`} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {state === 'MISSING' ? <><circle className="open" cx="12" cy="12" r="8.5" /><path className="open" d="M4 20L20 4" /></> : <path className="open" d="M3 8.5h18M3 15.5h18M16 3L8 21" />}
    </svg>
  );
}

export function LegState({ state }: { readonly state: StarState }) {
  return <span className={`leg-state ${stateTones[state]}`}><StarStateShape state={state} />{stateWords[state]}</span>;
}
