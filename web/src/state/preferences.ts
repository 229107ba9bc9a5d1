/* The home of what a person prefers: localStorage, until the server keeps it. */
import { useSyncExternalStore } from 'react';

export type Theme = 'system' | 'dark' | 'light';
const KEY = 'trimodal.theme';
const listeners = new Set<() => void>();

function read(): Theme {
  try {
    const kept = window.localStorage.getItem(KEY);
    return kept === 'dark' || kept === 'light' ? kept : 'system';
  } catch {
    return 'system'; // storage may be forbidden
  }
}

export function applyTheme(): void {
  const theme = read();
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}

export function setTheme(theme: Theme): void {
  try {
    if (theme === 'system') window.localStorage.removeItem(KEY); else window.localStorage.setItem(KEY, theme);
  } catch { /* then it lasts as long as the page */ }
  applyTheme();
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener('storage', listener);
  return () => { listeners.delete(listener); window.removeEventListener('storage', listener); };
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, read);
}
