// page_architecture.test.mjs: the ACC lens in a real browser: components and modules, the matrix, coupling, violations. See browser.mjs.
import assert from 'node:assert/strict';
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
