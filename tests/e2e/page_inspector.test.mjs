// page_inspector.test.mjs: the panel that shows what is selected: by the keyboard, with the event that made it so, what matters of each kind, as wide as one likes.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findings, shot, skip, started, visit } from './browser.mjs';
import { event, run, scratch } from './server.mjs';

const shop = fileURLToPath(new URL('../fixtures/shop/layering-breach', import.meta.url));
const SHOP = 'shop-layering-breach';
const files = [['events', 'events.ndjson'], ['turborepo', 'turbo-run.json'], ['cucumber-messages', 'cucumber.ndjson'], ['junit', 'junit.xml'], ['dependency-cruiser', 'dependency-cruiser.json']];

function withShop(t) {
  const data = scratch(t);
  for (const [format, file] of files) {
    const done = run(['import', format, join(shop, file), '--iteration', SHOP, '--commit', '4f2c11d', '--data', data]);
    assert.equal(done.code, 0, done.err);
  }
  return data;
}

const panel = (page) => page.getByRole('complementary', { name: 'Selected' });
const at = (kind, id, view = 'execution') => `/iterations/${SHOP}/${view}?select=${encodeURIComponent(`${kind}:${id}`)}`;

test('the event that made it so is shown as it was sent, and copied', { skip }, async (t) => {
  const server = await started(t, { data: withShop(t), empty: true });
  const { page, said } = await visit(t, server, at('INTERFACE_CONTRACT', 'PricingAPI:v1'), { colorScheme: 'light', reducedMotion: 'reduce', permissions: ['clipboard-read', 'clipboard-write'] });
  await panel(page).getByRole('heading', { name: 'PricingAPI:v1' }).waitFor();
  const legs = panel(page).getByRole('list', { name: 'Its three legs' });
  await legs.getByText('Locked by task @shop/pricing#contract.').waitFor();
  assert.equal(await legs.getByRole('listitem').count(), 3);
  await panel(page).getByText(/^Event /).click();
  const whole = panel(page).getByRole('region', { name: /^Event \d+$/ });
  const sent = JSON.parse(await whole.innerText());
  assert.equal(sent.event_type, 'CONTRACT_LOCKED');
  assert.equal(sent.contract_id, 'PricingAPI');
  await panel(page).getByRole('button', { name: 'Copy the event' }).click();
  await panel(page).getByText('Copied the event').waitFor();
  assert.deepEqual(JSON.parse(await page.evaluate(() => navigator.clipboard.readText())), sent);
  assert.deepEqual(await findings(page), []);
  await shot(page, 'inspector-contract-light');
  await panel(page).getByRole('tab', { name: /^History/ }).click();
  await panel(page).getByText(/^Event /).first().click();
  await panel(page).getByRole('region', { name: /^Event \d+$/ }).waitFor();
  assert.deepEqual(said, []);
  await server.stop();
});

test('tabs answer to the arrow keys, Escape lets go, and the focus is where it was', { skip }, async (t) => {
  const server = await started(t, { data: withShop(t), empty: true });
  const { page, said } = await visit(t, server, `/iterations/${SHOP}/behaviour`);
  const row = page.getByRole('treegrid').getByRole('row').nth(2);
  await row.focus();
  await page.keyboard.press('Enter');
  const tab = panel(page).getByRole('tab');
  await tab.first().focus();
  const names = (await tab.allInnerTexts()).map((name) => name.replace(/\s*\d+$/, ''));
  assert.deepEqual(names, ['Scenario', 'Facts', 'Links', 'History']);
  const shown = () => panel(page).getByRole('tab', { selected: true }).innerText();
  await page.keyboard.press('ArrowRight');
  assert.match(await shown(), /^Facts/);
  await page.keyboard.press('End');
  assert.match(await shown(), /^History/);
  await page.keyboard.press('ArrowRight');
  assert.match(await shown(), /^Scenario/, 'round');
  assert.equal(await panel(page).locator('[role="tab"][tabindex="0"]').count(), 1, 'one of them is in the tab order');
  await page.keyboard.press('Escape');
  await panel(page).waitFor({ state: 'detached' });
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute('role')), 'row');
  assert.ok(!page.url().includes('select='));
  assert.deepEqual(said, []);
  await server.stop();
});

test('what matters of a task, a module and a violation comes first', { skip }, async (t) => {
  const server = await started(t, { data: withShop(t), empty: true });
  for (const fields of [{ event_type: 'TASK_STARTED' }, { event_type: 'TASK_RETRYING', retry_count: 2, max_retries: 3, error_message: 'disk full' }]) {
    const sent = await server.post('/api/v1/events', JSON.stringify(event({ iteration_id: SHOP, node_id: 'T-late', ...fields, timestamp: Date.now() })), { 'content-type': 'application/json' });
    assert.equal(sent.status, 200, sent.text);
  }
  const { page, said } = await visit(t, server, at('TASK', 'T-late'));
  const glance = panel(page).getByRole('region', { name: 'At a glance' });
  await glance.getByText('disk full').waitFor();
  assert.match(await glance.innerText(), /Retries\s+2/);
  await page.goto(server.url + at('CODE_MODULE', 'packages/catalog/dist/listing.js', 'architecture'));
  await glance.getByText('Instability').waitFor();
  assert.match(await glance.innerText(), /Needed by \(Ca\)\s+\d+\s+Needs \(Ce\)\s+\d+/);
  const [violation] = (await server.get(`/api/v1/acc/graph/${SHOP}/violations`)).json.violations;
  await page.goto(server.url + at('VIOLATION', violation.id, 'architecture'));
  await glance.getByText('Severity').waitFor();
  await glance.getByText('Rule').waitFor();
  assert.deepEqual(said, []);
  await server.stop();
});

test('it follows what happens, and keeps the width it was given', { skip }, async (t) => {
  const server = await started(t, { data: withShop(t), empty: true });
  const { page, said } = await visit(t, server, at('TASK', '@shop/pricing#build'));
  await panel(page).getByRole('heading', { name: '@shop/pricing#build' }).waitFor();
  const edge = panel(page).getByRole('separator', { name: 'Width of the panel' });
  const before = Number(await edge.getAttribute('aria-valuenow'));
  await edge.focus();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  assert.equal(Number(await edge.getAttribute('aria-valuenow')), before + 48);
  const wide = (await panel(page).boundingBox()).width;
  await page.reload();
  await panel(page).getByRole('heading', { name: '@shop/pricing#build' }).waitFor();
  assert.equal((await panel(page).boundingBox()).width, wide, 'after a reload as well');
  const versions = Number(/\d+/.exec(await panel(page).getByRole('tab', { name: /^History/ }).innerText())[0]);
  const sent = await server.post('/api/v1/events', JSON.stringify(event({ iteration_id: SHOP, event_type: 'TASK_FAILED', node_id: '@shop/pricing#build', error_message: 'no memory', timestamp: Date.now() })), { 'content-type': 'application/json' });
  assert.equal(sent.status, 200, sent.text);
  await panel(page).getByRole('tab', { name: `History ${versions + 1}` }).waitFor();
  await panel(page).getByText('failed', { exact: true }).first().waitFor();
  assert.deepEqual(said, []);
  await server.stop();
});
