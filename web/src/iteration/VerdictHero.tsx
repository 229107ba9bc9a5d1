import type { VerdictPartsFragment } from '../../generated/graphql';
import { Shape } from '../parts/Status';
import { At } from '../parts/time';
import { verdictNames, verdictTone } from '../parts/words';

/** The sentence as a sentence. */
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

export function VerdictHero({ verdict }: { readonly verdict: VerdictPartsFragment }) {
  const tone = verdictTone(verdict.verdict);
  const gate = verdict.deployable ? 'good' : tone === 'wait' ? 'wait' : 'bad';
  const override = verdict.gate.override;
  return (
    <section className={`hero ${tone}`} aria-label="Verdict" aria-live="polite">
      <Shape tone={tone} className="large" />
      <div className="said">
        <h2>{verdictNames[verdict.verdict]}</h2>
        <p>{capital(verdict.meaning)}</p>
      </div>
      <div className={`gate ${gate}`}>
        <h3><Shape tone={gate} />{verdict.deployable ? 'Deployable' : 'Not deployable'}</h3>
        <p>{capital(verdict.gate.sentence.replace(/^(Not d|D)eployable: /, ''))}</p>
        {override !== null && (
          <p className="override">{override.inForce ? 'Opened' : 'Was opened'} by {override.actor}: “{override.reason}”{override.expiresAt !== null && <> until <At moment={override.expiresAt} /></>}</p>
        )}
      </div>
    </section>
  );
}
