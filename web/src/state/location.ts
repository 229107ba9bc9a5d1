/* The home of what can be linked: which iteration, which moment, which tenant, what the list is narrowed to. All of it is the URL. */
import { useCallback, useMemo } from 'react';
import { useLocation, useSearchParams } from 'wouter';
import { useMoving } from './moving';

export interface Moment {
  readonly asOf: string | null; // V; RFC 3339
  readonly observedAt: string | null; // K
}

/** null: now; undefined: it is no moment. */
function readMoment(text: string | null): string | null | undefined {
  if (text === null || text === '' || text === 'now') return null;
  const ms = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
  return Number.isNaN(ms) || Math.abs(ms) > 8.64e15 ? undefined : new Date(ms).toISOString();
}

function momentsIn(parameters: URLSearchParams) {
  const read = (name: string) => readMoment(parameters.get(name));
  return { asOf: read('asOf'), observedAt: read('observedAt'), compareWith: read('compareWith'), compareKnownAt: read('compareKnownAt') };
}

export interface Place {
  /** The same object as long as it is the same moment. While the thumb of the time bar is dragged it is ahead of the address (state/moving.ts). */
  readonly moment: Moment | null; // null: now
  /** The other moment that the one looked at is compared with; V is always there. null: nothing is compared. */
  readonly mark: Moment | null;
  readonly unreadable: string | null; // the parameter that is no moment
  readonly tenant: string | null; // null: the credential's own
}

export function usePlace(): Place {
  const [parameters] = useSearchParams();
  const moving = useMoving((state) => state.moment);
  const { asOf, observedAt, compareWith, compareKnownAt } = momentsIn(parameters);
  const tenant = parameters.get('tenant');
  const unreadable = Object.entries({ asOf, observedAt, compareWith, compareKnownAt }).find(([, moment]) => moment === undefined)?.[0] ?? null;
  return useMemo(() => {
    const read = asOf == null && observedAt == null ? null : { asOf: asOf ?? null, observedAt: observedAt ?? null };
    const marked = compareWith ?? compareKnownAt ?? null;
    if (unreadable !== null) return { moment: null, mark: null, unreadable, tenant };
    return { moment: moving === undefined ? read : moving, mark: marked === null ? null : { asOf: marked, observedAt: compareKnownAt ?? null }, unreadable, tenant };
  }, [asOf, observedAt, compareWith, compareKnownAt, unreadable, tenant, moving]);
}

/** Changes several parameters at once; null or nothing takes one away. What the address says at that instant counts, so that one change does not
 * undo another that came a moment before. The entry in the history is replaced. */
export function useChangeParameters(): (changes: Readonly<Record<string, string | null>>) => void {
  const [, navigate] = useLocation();
  return useCallback((changes) => {
    const { pathname, search } = window.location, next = searchWith(search, Object.fromEntries(Object.entries(changes).map(([name, value]) => [name, value === '' ? null : value])));
    if (next !== search) navigate(pathname + next, { replace: true });
  }, [navigate]);
}

/** One parameter of the URL; writing replaces the entry in the history, as it is typed letter by letter. */
export function useParameter(name: string): readonly [string, (value: string) => void] {
  const [parameters] = useSearchParams();
  const change = useChangeParameters();
  const set = useCallback((value: string) => change({ [name]: value }), [name, change]);
  return [parameters.get(name) ?? '', set];
}

/** The same search with parameters changed; null takes one away. */
export function searchWith(search: string, changes: Readonly<Record<string, string | null>>): string {
  const next = new URLSearchParams(search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) next.delete(name); else next.set(name, value);
  }
  const text = next.toString();
  return text === '' ? '' : `?${text}`;
}

/** Only what names the moment and the tenant: for a link to another view, which has parameters of its own. */
export function searchOfPlace(search: string): string {
  const was = new URLSearchParams(search), next = new URLSearchParams();
  for (const name of ['asOf', 'observedAt', 'tenant']) {
    const value = was.get(name);
    if (value !== null) next.set(name, value);
  }
  const text = next.toString();
  return text === '' ? '' : `?${text}`;
}

/** What can be looked at of an iteration; each is the last part of its path. The verdict has the iteration's own. */
export type IterationViewName = 'verdict' | 'execution' | 'behaviour' | 'architecture' | 'convergence' | 'traceability';

export function iterationPath(iterationId: string, view: IterationViewName = 'verdict'): string {
  return `/iterations/${encodeURIComponent(iterationId)}${view === 'verdict' ? '' : `/${view}`}`;
}
