/* The three streams. Pressing one makes what it has to say stand out below. */
import type { VerdictPartsFragment } from '../../generated/graphql';
import { Shape } from '../parts/Status';
import { lensNames, lensQuestions, streamTones, streamWords } from '../parts/words';
import { useSelection } from '../state/selection';

export function Streams({ streams }: { readonly streams: VerdictPartsFragment['streams'] }) {
  const lens = useSelection((selection) => selection.lens);
  const toggle = useSelection((selection) => selection.toggleLens);
  return (
    <section className="streams" aria-label="Streams">
      {streams.map((one) => (
        <button type="button" key={one.stream} className={`stream ${streamTones[one.status]}`} aria-pressed={lens === one.stream} onClick={() => toggle(one.stream)}>
          <span className="line"><span className="name">{lensNames[one.stream]}</span> <span className="code">{one.stream}</span>
            <span className="state"><Shape tone={streamTones[one.status]} />{streamWords[one.status]}</span></span>
          <span className="question">{lensQuestions[one.stream]}</span>
          <span className="reason">{one.reason}</span>
        </button>
      ))}
    </section>
  );
}
