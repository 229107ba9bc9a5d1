/* Throwing letters away: asked once more, with a reason, which goes into the audit log. */
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { useMutation } from 'urql';
import { DiscardDeadLettersDocument } from '../../generated/graphql';
import { Shape } from '../parts/Status';
import { countText } from '../parts/words';
import { type Target, targetCount, targetVariables } from './Replay';
import { refusalText } from './words';

interface DiscardProperties {
  readonly target: Target;
  readonly close: () => void;
  readonly done: (sentence: string) => void;
}

export function DiscardDialog({ target, close, done }: DiscardProperties) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState('');
  const [{ error, fetching }, discard] = useMutation(DiscardDeadLettersDocument);
  useEffect(() => { dialog.current?.showModal(); }, []);
  const count = targetCount(target);
  const what = count === 1 ? 'this dead letter' : count === null ? 'all dead letters that match' : `${countText(count)} dead letters`;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const { data } = await discard({ ...targetVariables(target), reason: reason.trim() });
    if (data?.discardDeadLetters == null) return;
    const { discarded, more } = data.discardDeadLetters;
    done(`${countText(discarded)} discarded.${more ? ' Others match, too; discard again for those.' : ''}`);
  };
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby="discard-title" onClose={close}>
      <form onSubmit={(event) => { void submit(event); }}>
        <h2 id="discard-title">Discard {what}?</h2>
        <p>The events are not taken in, and can’t be replayed any more. Who discarded them, and why, stays in the audit log.</p>
        <label htmlFor="discard-reason">Reason</label>
        <textarea id="discard-reason" rows={3} required maxLength={2000} value={reason} onChange={(event) => setReason(event.target.value)} autoFocus />
        {error !== undefined && <p role="alert" className="light bad"><Shape tone="bad" />{refusalText(error)}</p>}
        <p className="actions">
          <button type="submit" className="button danger" disabled={fetching || reason.trim() === ''}>Discard {what}</button>
          <button type="button" className="button" onClick={() => dialog.current?.close()}>Keep</button>
        </p>
      </form>
    </dialog>
  );
}
