/* Search and commands under one field (Ctrl-K): a combobox whose list is in sections, by the ARIA authoring practice. The focus stays in
 * the field; arrows walk, Page Up and Down go from section to section, Enter chooses, Escape closes and gives the focus back. */
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import { useQuery } from 'urql';
import { TenantsOfIterationsDocument } from '../../generated/graphql';
import { Shape } from '../parts/Status';
import { countText } from '../parts/words';
import { usePlace } from '../state/location';
import { usePreference } from '../state/preferences';
import '../style/search.css';
import { type CommandPlace, useAllCommands } from './commands';
import { commandSection, graphSections, type Item, logSection, meansCommand, type Section, type TenantOf } from './items';
import { standardCommands } from './standard';
import { CHARACTERS_MIN, useAnswers } from './useAnswers';

const RECENT_MAX = 6;
const noRecent: readonly string[] = [];

/** Whoever sees all tenants finds what is in others; the address must name theirs then. */
function useTenantOf(): TenantOf {
  const { tenant } = usePlace();
  const [{ data }] = useQuery({ query: TenantsOfIterationsDocument, pause: tenant !== null });
  return (iterationId) => {
    if (tenant !== null || data?.me.allTenants !== true) return null;
    const owners = (data.iterations?.nodes ?? []).filter((one) => one.nodeId === iterationId).map((one) => one.tenantId);
    return owners.length === 0 || owners.includes(data.me.tenantId) ? null : owners[0] ?? null;
  };
}

function useSections(text: string, scope: string | null, place: CommandPlace): { sections: readonly Section[]; waiting: boolean; failed: boolean } {
  const added = useAllCommands();
  const { moment } = usePlace();
  const only = text.startsWith('>');
  const asked = only ? '' : text.trim();
  const answers = useAnswers(asked, scope, moment);
  const tenantOf = useTenantOf();
  const commands = commandSection([...added, ...standardCommands], only ? text.slice(1) : text, place, only || asked === '');
  const found = [...(answers.graph === null ? [] : graphSections(answers.graph, place, tenantOf)), ...(answers.log === null ? [] : [logSection(answers.log, place, tenantOf)])];
  const sections = (asked === '' || meansCommand(commands, text) ? [commands, ...found] : [...found, commands]).filter((section) => section.items.length > 0);
  return { sections, waiting: answers.waiting, failed: answers.error !== null };
}

function Option({ item, active, choose }: { readonly item: Item; readonly active: boolean; readonly choose: (item: Item) => void }) {
  const line = useRef<HTMLDivElement>(null);
  useEffect(() => { if (active) line.current?.scrollIntoView({ block: 'nearest' }); }, [active]);
  return (
    <div ref={line} role="option" id={`found ${item.id}`.replaceAll(' ', '-')} aria-selected={active} className="choice" onClick={() => choose(item)}>
      <span className="what">{item.tone !== null && <span className={item.tone}><Shape tone={item.tone} /></span>}<span className="name">{item.title}</span></span>
      {item.tag !== '' && <span className="code">{item.tag}</span>}
      {item.sub !== '' && <span className="sub">{item.sub}</span>}
    </div>
  );
}

interface PaletteProperties {
  readonly place: CommandPlace;
  readonly close: () => void;
}

export function Palette({ place, close }: PaletteProperties) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState('');
  const [within, setWithin] = useState(true); // iterations are found in any case
  const [at, setAt] = useState<string | null>(null); // the item one walked to; null: the first
  const [recent, setRecent] = usePreference<readonly string[]>('search.recent', noRecent);
  const { sections: found, waiting, failed } = useSections(text, within ? place.iterationId : null, place);
  const before: Section = { name: 'Recent searches', total: recent.length, items: recent.map((one) => ({ id: `recent ${one}`, title: one, sub: '', tag: '', tone: null, run: () => setText(one) })) };
  const sections = text === '' && recent.length > 0 ? [before, ...found] : found;
  const items = useMemo(() => sections.flatMap((section) => section.items), [sections]);
  const active = items.find((item) => item.id === at) ?? items[0];
  useEffect(() => { dialog.current?.showModal(); }, []);
  useEffect(() => { setAt(null); }, [text]);
  const choose = (item: Item) => {
    const asked = text.trim();
    if (item.id.startsWith('recent ')) return void item.run();
    if (asked.length >= CHARACTERS_MIN && !asked.startsWith('>')) setRecent([asked, ...recent.filter((one) => one !== asked)].slice(0, RECENT_MAX));
    dialog.current?.close();
    void item.run();
  };
  const walk = (event: KeyboardEvent) => {
    const index = active === undefined ? -1 : items.indexOf(active);
    const starts = sections.map((section) => items.indexOf(section.items[0] as Item));
    const to = { ArrowDown: index + 1, ArrowUp: index - 1, PageDown: starts.find((start) => start > index) ?? index, PageUp: [...starts].reverse().find((start) => start < index) ?? 0 }[event.key];
    if (event.key === 'Enter' && active !== undefined && !event.nativeEvent.isComposing) { event.preventDefault(); choose(active); }
    if (to === undefined || items.length === 0) return;
    event.preventDefault();
    setAt(items[(to + items.length) % items.length]?.id ?? null);
  };
  const said = waiting ? 'Searching…' : failed ? 'The server does not answer; commands work still.' : items.length === 0 ? 'Nothing found.' : `${countText(items.length)} to choose from.`;
  return (
    <dialog ref={dialog} className="palette" aria-label="Search and commands" onClose={close} onClick={(event) => { if (event.target === dialog.current) dialog.current.close(); }}>
      <div className="field">
        <svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="10.5" cy="10.5" r="6.5" /><path d="M15.5 15.5L21 21" /></svg>
        <input type="text" role="combobox" aria-label="Search nodes, violations, the log and commands" aria-expanded={items.length > 0} aria-controls="found-list" aria-autocomplete="list" autoComplete="off" spellCheck={false}
          aria-activedescendant={active === undefined ? undefined : `found ${active.id}`.replaceAll(' ', '-')} placeholder="Search, or > for commands" value={text} onChange={(event) => setText(event.target.value)} onKeyDown={walk} autoFocus />
        <kbd>Esc</kbd>
      </div>
      {place.iterationId !== null && <label className="within"><input type="checkbox" checked={within} onChange={(event) => setWithin(event.target.checked)} />Only in {place.iterationId}</label>}
      <div className="found-list" id="found-list" role="listbox" aria-label="Found">
        {sections.map((section) => (
          <div key={section.name} role="group" aria-label={section.name}>
            <div className="section" aria-hidden="true">{section.name} <span className="count">{section.total === null ? `the newest ${countText(section.items.length)}` : section.total > section.items.length ? `${countText(section.items.length)} of ${countText(section.total)}` : countText(section.items.length)}</span></div>
            {section.items.map((item) => <Option key={item.id} item={item} active={item === active} choose={choose} />)}
          </div>
        ))}
      </div>
      <p className="found-state" role="status">{said}</p>
    </dialog>
  );
}
