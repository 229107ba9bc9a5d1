/* A status is a shape, a word and a colour, always all three: disc with tick, octagon with cross, broken ring. */
import type { StreamStatus, VerdictKind } from '../../generated/graphql';
import { streamTones, streamWords, type Tone, verdictNames, verdictTone } from './words';

export function Shape({ tone, className }: { readonly tone: Tone; readonly className?: string }) {
  return (
    <svg className={`shape ${tone} ${className ?? ''}`} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {tone === 'good' && <><circle className="body" cx="12" cy="12" r="11" /><path className="mark" d="M6.8 12.6l3.5 3.5 7-7.6" /></>}
      {tone === 'bad' && <><path className="body" d="M7.5 1h9L23 7.5v9L16.5 23h-9L1 16.5v-9z" /><path className="mark" d="M8 8l8 8M16 8l-8 8" /></>}
      {tone === 'wait' && <><circle className="ring" cx="12" cy="12" r="9.5" /><path className="hand" d="M12 7v5.4l3.4 2" /></>}
    </svg>
  );
}

export function VerdictBadge({ verdict }: { readonly verdict: VerdictKind | null }) {
  const tone = verdictTone(verdict);
  return <span className={`badge ${tone}`}><Shape tone={tone} />{verdict === null ? 'No verdict' : verdictNames[verdict]}</span>;
}

export function StreamLight({ status }: { readonly status: StreamStatus | null }) {
  if (status === null) return <span className="light none">–<span className="hidden"> no data</span></span>;
  const tone = streamTones[status];
  return <span className={`light ${tone}`}><Shape tone={tone} />{streamWords[status]}</span>;
}
