/* When the parts around an iteration's views come: at once where the address names an iteration, so that nothing waits for the list's code first; else
 * some seconds later, when the list is there and the browser has nothing to do, so that opening an iteration waits for nothing either. */
export const loadShell = () => import('./IterationShell');
export const loadTimeBar = () => import('../time/TimeBar');

const AFTER_MS = 3000;

export function loadSoon(): void {
  const load = () => { void loadShell(); void loadTimeBar(); };
  if (window.location.pathname.startsWith('/iterations/')) load();
  else setTimeout(() => { if ('requestIdleCallback' in window) requestIdleCallback(load); else load(); }, AFTER_MS);
}
