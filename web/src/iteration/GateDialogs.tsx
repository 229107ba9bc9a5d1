/* Opening the gate by hand, and taking that back. A reason is asked for, as it goes into the audit log and stands beside the verdict
 * for all to see; and an end, as an exception that nobody ends becomes the rule. */
import { useId, useState } from 'react';
import { useMutation } from 'urql';
import { OverrideGateDocument, type VerdictPartsFragment, WithdrawGateOverrideDocument } from '../../generated/graphql';
import { Dialog } from '../parts/Dialog';
import { refusalText } from '../parts/refusal';
import { momentText } from '../parts/time';
import { verdictNames } from '../parts/words';

interface DialogProperties {
  readonly verdict: VerdictPartsFragment;
  readonly subject: string;
  readonly close: () => void;
  readonly decided: () => void;
}

const HOUR_MS = 3_600_000;
const spans: readonly (readonly [string, string, number | null])[] = [
  ['1h', 'for 1 hour', HOUR_MS], ['4h', 'for 4 hours', 4 * HOUR_MS], ['1d', 'for 1 day', 24 * HOUR_MS], ['7d', 'for 7 days', 168 * HOUR_MS], ['at', 'until a moment…', null], ['none', 'without end', null],
];

/** null: without end; undefined: nothing that can be sent. */
function expiryOf(span: string, at: string): string | null | undefined {
  if (span === 'none') return null;
  const ms = span === 'at' ? Date.parse(`${at}Z`) : Date.now() + (spans.find(([name]) => name === span)?.[2] ?? 0);
  return Number.isNaN(ms) || ms <= Date.now() ? undefined : new Date(ms).toISOString();
}

function Expiry({ span, setSpan, at, setAt }: { readonly span: string; readonly setSpan: (span: string) => void; readonly at: string; readonly setAt: (at: string) => void }) {
  const id = useId();
  const until = expiryOf(span, at);
  return (
    <div className="field">
      <label htmlFor={id}>It stays open</label>
      <span className="field-row">
        <select id={id} value={span} onChange={(event) => setSpan(event.target.value)}>{spans.map(([name, words]) => <option key={name} value={name}>{words}</option>)}</select>
        {span === 'at' && <input type="datetime-local" aria-label="Until, in UTC" value={at} onChange={(event) => setAt(event.target.value)} />}
      </span>
      <span className="sub">{until === undefined ? 'Choose a moment that is still to come; it is read as UTC.' : until === null ? 'Until somebody withdraws it.' : `Until ${momentText(until)}.`}</span>
    </div>
  );
}

function Reason({ text, setText, placeholder }: { readonly text: string; readonly setText: (text: string) => void; readonly placeholder: string }) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>Reason</label>
      <textarea id={id} rows={3} required maxLength={2000} value={text} onChange={(event) => setText(event.target.value)} placeholder={placeholder} autoFocus />
    </div>
  );
}

export function OverrideDialog({ verdict, subject, close, decided }: DialogProperties) {
  const before = verdict.gate.override?.inForce === true ? verdict.gate.override : null;
  const [reason, setReason] = useState(before?.reason ?? '');
  const [span, setSpan] = useState('1d');
  const [at, setAt] = useState('');
  const [{ error, fetching }, override] = useMutation(OverrideGateDocument);
  const expiresAt = expiryOf(span, at);
  const submit = async () => {
    const answer = await override({ iterationId: verdict.iterationId, reason: reason.trim(), expiresAt: expiresAt ?? null });
    if (answer.error === undefined) { decided(); close(); }
  };
  return (
    <Dialog title={before === null ? 'Override the gate?' : 'Change the override?'} close={close} submit={submit} action={before === null ? 'Open the gate' : 'Change it'} tone="danger" ready={reason.trim() !== '' && expiresAt !== undefined} busy={fetching} error={error === undefined ? null : refusalText(error)}>
      <p>{verdict.iterationId} may then be deployed although its verdict is {verdictNames[verdict.verdict].toLowerCase()}. The verdict stays as it is. That {subject} decided it, and why, is shown to everybody and stays in the audit log.</p>
      <Reason text={reason} setText={setReason} placeholder="Who agreed to it, what is done about the cause" />
      <Expiry span={span} setSpan={setSpan} at={at} setAt={setAt} />
    </Dialog>
  );
}

export function WithdrawDialog({ verdict, subject, close, decided }: DialogProperties) {
  const [reason, setReason] = useState('');
  const [{ error, fetching }, withdraw] = useMutation(WithdrawGateOverrideDocument);
  const submit = async () => {
    const answer = await withdraw({ iterationId: verdict.iterationId, reason: reason.trim() });
    if (answer.error === undefined) { decided(); close(); }
  };
  return (
    <Dialog title="Withdraw the override?" close={close} submit={submit} action="Withdraw it" ready={reason.trim() !== ''} busy={fetching} error={error === undefined ? null : refusalText(error)}>
      <p>From now on the verdict decides again: {verdictNames[verdict.verdict].toLowerCase()}. That {subject} withdrew it, and why, stays in the audit log.</p>
      <Reason text={reason} setText={setReason} placeholder="What has changed" />
    </Dialog>
  );
}
