/* Which clock the thumb moves. What each means is said in words, as two clocks are more than most people have met. */
import { useId, useState } from 'react';
import { momentText } from '../parts/time';
import type { Axis } from './axis';
import { addressOf, type Clock, momentWith } from './clock';

interface ClockProperties {
  readonly clock: Clock;
  readonly at: number | null;
  readonly held: string | null;
  readonly axis: Axis;
  readonly change: (address: Readonly<Record<string, string | null>>) => void;
}

const other: Record<Clock, Clock> = { valid: 'known', known: 'valid' };

export function ClockSwitch({ clock, at, held, axis, change }: ClockProperties) {
  const [explained, setExplained] = useState(false);
  const id = useId();
  const known = clock === 'known', name = known ? 'V' : 'K';
  // The thumb stays where it is; a held clock goes on being held: only which one moves is another.
  const turn = () => {
    if (held !== null) change(addressOf(other[clock], momentWith(clock, at, held)));
    else change(addressOf(other[clock], momentWith(other[clock], at === null || at >= axis.last ? null : at, null)));
  };
  const hold = () => {
    const here = new Date(at ?? Date.now()).toISOString();
    change(addressOf(clock, held !== null ? momentWith(clock, at, null) : known ? { asOf: here, observedAt: at === null ? null : here } : { asOf: at === null ? null : here, observedAt: here }));
  };
  return (
    <div className="clock">
      <button type="button" role="switch" aria-checked={known} className="switch" onClick={turn} aria-describedby={`${id}-text`}><span className="knob" aria-hidden="true" />Only what was known then</button>
      <span id={`${id}-text`} className="hidden">{known ? 'The thumb moves K: what this system knew at a moment.' : 'The thumb moves V: what was true at a moment, as it is known today.'}</span>
      {held !== null && <button type="button" className="tool" onClick={hold} title={`${name} stays there while the thumb moves ${known ? 'K' : 'V'}. Press to let it go.`}>{name} held at {momentText(held)} ×</button>}
      <button type="button" className="tool" aria-expanded={explained} aria-controls={`${id}-more`} onClick={() => setExplained(!explained)} aria-label="What the two clocks mean">?</button>
      <div id={`${id}-more`} className="explained" hidden={!explained}>
        <p><strong>V, what was true.</strong> The thumb stands at a moment of the work: what had happened by then, as it is known today, also what was reported late.</p>
        <p><strong>K, what was known.</strong> With the switch on, the thumb stands at a moment of this system: only what had been reported by then. What somebody saw who looked at that moment.</p>
        <p>Either can be held while the other moves: “as the work was at noon, when did we learn of it?”</p>
        <p>{held === null && <button type="button" className="tool" onClick={() => { hold(); setExplained(false); }}>Hold {name} here and move {known ? 'K' : 'V'}</button>} <button type="button" className="tool" onClick={() => setExplained(false)}>Close</button></p>
      </div>
    </div>
  );
}
