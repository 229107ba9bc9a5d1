import { Glyph } from '../parts/Glyph';
import { signs } from '../time/difference';

export function Legend({ compared, grouped }: { readonly compared: boolean; readonly grouped: boolean }) {
  return (
    <>
      <span><Glyph tone="good" />done</span>
      <span><Glyph tone="run" />running</span>
      <span><Glyph tone="wait" />retrying, blocked</span>
      <span><Glyph tone="bad" />failed</span>
      <span><Glyph tone="idle" />not begun, not checked</span>
      <span><svg className="sample" viewBox="0 0 24 24" aria-hidden="true"><path d="M12 2l10 10-10 10L2 12z" /></svg>interface</span>
      <span><svg className="sample" viewBox="0 0 24 24" aria-hidden="true"><path d="M8 3h8l5 5v8l-5 5H8l-5-5V8z" /></svg>gate</span>
      <span><svg className="sample" viewBox="0 0 24 24" aria-hidden="true"><rect x="1" y="6" width="22" height="12" rx="6" /></svg>contract</span>
      <span><i className="critical" />critical path</span>
      <span><i className="inferred" />inferred</span>
      {compared && <span>{signs.added} added, {signs.removed} removed, {signs.changed} changed</span>}
      {grouped && <span className="quiet">press a group or Enter to unfold it</span>}
    </>
  );
}
