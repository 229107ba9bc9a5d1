// page_architecture.test.mjs: the ACC lens in a real browser: components and modules, the matrix, coupling, violations. See browser.mjs.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findings, numberNamed, rowNamed, shot, skip, started, visit } from './browser.mjs';
import { event, run, scratch, serve } from './server.mjs';

const TECH_DEBT = '/iterations/Iter-Golden-TechDebt/architecture';
const drawing = (page) => page.getByRole('group', { name: /^Components and modules of / });

test('what breaks the architecture is seen at once, in words and in the drawing, in both themes', { skip }, async (t) => {
  const server = await started(t);
  const { page, said } = await visit(t, server, TECH_DEBT);
  await drawing(page).waitFor();
  for (const [name, needed] of [['Blocking violations', '= 0'], ['Cycles', '= 0'], ['Mean instability', '< 0.7, target < 0.5']]) await numberNamed(page, name).getByText(needed).waitFor();
  await page.getByText('4, blocks').waitFor();
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

/** Where cells are in the window, as the canvas tells: a canvas has no elements to ask. */
const windowOf = async (page) => (await page.locator('[data-window]').getAttribute('data-window')).split(' ').map(Number);
async function placeOf(page, row, column) {
  const box = await matrix(page).boundingBox(), [left, top, size] = await windowOf(page);
  return [box.x + left + (column + 0.5) * size, box.y + top + (row + 0.5) * size];
}

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

test('the matrix opens at a size that can be read, with what is wrong inside the window, and is scrolled', { skip }, async (t) => {
  const server = await started(t);
  const { page, said } = await visit(t, server, `${TECH_DEBT}?show=matrix&folded=none`);
  await page.getByText('80 × 80').waitFor();
  const inside = async (row, column) => { const box = await matrix(page).boundingBox(), [x, y] = await placeOf(page, row, column); return x > box.x && x < box.x + box.width && y > box.y && y < box.y + box.height; };
  await page.locator('[data-window]').waitFor();
  const [, top, size] = await windowOf(page);
  assert.ok(size >= 14, `a cell of ${size} pixels`);
  await page.mouse.move(...await placeOf(page, 35, 36));
  await page.getByText('adapters/repository in Delivery → api/routes in Delivery').waitFor();
  assert.ok(await inside(35, 36));
  await page.mouse.wheel(0, 200);
  await page.waitForFunction((before) => Number(document.querySelector('[data-window]').dataset.window.split(' ')[1]) < before - 150, top);
  await page.getByRole('button', { name: 'Fit', exact: true }).click();
  await page.waitForFunction(() => Number(document.querySelector('[data-window]').dataset.window.split(' ')[2]) < 8);
  assert.ok(await inside(79, 79));
  await matrix(page).focus();
  await page.keyboard.press('1');
  await page.waitForFunction((before) => Number(document.querySelector('[data-window]').dataset.window.split(' ')[2]) === before, size);
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
  const at = (row, column) => placeOf(page, row, column);
  await page.mouse.move(...await at(1, 0));
  await page.getByText('component Notification → component Identity').waitFor();
  await page.getByText('packages/notification/src/application/notify.ts').first().waitFor();
  await page.mouse.click(...await at(1, 0));
  await page.getByRole('region', { name: 'The dependency' }).getByText(/^Weight \d+/).waitFor();
  const [x, y] = await at(1, 0);
  await page.mouse.click(x - 150, y); // the row's name
  await page.getByRole('complementary', { name: 'Selected' }).getByRole('heading', { name: 'Notification' }).waitFor();
  const [, stripY] = await at(1, 0); // what is selected now takes room
  await page.mouse.click((await matrix(page).boundingBox()).x + 8, stripY);
  await page.getByText('17 × 17').waitFor();
  assert.deepEqual(said, []);
  await server.stop();
});

const json = { 'content-type': 'application/json' };
const post = async (server, ...events) => assert.equal((await server.post('/api/v1/events', JSON.stringify(events), json)).status, 200);

test('a violation is suppressed by a decision record and counts again, with reasons, and all numbers follow', { skip }, async (t) => {
  const server = await started(t);
  const { page, said } = await visit(t, server, `${TECH_DEBT}?show=violations`);
  const row = page.getByRole('row').filter({ hasText: 'no-foreign-database' });
  await page.getByRole('button', { name: 'Suppress no-foreign-database' }).click();
  const dialog = page.getByRole('dialog', { name: 'Suppress no-foreign-database?' });
  assert.ok(await dialog.getByRole('button', { name: 'Suppress it' }).isDisabled(), 'without a record and a reason nothing is decided');
  await dialog.getByLabel('Decision record').fill('ADR-12');
  await dialog.getByLabel('Reason').fill('moves to an event next month');
  assert.deepEqual(await findings(page), []);
  await dialog.getByRole('button', { name: 'Suppress it' }).click();
  await page.getByText('no-foreign-database is suppressed by ADR-12.').waitFor();
  await page.getByText('3, blocks').waitFor();
  assert.match(await page.getByRole('row').filter({ hasText: 'no-foreign-database' }).innerText(), /Suppressed\s*blocking[\s\S]*ADR-12/);
  await page.getByRole('button', { name: 'Lift the suppression of no-foreign-database' }).click();
  const lift = page.getByRole('dialog', { name: 'Let no-foreign-database count again?' });
  await lift.getByLabel('Reason').fill('it did not move');
  await lift.getByRole('button', { name: 'Let it count again' }).click();
  await page.getByText('4, blocks').waitFor();
  const audit = await server.post('/graphql', JSON.stringify({ query: '{ auditLog(order: OLDEST) { nodes { action after } } }' }), json);
  assert.deepEqual(audit.json.data.auditLog.nodes.filter((one) => one.action.startsWith('violation.')).map((one) => [one.action, /moves to an event next month|it did not move/.exec(JSON.stringify(one.after))?.[0]]),
    [['violation.suppress', 'moves to an event next month'], ['violation.suppress.lift', 'it did not move']]);
  await page.getByRole('searchbox', { name: 'Find a module or rule' }).fill('foreign');
  await page.getByText('1 of 7').waitFor();
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export as CSV' }).click()]);
  assert.match(readFileSync(await file.path(), 'utf8'), /^violation,rule,severity[\s\S]*no-foreign-database,BLOCKING,ACTIVE/);
  for (const theme of ['Dark', 'Light']) {
    await page.getByLabel('Theme').selectOption(theme);
    await page.getByRole('searchbox', { name: 'Find a module or rule' }).fill('');
    await row.waitFor();
    await shot(page, `architecture-violations-${theme.toLowerCase()}`);
    assert.deepEqual(await findings(page), [], theme);
  }
  assert.deepEqual(said, []);
  await server.stop();
});

test('a violation that is reported while one looks is there at once', { skip }, async (t) => {
  const server = await started(t, { empty: true });
  const told = (fields) => event({ iteration_id: 'it', manifest_name: 'app', ...fields });
  await post(server, told({ event_type: 'MODULE_ANALYZED', node_id: 'a.ts', module_path: 'a.ts', component: 'A' }), told({ event_type: 'MODULE_ANALYZED', node_id: 'b.ts', module_path: 'b.ts', component: 'B' }));
  const { page, said } = await visit(t, server, '/iterations/it/architecture?show=violations');
  await page.getByRole('status', { name: 'Connection' }).getByText('Live').waitFor();
  const row = page.getByRole('row').filter({ hasText: 'domain-first' });
  assert.equal(await row.count(), 0);
  await post(server, told({ event_type: 'VIOLATION_DETECTED', node_id: 'V1', violation_type: 'LAYER_VIOLATION', violation_severity: 'BLOCKING', violation_message: 'the domain knows no API', rule_id: 'domain-first', source_module: 'a.ts', target_module: 'b.ts' }));
  await row.waitFor();
  assert.match(await row.innerText(), /blocking/i);
  await page.getByRole('button', { name: 'Suppress domain-first' }).waitFor();
  assert.deepEqual(said, []);
  await server.stop();
});

test('whoever may only read cannot suppress, and is told why', { skip }, async (t) => {
  const data = scratch(t);
  run(['seed', 'golden', '--data', data]);
  const server = await serve(data, { auth: true });
  t.after(() => server.kill('SIGKILL'));
  const made = await server.post('/api/v1/tokens', JSON.stringify({ name: 'looker', role: 'viewer', tenant: 'default' }), json);
  const { page, said } = await visit(t, server, `/?token=${made.json.token}`);
  await page.getByRole('link', { name: 'Iter-Golden-TechDebt' }).waitFor();
  await page.goto(`${server.url}${TECH_DEBT}?show=violations`);
  await page.getByText('The role viewer may not decide this').waitFor();
  assert.ok(await page.getByRole('button', { name: 'Suppress no-foreign-database' }).isDisabled());
  assert.deepEqual(said, []);
  await server.stop();
});

test('coupling is sorted by what one wants, of modules and of components', { skip }, async (t) => {
  const server = await started(t);
  const { page, said } = await visit(t, server, `${TECH_DEBT}?show=coupling`);
  const first = page.getByRole('rowheader').first();
  const values = async (column) => (await page.getByRole('row').allInnerTexts()).slice(1).map((row) => row.split('\t')[column].trim());
  await first.waitFor();
  const instabilities = (await values(5)).filter((text) => text !== '–').map(Number);
  assert.deepEqual(instabilities, [...instabilities].sort((a, b) => b - a), 'the most unstable first');
  await page.getByRole('button', { name: 'Ca', exact: true }).click();
  await page.getByRole('columnheader', { name: 'Ca' }).and(page.locator('[aria-sort="descending"]')).waitFor();
  const afferent = (await values(3)).map(Number);
  assert.deepEqual(afferent, [...afferent].sort((a, b) => b - a));
  assert.match(page.url(), /[?&]sort=-ca/);
  await page.getByRole('button', { name: 'Components', exact: true }).click();
  assert.equal(await page.getByRole('rowheader').count(), 10);
  await rowNamed(page, 'Payment').getByRole('button').click();
  await page.getByRole('complementary', { name: 'Selected' }).getByRole('heading', { name: 'Payment' }).waitFor();
  for (const theme of ['Dark', 'Light']) {
    await page.getByLabel('Theme').selectOption(theme);
    await shot(page, `architecture-coupling-${theme.toLowerCase()}`);
    assert.deepEqual(await findings(page), [], theme);
  }
  assert.deepEqual(said, []);
  await server.stop();
});

test('a dependency that comes is seen at once, the past shows what was, and two moments are compared', { skip }, async (t) => {
  const server = await started(t, { empty: true });
  const at = Date.now() - 3_600_000;
  const told = (minutes, fields) => event({ iteration_id: 'it', manifest_name: 'app', timestamp: at + minutes * 60_000, ...fields });
  const module = (name, component) => told(0, { event_type: 'MODULE_ANALYZED', node_id: name, module_path: name, component });
  const depends = (minutes, source, target) => told(minutes, { event_type: 'DEPENDENCY_DETECTED', source_module: source, target_module: target, weight: 3 });
  await post(server, module('a/one.ts', 'A'), module('b/two.ts', 'B'), depends(0, 'a/one.ts', 'b/two.ts'));
  const { page, said } = await visit(t, server, '/iterations/it/architecture?show=matrix');
  await matrix(page).focus();
  await cell(page).filter({ hasText: 'itself' }).waitFor();
  await page.keyboard.press('End');
  await cell(page).filter({ hasText: 'b/two in B does not depend on a/one in A' }).waitFor();
  await page.getByRole('status', { name: 'Connection' }).getByText('Live').waitFor();
  await post(server, depends(30, 'b/two.ts', 'a/one.ts'));
  await cell(page).filter({ hasText: 'b/two in B depends on a/one in A, weight 3, part of a cycle' }).waitFor(); // the order is another now, and the focus went with its two ends
  await page.getByRole('region', { name: 'Closes a cycle' }).getByRole('button', { name: 'a/one in A → b/two in B' }).waitFor();
  const before = new Date(at + 10 * 60_000).toISOString(), after = new Date(at + 40 * 60_000).toISOString();
  await page.goto(`${server.url}/iterations/it/architecture?show=matrix&asOf=${before}`);
  await page.getByText('Nothing lies above the diagonal').waitFor();
  await page.goto(`${server.url}/iterations/it/architecture?show=matrix&asOf=${after}&compareWith=${before}`);
  await matrix(page).focus();
  await page.keyboard.press('ArrowDown');
  await cell(page).filter({ hasText: 'b/two in B depends on a/one in A, weight 3, part of a cycle, added' }).waitFor();
  await page.goto(`${server.url}/iterations/it/architecture?show=matrix&asOf=${new Date(at - 60_000).toISOString()}`);
  await page.getByText('It was not there yet at this moment.').waitFor();
  await page.getByText('0 × 0').waitFor();
  assert.deepEqual(said, []);
  await server.stop();
});

test('what is selected elsewhere stands out in the matrix and the graph, and stays in the address', { skip }, async (t) => {
  const server = await started(t);
  const { page, said } = await visit(t, server, `${TECH_DEBT}?select=CODE_MODULE:packages/notification/src/index.ts`);
  await page.getByRole('complementary', { name: 'Selected' }).getByRole('heading', { name: 'packages/notification/src/index.ts' }).waitFor();
  await drawing(page).waitFor();
  await page.getByRole('tab', { name: 'Coupling' }).click();
  assert.equal(await page.getByRole('button', { name: 'index in Notification' }).getAttribute('aria-pressed'), 'true');
  assert.match(page.url(), /select=/);
  assert.deepEqual(said, []);
  await server.stop();
});

test('several analyses: one can be looked at alone, and one that is not done keeps the stream pending', { skip }, async (t) => {
  const server = await started(t, { empty: true });
  const told = (manifest, fields) => event({ iteration_id: 'it', manifest_name: manifest, ...fields });
  await post(server, told('web', { event_type: 'ANALYSIS_STARTED', node_id: 'web' }), told('web', { event_type: 'MODULE_ANALYZED', node_id: 'web/a.ts', module_path: 'web/a.ts' }), told('web', { event_type: 'ANALYSIS_COMPLETED', node_id: 'web' }),
    told('api', { event_type: 'ANALYSIS_STARTED', node_id: 'api' }), told('api', { event_type: 'MODULE_ANALYZED', node_id: 'api/b.ts', module_path: 'api/b.ts' }));
  const { page, said } = await visit(t, server, '/iterations/it/architecture?show=coupling');
  await page.getByText('Analysis of api is running: the stream is pending.').waitFor();
  assert.equal(await page.getByRole('rowheader').count(), 2);
  await page.getByRole('combobox', { name: 'Analysis' }).selectOption('web');
  await page.getByRole('button', { name: 'web/a' }).waitFor();
  await page.waitForFunction(() => document.querySelectorAll('th[scope="row"]').length === 1);
  assert.match(page.url(), /[?&]manifest=web/);
  assert.deepEqual(said, []);
  await server.stop();
});

test("the example workspace's layering breach: what dependency-cruiser reports is found in each view", { skip }, async (t) => {
  const data = scratch(t);
  const reports = fileURLToPath(new URL('../fixtures/shop/layering-breach/', import.meta.url));
  for (const [format, file] of [['events', 'events.ndjson'], ['turborepo', 'turbo-run.json'], ['cucumber-messages', 'cucumber.ndjson'], ['junit', 'junit.xml'], ['dependency-cruiser', 'dependency-cruiser.json']]) {
    assert.equal(run(['import', format, `${reports}${file}`, '--iteration', 'shop-layering-breach', '--data', data]).code, 0, format);
  }
  const server = await started(t, { data, empty: true });
  const { page, said } = await visit(t, server, '/iterations/shop-layering-breach/architecture');
  await drawing(page).waitFor();
  await page.getByText('4, blocks').waitFor();
  for (const theme of ['Dark', 'Light']) {
    await page.getByLabel('Theme').selectOption(theme);
    await page.waitForTimeout(300);
    await shot(page, `architecture-shop-${theme.toLowerCase()}`);
  }
  await page.getByRole('tab', { name: 'Matrix' }).click();
  await page.getByRole('region', { name: 'Closes a cycle' }).getByRole('button').first().click();
  await page.getByRole('region', { name: 'The dependency' }).getByText('Closes a cycle').waitFor();
  await shot(page, 'architecture-shop-matrix');
  await page.getByRole('tab', { name: 'Violations' }).click();
  await page.waitForFunction(() => document.querySelectorAll('th[scope="row"]').length === 5);
  const report = JSON.parse(readFileSync(`${reports}dependency-cruiser.json`, 'utf8'));
  for (const { rule } of report.summary.violations) await page.getByRole('row').filter({ hasText: rule.name }).first().waitFor();
  assert.deepEqual(said, []);
  await server.stop();
});

test('an iteration without an analysis says what to import', { skip }, async (t) => {
  const server = await started(t, { empty: true });
  await post(server, event({ event_type: 'TASK_STARTED', node_id: 'one' }));
  const { page, said } = await visit(t, server, '/iterations/it/architecture');
  await page.getByText('trimodal import dependency-cruiser report.json').waitFor();
  assert.deepEqual(await findings(page), []);
  assert.deepEqual(said, []);
  await server.stop();
});
