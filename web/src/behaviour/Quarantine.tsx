/* Taking a scenario out of the pass rate, and putting it back: a decision of a person, with a reason, on record. Who may not sees why not. */
import { type FormEvent, useId, useState } from 'react';
import { useMutation } from 'urql';
import { LiftQuarantineDocument, QuarantineScenarioDocument } from '../../generated/graphql';
import { refusalText } from '../parts/refusal';
import { Shape } from '../parts/Status';
import { usePlace } from '../state/location';
import { useViewer } from '../data/viewer';
import type { ScenarioWhole } from './ScenarioPane';

/** Who quarantined it, and why; null where the event said neither. */
function onRecord(properties: unknown): string | null {
  const metadata = (properties as { readonly metadata?: { readonly actor?: unknown; readonly reason?: unknown } } | null)?.metadata;
  if (typeof metadata?.reason !== 'string') return null;
  return typeof metadata.actor === 'string' ? `${metadata.actor}: ${metadata.reason}` : metadata.reason;
}

interface ActionProperties {
  readonly iterationId: string;
  readonly scenario: ScenarioWhole;
  readonly refresh: () => void;
}

export function QuarantineAction({ iterationId, scenario, refresh }: ActionProperties) {
  const { moment } = usePlace();
  const viewer = useViewer();
  const [open, setOpen] = useState(false);
  const { quarantined } = scenario;
  const why = moment !== null ? 'Decisions are about now; go back to now to take one.' : viewer !== null && !viewer.may('iteration:write') ? `Your role${viewer.role === null ? '' : `, ${viewer.role},`} may not decide this; an engineer or an administrator may.` : null;
  const recorded = quarantined ? onRecord(scenario.properties) : null;
  return (
    <section className="quarantine">
      <h3>{quarantined ? 'Quarantined' : 'Quarantine'}</h3>
      {recorded !== null && <p className="recorded">{recorded}</p>}
      {open && why === null ? <ReasonForm iterationId={iterationId} scenario={scenario} close={() => setOpen(false)} refresh={refresh} /> : (
        <p><button type="button" className="button" disabled={why !== null || viewer === null} aria-describedby={why === null ? undefined : 'quarantine-why'} onClick={() => setOpen(true)}>{quarantined ? 'Release from quarantine…' : 'Quarantine…'}</button></p>
      )}
      {why !== null && <p id="quarantine-why" className="sub">{why}</p>}
    </section>
  );
}

function ReasonForm({ iterationId, scenario, close, refresh }: { readonly iterationId: string; readonly scenario: ScenarioWhole; readonly close: () => void; readonly refresh: () => void }) {
  const { quarantined } = scenario;
  const id = useId();
  const [reason, setReason] = useState('');
  const [{ fetching: quarantining, error: notQuarantined }, quarantine] = useMutation(QuarantineScenarioDocument);
  const [{ fetching: lifting, error: notLifted }, lift] = useMutation(LiftQuarantineDocument);
  const error = notQuarantined ?? notLifted, busy = quarantining || lifting;
  const send = async (event: FormEvent) => {
    event.preventDefault();
    if (reason.trim() === '' || busy) return;
    const { error: refused } = await (quarantined ? lift : quarantine)({ input: { iterationId, scenarioId: scenario.nodeId, reason: reason.trim() } });
    if (refused !== undefined) return;
    close();
    refresh();
  };
  return (
    <form onSubmit={(event) => { void send(event); }} onKeyDown={(event) => { if (event.key === 'Escape') { event.stopPropagation(); close(); } }}>
      <p className="sub">{quarantined ? 'It counts in the pass rate again, as it ended last.' : 'It goes on running and being shown, but no longer counts in the pass rate, and blocks nothing. That it is flaky still counts.'} The reason goes on record.</p>
      <label htmlFor={id}>Reason</label>
      <textarea id={id} rows={2} required value={reason} autoFocus onChange={(event) => setReason(event.target.value)} />
      {error !== undefined && <p role="alert" className="light bad"><Shape tone="bad" />{refusalText(error)}</p>}
      <p className="actions"><button type="submit" className="button primary" disabled={busy || reason.trim() === ''}>{quarantined ? 'Release' : 'Quarantine'}</button> <button type="button" className="button" onClick={close}>Cancel</button></p>
    </form>
  );
}
