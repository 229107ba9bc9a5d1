/* The bytes as they came: JSON set out, other text as it is, anything else as a hex dump. Text is only ever text here, whatever it holds. */
import { useMemo, useState } from 'react';
import type { RawEncoding } from '../../generated/graphql';
import { countText } from '../parts/words';

const SHOWN_CHARACTERS = 100_000, DUMPED_BYTES = 4096;

/** undefined: it is no JSON. */
export function prettyJson(raw: string): string | undefined {
  try {
    return JSON.stringify(JSON.parse(raw), null, 2);
  } catch {
    return undefined;
  }
}

function hexDump(base64: string): string {
  const bytes = atob(base64).slice(0, DUMPED_BYTES), lines = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = [...bytes.slice(at, at + 16)];
    const hex = row.map((one) => one.charCodeAt(0).toString(16).padStart(2, '0')).join(' ');
    lines.push(`${at.toString(16).padStart(6, '0')}  ${hex.padEnd(47)}  ${row.map((one) => (one >= ' ' && one <= '~' ? one : '·')).join('')}`);
  }
  return lines.join('\n');
}

interface OriginalProperties {
  readonly raw: string | null;
  readonly encoding: RawEncoding | null;
  readonly bytes: number;
}

export function Original({ raw, encoding, bytes }: OriginalProperties) {
  const [asSent, setAsSent] = useState(false);
  const pretty = useMemo(() => (raw === null || encoding !== 'TEXT' ? undefined : prettyJson(raw)), [raw, encoding]);
  if (raw === null) return <p className="quiet">Its bytes are not kept any more: it has left the queue.</p>;
  const text = encoding === 'BASE64' ? hexDump(raw) : asSent || pretty === undefined ? raw : pretty;
  const cut = encoding === 'BASE64' ? bytes > DUMPED_BYTES : text.length > SHOWN_CHARACTERS;
  return (
    <section aria-labelledby="original-title">
      <h3 id="original-title">As it was sent <span className="count">{countText(bytes)} bytes{encoding === 'BASE64' ? ', no text' : pretty === undefined ? ', no JSON' : ''}</span></h3>
      <pre className="original" tabIndex={0} aria-label="Original bytes">{text.slice(0, SHOWN_CHARACTERS)}</pre>
      {cut && <p className="quiet">The beginning is shown; the whole is at <code>GET /api/v1/dlq/…</code>.</p>}
      {pretty !== undefined && pretty !== raw && <p><button type="button" className="button" aria-pressed={asSent} onClick={() => setAsSent(!asSent)}>Exactly as sent</button></p>}
    </section>
  );
}
