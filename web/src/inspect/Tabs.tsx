/* Tabs by the ARIA practice: one of them is in the tab order, arrows, Home and End go from one to the next and show it. */
import { type KeyboardEvent, useRef } from 'react';

interface TabsProperties<Name extends string> {
  readonly label: string;
  readonly tabs: readonly (readonly [Name, string])[];
  readonly counts: Readonly<Partial<Record<Name, number | null>>>;
  readonly shown: Name;
  readonly show: (name: Name) => void;
  readonly panel: string; // id of what they control
}

export function Tabs<Name extends string>({ label, tabs, counts, shown, show, panel }: TabsProperties<Name>) {
  const list = useRef<HTMLDivElement>(null);
  const press = (event: KeyboardEvent) => {
    const at = tabs.findIndex(([name]) => name === shown), last = tabs.length - 1;
    const to = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at === 0 ? last : at - 1, Home: 0, End: last }[event.key];
    const next = to === undefined ? undefined : tabs[to]?.[0];
    if (next === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    show(next);
    list.current?.querySelector<HTMLElement>(`#tab-${next}`)?.focus();
  };
  return (
    <div ref={list} role="tablist" aria-label={label} className="tabs" onKeyDown={press}>
      {tabs.map(([name, title]) => (
        <button type="button" key={name} role="tab" id={`tab-${name}`} aria-selected={shown === name} aria-controls={panel} tabIndex={shown === name ? 0 : -1} onClick={() => show(name)}>
          {title}{counts[name] != null && <span className="count"> {counts[name]}</span>}
        </button>
      ))}
    </div>
  );
}
