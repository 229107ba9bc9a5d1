// page_compare.test.mjs: two iterations beside each other in a browser: chosen from the list, and told apart.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findings, heading, rowNamed, shot, skip, started, visit } from './browser.mjs';
import { event } from './server.mjs';

const json = { 'content-type': 'application/json' };
const both = '/compare?left=Iter-Golden-AllPass&right=Iter-Golden-DesignGap';
const region = (page, name) => page.getByRole('region', { name });
const cells = async (row) => (await row.getByRole('cell').allInnerTexts()).map((text) => text.trim().replaceAll(/\s+/g, ' '));

test('two are chosen in the list, by box or by Space, and compared', { skip }, async (t) => {
  const server = await started(t);
  const { page, said } = await visit(t, server, '/');
  await page.getByRole('checkbox', { name: 'Compare Iter-Golden-AllPass' }).check();
  await page.getByText('Choose one more to compare with Iter-Golden-AllPass.').waitFor();
  await rowNamed(page, 'Iter-Golden-TechDebt').getByRole('link').focus();
  await page.keyboard.press('Space');
  assert.equal(await page.getByRole('checkbox', { name: 'Compare Iter-Golden-TechDebt' }).isChecked(), true);
  await rowNamed(page, 'Iter-Golden-DesignGap').getByRole('link').focus();
  await page.keyboard.press('Space');
  assert.equal(await page.getByRole('checkbox', { checked: true }).count(), 2, 'the one chosen first makes room');
  await page.getByRole('link', { name: 'Compare Iter-Golden-TechDebt with Iter-Golden-DesignGap' }).focus();
  await page.keyboard.press('Enter');
  await heading(region(page, 'Left'), 'Architectural erosion').waitFor();
  await heading(region(page, 'Right'), 'Design gap').waitFor();
  assert.match(page.url(), /\/compare\?left=Iter-Golden-TechDebt&right=Iter-Golden-DesignGap$/);
  assert.deepEqual(said, []);
  await server.stop();
});

test('verdicts, streams, conditions, issues and requirements stand beside each other, with what is better and what is worse', { skip }, async (t) => {
  const server = await started(t);
  const { page, said } = await visit(t, server, both);
  await region(page, 'Left').getByText('Deployable', { exact: true }).last().waitFor();
  await region(page, 'Right').getByText('Not deployable').waitFor();
  assert.match((await cells(rowNamed(region(page, 'Streams'), 'Behaviour'))).join(' | '), /^Pass .* \| Fail /);
  const rest = async (name) => (await server.get(`/api/v1/convergence/${name}/verdict`)).json.verdict;
  const [left, right] = [await rest('Iter-Golden-AllPass'), await rest('Iter-Golden-DesignGap')];
  const conditions = region(page, 'Conditions');
  const passed = await cells(conditions.getByRole('row').filter({ hasText: 'Scenarios passed' }));
  assert.deepEqual(passed.slice(0, 5), ['95 % holds', '60 % blocks', '−35 points', passed[3], '≥ 90 %']);
  assert.match(passed[3], /worse$/);
  assert.match((await cells(conditions.getByRole('row').filter({ hasText: 'Cycles' })))[3], /the same$/);
  const known = (verdict) => verdict.blocking_issues.map((one) => `${one.metric} ${one.node?.id ?? one.node_id ?? one.id}`);
  const count = async (name) => Number(/\d+/.exec((await region(page, name).getByRole('heading').innerText()).replaceAll(',', ''))[0]);
  assert.equal(await count('Only left') + await count('On both'), known(left).length);
  assert.equal(await count('Only right') + await count('On both'), known(right).length);
  assert.ok(await count('Only right') > 0);
  await region(page, 'Only right').getByRole('link').first().click();
  await page.waitForURL(/\/iterations\/Iter-Golden-DesignGap\/behaviour\?select=SCENARIO/);
  await page.goBack();
  const requirements = region(page, /^Requirements/);
  const coverage = async (id) => (await server.post('/graphql', JSON.stringify({ query: `{ getCoverageRollup(iterationId: "${id}", first: 1000) { covered total nodes { nodeId passing failing } } }` }), json)).json.data.getCoverageRollup;
  const [a, b] = [await coverage('Iter-Golden-AllPass'), await coverage('Iter-Golden-DesignGap')];
  await requirements.getByText(`${b.covered} of ${b.total} covered`).first().waitFor();
  const differ = b.nodes.filter((one) => { const other = a.nodes.find((that) => that.nodeId === one.nodeId); return other?.passing !== one.passing || other?.failing !== one.failing; }).length;
  assert.equal(await requirements.getByRole('rowheader').count(), differ);
  assert.deepEqual(said, []);
  await server.stop();
});

test('sides are swapped and chosen anew; the moment holds for both; what happens now shows', { skip }, async (t) => {
  const server = await started(t);
  const { page, said } = await visit(t, server, both);
  await heading(region(page, 'Left'), 'All pass').waitFor();
  await page.getByRole('button', { name: 'Swap left and right' }).click();
  await heading(region(page, 'Right'), 'All pass').waitFor();
  await page.getByRole('combobox', { name: 'Left' }).selectOption('Iter-Golden-SystemicFailure');
  await heading(region(page, 'Left'), 'Systemic failure').waitFor();
  await page.getByRole('status', { name: 'Connection' }).getByText('Live').waitFor();
  const violation = event({ iteration_id: 'Iter-Golden-AllPass', event_type: 'VIOLATION_DETECTED', node_id: 'rule-1', violation_type: 'LAYER_VIOLATION', violation_severity: 'BLOCKING', violation_message: 'reaches', manifest_name: 'live' });
  assert.equal((await server.post('/api/v1/events', JSON.stringify(violation), json)).status, 200);
  await heading(region(page, 'Right'), 'Architectural erosion').waitFor();
  await page.goto(`${server.url}${both}&asOf=2025-03-03T10:15:00Z`);
  await heading(region(page, 'Left'), 'Pending').waitFor({ timeout: 5000 }).catch(() => heading(page, 'Nothing here').waitFor());
  await page.goto(`${server.url}/compare?left=Iter-Golden-AllPass&right=Iter-Golden-AllPass`);
  await page.getByText('Both sides are the same iteration.').waitFor();
  assert.equal(await region(page, 'Only right').getByText('None.').count(), 1);
  assert.deepEqual(said, []);
  await server.stop();
});

test('what is not chosen or not there says what to do', { skip }, async (t) => {
  const server = await started(t);
  const { page } = await visit(t, server, '/');
  await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Compare' }).click();
  await heading(page, 'Choose two iterations').waitFor();
  await page.getByRole('combobox', { name: 'Left' }).selectOption('Iter-Golden-AllPass');
  await page.getByRole('combobox', { name: 'Right' }).selectOption('Iter-Golden-TechDebt');
  await heading(region(page, 'Right'), 'Architectural erosion').waitFor();
  await page.goto(`${server.url}/compare?left=Iter-Golden-AllPass&right=none`);
  await heading(page, 'Nothing here').waitFor();
  await server.stop();
});

for (const theme of ['dark', 'light']) {
  test(`axe finds nothing and the pictures are kept (${theme})`, { skip }, async (t) => {
    const server = await started(t);
    const { page, said } = await visit(t, server, both, { colorScheme: theme, reducedMotion: 'reduce' });
    await region(page, /^Requirements/).waitFor();
    await shot(page, `compare-${theme}`);
    assert.deepEqual(await findings(page), []);
    await page.setViewportSize({ width: 390, height: 844 });
    await shot(page, `compare-phone-${theme}`);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), 'nothing sticks out on a small screen');
    await page.goto(`${server.url}/compare`);
    await heading(page, 'Choose two iterations').waitFor();
    assert.deepEqual(await findings(page), []);
    assert.deepEqual(said, []);
    await server.stop();
  });
}
