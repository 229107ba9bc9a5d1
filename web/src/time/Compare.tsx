/* Comparing two moments: mark one (A), go to another, and what differs is laid over every lens and listed here. */
import { useEffect, useRef, useState } from 'react';
import type { Moment } from '../state/location';
import { momentText } from '../parts/time';
import { countText } from '../parts/words';
import { type Difference, signs, useDifference } from './difference';
import { DifferencePanel } from './DifferencePanel';

interface CompareProperties {
  readonly iterationId: string;
  readonly moment: Moment | null;
  readonly change: (address: Readonly<Record<string, string | null>>) => void;
}

export function Counts({ difference }: { readonly difference: Difference }) {
  return (
    <>{(['added', 'removed', 'changed'] as const).map((one) => (
      <span key={one} className={`became ${one}`}><b aria-hidden="true">{signs[one]}</b>{countText(difference.counts[one])}<span className="hidden"> {one}</span></span>
    ))}</>
  );
}

export function Compare({ iterationId, moment, change }: CompareProperties) {
  const difference = useDifference(iterationId);
  const [listed, setListed] = useState(false);
  const opener = useRef<HTMLButtonElement>(null), closed = useRef(false);
  useEffect(() => { if (!listed && closed.current) { closed.current = false; opener.current?.focus(); } }, [listed]);
  const close = () => { closed.current = true; setListed(false); };
  const mark = () => change({ compareWith: moment?.asOf ?? moment?.observedAt ?? new Date().toISOString(), compareKnownAt: moment?.observedAt ?? null });
  return (
    <>
      <button type="button" className="tool" title="Keep this moment as A; then go to another and see what differs" onClick={mark}>Compare from here</button>
      {difference !== null && !listed && (
        <div className={`compare ${difference.behind ? 'behind' : ''}`} role="group" aria-label="Comparison">
          <span className="flag-name" aria-hidden="true">A</span>
          <span className="since">since {momentText(difference.mark.asOf ?? '')}</span>
          <Counts difference={difference} />
          <button type="button" className="tool" ref={opener} onClick={() => setListed(true)}>List what differs</button>
          <button type="button" className="tool" onClick={() => change({ compareWith: null, compareKnownAt: null })}>Stop comparing</button>
        </div>
      )}
      {difference !== null && listed && <DifferencePanel difference={difference} close={close} />}
    </>
  );
}
