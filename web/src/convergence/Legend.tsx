import type { StarState } from '../../generated/graphql';
import { stateWords } from './model';
import { signs } from '../time/difference';
import { StarStateShape } from './StarState';

const states = Object.keys(stateWords) as readonly StarState[];

export function Legend({ compared }: { readonly compared: boolean }) {
  return (
    <>
      {states.map((state) => <span key={state}><StarStateShape state={state} />{state === 'OK' ? 'leg holds' : stateWords[state]}</span>)}
      <span><i className="sure" />sure, ≥ 0.90</span>
      <span><i className="likely" />likely, ≥ 0.70</span>
      <span><i className="doubtful" />doubtful, less</span>
      <span><i className="inferred" />inferred</span>
      {compared && <span>{signs.added} added, {signs.removed} removed, {signs.changed} changed</span>}
    </>
  );
}
