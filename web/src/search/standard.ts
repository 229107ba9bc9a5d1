/* The commands that are there in every view. What only one view can do is added by that view. */
import { copyText } from '../parts/clipboard';
import { setTheme, type Theme } from '../state/preferences';
import { iterationPath, searchOfPlace, searchWith } from '../state/location';
import { views } from '../shell/views';
import type { Command, CommandPlace } from './commands';

const onIteration = ({ iterationId }: CommandPlace) => iterationId !== null;

function download(path: string, name: string): void {
  const link = document.createElement('a');
  link.href = path;
  link.download = name;
  link.click();
}

async function copyLink({ say }: CommandPlace): Promise<void> {
  const done = await copyText(window.location.href);
  say(done ? 'The link to this view is copied, with its moment and selection.' : 'The browser does not allow copying; the address bar has the link.');
}

function exportVerdict({ iterationId, search, say }: CommandPlace): void {
  if (iterationId === null) return;
  download(`/api/v1/convergence/${encodeURIComponent(iterationId)}/verdict${searchOfPlace(search)}`, `verdict-${iterationId}.json`);
  say('The verdict is on its way to your downloads.');
}

async function signOut({ say }: CommandPlace): Promise<void> {
  const answer = await fetch('/api/v1/sign-out', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }).catch(() => null);
  if (answer?.ok === true) window.location.assign('/'); else say('There is no session to end.');
}

const themes: readonly (readonly [Theme, string])[] = [['dark', 'Use the dark theme'], ['light', 'Use the light theme'], ['system', 'Use the theme of the system']];

export const standardCommands: readonly Command[] = [
  ...views.map((view): Command => ({
    id: `go.${view.name}`, title: `Go to ${view.title.toLowerCase()}`, keywords: `lens view ${view.lens ?? ''} ${view.name}`, available: onIteration,
    run: ({ iterationId, search, navigate }) => { if (iterationId !== null) navigate(iterationPath(iterationId, view.name) + searchWith(search, {})); },
  })),
  { id: 'time.now', title: 'Jump to now', keywords: 'present moment time back', available: ({ search }) => /[?&](asOf|observedAt)=/.test(search), run: ({ path, search, navigate }) => navigate(path + searchWith(search, { asOf: null, observedAt: null })) },
  { id: 'go.iterations', title: 'Go to all iterations', keywords: 'home list overview', run: ({ search, navigate }) => navigate(`/${searchWith(searchOfPlace(search), { tenant: null })}`) },
  { id: 'go.dead-letters', title: 'Open dead letters', keywords: 'queue rejected replay refused dlq', run: ({ navigate }) => navigate('/dead-letters') },
  { id: 'go.compare', title: 'Compare this iteration with another', keywords: 'difference side by side versus', available: onIteration, run: ({ iterationId, search, navigate }) => navigate(`/compare${searchWith(searchOfPlace(search), { left: iterationId })}`) },
  { id: 'go.system', title: 'Open system health', keywords: 'status intake slo objectives watermark lag memory ready', run: ({ navigate }) => navigate('/system') },
  { id: 'link.copy', title: 'Copy the link to this view', keywords: 'share url address clipboard', run: copyLink },
  { id: 'export.verdict', title: 'Export the verdict as JSON', keywords: 'download save report', available: onIteration, run: exportVerdict },
  ...themes.map(([theme, title]): Command => ({ id: `theme.${theme}`, title, keywords: 'toggle colour mode appearance night day', run: () => setTheme(theme) })),
  { id: 'go.docs', title: 'Open the REST documentation', keywords: 'api openapi swagger help', run: () => window.location.assign('/api/docs') },
  { id: 'go.graphiql', title: 'Explore the GraphQL schema', keywords: 'api graphiql help', run: () => window.location.assign('/graphql') },
  { id: 'session.end', title: 'Sign out', keywords: 'log out leave session', run: signOut },
];
