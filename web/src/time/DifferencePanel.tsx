/* All that differs between the two moments, by what became of it: the node, its state before and after, and each property. */
import { useEffect, useId, useRef, useState } from 'react';
import type { DifferenceNodeFragment } from '../../generated/graphql';
import { kindNames } from '../parts/kinds';
import { momentText } from '../parts/time';
import { countText, eventText } from '../parts/words';
import { useSelection } from '../state/selection';
import { statusWords } from '../graph/model';
import { becameWords, type Became, type Difference, signs } from './difference';

const SHOWN = 100;
const titles: Record<Became, string> = { added: 'Added', removed: 'Removed', changed: 'Changed' };

const valueText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
const propertyText = (name: string) => name.replaceAll('_', ' ');

function Entry({ change }: { readonly change: DifferenceNodeFragment }) {
  const became = becameWords[change.changeType];
  const select = useSelection((selection) => selection.selectNode);
  const states = [change.previousStatus, change.newStatus].flatMap((one) => (one === null || one === 'UNKNOWN' ? [] : [statusWords[one]]));
  return (
    <li className={became}>
      <span className={`became ${became}`}><b aria-hidden="true">{signs[became]}</b><span className="hidden">{became}</span></span>
      <div>
        <p><button type="button" className="node-button" onClick={() => select({ kind: change.nodeType, nodeId: change.nodeId })}>{change.name}</button> <span className="quiet">{kindNames[change.nodeType]}{states.length > 0 && `, ${states.join(' → ')}`}</span></p>
        {became === 'changed' && change.changes.length > 0 && (
          <dl>{change.changes.slice(0, 12).map((one) => (
            <div key={`${one.property} ${one.key ?? ''}`}><dt>{propertyText(one.property)}{one.key !== null && ` ${one.key}`}</dt><dd>{one.before !== null && <del>{valueText(one.before)}</del>} <span aria-hidden="true">→</span> <ins>{one.after === null ? 'not set' : valueText(one.after)}</ins></dd></div>
          ))}{change.changes.length > 12 && <div><dt>and {change.changes.length - 12} more</dt></div>}</dl>
        )}
        {change.eventType !== null && change.timestamp !== null && <p className="sub">{eventText(change.eventType)}, {momentText(change.timestamp)}{change.seq !== null && <span className="mono"> #{change.seq}</span>}</p>}
      </div>
    </li>
  );
}

function Section({ became, changes, count }: { readonly became: Became; readonly changes: readonly DifferenceNodeFragment[]; readonly count: number }) {
  const [most, setMost] = useState(SHOWN);
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <h3 id={id}>{titles[became]} <span className="count">{countText(count)}</span></h3>
      <ul>{changes.slice(0, most).map((change) => <Entry key={`${change.nodeType} ${change.nodeId}`} change={change} />)}</ul>
      {changes.length > most && <p><button type="button" className="tool" onClick={() => setMost(most + SHOWN)}>Show {Math.min(SHOWN, changes.length - most)} more of {countText(changes.length - most)}</button></p>}
    </section>
  );
}

export function DifferencePanel({ difference, close }: { readonly difference: Difference; readonly close: () => void }) {
  const { mark, moment, nodeChanges, counts, linkCount, linkChanges, complete } = difference;
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => { title.current?.focus(); }, []);
  const of = (became: Became) => nodeChanges.filter((one) => becameWords[one.changeType] === became);
  const here = moment?.asOf ?? moment?.observedAt ?? null;
  const links = (kind: string) => linkChanges.filter((one) => one.changeType === kind).length;
  return (
    <section className="difference" aria-labelledby="difference-title" onKeyDown={(event) => { if (event.key === 'Escape') close(); }}>
      <header>
        <h2 id="difference-title" tabIndex={-1} ref={title}>What differs</h2>
        <p className="quiet">from {momentText(mark.asOf ?? '')}{mark.observedAt !== null && ' as it was known then'} to {here === null ? 'now' : momentText(here)}{moment !== null && moment.observedAt !== null && ' as it was known then'}</p>
        <button type="button" className="tool" onClick={close}>Close</button>
      </header>
      <div className="sections">
        {(['added', 'removed', 'changed'] as const).filter((became) => counts[became] > 0).map((became) => <Section key={became} became={became} changes={of(became)} count={counts[became]} />)}
        {nodeChanges.length === 0 && <p className="quiet">No node differs between the two.</p>}
      </div>
      <p className="quiet">{linkCount === 0 ? 'No link differs.' : `Links: ${countText(links('CREATED'))} added, ${countText(links('DELETED'))} removed, ${countText(links('UPDATED'))} changed.`}{!complete && ' Too much differs to list it all; the counts are of everything.'}</p>
    </section>
  );
}
