/* The tokens of style/tokens.css as values, for what is drawn on a canvas. They change with the theme, so whoever draws listens. */
import { useSyncExternalStore } from 'react';

export interface Palette {
  readonly ground: string; readonly surface: string; readonly raised: string; readonly line: string; readonly lineStrong: string; readonly text: string; readonly quiet: string;
  readonly accent: string; readonly good: string; readonly bad: string; readonly wait: string; readonly run: string; readonly past: string; readonly flaky: string; readonly cycle: string; readonly onStatus: string;
  readonly added: string; readonly removed: string; readonly changed: string;
  readonly sans: string;
}

const tokens: Record<Exclude<keyof Palette, 'sans'>, string> = {
  ground: '--ground', surface: '--surface', raised: '--raised', line: '--line', lineStrong: '--line-strong', text: '--text', quiet: '--quiet', accent: '--accent',
  good: '--good', bad: '--bad', wait: '--wait', run: '--accent', past: '--past', flaky: '--flaky', cycle: '--cycle', onStatus: '--on-status',
  added: '--added', removed: '--removed', changed: '--changed',
};

/** light-dark() is resolved only where a property takes it: the colour of an element that is never seen. */
function read(): Palette {
  const probe = document.createElement('i');
  probe.hidden = true;
  document.body.append(probe);
  const colour = (token: string) => { probe.style.color = `var(${token})`; return getComputedStyle(probe).color; };
  const palette = Object.fromEntries(Object.entries(tokens).map(([name, token]) => [name, colour(token)]));
  const sans = getComputedStyle(document.body).fontFamily;
  probe.remove();
  return { ...palette, sans } as Palette;
}

let current: Palette | null = null;
const listeners = new Set<() => void>();
const changed = () => { current = null; for (const listener of listeners) listener(); };

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  dark.addEventListener('change', changed);
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  return () => { listeners.delete(listener); dark.removeEventListener('change', changed); observer.disconnect(); };
}

export const palette = (): Palette => (current ??= read());

export function usePalette(): Palette {
  return useSyncExternalStore(subscribe, palette);
}
