// page_preferences.test.mjs: what a person prefers is there after a reload, in the next browser, and while the server keeps nothing; and
// whose browser it is: signing in from any view, and out again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heading, skip, started, visit } from './browser.mjs';

const theme = (page) => page.getByRole('combobox', { name: 'Theme' });
const ground = (page) => page.evaluate(() => document.documentElement.dataset.theme ?? 'system');

async function until(condition, what) {
  for (let i = 0; i < 100; i++) {
    if (await condition()) return;
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
  assert.fail(what);
}

test('a preference reaches the next browser through the server, and what is changed there comes back', { skip }, async (t) => {
  const server = await started(t, { empty: true });
  const kept = async () => (await server.get('/api/v1/layouts/page.preferences')).json?.layout ?? {};
  const first = await visit(t, server, '/', { colorScheme: 'light' });
  await theme(first.page).selectOption('dark');
  assert.equal(await ground(first.page), 'dark', 'at once');
  await until(async () => (await kept()).theme === 'dark', 'the server keeps it');
  const second = await visit(t, server, '/', { colorScheme: 'light' });
  await second.page.waitForFunction(() => document.documentElement.dataset.theme === 'dark');
  await theme(second.page).selectOption('light');
  await until(async () => (await kept()).theme === 'light', 'the server keeps the change');
  await first.page.reload();
  await first.page.waitForFunction(() => document.documentElement.dataset.theme === 'light');
  assert.deepEqual([...first.said, ...second.said], []);
  await server.stop();
});

test('a server that keeps nothing costs nobody a preference', { skip }, async (t) => {
  const server = await started(t, { empty: true });
  const { page } = await visit(t, server, '/', { colorScheme: 'light' });
  await page.route('**/graphql', (route) => (/avedLayouts|SavePreferences/.test(route.request().postData() ?? '') ? route.abort() : route.continue()));
  await page.reload();
  await theme(page).selectOption('dark');
  await page.reload();
  await theme(page).waitFor();
  assert.equal(await ground(page), 'dark');
  await page.evaluate(() => localStorage.setItem('trimodal.preferences', '[1'));
  await page.reload();
  await theme(page).waitFor();
  assert.equal(await ground(page), 'system', 'what is no JSON counts as nothing');
  await server.stop();
});

test('signing in leads back to the view that was asked for, and the command signs out', { skip }, async (t) => {
  const server = await started(t, { auth: true });
  const link = async () => (await server.post('/api/v1/tokens/link', '{}', { 'content-type': 'application/json' })).json;
  const { page } = await visit(t, server, '/compare?left=Iter-Golden-AllPass&right=Iter-Golden-TechDebt');
  await heading(page, 'Sign in').waitFor();
  const made = await link();
  await page.getByLabel('Link or token').fill(made.link ?? made.url ?? made.token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await heading(page.getByRole('region', { name: 'Right' }), 'Architectural erosion').waitFor();
  for (const path of ['/system', '/dead-letters']) {
    await page.goto(server.url + path);
    await page.getByRole('heading', { level: 1 }).waitFor();
    assert.equal(await heading(page, 'Sign in').count(), 0, path);
  }
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: /^Search nodes/ }).fill('sign out');
  await page.keyboard.press('Enter');
  await page.getByText('You are not signed in.').waitFor();
  await page.goto(`${server.url}/system`);
  await heading(page, 'Sign in').waitFor();
  await server.stop();
});
