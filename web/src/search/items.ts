/* What was found as lines to choose from, each with where it leads. */
import type { SearchGraphQuery, SearchLogQuery } from '../../generated/graphql';
import { viewOfKind } from '../shell/views';
import { momentText } from '../parts/time';
import { type Tone, verdictNames, verdictTone } from '../parts/words';
import { kindNames } from '../parts/kinds';
import { iterationPath, searchOfPlace, searchWith } from '../state/location';
import { nodeKey } from '../state/selection';
import type { Command, CommandPlace } from './commands';

export interface Item {
  readonly id: string;
  readonly title: string;
  readonly sub: string;
  readonly tag: string;
  readonly tone: Tone | null;
  readonly run: () => void | Promise<void>;
}

export interface Section {
  readonly name: string;
  readonly items: readonly Item[];
  readonly total: number | null; // null: more than are listed, nobody counted them
}

export const wordsOf = (text: string): readonly string[] => text.toLowerCase().split(/\s+/).filter((word) => word !== '');

const COMMANDS_MAX = 6;

/** All words must be in the title or the keywords; titles that begin with the text come first. */
const begins = (title: string, words: readonly string[]) => words.length > 0 && wordsOf(title).some((word) => word.startsWith(words[0] ?? ''));

/** Do the words look like the name of a command? Then commands stand first. */
export const meansCommand = (section: Section, text: string): boolean => section.items.some((item) => begins(item.title, wordsOf(text)));

export function commandSection(commands: readonly Command[], text: string, place: CommandPlace, all: boolean): Section {
  const words = wordsOf(text), start = text.toLowerCase().trim();
  const found = commands.filter((one) => (one.available?.(place) ?? true) && words.every((word) => `${one.title} ${one.keywords ?? ''}`.toLowerCase().includes(word)))
    .map((one, index) => ({ one, rank: (start !== '' && one.title.toLowerCase().startsWith(start) ? 0 : words.every((word) => one.title.toLowerCase().includes(word)) ? 1 : 2) * 1000 + index }))
    .sort((a, b) => a.rank - b.rank);
  const listed = all ? found : found.slice(0, COMMANDS_MAX);
  return { name: 'Commands', total: found.length, items: listed.map(({ one }) => ({ id: `command ${one.id}`, title: one.title, sub: one.hint ?? '', tag: '', tone: null, run: () => one.run(place) })) };
}

export type TenantOf = (iterationId: string) => string | null; // to be named in the address; null: need not be

export function graphSections({ iterations, nodes, violations }: SearchGraphQuery, place: CommandPlace, tenantOf: TenantOf): readonly Section[] {
  const here = searchOfPlace(place.search);
  const to = (iterationId: string, view: Parameters<typeof iterationPath>[1], select: string | null) =>
    () => place.navigate(iterationPath(iterationId, view) + searchWith(here, { select, ...(tenantOf(iterationId) === null ? {} : { tenant: tenantOf(iterationId) }) }));
  return [
    { name: 'Iterations', total: iterations?.totalCount ?? 0, items: (iterations?.nodes ?? []).map((one) => {
      const verdict = 'verdict' in one ? one.verdict : null;
      return { id: one.id, title: one.name, sub: one.name === one.nodeId ? '' : one.nodeId, tag: verdict === null ? 'No verdict' : verdictNames[verdict], tone: verdictTone(verdict), run: to(one.nodeId, 'verdict', null) };
    }) },
    { name: 'Nodes', total: nodes?.totalCount ?? 0, items: (nodes?.nodes ?? []).map((one) => ({
      id: one.id, title: one.name, sub: one.name === one.nodeId ? one.iterationId : `${one.nodeId} · ${one.iterationId}`, tag: kindNames[one.kind],
      tone: null, run: to(one.iterationId, viewOfKind(one.kind), nodeKey(one.kind, one.nodeId)),
    })) },
    { name: 'Violations', total: violations?.totalCount ?? 0, items: (violations?.nodes ?? []).map((one) => ({
      id: one.id, title: one.message ?? one.name, sub: `${one.nodeId} · ${one.iterationId}`, tag: one.active ? one.severity.toLowerCase() : 'suppressed',
      tone: !one.active ? 'good' : one.severity === 'BLOCKING' ? 'bad' : 'wait', run: to(one.iterationId, 'architecture', nodeKey('VIOLATION', one.nodeId)),
    })) },
  ];
}

/** An entry of the log leads to its moment, with its node selected. */
export function logSection({ searchLogs }: SearchLogQuery, place: CommandPlace, tenantOf: TenantOf): Section {
  const here = searchOfPlace(place.search);
  return { name: 'Log', total: searchLogs?.totalCount ?? null, items: (searchLogs?.nodes ?? []).map((one) => ({
    id: `log ${one.seq}`, title: one.message ?? one.nodeId, sub: `${one.nodeId} · ${one.iterationId} · ${momentText(one.timestamp)}`, tag: one.eventType.toLowerCase().replaceAll('_', ' '),
    tone: one.level === 'ERROR' ? 'bad' : one.level === 'WARNING' ? 'wait' : null,
    run: () => place.navigate(iterationPath(one.iterationId, viewOfKind(one.nodeKind)) + searchWith(here, {
      asOf: one.timestamp, select: one.nodeKind === 'ITERATION' ? null : nodeKey(one.nodeKind, one.nodeId),
      ...(tenantOf(one.iterationId) === null ? {} : { tenant: tenantOf(one.iterationId) }),
    })),
  })) };
}
