/* What the lens is narrowed to, and which components are folded. All of it stands in the address, so it can be sent to somebody. */
import { useCallback, useMemo, useRef } from 'react';
import { useParameter } from '../state/location';
import type { Severity, Structure, Violation } from './model';

export interface Filter {
  readonly rule: string;
  readonly severity: Severity | '';
  readonly component: string;
  readonly text: string;
}

export interface FilterControl {
  readonly filter: Filter;
  readonly active: boolean;
  readonly set: (name: keyof Filter, value: string) => void;
}

export function useFilter(): FilterControl {
  const [rule, setRule] = useParameter('rule');
  const [severity, setSeverity] = useParameter('severity');
  const [component, setComponent] = useParameter('component');
  const [text, setText] = useParameter('find');
  const known = severity === 'BLOCKING' || severity === 'WARNING' || severity === 'INFO' ? severity : '';
  const filter = useMemo((): Filter => ({ rule, severity: known, component, text: text.toLowerCase() }), [rule, known, component, text]);
  const set = useCallback((name: keyof Filter, value: string) => ({ rule: setRule, severity: setSeverity, component: setComponent, text: setText })[name](value), [setRule, setSeverity, setComponent, setText]);
  return { filter, active: rule !== '' || known !== '' || component !== '' || text !== '', set };
}

export function violationMatches(structure: Structure, filter: Filter, one: Violation): boolean {
  if (filter.rule !== '' && one.ruleId !== filter.rule) return false;
  if (filter.severity !== '' && one.severity !== filter.severity) return false;
  const touches = (moduleId: string | null | undefined) => moduleId != null && structure.modules.get(moduleId)?.component?.nodeId === filter.component;
  if (filter.component !== '' && !touches(one.module?.nodeId) && !touches(one.targetModule)) return false;
  return filter.text === '' || [one.ruleId, one.message, one.sourceModule, one.targetModule, one.adrReference].some((words) => words?.toLowerCase().includes(filter.text) === true);
}

/** By component and text; rule and severity keep the modules that a violation left is about. null: all. */
export function modulesLeft(structure: Structure, filter: Filter): ReadonlySet<string> | null {
  if (filter.rule === '' && filter.severity === '' && filter.component === '' && filter.text === '') return null;
  const left = new Set<string>();
  if (filter.rule !== '' || filter.severity !== '') {
    for (const one of structure.graph.violations) {
      if (!violationMatches(structure, filter, one)) continue;
      for (const end of [one.module?.nodeId, one.sourceModule, one.targetModule]) if (end != null) left.add(end);
    }
    return left;
  }
  for (const one of structure.graph.modules) {
    if (filter.component !== '' && one.component?.nodeId !== filter.component) continue;
    if (filter.text === '' || one.name.toLowerCase().includes(filter.text) || structure.components.get(one.component?.nodeId ?? '')?.name.toLowerCase().includes(filter.text) === true) left.add(one.nodeId);
  }
  return left;
}

export interface Folding {
  readonly folded: ReadonlySet<string>; // ids of components
  readonly toggle: (component: string) => void;
  readonly foldAll: () => void;
  readonly unfoldAll: () => void;
  readonly reset: () => void; // those in trouble open, the others folded
}

const LARGE_MODULES = 40;

/** Where the address says nothing, components in which nothing is wrong are folded, once there is more than fits a window. That is
 * decided when an iteration is first shown and then left alone, so that nothing moves when time does. */
export function useFolding(iterationId: string, structure: Structure | null): Folding {
  const [parameter, setParameter] = useParameter('folded');
  const first = useRef<{ readonly of: string; readonly folded: ReadonlySet<string> } | null>(null);
  const all = useMemo(() => (structure === null ? [] : structure.graph.components.map((one) => one.nodeId).filter((id) => structure.membersOf.has(id))), [structure]);
  if (structure !== null && first.current?.of !== iterationId) {
    const large = structure.graph.modules.length > LARGE_MODULES;
    first.current = { of: iterationId, folded: new Set(large ? all.filter((id) => !structure.troubled.has(id)) : []) };
  }
  const decided = first.current?.folded;
  const folded = useMemo((): ReadonlySet<string> => {
    if (parameter === '') return decided ?? new Set();
    if (parameter === 'all') return new Set(all);
    return new Set(parameter === 'none' ? [] : parameter.split(',').map(decodeURIComponent));
  }, [parameter, decided, all]);
  return useMemo(() => ({
    folded,
    toggle: (component) => {
      const next = all.filter((id) => folded.has(id) !== (id === component));
      setParameter(next.length === 0 ? 'none' : next.length === all.length ? 'all' : next.map(encodeURIComponent).join(','));
    },
    foldAll: () => setParameter('all'),
    unfoldAll: () => setParameter('none'),
    reset: () => { first.current = null; setParameter(''); },
  }), [folded, all, setParameter]);
}
