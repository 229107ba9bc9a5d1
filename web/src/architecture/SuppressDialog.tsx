/* Deciding that a violation may stand, by an architecture decision record, or that it counts again. Either becomes an event and stands
 * in the audit log with its reason. */
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { useMutation } from 'urql';
import { LiftSuppressionDocument, SuppressViolationDocument } from '../../generated/graphql';
import { refusalText } from '../data/problem';
import { Shape } from '../parts/Status';
import type { Violation } from './model';

interface DialogProperties {
  readonly iterationId: string;
  readonly violation: Violation;
  readonly close: () => void;
  readonly done: (sentence: string) => void;
}

export function SuppressDialog({ iterationId, violation, close, done }: DialogProperties) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [adr, setAdr] = useState('');
  const [reason, setReason] = useState('');
  const [suppressed, suppress] = useMutation(SuppressViolationDocument);
  const [lifted, lift] = useMutation(LiftSuppressionDocument);
  useEffect(() => { dialog.current?.showModal(); }, []);
  const lifts = !violation.active, { error, fetching } = lifts ? lifted : suppressed;
  const rule = violation.ruleId ?? violation.name;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const common = { iterationId, violationId: violation.nodeId, reason: reason.trim() };
    const { data } = lifts ? await lift({ input: common }) : await suppress({ input: { ...common, adrReference: adr.trim() } });
    if (data !== undefined && Object.values(data).some((one) => one !== null)) done(lifts ? `${rule} counts again.` : `${rule} is suppressed by ${adr.trim()}.`);
  };
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby="suppress-title" onClose={close}>
      <form onSubmit={(event) => { void submit(event); }}>
        <h2 id="suppress-title">{lifts ? `Let ${rule} count again?` : `Suppress ${rule}?`}</h2>
        <p>{violation.sourceModule ?? violation.name}{violation.targetModule != null && ` → ${violation.targetModule}`}</p>
        <p className="quiet">{lifts ? `It is suppressed by ${violation.adrReference ?? 'a decision'}. Lifted, it counts as before and may block the deployment.` : 'It stays listed and no longer blocks. The decision record says why it may stand; who decided it, and why, stays in the audit log.'}</p>
        {!lifts && <><label htmlFor="suppress-adr">Decision record</label><input id="suppress-adr" required maxLength={200} placeholder="ADR-7" value={adr} onChange={(event) => setAdr(event.target.value)} autoFocus /></>}
        <label htmlFor="suppress-reason">Reason</label>
        <textarea id="suppress-reason" rows={3} required maxLength={2000} value={reason} onChange={(event) => setReason(event.target.value)} />
        {error !== undefined && <p role="alert" className="light bad"><Shape tone="bad" />{refusalText(error)}</p>}
        <p className="actions">
          <button type="submit" className="button primary" disabled={fetching || reason.trim() === '' || (!lifts && adr.trim() === '')}>{lifts ? 'Let it count again' : 'Suppress it'}</button>
          <button type="button" className="button" onClick={() => dialog.current?.close()}>Cancel</button>
        </p>
      </form>
    </dialog>
  );
}
