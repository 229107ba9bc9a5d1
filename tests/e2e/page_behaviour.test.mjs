// page_behaviour.test.mjs: the behaviour lens: what fails comes first, its steps say why, its runs lead to their moments; narrowed, sorted, quarantined, live,
// linked with the other views, and smooth with ten thousand scenarios. See browser.mjs.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { scenarioEvents } from '../../bench/page/scenarios.mjs';
import { findings, shot, skip, started, visit } from './browser.mjs';
import { event, run, scratch } from './server.mjs';

const SHOP = 'shop-behaviour-bug'; // as its events name it
const shop = fileURLToPath(new URL('../fixtures/shop/behaviour-bug', import.meta.url));

function withShop(t) {
  const data = scratch(t);
  for (const [format, file] of [['events', 'events.ndjson'], ['turborepo', 'turbo-run.json'], ['cucumber-messages', 'cucumber.ndjson'], ['junit', 'junit.xml'], ['dependency-cruiser', 'dependency-cruiser.json']]) {
    const done = run(['import', format, join(shop, file), '--iteration', SHOP, '--commit', '4f2c11d', '--data', data]);
    assert.equal(done.code, 0, done.err);
  }
  return data;
}

function withScenarios(t, features, scenarios) {
  const data = scratch(t);
  const input = [...scenarioEvents(features, scenarios, 'Iter-B')].map((one) => JSON.stringify(one)).join('\n');
  const done = run(['import', 'events', '-', '--data', data], { input });
  assert.equal(done.code, 0, done.err);
  return data;
}

const tree = (page, iteration) => page.getByRole('treegrid', { name: `Scenarios of ${iteration}` });
const rows = (page, iteration) => tree(page, iteration).getByRole('row');
const panel = (page) => page.getByRole('complementary', { name: 'Selected' });

test('what fails comes first, and its failing step says what was expected', { skip }, async (t) => {
  const server = await started(t, { data: withShop(t), empty: true });
  const { page, said, elsewhere } = await visit(t, server, '/iterations/shop-behaviour-bug/behaviour', { colorScheme: 'light', reducedMotion: 'reduce' });
  await rows(page, SHOP).nth(1).waitFor();
  assert.match(await rows(page, SHOP).nth(1).innerText(), /What a cart costs/);
  assert.equal(await rows(page, SHOP).nth(1).getAttribute('aria-expanded'), 'true');
  assert.match(await rows(page, SHOP).nth(1).innerText(), /10\s+failed/);
  const figures = await page.getByText('Scenarios passed').locator('..').innerText();
  assert.match(figures, /83\.87 %.*blocks.*≥ 90 %, target ≥ 95 %/s);
  await rows(page, SHOP).filter({ hasText: 'BOOKWORM on 1 of BOOK-03 to NL' }).click();
  const steps = panel(page).getByRole('listitem');
  await steps.filter({ hasText: 'the tax is 1.35 EUR: failed' }).waitFor();
  const expectation = panel(page).getByRole('list', { name: 'Expected and actual' });
  assert.match(await expectation.innerText(), /expected\s*1\.35 EUR[\s\S]*was\s*2\.70 EUR/);
  assert.match(await steps.filter({ hasText: 'And the total is' }).innerText(), /skipped/);
  await panel(page).getByRole('button', { name: 'PricingAPI:v1' }).waitFor();
  assert.deepEqual(await findings(page), []);
  await shot(page, 'behaviour-light');
  await page.emulateMedia({ colorScheme: 'dark' });
  assert.deepEqual(await findings(page), []);
  await shot(page, 'behaviour-dark');
  assert.deepEqual(said, []);
  assert.deepEqual(elsewhere, []);
  await server.stop();
});

test('a run leads to its moment, and the strip stays whole there', { skip }, async (t) => {
  const server = await started(t, { data: withScenarios(t, 4, 10), empty: true });
  const { page, said } = await visit(t, server, '/iterations/Iter-B/behaviour?outcome=flaky');
  const row = rows(page, 'Iter-B').filter({ hasText: 'flaky 100 %' });
  await row.getByRole('img', { name: '4 runs, 2 failed; the last one passed' }).waitFor();
  await row.click();
  const runs = panel(page).getByRole('link', { name: /^Look at the run that/ });
  await runs.nth(3).waitFor();
  assert.match(await runs.nth(2).getAttribute('aria-label'), /failed, \d+ ms, commit 9e41d07c33, 2 Mar 2026/);
  await runs.nth(2).click();
  await page.waitForURL(/asOf=2026-03-02T10/);
  await panel(page).getByText('failed', { exact: true }).first().waitFor();
  assert.equal(await runs.count(), 4, 'the runs after this moment are ways as well');
  await page.getByText('1 of 40 scenarios match.').waitFor();
  assert.deepEqual(said, []);
  await server.stop();
});

test('state, words and tags narrow the list, order sorts it, and the address has all of it', { skip }, async (t) => {
  const server = await started(t, { data: withScenarios(t, 6, 20), empty: true });
  const { page, said } = await visit(t, server, '/iterations/Iter-B/behaviour');
  const narrow = page.getByRole('group', { name: 'Narrow the list' });
  await narrow.getByRole('button', { name: /^failed/ }).click();
  await page.getByText('4 of 120 scenarios match.').waitFor();
  await narrow.getByRole('searchbox', { name: 'Search scenarios' }).fill('smoke');
  await page.getByText(/^[0-3] of 120 scenarios match/).waitFor();
  await page.getByRole('button', { name: 'Show all' }).click();
  await page.getByText('scenarios match').waitFor({ state: 'detached' });
  await narrow.getByRole('combobox', { name: 'Tag' }).selectOption('@requirement:R-1');
  await page.getByRole('combobox', { name: 'Order' }).selectOption('slowest');
  await page.waitForURL(/tag=%40requirement%3AR-1.*sort=slowest|sort=slowest.*tag=/);
  const narrowed = await rows(page, 'Iter-B').count();
  await page.reload();
  await rows(page, 'Iter-B').nth(1).waitFor();
  assert.equal(await rows(page, 'Iter-B').count(), narrowed, 'the same after a reload');
  await page.getByRole('button', { name: 'Fold all', exact: true }).click();
  await page.waitForFunction((grid) => document.querySelector(grid)?.querySelectorAll('[aria-level="2"]').length === 0, '[role="treegrid"]');
  assert.deepEqual(said, []);
  await server.stop();
});

test('the keyboard alone walks, folds, selects and lets go', { skip }, async (t) => {
  const server = await started(t, { data: withScenarios(t, 3, 10), empty: true });
  const { page } = await visit(t, server, '/iterations/Iter-B/behaviour');
  await rows(page, 'Iter-B').nth(1).focus();
  const focused = () => page.evaluate(() => document.activeElement.getAttribute('aria-rowindex'));
  const open = () => page.evaluate(() => document.activeElement.getAttribute('aria-expanded'));
  assert.equal(await open(), 'true');
  await page.keyboard.press('ArrowLeft');
  await page.waitForFunction(() => document.activeElement.getAttribute('aria-expanded') === 'false');
  await page.keyboard.press('ArrowRight');
  await page.waitForFunction(() => document.activeElement.getAttribute('aria-expanded') === 'true');
  await page.keyboard.press('ArrowDown');
  await page.waitForFunction(() => document.activeElement.getAttribute('aria-level') === '2');
  await page.keyboard.press('Enter');
  await panel(page).waitFor();
  await page.keyboard.press('End');
  await page.waitForFunction(() => document.activeElement.getAttribute('aria-rowindex') === '34');
  await page.keyboard.press('ArrowLeft');
  await page.waitForFunction(() => document.activeElement.getAttribute('aria-level') === '1');
  assert.notEqual(await focused(), '2');
  await server.stop();
});

test('a scenario is quarantined and released with a reason, and the views follow', { skip }, async (t) => {
  const server = await started(t, { data: withShop(t), empty: true });
  const { page, said } = await visit(t, server, '/iterations/shop-behaviour-bug/behaviour');
  const row = rows(page, SHOP).filter({ hasText: 'BOOKWORM on 1 of BOOK-03 to NL' });
  await row.click();
  await panel(page).getByRole('button', { name: 'Quarantine…' }).click();
  const act = panel(page).getByRole('button', { name: 'Quarantine', exact: true });
  assert.equal(await act.isDisabled(), true, 'not without a reason');
  await panel(page).getByRole('textbox', { name: 'Reason' }).fill('tax tables change next week');
  await act.click();
  await panel(page).getByText('tax tables change next week').waitFor();
  await row.getByText('quarantined').waitFor();
  await row.getByRole('deletion').waitFor();
  await page.getByRole('group', { name: 'Narrow the list' }).getByRole('button', { name: 'quarantined 1' }).waitFor();
  await panel(page).getByRole('button', { name: 'Release from quarantine…' }).click();
  await panel(page).getByRole('textbox', { name: 'Reason' }).fill('done');
  await panel(page).getByRole('button', { name: 'Release', exact: true }).click();
  await panel(page).getByRole('button', { name: 'Quarantine…' }).waitFor();
  await row.getByRole('deletion').waitFor({ state: 'detached' });
  assert.deepEqual(said, []);
  await server.stop();
});

test('who may not quarantine is told so, and at a past moment nobody may', { skip }, async (t) => {
  const server = await started(t, { data: withShop(t), empty: true, auth: true });
  const made = await server.post('/api/v1/tokens', JSON.stringify({ name: 'reader', role: 'viewer' }), { 'content-type': 'application/json' });
  assert.equal(made.status, 201, made.text);
  const { page } = await visit(t, server, `/?token=${made.json.token}`);
  await page.getByRole('link', { name: SHOP }).waitFor();
  await page.goto(`${server.url}/iterations/shop-behaviour-bug/behaviour?outcome=failed`);
  await rows(page, SHOP).nth(2).click();
  const button = panel(page).getByRole('button', { name: 'Quarantine…' });
  await button.waitFor();
  await panel(page).getByText('Your role, viewer, may not decide this; an engineer or an administrator may.').waitFor();
  assert.equal(await button.isDisabled(), true);
  await server.stop();
});

test('an outcome that is posted is seen at once, and what is selected elsewhere stands out here', { skip }, async (t) => {
  const server = await started(t, { data: withShop(t), empty: true });
  const { page, said } = await visit(t, server, '/iterations/shop-behaviour-bug/behaviour?select=REQUIREMENT%3AREQ-PRICE-3');
  await page.getByText('Live', { exact: true }).waitFor();
  await page.getByRole('button', { name: /^Only what REQ-PRICE-3 is linked with/ }).click();
  await page.getByText('3 of 93 scenarios match.').waitFor();
  const row = rows(page, SHOP).filter({ hasText: 'Shipping of 2 t-shirts' });
  assert.match(await row.innerText(), /passed/);
  const id = await page.evaluate(async () => {
    const answer = await fetch('/graphql', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query: '{ searchNodes(query: "Shipping of 2 t-shirts", kinds: [SCENARIO], first: 1) { nodes { nodeId } } }' }) });
    return (await answer.json()).data.searchNodes.nodes[0].nodeId;
  });
  const posted = await server.post('/api/v1/events', JSON.stringify(event({ iteration_id: SHOP, event_type: 'SCENARIO_FAILED', scenario_id: id, node_id: id, timestamp: Date.now(), error_message: 'the van is full' })), { 'content-type': 'application/json' });
  assert.equal(posted.status, 200, posted.text);
  await row.getByText('the van is full').waitFor();
  assert.deepEqual(said, []);
  await server.stop();
});

test('requirements, flakes and the drawing are ways to see the same', { skip }, async (t) => {
  const server = await started(t, { data: withShop(t), empty: true });
  const { page, said } = await visit(t, server, '/iterations/shop-behaviour-bug/behaviour?show=coverage', { colorScheme: 'light', reducedMotion: 'reduce' });
  const coverage = page.getByRole('region', { name: 'Coverage by requirement' });
  await coverage.getByText('9 of 10 requirements are validated by at least one scenario.').waitFor();
  assert.match(await coverage.getByRole('row').nth(1).innerText(), /Fails/);
  await coverage.getByRole('row').filter({ hasText: 'Not covered' }).waitFor();
  assert.deepEqual(await findings(page), []);
  await shot(page, 'behaviour-requirements-light');
  await coverage.getByRole('button', { name: 'Vouchers lower the taxed amount' }).click();
  await page.waitForURL(/select=REQUIREMENT%3AREQ-PRICE-2/);
  await page.getByRole('button', { name: /^Flaky/ }).click();
  const flakes = page.getByRole('region', { name: 'Flake report' });
  await flakes.getByRole('row').nth(1).getByRole('img').waitFor();
  assert.deepEqual(await findings(page), []);
  await page.getByRole('button', { name: 'Drawing' }).click();
  await page.getByRole('group', { name: `Behaviour of ${SHOP}` }).waitFor();
  await shot(page, 'behaviour-drawing-light');
  await page.getByRole('button', { name: 'Table' }).click();
  await page.getByRole('region', { name: `Behaviour of ${SHOP}, as a table` }).getByRole('button', { name: 'BOOKWORM on 1 of BOOK-03 to NL' }).click();
  await panel(page).getByRole('heading', { name: 'BOOKWORM on 1 of BOOK-03 to NL' }).waitFor();
  assert.deepEqual(said, []);
  await server.stop();
});

test('ten thousand scenarios: only what is seen exists, and the list follows the keyboard to its end', { skip }, async (t) => {
  const server = await started(t, { data: withScenarios(t, 200, 50), empty: true });
  const { page, said } = await visit(t, server, '/iterations/Iter-B/behaviour?fold=none');
  await rows(page, 'Iter-B').nth(2).waitFor();
  assert.equal(await tree(page, 'Iter-B').getAttribute('aria-rowcount'), '10201');
  assert.ok(await rows(page, 'Iter-B').count() < 80);
  await rows(page, 'Iter-B').nth(1).focus();
  await page.keyboard.press('End');
  await page.waitForFunction(() => document.activeElement.getAttribute('aria-rowindex') === '10201');
  await page.getByRole('searchbox', { name: 'Search scenarios' }).fill('warns voucher 17');
  await page.getByText(/^\d+ of 10,000 scenarios match/).waitFor();
  assert.ok(await rows(page, 'Iter-B').count() > 1);
  assert.deepEqual(said, []);
  await server.stop();
});

test('where nothing was told, it says which report to import', { skip }, async (t) => {
  const server = await started(t, { empty: true });
  await server.post('/api/v1/events', JSON.stringify(event({ iteration_id: 'it', event_type: 'TASK_STARTED', node_id: 'T1' })), { 'content-type': 'application/json' });
  const { page, said } = await visit(t, server, '/iterations/it/behaviour');
  await page.getByText('trimodal import cucumber-messages FILE --iteration ID').waitFor();
  assert.deepEqual(await findings(page), []);
  assert.deepEqual(said, []);
  await server.stop();
});
