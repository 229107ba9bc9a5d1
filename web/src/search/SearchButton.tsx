/* Where search begins: the button in the top bar, and Ctrl-K or Cmd-K anywhere. The palette itself comes
 * once the page is at rest, so that what is typed right behind the keys is not lost. */
import { lazy, Suspense, useCallback, useEffect, useRef, useState } from 'react';
import { useLocation, useSearch } from 'wouter';
import type { CommandPlace } from './commands';

const loadPalette = () => import('./Palette');
const Palette = lazy(async () => ({ default: (await loadPalette()).Palette }));
const REST_MS = 1500;
const SAID_MS = 5000;
const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);

export function SearchButton() {
  const [open, setOpen] = useState(false);
  const [said, setSaid] = useState('');
  const button = useRef<HTMLButtonElement>(null);
  const before = useRef<Element | null>(null);
  const [path, navigate] = useLocation();
  const search = useSearch();
  const begin = useCallback(() => {
    before.current = document.activeElement;
    setOpen(true);
  }, []);
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
      event.preventDefault();
      if (document.querySelector('dialog[open]') === null) begin();
    };
    window.addEventListener('keydown', key);
    return () => window.removeEventListener('keydown', key);
  }, [begin]);
  useEffect(() => {
    const timer = setTimeout(() => { loadPalette().catch(() => undefined); }, REST_MS); // it is asked for again when it is wanted
    return () => clearTimeout(timer);
  }, []);
  useEffect(() => {
    if (said === '') return undefined;
    const timer = setTimeout(() => setSaid(''), SAID_MS);
    return () => clearTimeout(timer);
  }, [said]);
  const close = () => {
    setOpen(false);
    if (before.current instanceof HTMLElement && before.current !== document.body) before.current.focus(); else button.current?.focus();
  };
  const found = /^\/iterations\/([^/]+)/.exec(path)?.[1];
  const place: CommandPlace = { path, search: search === '' ? '' : `?${search}`, iterationId: found === undefined ? null : decodeURIComponent(found), navigate, say: setSaid };
  return (
    <>
      <button type="button" ref={button} className="search-button" aria-haspopup="dialog" aria-keyshortcuts="Control+K Meta+K" onClick={begin}>
        <svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="10.5" cy="10.5" r="6.5" /><path d="M15.5 15.5L21 21" /></svg>
        <span>Search</span><kbd aria-hidden="true">{isMac ? '⌘' : 'Ctrl'} K</kbd>
      </button>
      {open && <Suspense fallback={null}><Palette place={place} close={close} /></Suspense>}
      <p className="toast" role="status">{said}</p>
    </>
  );
}
