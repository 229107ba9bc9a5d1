// page_architecture.test.mjs: the ACC lens in a real browser: components and modules, the matrix, coupling, violations. See browser.mjs.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { findings, rowNamed, shot, skip, started, visit } from './browser.mjs';

const TECH_DEBT = '/iterations/Iter-Golden-TechDebt/architecture';
const drawing = (page) => page.getByRole('group', { name: /^Components and modules of / });

test('what breaks the architecture is seen at once, in words and in the drawing, in both themes', { skip }, async (t) => {
  const server = await started(t);
  const { page, said } = await visit(t, server, TECH_DEBT);
  await drawing(page).waitFor();
  for (const text of ['Blocking violations = 0', 'Cycles = 0', 'Mean instability < 0.7']) await page.getByText(text).waitFor();
  await page.getByText('4 does not hold').waitFor();
  for (const theme of ['Dark', 'Light']) {
    await page.getByLabel('Theme').selectOption(theme);
    await page.waitForTimeout(300);
    await shot(page, `architecture-graph-${theme.toLowerCase()}`);
    assert.deepEqual(await findings(page), [], theme);
  }
  assert.deepEqual(said, []);
  await server.stop();
});

test('the graph has a table that says the same, and the filter narrows it', { skip }, async (t) => {
  const server = await started(t);
  const { page, said } = await visit(t, server, TECH_DEBT);
  await drawing(page).waitFor();
  await page.getByRole('button', { name: 'Table' }).click();
  const repository = rowNamed(page, 'packages/delivery/src/adapters/repository.ts');
  await repository.waitFor();
  assert.match(await repository.innerText(), /Delivery\s+adapters-know-no-api \(blocking\)[\s\S]*in a cycle/);
  assert.equal(await page.getByRole('rowheader').count(), 80);
  await page.getByRole('combobox', { name: 'Component' }).selectOption('Payment');
  await repository.waitFor({ state: 'detached' });
  assert.equal(await page.getByRole('rowheader').count(), 8);
  assert.match(page.url(), /[?&]component=Payment/);
  await page.getByRole('button', { name: 'Clear' }).click();
  await page.getByRole('combobox', { name: 'Severity' }).selectOption('Blocking');
  await repository.waitFor();
  assert.ok(await page.getByRole('rowheader').count() < 10);
  assert.deepEqual(said, []);
  await server.stop();
});

test('components fold and unfold by keyboard, and the address holds it', { skip }, async (t) => {
  const server = await started(t);
  const { page, said } = await visit(t, server, TECH_DEBT);
  await drawing(page).waitFor();
  await page.getByRole('button', { name: 'Fold all', exact: true }).click();
  assert.match(page.url(), /[?&]folded=all/);
  await drawing(page).focus();
  await page.keyboard.press('ArrowRight');
  await page.getByText(/^Component \w+, folded: 8 modules/).waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => !/folded=all/.test(url.search) && /folded=/.test(url.search));
  await page.getByRole('button', { name: 'Unfold all' }).click();
  assert.match(page.url(), /[?&]folded=none/);
  assert.deepEqual(said, []);
  await server.stop();
});

const matrix = (page) => page.getByRole('grid', { name: /^Dependency structure matrix of / });
const cell = (page) => page.getByRole('gridcell');

test('the matrix is walked by keyboard: what closes a cycle is found, said and kept in the address', { skip }, async (t) => {
  const server = await started(t);
  const { page, said } = await visit(t, server, `${TECH_DEBT}?show=matrix`);
  await matrix(page).focus();
  assert.equal(await matrix(page).getAttribute('aria-rowcount'), '38', 'components in which nothing is wrong are folded');
  await page.keyboard.press('Control+End');
  await page.keyboard.press('n');
  await cell(page).filter({ hasText: 'domain/compartment in Locker depends on adapters/repository in Payment, weight 2, blocking violation of domain-knows-no-adapters' }).waitFor();
  await page.keyboard.press('n');
  await cell(page).filter({ hasText: 'adapters/repository in Delivery depends on api/routes in Delivery, weight 2, closes a cycle, blocking violation of adapters-know-no-api' }).waitFor();
  await page.keyboard.press('Enter');
  const pinned = page.getByRole('region', { name: 'The dependency' });
  await pinned.getByText('packages/delivery/src/adapters/repository.ts → packages/delivery/src/api/routes.ts').waitFor();
  await pinned.getByText('Closes a cycle').waitFor();
  await page.reload();
  await pinned.getByText('Closes a cycle').waitFor();
  await pinned.getByRole('button', { name: 'api/routes in Delivery' }).click();
  await page.getByRole('complementary', { name: 'Selected' }).getByRole('heading', { name: 'packages/delivery/src/api/routes.ts' }).waitFor();
  for (const theme of ['Dark', 'Light']) {
    await page.getByLabel('Theme').selectOption(theme);
    await page.waitForTimeout(300);
    await shot(page, `architecture-matrix-${theme.toLowerCase()}`);
    assert.deepEqual(await findings(page), [], theme);
  }
  assert.deepEqual(said, []);
  await server.stop();
});

test('a folded component is one line whose cells are sums; by level nothing is folded and all above the diagonal closes a cycle', { skip }, async (t) => {
  const server = await started(t);
  const { page, said } = await visit(t, server, `${TECH_DEBT}?show=matrix`);
  await matrix(page).focus();
  await page.getByRole('button', { name: 'Fold all', exact: true }).click();
  await page.getByText('10 × 10').waitFor();
  await page.getByRole('button', { name: 'Table' }).click();
  await page.getByRole('row', { name: /^component Operations component Payment \d+ +no-foreign-database/ }).waitFor();
  const weights = (await page.getByRole('row').allInnerTexts()).slice(1).map((row) => Number(row.split('\t')[2]));
  const answer = await server.post('/graphql', JSON.stringify({ query: '{ getDSMMatrix(iterationId: "Iter-Golden-TechDebt", by: COMPONENT) { rows { component { nodeId } } cells { row column weight } } }' }), { 'content-type': 'application/json' });
  const { rows, cells } = answer.json.data.getDSMMatrix;
  const between = cells.filter((one) => rows[one.row].component.nodeId !== rows[one.column].component.nodeId);
  assert.equal(weights.reduce((sum, one) => sum + one, 0), between.reduce((sum, one) => sum + one.weight, 0));
  await page.getByRole('combobox', { name: 'Order' }).selectOption('By level');
  await page.getByText('80 × 80').waitFor();
  assert.equal((await page.getByRole('row').filter({ hasText: 'closes one' }).allInnerTexts()).length, 3);
  assert.match(page.url(), /[?&]order=level/);
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export as CSV' }).click()]);
  const lines = readFileSync(await file.path(), 'utf8').trim().split('\r\n');
  assert.equal(lines.length, 81);
  assert.ok(lines.every((line) => line.split(',').length === 82));
  assert.deepEqual(said, []);
  await server.stop();
});

test('the pointer: a cell says both ends and its imports, pressing it keeps it, a name selects, the strip folds', { skip }, async (t) => {
  const server = await started(t);
  const { page, said } = await visit(t, server, `${TECH_DEBT}?show=matrix&folded=all`);
  await page.getByText('10 × 10').waitFor();
  const size = 26; // of a cell, when there is room
  const at = async (row, column) => { const box = await matrix(page).boundingBox(); return [box.x + 230 + (column + 0.5) * size, box.y + 138 + (row + 0.5) * size]; };
  await page.mouse.move(...await at(1, 0));
  await page.getByText('component Notification → component Identity').waitFor();
  await page.getByText('packages/notification/src/application/notify.ts').first().waitFor();
  await page.mouse.click(...await at(1, 0));
  await page.getByRole('region', { name: 'The dependency' }).getByText(/^Weight \d+/).waitFor();
  const [x, y] = await at(1, 0);
  await page.mouse.click(x - 150, y); // the row's name
  await page.getByRole('complementary', { name: 'Selected' }).getByRole('heading', { name: 'Notification' }).waitFor();
  const [stripX, stripY] = await at(1, 0); // what is selected now takes room
  await page.mouse.click(stripX - 235, stripY);
  await page.getByText('17 × 17').waitFor();
  assert.deepEqual(said, []);
  await server.stop();
});
