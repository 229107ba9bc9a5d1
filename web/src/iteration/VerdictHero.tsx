import type { VerdictPartsFragment } from '../../generated/graphql';
import { Shape } from '../parts/Status';
import { verdictNames, verdictTone } from '../parts/words';
import { Gate } from './Gate';

interface HeroProperties {
  readonly verdict: VerdictPartsFragment;
  readonly decided: () => void; // a person decided about the gate: ask again
}

/** The sentence as a sentence. */
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

export function VerdictHero({ verdict, decided }: HeroProperties) {
  const tone = verdictTone(verdict.verdict);
  return (
    <section className={`hero ${tone}`} aria-label="Verdict" aria-live="polite">
      <Shape tone={tone} className="large" />
      <div className="said">
        <h2>{verdictNames[verdict.verdict]}</h2>
        <p>{capital(verdict.meaning)}</p>
      </div>
      <Gate verdict={verdict} decided={decided} />
    </section>
  );
}
