// page_time.test.mjs: time in the page: the bar under every view, both clocks, comparing, the strips in the list; by role and name, in a real browser.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findings, heading, rowNamed, shot, skip, started, visit } from './browser.mjs';
import { event } from './server.mjs';

const gap = '/iterations/Iter-Golden-DesignGap';
const slider = (page) => page.getByRole('slider', { name: 'Moment' });
const bar = (page) => page.getByRole('contentinfo', { name: 'Time' });
const banner = (page) => page.getByRole('complementary', { name: 'Moment' });
const says = (page, text) => page.waitForFunction((wanted) => document.querySelector('[role="slider"]')?.getAttribute('aria-valuetext') === wanted, text);
const asOf = (page) => new URL(page.url()).searchParams.get('asOf');

test('the bar shows when the verdict changed; a change says what made it, and a click goes there', { skip }, async (t) => {
  const server = await started(t);
  const { page, said } = await visit(t, server, gap);
  await says(page, 'Now, Design gap');
  const changes = bar(page).getByRole('group', { name: 'Changes of the verdict' }).getByRole('button');
  assert.deepEqual(await changes.evaluateAll((all) => all.map((one) => one.getAttribute('aria-label'))), [
    'Pending at first, 4 Mar 2025, 09:00:02 UTC: workflow started', 'Pending → All pass, 4 Mar 2025, 10:18:49 UTC: workflow completed',
    'All pass → Design gap, 4 Mar 2025, 10:31:08 UTC: scenario failed']);
  await changes.nth(2).hover();
  await bar(page).getByText('features/payment/postage.feature:37').waitFor();
  await changes.nth(1).click();
  await says(page, '4 Mar 2025, 10:18:49 UTC, All pass');
  await heading(page, 'All pass').waitFor();
  assert.equal(asOf(page), '2025-03-04T10:18:49.000Z');
  await page.goBack();
  await says(page, 'Now, Design gap');
  await heading(page, 'Design gap').waitFor();
  assert.deepEqual(said, []);
  await server.stop();
});

test('the keyboard steps from event to event and from change to change; the address follows, as one entry', { skip }, async (t) => {
  const server = await started(t);
  const { page, said } = await visit(t, server, gap);
  await says(page, 'Now, Design gap');
  const entries = await page.evaluate(() => history.length);
  await slider(page).focus();
  await page.keyboard.press('PageUp');
  await says(page, '4 Mar 2025, 10:31:08 UTC, Design gap');
  await page.keyboard.press('ArrowLeft');
  await heading(page, 'All pass').waitFor();
  await page.keyboard.press('ArrowRight');
  await heading(page, 'Design gap').waitFor();
  await page.keyboard.press('Home');
  await says(page, '4 Mar 2025, 09:00:02 UTC, Pending');
  await heading(page, 'Pending').waitFor();
  await page.keyboard.press('PageDown');
  await says(page, '4 Mar 2025, 10:18:49 UTC, All pass');
  await page.waitForFunction(() => new URL(location.href).searchParams.get('asOf') === '2025-03-04T10:18:49.000Z');
  await page.waitForFunction((before) => history.length === before + 1, entries);
  await page.keyboard.press('End');
  await says(page, 'Now, Design gap');
  await page.waitForFunction(() => !location.search.includes('asOf'));
  assert.equal(await banner(page).count(), 0);
  assert.deepEqual(said, []);
  await server.stop();
});

test('while the thumb is dragged the view follows, nothing is drawn anew and nothing says that it is loading', { skip }, async (t) => {
  const server = await started(t);
  const { page, said } = await visit(t, server, `${gap}/execution`);
  await says(page, 'Now, Design gap');
  await page.getByRole('application').or(page.locator('.graph-canvas')).first().waitFor();
  await page.evaluate(() => {
    window.drawing = document.querySelector('.graph-canvas canvas');
    window.flashes = [];
    new MutationObserver(() => { if (/Loading|Working out the verdict of/.test(document.querySelector('main').textContent)) window.flashes.push(document.querySelector('main').textContent); })
      .observe(document.querySelector('main'), { childList: true, subtree: true });
  });
  const box = await slider(page).boundingBox(), track = await page.locator('.track').boundingBox();
  const y = box.y + box.height / 2;
  await page.mouse.move(track.x + track.width - 2, y);
  await page.mouse.down();
  for (let i = 1; i <= 40; i += 1) await page.mouse.move(track.x + track.width * (1 - i / 50), y);
  await banner(page).getByText('You are not looking at now.').waitFor();
  await page.mouse.up();
  await page.waitForFunction(() => location.search.includes('asOf='));
  const there = Date.parse(asOf(page)), first = Date.parse('2025-03-04T09:00:02Z'), last = Date.parse('2025-03-04T10:37:10Z');
  assert.ok(Math.abs((there - first) / (last - first) - 0.2) < 0.02, 'the moment is where the thumb was let go');
  assert.equal(await page.evaluate(() => document.querySelector('.graph-canvas canvas') === window.drawing), true, 'the drawing is the same');
  assert.deepEqual(await page.evaluate(() => window.flashes), []);
  await page.goBack();
  await says(page, 'Now, Design gap');
  assert.doesNotMatch(page.url(), /asOf/, 'back leads to where one was, not through the steps');
  assert.deepEqual(said, []);
  await server.stop();
});

test('it plays, faster when told so, pauses, and ends at now', { skip }, async (t) => {
  const server = await started(t);
  const { page, said } = await visit(t, server, gap);
  await says(page, 'Now, Design gap');
  await bar(page).getByRole('combobox', { name: 'Speed' }).selectOption('16×');
  await bar(page).getByRole('button', { name: 'Play' }).click();
  await page.waitForFunction(() => /^4 Mar 2025, 09:[1-5]/.test(document.querySelector('[role="slider"]').getAttribute('aria-valuetext')));
  await bar(page).getByRole('button', { name: 'Pause' }).click();
  const rested = await slider(page).getAttribute('aria-valuetext');
  await page.waitForTimeout(300);
  assert.equal(await slider(page).getAttribute('aria-valuetext'), rested);
  await bar(page).getByRole('combobox', { name: 'Speed' }).selectOption('64×');
  await bar(page).getByRole('button', { name: 'Play' }).click();
  await says(page, 'Now, Design gap');
  await bar(page).getByRole('button', { name: 'Play' }).waitFor();
  assert.doesNotMatch(page.url(), /asOf/);
  assert.deepEqual(said, []);
  await server.stop();
});

test('a shorter time can be shown, and the whole again', { skip }, async (t) => {
  const server = await started(t);
  const { page } = await visit(t, server, `${gap}?asOf=2025-03-04T10:18:49Z`);
  await says(page, '4 Mar 2025, 10:18:49 UTC, All pass');
  await page.waitForFunction(() => document.querySelectorAll('.marks button').length === 3); // they are worked out a piece at a time
  for (let i = 0; i < 3; i += 1) await bar(page).getByRole('button', { name: 'Show a shorter time' }).click();
  await page.waitForFunction(() => document.querySelectorAll('.marks button').length === 1);
  await slider(page).focus();
  await page.keyboard.press('PageDown'); // out of sight: it comes into sight
  await says(page, '4 Mar 2025, 10:31:08 UTC, Design gap');
  await bar(page).getByRole('button', { name: /^All pass → Design gap/ }).waitFor();
  await bar(page).getByRole('button', { name: 'Whole' }).click();
  await page.waitForFunction(() => document.querySelectorAll('.marks button').length === 3);
  await server.stop();
});

/** An iteration that was told in three parts: the order of telling is not the order of happening. */
async function toldLate(server) {
  const send = (events) => server.post('/api/v1/events', JSON.stringify(events.map((one) => event({ iteration_id: 'late', ...one }))), { 'content-type': 'application/json' });
  const at = (minute) => Date.parse('2026-01-10T10:00:00Z') + minute * 60_000;
  await send([{ event_type: 'TASK_COMPLETED', node_id: 'build', timestamp: at(0) }, { event_type: 'SCENARIO_PASSED', node_id: 's', timestamp: at(30) }]);
  await new Promise((resolve) => { setTimeout(resolve, 60); });
  await send([{ event_type: 'ANALYSIS_COMPLETED', node_id: 'm', manifest_name: 'm', timestamp: at(40) }]);
  await new Promise((resolve) => { setTimeout(resolve, 60); });
  await send([{ event_type: 'TASK_FAILED', node_id: 'ship', timestamp: at(10) }]); // it had failed all along
}

test('two clocks: what was true, and behind a switch only what was known then', { skip }, async (t) => {
  const server = await started(t, { empty: true });
  await toldLate(server);
  const { page, said } = await visit(t, server, '/iterations/late');
  await says(page, 'Now, Process issue');
  await slider(page).focus();
  await page.keyboard.press('PageUp');
  await says(page, '10 Jan 2026, 10:10:00 UTC, Process issue');
  await page.keyboard.press('End');
  const known = bar(page).getByRole('switch', { name: 'Only what was known then' });
  await bar(page).getByRole('button', { name: 'What the two clocks mean' }).click();
  await bar(page).getByText('only what had been reported by then').waitFor();
  await bar(page).getByRole('button', { name: 'Close' }).click();
  await known.click();
  await page.waitForFunction(() => document.querySelectorAll('.marks button').length === 3);
  assert.equal(await known.getAttribute('aria-checked'), 'true');
  await slider(page).focus();
  await page.keyboard.press('PageUp');
  await page.waitForFunction(() => /observedAt=/.test(location.search)); // the thumb is there; the next step is from there
  const turned = await page.evaluate(() => location.search);
  await page.keyboard.press('ArrowLeft');
  await heading(page, 'All pass').waitFor(); // nobody knew yet
  await page.waitForFunction((was) => location.search !== was, turned); // the address follows when the thumb rests
  await banner(page).getByText('What was known at').waitFor();
  await page.waitForFunction(() => /observedAt=/.test(location.search) && !/asOf=/.test(location.search));
  await page.reload();
  await heading(page, 'All pass').waitFor();
  assert.equal(await known.getAttribute('aria-checked'), 'true', 'the address holds the clock');
  await bar(page).getByRole('button', { name: 'What the two clocks mean' }).click();
  await bar(page).getByRole('button', { name: 'Hold V here and move K' }).click();
  await bar(page).getByRole('button', { name: /^V held at/ }).waitFor();
  await banner(page).getByText(/What was true at .*, as it was known at/).waitFor();
  assert.deepEqual(said, []);
  await server.stop();
});

test('two moments are compared: counted, listed with before and after, and selectable', { skip }, async (t) => {
  const server = await started(t);
  const { page, said } = await visit(t, server, `${gap}?asOf=2025-03-04T10:00:00Z`);
  await says(page, '4 Mar 2025, 10:00:00 UTC, Pending');
  await bar(page).getByRole('button', { name: 'Compare from here' }).click();
  const comparison = page.getByRole('group', { name: 'Comparison' });
  await comparison.getByText('since 4 Mar 2025, 10:00:00 UTC').waitFor();
  await slider(page).focus();
  await page.keyboard.press('End');
  const told = (await server.get('/api/v1/iterations/Iter-Golden-DesignGap/diff?from=2025-03-04T10:00:00Z')).json;
  await comparison.getByText(`${told.counts.CREATED} added`).waitFor();
  await comparison.getByText(`${told.counts.UPDATED} changed`).waitFor();
  await banner(page).getByText('Compared').waitFor();
  await comparison.getByRole('button', { name: 'List what differs' }).click();
  const panel = page.getByRole('region', { name: 'What differs' });
  await heading(panel, `Added ${told.counts.CREATED}`).waitFor();
  const changed = panel.getByRole('region', { name: /^Changed/ }).getByRole('listitem').filter({ hasText: 'Check bundle size' });
  await changed.getByText('Task, pending → completed').waitFor();
  await changed.getByText('COMPLETED', { exact: true }).waitFor();
  await changed.getByRole('button', { name: 'Check bundle size' }).click();
  await page.waitForFunction(() => location.search.includes('select=TASK'));
  await page.keyboard.press('Escape');
  await page.goto(`${server.url}${gap}/execution?asOf=2025-03-04T10:12:00Z&compareWith=2025-03-04T10:00:00Z`);
  await comparison.getByText(/\d+ added/).waitFor(); // from every lens, and by link
  await comparison.getByRole('button', { name: 'Stop comparing' }).click();
  await comparison.waitFor({ state: 'detached' });
  assert.doesNotMatch(page.url(), /compareWith/);
  assert.match(page.url(), /asOf/);
  assert.deepEqual(said, []);
  await server.stop();
});

test('the list has a strip of the verdict over time, in words as well', { skip }, async (t) => {
  const server = await started(t);
  const { page, said } = await visit(t, server, '/');
  const strip = rowNamed(page, 'Iter-Golden-DesignGap').getByRole('img', { name: /^Verdict over time/ });
  await page.waitForFunction(() => document.querySelectorAll('svg[aria-label^="Verdict over time"]').length === 5);
  await strip.and(page.getByRole('img', { name: 'Verdict over time: Pending from 4 Mar 2025, 09:00:02 UTC, All pass from 4 Mar 2025, 10:18:49 UTC, Design gap from 4 Mar 2025, 10:31:08 UTC' })).waitFor();
  await shot(page, 'time-list-light');
  assert.deepEqual(said, []);
  await server.stop();
});

for (const colorScheme of ['dark', 'light']) {
  test(`axe finds nothing in the bar, its panels and the banner (${colorScheme})`, { skip }, async (t) => {
    const server = await started(t);
    const { page } = await visit(t, server, `${gap}/execution?asOf=2025-03-04T10:12:00Z&compareWith=2025-03-04T10:00:00Z`, { colorScheme });
    await page.getByRole('group', { name: 'Comparison' }).getByText(/\d+ added/).waitFor();
    await page.waitForTimeout(300);
    assert.deepEqual(await findings(page), []);
    await shot(page, `time-past-${colorScheme}`);
    await page.getByRole('button', { name: 'List what differs' }).click();
    await page.getByRole('region', { name: 'What differs' }).waitFor();
    assert.deepEqual(await findings(page), []);
    await shot(page, `time-difference-${colorScheme}`);
    await page.keyboard.press('Escape');
    await bar(page).getByRole('button', { name: 'What the two clocks mean' }).click();
    assert.deepEqual(await findings(page), []);
    await shot(page, `time-clocks-${colorScheme}`);
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(`${server.url}${gap}?asOf=2025-03-04T10:12:00Z`);
    await slider(page).waitFor();
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), 'nothing is cut off at the side');
    await shot(page, `time-narrow-${colorScheme}`);
    await server.stop();
  });
}
