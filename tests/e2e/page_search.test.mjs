// page_search.test.mjs: search and commands in a browser: found from anywhere, by the keyboard alone, and led to the right place.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findings, heading, rowNamed, shot, skip, started, visit } from './browser.mjs';
import { event } from './server.mjs';

const json = { 'content-type': 'application/json' };
const dialog = (page) => page.getByRole('dialog', { name: 'Search and commands' });
const field = (page) => dialog(page).getByRole('combobox');
const options = (page, section) => dialog(page).getByRole('group', { name: section }).getByRole('option');
const selected = (page) => dialog(page).getByRole('option', { selected: true });
const at = (page) => new URL(page.url());

async function search(page, text) {
  await page.getByRole('button', { name: 'Search' }).waitFor();
  await page.keyboard.press('Control+k');
  await field(page).waitFor();
  await page.keyboard.type(text);
}

test('Ctrl-K finds nodes, violations and log entries, each in its section, and a node opens its iteration in its lens, selected', { skip }, async (t) => {
  const server = await started(t);
  const { page, said } = await visit(t, server, '/');
  await rowNamed(page, 'Iter-Golden-AllPass').waitFor();
  await search(page, 'bundle size');
  await options(page, 'Nodes').first().getByText('Check bundle size').waitFor();
  assert.equal(await field(page).evaluate((one) => one === document.activeElement), true, 'the focus stays in the field');
  assert.equal(await selected(page).count(), 1);
  assert.equal(await field(page).getAttribute('aria-activedescendant'), await selected(page).getAttribute('id'));
  await page.keyboard.press('Enter');
  await dialog(page).waitFor({ state: 'detached' });
  await heading(page, 'Iter-Golden-AllPass', { level: 1 }).waitFor();
  assert.equal(at(page).pathname, '/iterations/Iter-Golden-AllPass/execution');
  assert.equal(at(page).searchParams.get('select'), 'TASK:gate-bundle');
  await page.goto(server.url);
  await search(page, 'adapters may not');
  await options(page, 'Violations').first().waitFor();
  await options(page, 'Violations').first().click();
  assert.equal(at(page).pathname, '/iterations/Iter-Golden-TechDebt/architecture');
  assert.match(at(page).searchParams.get('select'), /^VIOLATION:adapters-know-no-api:/);
  await page.goto(server.url);
  await search(page, 'golden-pipe');
  await options(page, 'Iterations').getByText('Iter-Golden-PipelineIssue').click();
  await heading(page, 'Iter-Golden-PipelineIssue', { level: 1 }).waitFor();
  assert.deepEqual(said, []);
  await server.stop();
});

test('a log entry leads to its moment, with its node selected', { skip }, async (t) => {
  const server = await started(t);
  const { page } = await visit(t, server, '/');
  await search(page, 'too many requests to the registry');
  const line = options(page, 'Log').filter({ hasText: 'task failed' }).filter({ hasText: 'SystemicFailure' });
  await line.getByText('7 Mar 2025, 10:49:11 UTC').waitFor();
  await line.click();
  await page.getByRole('complementary', { name: 'Moment' }).getByText('7 Mar 2025, 10:49:11 UTC').waitFor();
  assert.equal(at(page).pathname, '/iterations/Iter-Golden-SystemicFailure/execution');
  assert.equal(at(page).searchParams.get('asOf'), '2025-03-07T10:49:11.377Z');
  assert.equal(at(page).searchParams.get('select'), 'TASK:notification-tests');
  await server.stop();
});

test('the newest answer wins, however late the older one comes', { skip }, async (t) => {
  const server = await started(t);
  const { page } = await visit(t, server, '/');
  let held = 0;
  await page.route('**/graphql', async (route) => {
    if (/"query":"check bundle/.test(route.request().postData() ?? '')) {
      held += 1;
      await new Promise((resolve) => { setTimeout(resolve, 1500); });
    }
    await route.continue().catch(() => {});
  });
  await search(page, 'check bundle');
  await page.waitForTimeout(400); // it has been asked
  await field(page).fill('licences');
  await options(page, 'Nodes').getByText('Check licences').first().waitFor();
  await page.waitForTimeout(1600);
  assert.ok(held > 0, 'the older question was asked');
  assert.equal(await dialog(page).getByText('Check bundle size').count(), 0);
  await server.stop();
});

test('arrows walk round, Page Down goes to the next section, Escape gives the focus back', { skip }, async (t) => {
  const server = await started(t);
  const { page } = await visit(t, server, '/');
  const link = rowNamed(page, 'Iter-Golden-AllPass').getByRole('link');
  await link.focus();
  await search(page, 'delivery');
  await options(page, 'Log').first().waitFor();
  const chosen = () => selected(page).innerText();
  const first = await chosen();
  await page.keyboard.press('ArrowDown');
  assert.notEqual(await chosen(), first);
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  const all = await dialog(page).getByRole('option').allInnerTexts();
  assert.equal(await chosen(), all.at(-1), 'up from the first is the last');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('PageDown');
  assert.equal(await chosen(), await dialog(page).getByRole('group').nth(1).getByRole('option').first().innerText());
  await page.keyboard.press('Escape');
  await dialog(page).waitFor({ state: 'detached' });
  assert.equal(await link.evaluate((one) => one === document.activeElement), true);
  await page.getByRole('button', { name: 'Search' }).click();
  await field(page).fill('qqqqqqq');
  await dialog(page).getByText('Nothing found.').waitFor();
  await server.stop();
});

test('commands do things: a lens, the theme, now, the link, dead letters, an export', { skip }, async (t) => {
  const server = await started(t);
  const { page, said } = await visit(t, server, '/iterations/Iter-Golden-AllPass?asOf=2025-03-03T10:15:00Z', { acceptDownloads: true, permissions: ['clipboard-read', 'clipboard-write'] });
  await heading(page, 'Iter-Golden-AllPass', { level: 1 }).waitFor();
  const command = async (text) => { await search(page, text); await options(page, 'Commands').first().waitFor(); await page.keyboard.press('Enter'); await dialog(page).waitFor({ state: 'detached' }); };
  await command('>execution');
  await page.waitForURL(/\/execution\?asOf/);
  await command('copy link');
  await page.getByText('The link to this view is copied').waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), page.url());
  await command('jump');
  await page.waitForURL((url) => !url.searchParams.has('asOf'));
  await command('light theme');
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'light');
  const [download] = await Promise.all([page.waitForEvent('download'), command('export verdict')]);
  assert.equal(download.suggestedFilename(), 'verdict-Iter-Golden-AllPass.json');
  await command('dead letters');
  await heading(page, 'No dead letters').waitFor();
  await search(page, '>');
  assert.equal(await dialog(page).getByRole('group').count(), 1, 'commands only');
  assert.equal(await options(page, 'Commands').filter({ hasText: 'Jump to now' }).count(), 0, 'what makes no sense here is not there');
  assert.deepEqual(said, []);
  await server.stop();
});

test('within an iteration its own nodes are found, or all; and what was searched for comes back', { skip }, async (t) => {
  const server = await started(t);
  const { page } = await visit(t, server, '/iterations/Iter-Golden-TechDebt');
  await heading(page, 'Iter-Golden-TechDebt', { level: 1 }).waitFor();
  await search(page, 'bundle size');
  await options(page, 'Nodes').first().waitFor();
  assert.equal(await options(page, 'Nodes').count(), 1);
  await dialog(page).getByRole('checkbox', { name: 'Only in Iter-Golden-TechDebt' }).uncheck();
  await options(page, 'Nodes').nth(4).waitFor();
  await options(page, 'Nodes').first().click();
  await page.reload();
  await heading(page, 'Iter-Golden-AllPass', { level: 1 }).waitFor();
  await page.keyboard.press('Control+k');
  await options(page, 'Recent searches').getByText('bundle size').waitFor();
  await page.keyboard.press('Enter');
  assert.equal(await field(page).inputValue(), 'bundle size');
  await options(page, 'Nodes').first().waitFor();
  await server.stop();
});

test('what is found in another tenant is opened there', { skip }, async (t) => {
  const server = await started(t, { empty: true });
  await server.post('/api/v1/events?tenant=globex', JSON.stringify(event({ iteration_id: 'theirs', event_type: 'TASK_STARTED', node_id: 'far-away' })), json);
  const { page } = await visit(t, server, '/');
  await rowNamed(page, 'theirs tenant globex').or(page.getByRole('row').filter({ hasText: 'tenant globex' })).first().waitFor();
  await search(page, 'far-away');
  await options(page, 'Nodes').first().click();
  await heading(page, 'theirs', { level: 1 }).waitFor();
  assert.equal(at(page).searchParams.get('tenant'), 'globex');
  await server.stop();
});

for (const theme of ['dark', 'light']) {
  test(`axe finds nothing and the pictures are kept (${theme})`, { skip }, async (t) => {
    const server = await started(t);
    const { page, said } = await visit(t, server, '/iterations/Iter-Golden-SystemicFailure', { colorScheme: theme, reducedMotion: 'reduce' });
    await heading(page, 'Iter-Golden-SystemicFailure', { level: 1 }).waitFor();
    await page.keyboard.press('Control+k');
    await options(page, 'Commands').first().waitFor();
    await shot(page, `search-commands-${theme}`);
    assert.deepEqual(await findings(page), []);
    await field(page).fill('delivery');
    await options(page, 'Log').first().waitFor();
    await shot(page, `search-${theme}`);
    assert.deepEqual(await findings(page), []);
    await page.setViewportSize({ width: 390, height: 844 });
    await shot(page, `search-phone-${theme}`);
    assert.deepEqual(said, []);
    await server.stop();
  });
}
