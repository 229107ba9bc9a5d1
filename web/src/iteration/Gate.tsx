/* The deployment gate: open or not, why, and by whom. Who may can open it by hand, with a reason and for a time, and take that back;
 * who may not is told so. Decisions are about now: at another moment they are shown, not made. */
import { useState } from 'react';
import type { VerdictPartsFragment } from '../../generated/graphql';
import { useViewer } from '../data/viewer';
import { Shape } from '../parts/Status';
import { At } from '../parts/time';
import { verdictTone } from '../parts/words';
import { usePlace } from '../state/location';
import { OverrideDialog, WithdrawDialog } from './GateDialogs';

type Verdict = VerdictPartsFragment;

/** The sentence as a sentence. */
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

function Why({ gate }: { readonly gate: Verdict['gate'] }) {
  const { override, basis, sentence } = gate;
  if (override !== null && basis === 'OVERRIDE') {
    return (
      <>
        <p>Opened by hand, against the verdict.</p>
        <p className="override">{override.actor}: “{override.reason}” <span className="until">{override.expiresAt === null ? 'Without end.' : <>Until <At moment={override.expiresAt} />.</>}</span></p>
      </>
    );
  }
  return (
    <>
      <p>{capital(sentence.replace(/^(Not d|D)eployable: /, ''))}</p>
      {override !== null && (
        <p className="override">{override.inForce ? 'It stands open by hand as well' : 'It was opened by hand'}: {override.actor}, “{override.reason}”{override.expiresAt !== null && <> until <At moment={override.expiresAt} /></>}</p>
      )}
    </>
  );
}

interface GateProperties {
  readonly verdict: Verdict;
  readonly decided: () => void;
}

export function Gate({ verdict, decided }: GateProperties) {
  const tone = verdict.deployable ? 'good' : verdictTone(verdict.verdict) === 'wait' ? 'wait' : 'bad';
  return (
    <div className={`gate ${tone}`}>
      <h3><Shape tone={tone} />{verdict.deployable ? 'Deployable' : 'Not deployable'}</h3>
      <Why gate={verdict.gate} />
      <Decide verdict={verdict} decided={decided} />
    </div>
  );
}

function Decide({ verdict, decided }: GateProperties) {
  const viewer = useViewer();
  const { moment } = usePlace();
  const [asked, setAsked] = useState<'override' | 'withdraw' | null>(null);
  const stands = verdict.gate.override?.inForce === true;
  const close = () => setAsked(null);
  if (viewer === null || moment !== null) return null;
  if (!viewer.may('iteration:write')) {
    return verdict.deployable && !stands ? null : <p className="quiet may-not">{stands ? 'To withdraw that' : 'To open it by hand'} takes the role engineer; yours is {viewer.role ?? 'none'}.</p>;
  }
  return (
    <>
      {(!verdict.deployable || stands) && (
        <p className="decide">
          {!stands && <button type="button" className="button" onClick={() => setAsked('override')}>Override the gate…</button>}
          {stands && <button type="button" className="button" onClick={() => setAsked('withdraw')}>Withdraw the override…</button>}
          {stands && <button type="button" className="button" onClick={() => setAsked('override')}>Change it…</button>}
        </p>
      )}
      {asked === 'override' && <OverrideDialog verdict={verdict} subject={viewer.subject} close={close} decided={decided} />}
      {asked === 'withdraw' && <WithdrawDialog verdict={verdict} subject={viewer.subject} close={close} decided={decided} />}
    </>
  );
}
