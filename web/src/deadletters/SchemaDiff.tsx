/* A dead letter beside the schema, field by field: what it has (−) and what the schema wants (+), as in a diff. Fields that agree are
 * folded away. Where the server's complaint is about a field whose form is right, the complaint stands there. */
import { useMemo, useState } from 'react';
import type { DeadLetterQuery } from '../../generated/graphql';
import { countText } from '../parts/words';
import { differences } from './words';

type Difference = NonNullable<DeadLetterQuery['deadLetter']>['schemaDifferences'][number];

interface DiffProperties {
  readonly fields: readonly Difference[];
  readonly raw: string | null;
  readonly place: string;
  readonly reason: string;
}

const LISTED_MAX = 8, VALUE_CHARACTERS = 300;

/** What the letter has at a dotted path, as JSON; undefined where that can't be told. */
function valueAt(event: unknown, path: string): string | undefined {
  let value: unknown = event;
  for (const step of path in Object(event) ? [path] : path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[step];
  }
  const text = JSON.stringify(value);
  return text !== undefined && text.length > VALUE_CHARACTERS ? `${text.slice(0, VALUE_CHARACTERS)}…` : text;
}

/** How many letters differ, roughly: enough to put the word that was meant in front. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next.push(Math.min((next[j - 1] ?? 0) + 1, (row[j] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length] ?? 0;
}

/** A long list of words is folded; those that look like what is there come first. */
function Wanted({ expected, has }: { readonly expected: string; readonly has: string | undefined }) {
  const words = expected.startsWith('one of ') ? expected.slice(7).split(', ') : [];
  if (words.length <= LISTED_MAX) return <code>{expected}</code>;
  const said = (has ?? '').replaceAll('"', '');
  const near = [...words].sort((a, b) => distance(said, a) - distance(said, b)).slice(0, 3);
  return (
    <details>
      <summary>one of {countText(words.length)} words, such as {near.map((word) => <code key={word}>{word}</code>)}</summary>
      <code className="all-words">{words.join(', ')}</code>
    </details>
  );
}

function Row({ field, has, reason }: { readonly field: Difference; readonly has: string | undefined; readonly reason: string | null }) {
  const words = differences[field.state];
  const bad = words.bad || reason !== null;
  const nothing = field.state === 'MISSING' || field.state === 'ABSENT';
  return (
    <tr className={bad ? 'differs' : undefined}>
      <td className="sign" aria-hidden="true">{bad && !words.bad ? '≠' : words.sign}</td>
      <th scope="row" className="mono">{field.field}</th>
      <td>{nothing ? <span className="quiet">nothing</span> : <><code className={bad ? 'has' : undefined}>{has ?? field.found}</code>{has !== undefined && field.found !== null && bad && <span className="sub">{field.found}</span>}</>}</td>
      <td>{reason ?? (field.expected === null ? <span className="quiet">no such field</span> : bad ? <span className="wants"><Wanted expected={field.expected} has={has} /></span> : <Wanted expected={field.expected} has={has} />)}</td>
      <td className="state">{reason !== null && !words.bad ? 'Refused' : words.word}</td>
    </tr>
  );
}

export function SchemaDiff({ fields, raw, place, reason }: DiffProperties) {
  const [all, setAll] = useState(false);
  const event = useMemo<unknown>(() => { try { return JSON.parse(raw ?? ''); } catch { return undefined; } }, [raw]);
  const top = place.split('.')[0], said = reason.startsWith(`${place}: `) ? reason.slice(place.length + 2) : reason; // the row names the place
  const complaint = (field: Difference) => (!differences[field.state].bad && (field.field === place || field.field === top) ? said : null);
  const differing = fields.filter((field) => differences[field.state].bad || complaint(field) !== null);
  const shown = all ? fields : differing;
  return (
    <section aria-labelledby="diff-title">
      <h3 id="diff-title">Against the schema <span className="count">{countText(differing.length)} of {countText(fields.length)} fields differ</span></h3>
      {fields.length === 0 ? <p className="quiet">It can’t be read as an event, so there is nothing to compare field by field.</p> : (
        <>
          {shown.length > 0 && (
            <div className="scroll-x">
              <table className="diff">
                <thead><tr><th scope="col"><span className="hidden">Sign</span></th><th scope="col">Field</th><th scope="col">The letter has</th><th scope="col">The schema wants</th><th scope="col">State</th></tr></thead>
                <tbody>{shown.map((field) => <Row key={field.field} field={field} has={valueAt(event, field.field)} reason={complaint(field)} />)}</tbody>
              </table>
            </div>
          )}
          {shown.length === 0 && <p className="quiet">Every field has the form the schema wants; what is wrong is what it says.</p>}
          <p><button type="button" className="button" aria-expanded={all} onClick={() => setAll(!all)}>{all ? 'Only what differs' : `Show all ${countText(fields.length)} fields`}</button></p>
        </>
      )}
    </section>
  );
}
