// page_execution.test.mjs: the DDE lens in a real browser: what ran, what did not, what is tried again and when. See browser.mjs.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { taskGraph } from '../../bench/page/generate.mjs';
import { findings, numberNamed, rowNamed, shot, skip, started, visit } from './browser.mjs';
import { event } from './server.mjs';

const PIPELINE = '/iterations/Iter-Golden-PipelineIssue/execution';
const drawing = (page) => page.getByRole('group', { name: /^Tasks of / });
const inspector = (page) => page.getByRole('complementary', { name: 'Selected' });
const announced = (page, text) => page.getByRole('status').filter({ hasText: text }).waitFor();

/** The window's corners in the drawing, as the drawing says them once it has come to rest. */
async function window(page) {
  await page.waitForTimeout(250);
  const corners = await drawing(page).getAttribute('data-view');
  assert.match(corners ?? '', /^-?\d+ -?\d+ -?\d+ -?\d+$/);
  return corners;
}

async function post(server, events) {
  const answer = await server.post('/api/v1/events', JSON.stringify(events), { 'content-type': 'application/json' });
  assert.equal(answer.json?.accepted, events.length, answer.text);
}

const task = (type, id, more = {}) => event({ event_type: type, node_id: id, iteration_id: 'it', workflow_id: 'w', ...more });

test('what failed is seen at once, in both themes, and axe finds nothing', { skip }, async (t) => {
  const server = await started(t);
  for (const theme of ['dark', 'light']) {
    const { page, said, elsewhere } = await visit(t, server, PIPELINE, { colorScheme: theme });
    await drawing(page).waitFor();
    for (const [name, needed] of [['Tasks succeeded', '≥ 95 %'], ['Tasks retried', '< 15 %'], ['Contract lock, P95', '< 2 s']]) await numberNamed(page, name).getByText(needed).waitFor();
    await page.getByText('91.49 %, blocks').waitFor();
    await page.getByText('53 min 35 s').waitFor();
    await window(page);
    await shot(page, `execution-${theme}`);
    assert.deepEqual(await findings(page), [], theme);
    await page.getByRole('button', { name: 'Table' }).click();
    await rowNamed(page, 'Publish container images').waitFor();
    await shot(page, `execution-table-${theme}`);
    assert.deepEqual(await findings(page), [], `${theme}, table`);
    assert.deepEqual([...said, ...elsewhere], []);
  }
  await server.stop();
});

test('the table says what the drawing says, is sorted by any column, narrowed by the address, and becomes a file', { skip }, async (t) => {
  const server = await started(t);
  const { page, said } = await visit(t, server, PIPELINE);
  await page.getByRole('button', { name: 'Table' }).click();
  const publish = rowNamed(page, 'Publish container images');
  await publish.waitFor();
  assert.match(await publish.innerText(), /Task\s+failed\s+release-candidate\s+packaging[\s\S]*↻ 3 of 3[\s\S]*critical\s+registry\.parcel-lockers\.example: 503 Service Unavailable/);
  const first = () => page.getByRole('rowheader').first().innerText();
  await page.getByRole('button', { name: 'Duration' }).click();
  const shortest = await first();
  await page.getByRole('button', { name: 'Duration' }).click();
  assert.notEqual(await first(), shortest);
  assert.equal(await page.getByRole('columnheader', { name: 'Duration' }).getAttribute('aria-sort'), 'descending');
  await page.getByRole('combobox', { name: 'Status' }).selectOption({ label: 'failed (5)' });
  await page.getByText('5 of 92 nodes').waitFor();
  assert.match(page.url(), /[?&]status=FAILED/);
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export as CSV' }).click()]);
  const lines = readFileSync(await file.path(), 'utf8').trimEnd().split('\r\n');
  assert.equal(file.suggestedFilename(), 'Iter-Golden-PipelineIssue-execution.csv');
  assert.equal(lines[0], 'Node,Kind,State,Workflow,Capability,Duration,Retries,Waits for,Path,Error');
  assert.equal(lines.length, 6);
  assert.ok(lines.some((line) => line.startsWith('Migrate the staging database,Task,failed,release-candidate,delivery,')), lines.join('\n'));
  await page.getByRole('searchbox', { name: /^Find a task/ }).fill('ADVISORY');
  await page.getByText('1 of 92 nodes').waitFor();
  await page.reload();
  await page.getByRole('button', { name: 'Table' }).click();
  await page.getByText('1 of 92 nodes').waitFor();
  await rowNamed(page, 'Scan dependencies for known flaws').waitFor();
  assert.deepEqual(said, []);
  await server.stop();
});

test('what is selected lights up, and shows where it comes from, with distances and SHA-256', { skip }, async (t) => {
  const server = await started(t);
  const { page, said } = await visit(t, server, PIPELINE);
  await drawing(page).waitFor();
  await window(page);
  const before = await drawing(page).screenshot();
  await page.getByRole('button', { name: 'Table' }).click();
  await page.getByRole('button', { name: 'Publish container images' }).click();
  await page.getByRole('button', { name: 'Table' }).click();
  await page.getByRole('tab', { name: 'Lineage' }).click();
  const needs = inspector(page).getByRole('region', { name: 'Waits for' });
  await needs.getByRole('listitem').filter({ hasText: 'Build container images' }).getByText('1 step').waitFor();
  assert.match(await needs.getByRole('heading').innerText(), /45/);
  await inspector(page).getByRole('region', { name: 'Artifacts on the way' }).getByText(/^[0-9a-f]{64}$/).first().waitFor();
  await window(page);
  assert.notDeepEqual(await drawing(page).screenshot(), before, 'the rest steps back');
  await shot(page, 'execution-lineage');
  assert.deepEqual(await findings(page), []);
  await inspector(page).getByRole('button', { name: 'Build container images' }).first().click();
  await page.getByRole('heading', { name: 'Build container images' }).waitFor();
  assert.match(page.url(), /select=TASK(:|%3A)build-images/);
  assert.deepEqual(said, []);
  await server.stop();
});

test('groups fold and unfold by keyboard, the walk is announced, and the address holds it', { skip }, async (t) => {
  const server = await started(t);
  const { page, said } = await visit(t, server, PIPELINE);
  await drawing(page).focus();
  await page.keyboard.press('ArrowRight');
  await announced(page, /^(Task|Artifact|Contract) .+: /);
  await page.keyboard.press('Escape');
  await page.getByRole('combobox', { name: 'Groups' }).selectOption('By workflow');
  assert.match(page.url(), /[?&]group=workflow/);
  await drawing(page).focus();
  await page.keyboard.press('ArrowRight');
  await announced(page, /^Group [\w-]+, \d+ nodes: .*Enter unfolds it\.$/);
  await window(page);
  await shot(page, 'execution-groups');
  await page.keyboard.press('Enter');
  await page.waitForURL(/[?&]open=(build-and-stage|release-candidate)/);
  const drawn = async () => Number(await drawing(page).getAttribute('data-drawn'));
  await page.waitForFunction(() => Number(document.querySelector('[data-drawn]').dataset.drawn) > 20);
  await page.getByRole('button', { name: 'Fold all', exact: true }).click();
  await page.waitForFunction(() => Number(document.querySelector('[data-drawn]').dataset.drawn) < 6);
  await page.getByRole('button', { name: 'Unfold all' }).click();
  await page.waitForFunction(() => Number(document.querySelector('[data-drawn]').dataset.drawn) > 100);
  assert.ok(await drawn() > 100);
  assert.match(page.url(), /[?&]open=(\*|%2A)/);
  assert.deepEqual(said, []);
  await server.stop();
});

test('a retry counts down once a second, then is overdue; in the past its clock stands still', { skip }, async (t) => {
  const server = await started(t, { empty: true });
  const now = Date.now();
  const at = (minutes) => ({ timestamp: now - minutes * 60_000 });
  await post(server, [
    task('TASK_STARTED', 'fetch', { ...at(9), metadata: { name: 'Fetch the feed' } }), task('TASK_RETRYING', 'fetch', { ...at(8), retry_count: 2, max_retries: 5, next_retry_at: now + 600_000, error_message: 'no route to host' }),
    task('TASK_STARTED', 'push', { ...at(7), metadata: { name: 'Push the image', depends_on: 'fetch' } }), task('TASK_RETRYING', 'push', { ...at(6), retry_count: 1, max_retries: 3, next_retry_at: now - 30_000 }),
  ]);
  const { page, said } = await visit(t, server, '/iterations/it/execution');
  await drawing(page).waitFor();
  await page.waitForTimeout(1300);
  await shot(page, 'execution-retry');
  await page.getByRole('button', { name: 'Table' }).click();
  const fetching = rowNamed(page, 'Fetch the feed'), retries = async (row) => /↻ \d of \d, (in|overdue) (\d+):(\d\d)/.exec(await row.innerText());
  const seconds = async (row) => { const found = await retries(row); assert.ok(found, await row.innerText()); return Number(found[2]) * 60 + Number(found[3]); };
  const first = await seconds(fetching);
  assert.ok(first > 540 && first <= 600, `${first}`);
  await page.waitForTimeout(2200);
  const later = await seconds(fetching);
  assert.ok(first - later >= 2 && first - later <= 8, `${first} then ${later}`);
  assert.equal((await retries(rowNamed(page, 'Push the image')))?.[1], 'overdue');
  await page.goto(`${server.url}/iterations/it/execution?asOf=${encodeURIComponent(new Date(now - 7.5 * 60_000).toISOString())}`);
  await page.getByRole('button', { name: 'Table' }).click();
  await fetching.waitFor();
  const then = await seconds(fetching);
  assert.ok(Math.abs(then - 17.5 * 60) <= 1, `${then}`);
  await page.waitForTimeout(1300);
  assert.equal(await seconds(fetching), then);
  assert.deepEqual(said, []);
  await server.stop();
});

test('an event appears without a reload, and going back in time leaves the window where it was', { skip }, async (t) => {
  const server = await started(t, { empty: true });
  const begun = Date.now() - 3_600_000;
  await post(server, [
    task('TASK_CREATED', 'a', { timestamp: begun, metadata: { name: 'First' } }), task('TASK_COMPLETED', 'a', { timestamp: begun + 60_000 }),
    task('TASK_CREATED', 'b', { timestamp: begun + 120_000, metadata: { name: 'Second', depends_on: 'a' } }),
  ]);
  const { page, said } = await visit(t, server, '/iterations/it/execution');
  await drawing(page).waitFor();
  await page.getByText('1 of 2', { exact: true }).waitFor();
  await page.evaluate(() => { window.stayed = true; });
  const before = await window(page);
  await post(server, [task('TASK_FAILED', 'b', { timestamp: Date.now() - 1000, error_message: 'out of memory' })]);
  await page.getByText(/^50 %/).waitFor({ timeout: 3000 });
  assert.equal(await window(page), before);
  await drawing(page).focus();
  await page.keyboard.press('Shift+ArrowRight');
  await page.keyboard.press('+');
  const moved = await window(page);
  assert.notEqual(moved, before);
  await page.getByRole('button', { name: /^Step back|^Back/ }).first().click();
  await page.waitForURL(/asOf=/);
  await page.getByText(/^50 %/).waitFor({ state: 'detached' });
  assert.equal(await window(page), moved);
  assert.equal(await page.evaluate(() => window.stayed), true);
  assert.deepEqual(said, []);
  await server.stop();
});

test('the drawing becomes PNG and SVG that look like it, in both themes', { skip }, async (t) => {
  const server = await started(t);
  for (const theme of ['dark', 'light']) {
    const { page, said } = await visit(t, server, PIPELINE, { colorScheme: theme });
    await drawing(page).waitFor();
    await window(page);
    const exported = async (name) => { const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name }).click()]); return readFileSync(await file.path()); };
    const png = await exported('Export as PNG');
    assert.equal(png.subarray(1, 4).toString(), 'PNG');
    assert.ok(png.readUInt32BE(16) > 2000 && png.readUInt32BE(20) > 1000, 'larger than the window');
    const svg = (await exported('Export as SVG')).toString();
    assert.deepEqual(said, []);
    const picture = await visit(t, server, '/healthz', { colorScheme: theme, viewport: { width: 1600, height: 1000 } });
    const read = await picture.page.evaluate((text) => {
      const parsed = new DOMParser().parseFromString(text, 'image/svg+xml');
      const words = [...parsed.querySelectorAll('text')].map((one) => [...one.querySelectorAll('tspan')].map((line) => line.textContent).join(' '));
      return { broken: parsed.querySelector('parsererror') !== null, ground: parsed.querySelector('rect').getAttribute('fill'), words, titles: parsed.querySelectorAll('g > title').length };
    }, svg);
    assert.equal(read.broken, false);
    assert.equal(read.titles, 92);
    assert.ok(read.words.some((one) => one.startsWith('Publish container images ↻ 3 of 3')), read.words.join('\n'));
    assert.equal(read.ground, theme === 'dark' ? 'rgb(10, 13, 19)' : 'rgb(243, 244, 247)');
    await picture.page.setContent(svg.replace('<svg ', '<svg style="width:100%;height:100%" '));
    await shot(picture.page, `execution-svg-${theme}`);
  }
  await server.stop();
});

test('ten thousand tasks are drawn as clusters that come apart as one goes nearer', { skip }, async (t) => {
  const server = await started(t, { empty: true });
  const events = [...taskGraph(10_000, 'big')];
  for (let i = 0; i < events.length; i += 1000) await post(server, events.slice(i, i + 1000));
  const { page, said } = await visit(t, server, '/iterations/big/execution');
  const drawn = async () => Number(await drawing(page).getAttribute('data-drawn'));
  await page.waitForFunction(() => Number(document.querySelector('[data-drawn]')?.dataset.drawn ?? 0) > 0, null, { timeout: 30_000 });
  const afar = await window(page);
  assert.ok(await drawn() < 500, `${await drawn()} elements from afar`);
  await shot(page, 'execution-10000-afar');
  await drawing(page).focus();
  await page.keyboard.press('ArrowRight');
  await announced(page, /^\d+ nodes: .*Enter goes nearer\.$/);
  for (let i = 0; i < 5; i++) { await page.keyboard.press('Enter'); await page.keyboard.press('ArrowRight'); await window(page); }
  assert.notEqual(await window(page), afar);
  assert.ok(await drawn() < 8000, `${await drawn()} elements from near`);
  await shot(page, 'execution-10000-near');
  await page.getByRole('button', { name: 'Table' }).click();
  await page.getByText('10000 nodes').waitFor();
  assert.ok(await page.getByRole('row').count() < 100, 'only the rows that are seen exist');
  assert.deepEqual(said, []);
  await server.stop();
});
