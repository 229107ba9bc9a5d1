/* The glyph of a node's state on the page; on the canvas graph/glyphs.ts draws the same. */
import type { GraphTone } from '../graph/model';
import { Shape } from './Status';

export function Glyph({ tone }: { readonly tone: GraphTone }) {
  if (tone === 'good' || tone === 'bad' || tone === 'wait') return <Shape tone={tone} />;
  return (
    <svg className={`shape ${tone}`} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {tone === 'run' ? <><circle className="body" cx="12" cy="12" r="11" /><path d="M9.5 7.2v9.6l7.6-4.8z" className="cut" /></> : <circle className="open" cx="12" cy="12" r="9" />}
    </svg>
  );
}
