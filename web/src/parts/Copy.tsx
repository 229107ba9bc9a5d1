/* A button that puts a text on the clipboard, and says that it did. */
import { useEffect, useState } from 'react';
import { copyText } from './clipboard';

const SHOWN_MS = 1500;

export function Copy({ text, what }: { readonly text: string; readonly what: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <button type="button" className="copy" onClick={() => { void copyText(text).then(setCopied); }} title={`Copy ${what}`}>
      <svg viewBox="0 0 16 16" aria-hidden="true">{copied ? <path d="M3 8.5l3.5 3.5L13 4.5" /> : <path d="M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3" />}</svg>
      <span className="hidden" role={copied ? 'status' : undefined}>{copied ? `Copied ${what}` : `Copy ${what}`}</span>
    </button>
  );
}
