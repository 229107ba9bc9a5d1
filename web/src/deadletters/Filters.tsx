import { useEffect, useState } from 'react';
import type { DeadLetterCategory, LetterCountsFragment } from '../../generated/graphql';
import { Shape } from '../parts/Status';
import { countText } from '../parts/words';
import { type LetterFilterState, spans, streams } from './filter';
import { categories } from './words';

function Categories({ state, counts }: { readonly state: LetterFilterState; readonly counts: LetterCountsFragment }) {
  const kinds = (Object.keys(categories) as DeadLetterCategory[]).filter((kind) => categories[kind].count(counts) > 0 || state.category === kind);
  return (
    <div className="filter" role="group" aria-label="Category">
      <button type="button" aria-pressed={state.category === ''} onClick={() => state.setCategory('')}>All <span className="count">{countText(counts.waiting)}</span></button>
      {kinds.map((kind) => (
        <button type="button" key={kind} aria-pressed={state.category === kind} onClick={() => state.setCategory(state.category === kind ? '' : kind)}>
          <span className={`light ${categories[kind].tone}`}><Shape tone={categories[kind].tone} /></span>{categories[kind].name} <span className="count">{countText(categories[kind].count(counts))}</span>
        </button>
      ))}
    </div>
  );
}

/** Ids are whole words to the server, so one is asked about when it is entered, not letter by letter. */
function IterationFilter({ state, known }: { readonly state: LetterFilterState; readonly known: readonly string[] }) {
  const [text, setText] = useState(state.iteration);
  useEffect(() => setText(state.iteration), [state.iteration]);
  const enter = (value: string) => { if (value.trim() !== state.iteration) state.setIteration(value.trim()); };
  return (
    <label>Iteration
      <input type="text" list="known-iterations" value={text} placeholder="any" onBlur={() => enter(text)}
        onChange={(event) => { setText(event.target.value); if (event.target.value === '' || known.includes(event.target.value)) enter(event.target.value); }}
        onKeyDown={(event) => { if (event.key === 'Enter') enter(text); }} />
      <datalist id="known-iterations">{known.map((one) => <option key={one} value={one} />)}</datalist>
    </label>
  );
}

const utc = (text: string) => (text === '' ? '' : `${text}Z`);
const local = (text: string) => (Number.isNaN(Date.parse(text)) ? '' : new Date(text).toISOString().slice(0, 16));

export function Filters({ state, counts, known }: { readonly state: LetterFilterState; readonly counts: LetterCountsFragment; readonly known: readonly string[] }) {
  const [between, setBetween] = useState(state.from !== '' || state.to !== '');
  const setSpan = (value: string) => {
    setBetween(value === 'between');
    state.setReceived(value === 'between' ? '' : value);
    if (value !== 'between') { state.setFrom(''); state.setTo(''); }
  };
  return (
    <div className="tools letters-tools">
      <Categories state={state} counts={counts} />
      <label>Stream
        <select value={state.stream} onChange={(event) => state.setStream(event.target.value)}>
          <option value="">any</option>{streams.map((one) => <option key={one} value={one}>{one}</option>)}
        </select>
      </label>
      <IterationFilter state={state} known={known} />
      <label>Received
        <select value={between ? 'between' : state.received} onChange={(event) => setSpan(event.target.value)}>
          <option value="">at any time</option>{spans.map(([key, name]) => <option key={key} value={key}>{name}</option>)}<option value="between">between…</option>
        </select>
      </label>
      {between && <label>From (UTC) <input type="datetime-local" value={local(state.from)} onChange={(event) => state.setFrom(utc(event.target.value))} /></label>}
      {between && <label>To (UTC) <input type="datetime-local" value={local(state.to)} onChange={(event) => state.setTo(utc(event.target.value))} /></label>}
    </div>
  );
}
