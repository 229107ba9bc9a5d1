/* The home of what a person prefers. It is kept twice: in localStorage, so that the page is right from the first frame on and works
 * without a server that answers, and in the server's saved layouts, so that it is there in the next browser as well.
 *
 * Reading never waits: the copy here is what counts until the server's arrives (data/preferences.ts). What was changed here since then
 * wins over what the server has, key by key. What comes out of storage may be anything: a value of another type than the fallback's
 * counts as none. */
import { useCallback, useState, useSyncExternalStore } from 'react';

export type PreferenceValue = string | number | boolean | null | readonly PreferenceValue[] | { readonly [key: string]: PreferenceValue };
type Values = Readonly<Record<string, PreferenceValue>>;

const KEY = 'trimodal.preferences';
const listeners = new Set<() => void>();
const dirty = new Set<string>(); // changed here, not yet on the server
let values: Values = stored();
let save: (() => void) | null = null;

function stored(): Values {
  try {
    const kept: unknown = JSON.parse(window.localStorage.getItem(KEY) ?? '{}');
    return typeof kept === 'object' && kept !== null && !Array.isArray(kept) ? kept as Values : {};
  } catch {
    return {}; // storage may be forbidden, or hold what is no JSON
  }
}

function put(next: Values): void {
  values = next;
  try {
    window.localStorage.setItem(KEY, JSON.stringify(next));
  } catch { /* then it lasts as long as the page */ }
  applyTheme();
  for (const listener of listeners) listener();
}

const isLike = <T extends PreferenceValue>(value: PreferenceValue | undefined, fallback: T): value is T =>
  value !== undefined && typeof value === typeof fallback && Array.isArray(value) === Array.isArray(fallback) && (value === null) === (fallback === null);

/** What is preferred under this key; the fallback where nothing, or nothing of its type, is known. */
export function preference<T extends PreferenceValue>(key: string, fallback: T): T {
  const value = values[key];
  return isLike(value, fallback) ? value : fallback;
}

export function setPreference(key: string, value: PreferenceValue): void {
  dirty.add(key);
  put({ ...values, [key]: value });
  save?.();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => { listeners.delete(listener); };
}

/** Like useState, but kept. Names are dotted by view: "graph.minimap". */
export function usePreference<T extends PreferenceValue>(key: string, fallback: T): readonly [T, (value: T) => void] {
  const [first] = useState(fallback); // the same object each time, or React would never be content
  const value = useSyncExternalStore(subscribe, () => preference(key, first));
  const set = useCallback((next: T) => setPreference(key, next), [key]);
  return [value, set];
}

/* ---- what keeps them elsewhere (data/preferences.ts) ---- */

export interface PreferenceKeeper {
  readonly unsaved: () => Values | null; // all of them, where one is unsaved; it counts as saved from then on
  readonly take: (kept: unknown) => void;
  readonly failed: (keys: readonly string[]) => void; // those are unsaved again
}

export function keepPreferences(saveSoon: () => void): PreferenceKeeper {
  save = saveSoon;
  if (dirty.size > 0) saveSoon();
  return {
    unsaved: () => {
      if (dirty.size === 0) return null;
      dirty.clear();
      return values;
    },
    take: (kept) => {
      if (typeof kept !== 'object' || kept === null || Array.isArray(kept)) return;
      const own = Object.fromEntries(Object.entries(values).filter(([key]) => dirty.has(key)));
      put({ ...values, ...kept as Values, ...own });
    },
    failed: (keys) => { for (const key of keys) dirty.add(key); },
  };
}

/* ---- the theme: the only one that must be right before anything is drawn ---- */

export type Theme = 'system' | 'dark' | 'light';
const THEME = 'theme';

function readTheme(): Theme {
  const kept = preference<string>(THEME, 'system');
  return kept === 'dark' || kept === 'light' ? kept : 'system';
}

export function applyTheme(): void {
  const theme = readTheme();
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}

export const setTheme = (theme: Theme): void => setPreference(THEME, theme);

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, readTheme);
}

/** Another tab changed something. */
export function watchOtherTabs(): void {
  window.addEventListener('storage', (event) => { if (event.key === KEY) { values = stored(); applyTheme(); for (const listener of listeners) listener(); } });
}
