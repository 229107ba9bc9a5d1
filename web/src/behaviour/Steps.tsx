/* The steps of a scenario's last run. The one that failed says why; those behind it were not run and step back. */
import type { ScenarioQuery, StepResult } from '../../generated/graphql';
import { Glyph } from '../parts/Glyph';
import { durationText } from '../parts/words';
import { Failure } from './Failure';
import { StateGlyph } from './StateGlyph';

type Step = Extract<NonNullable<ScenarioQuery['trace']>['node'], { steps: unknown }>['steps'][number];

const words: Record<StepResult, string> = { PASSED: 'passed', FAILED: 'failed', SKIPPED: 'skipped', PENDING: 'pending', UNDEFINED: 'undefined: no code matches it', AMBIGUOUS: 'ambiguous: several match it' };

function StepGlyph({ result }: { readonly result: StepResult | null }) {
  switch (result) {
    case 'PASSED': return <StateGlyph state="passed" />;
    case 'FAILED': case 'AMBIGUOUS': return <StateGlyph state="failed" />;
    case 'SKIPPED': return <StateGlyph state="skipped" />;
    case 'UNDEFINED': case 'PENDING': return <Glyph tone="wait" />;
    case null: return <Glyph tone="idle" />;
  }
}

/** "Given a basket" with its keyword apart, as it is written in the feature. */
function Text({ text }: { readonly text: string }) {
  const found = /^(Given|When|Then|And|But|\*) (.*)$/s.exec(text.trim());
  return found === null ? <>{text}</> : <><strong>{found[1]}</strong> {found[2]}</>;
}

function StepLine({ step }: { readonly step: Step }) {
  return (
    <li className={`step ${step.result?.toLowerCase() ?? 'unknown'}`}>
      <StepGlyph result={step.result} />
      <span className="text"><Text text={step.text} /><span className="hidden">: {step.result === null ? 'no result' : words[step.result]}</span></span>
      <span className="took">{step.durationMs !== null && step.result !== 'SKIPPED' && durationText(step.durationMs)}</span>
      {(step.result === 'UNDEFINED' || step.result === 'AMBIGUOUS' || step.result === 'PENDING') && <p className="sub">{words[step.result]}</p>}
      {step.message !== '' && <Failure message={step.message} />}
    </li>
  );
}

export function Steps({ steps }: { readonly steps: readonly Step[] }) {
  if (steps.length === 0) return <p className="quiet">The report had no steps: JUnit&apos;s has none, Cucumber&apos;s has.</p>;
  return <ol className="steps">{steps.map((step) => <StepLine key={step.eventId} step={step} />)}</ol>;
}
