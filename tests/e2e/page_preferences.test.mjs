// page_preferences.test.mjs: what a person prefers is there after a reload, in the next browser, and while the server keeps nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skip, started, visit } from './browser.mjs';

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
