/* Other bytes in the place of a letter's. The server makes a new dead letter of them, says what a replay would do with it, and keeps the
 * link to the old one; taking it in stays a step of its own. Whether it is JSON is said while one types. */
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { useMutation } from 'urql';
import { EditDeadLetterDocument, type EventOutcomePartsFragment } from '../../generated/graphql';
import { Shape } from '../parts/Status';
import { prettyJson } from './Original';
import { refusalText } from './words';

interface EditProperties {
  readonly id: string;
  readonly raw: string;
  readonly cancel: () => void;
  readonly saved: (id: string, would: EventOutcomePartsFragment) => void;
}

/** Why it is no JSON, in the browser's words; null where it is. */
function faultOf(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

export function EditLetter({ id, raw, cancel, saved }: EditProperties) {
  const [first] = useState(() => prettyJson(raw) ?? raw);
  const [text, setText] = useState(first);
  const [{ error, fetching }, edit] = useMutation(EditDeadLetterDocument);
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => { area.current?.focus(); }, []);
  const fault = faultOf(text);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const { data } = await edit({ id, text });
    const made = data?.editDeadLetter;
    if (made?.deadLetter != null) saved(made.deadLetter.id, made.would);
  };
  return (
    <form className="edit" aria-labelledby="edit-title" onSubmit={(event) => { void submit(event); }}>
      <h3 id="edit-title">Edit #{id}</h3>
      <p className="quiet">A new dead letter with this text takes its place; the old one is kept as its origin. Nothing is taken in before you replay it.</p>
      <label htmlFor="edit-text">The event, as it should have been</label>
      <textarea id="edit-text" ref={area} className="mono" spellCheck={false} rows={Math.min(28, Math.max(8, text.split('\n').length + 1))} value={text}
        aria-describedby="edit-state" onChange={(event) => setText(event.target.value)} onKeyDown={(event) => { if (event.key === 'Escape') cancel(); }} />
      <p id="edit-state" className={`light ${fault === null ? 'good' : 'bad'}`}><Shape tone={fault === null ? 'good' : 'bad'} />{fault === null ? 'It is JSON. Saving says whether the schema takes it.' : `No JSON yet: ${fault}`}</p>
      {error !== undefined && <p role="alert" className="light bad"><Shape tone="bad" />{refusalText(error)}</p>}
      <p className="actions">
        <button type="submit" className="button primary" disabled={fetching || text.trim() === '' || text === first}>Save as a new dead letter</button>
        <button type="button" className="button" onClick={cancel}>Cancel</button>
      </p>
    </form>
  );
}
