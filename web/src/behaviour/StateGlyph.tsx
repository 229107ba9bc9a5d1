/* The glyph of a scenario's state: a shape of its own for each, so that colour only says it once more. */
import { Glyph } from '../parts/Glyph';
import { Shape } from '../parts/Status';
import type { ScenarioState } from './model';

export function StateGlyph({ state }: { readonly state: ScenarioState | 'running' }) {
  switch (state) {
    case 'passed': return <Shape tone="good" />;
    case 'failed': return <Shape tone="bad" />;
    case 'running': return <Glyph tone="run" />;
    case 'notRun': return <Glyph tone="idle" />;
    case 'flaky': return (
      <svg className="shape state-flaky" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><circle className="ring" cx="12" cy="12" r="10" /><path className="line" d="M6.5 13.5c2-4 3.6-4 5.5-1.5s3.5 2.5 5.5-1.5" /></svg>
    );
    case 'quarantined': return (
      <svg className="shape state-quiet" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><circle className="line" cx="12" cy="12" r="9.5" /><path className="line" d="M5.5 18.5l13-13" /></svg>
    );
    case 'skipped': return (
      <svg className="shape state-quiet" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path className="line" d="M5 6.5l5.5 5.5L5 17.5M13 6.5l5.5 5.5-5.5 5.5" /></svg>
    );
  }
}
