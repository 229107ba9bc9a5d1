// page.test.mjs: Mission Control in a real browser: the list, an iteration, the moment, signing in. See browser.mjs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findings, heading, rowNamed, shot, skip, started, visit } from './browser.mjs';
import { event, scratch, serve } from './server.mjs';

const golden = {
  'Iter-Golden-AllPass': ['All pass', 'Open', 'Pass', 'Pass', 'Pass'],
  'Iter-Golden-DesignGap': ['Design gap', 'Closed', 'Pass', 'Fail', 'Pass'],
  'Iter-Golden-TechDebt': ['Architectural erosion', 'Closed', 'Pass', 'Pass', 'Fail'],
  'Iter-Golden-PipelineIssue': ['Process issue', 'Closed', 'Fail', 'Pass', 'Pass'],
  'Iter-Golden-SystemicFailure': ['Systemic failure', 'Closed', 'Fail', 'Fail', 'Fail'],
};

test('the list shows the golden five with their verdicts, gates and streams', { skip }, async (t) => {
  const server = await started(t);
  const { page, said, elsewhere } = await visit(t, server, '/');
  for (const [name, cells] of Object.entries(golden)) {
    const row = rowNamed(page, name);
    await row.waitFor();
    const texts = await row.getByRole('cell').allInnerTexts();
    assert.deepEqual([texts[0], ...texts.slice(2, 6)].map((text) => text.trim()), cells, name);
    assert.ok(Number(texts[6].replaceAll(',', '')) > 500, 'facts');
  }
  assert.equal(await page.getByText('1 of 5 deployable').count(), 1);
  assert.deepEqual(said, []);
  assert.deepEqual(elsewhere, [], 'nothing comes from another host');
  await server.stop();
});

test('search and verdict narrow the list, and the address holds them', { skip }, async (t) => {
  const server = await started(t);
  const { page, said } = await visit(t, server, '/');
  await page.getByRole('searchbox', { name: 'Search iterations' }).fill('gap golden');
  await rowNamed(page, 'Iter-Golden-AllPass').waitFor({ state: 'detached' });
  assert.equal(await page.getByRole('rowheader').count(), 1);
  assert.match(page.url(), /[?&]q=gap\+golden/);
  await page.reload();
  await rowNamed(page, 'Iter-Golden-DesignGap').waitFor();
  assert.equal(await page.getByRole('rowheader').count(), 1);
  await page.getByRole('button', { name: /Systemic failure/ }).click();
  await page.getByText('None of 5 matches.').waitFor();
  await page.getByRole('link', { name: 'Show all' }).click();
  await page.getByRole('button', { name: /Process issue/ }).click();
  await rowNamed(page, 'Iter-Golden-AllPass').waitFor({ state: 'detached' });
  assert.deepEqual(await page.getByRole('rowheader').allInnerTexts(), ['Iter-Golden-PipelineIssue']);
  assert.deepEqual(said, []);
  await server.stop();
});

test('the keyboard alone walks the list, opens an iteration and comes back', { skip }, async (t) => {
  const server = await started(t);
  const { page } = await visit(t, server, '/');
  const links = page.getByRole('rowheader').getByRole('link');
  await links.first().waitFor();
  const names = await links.allInnerTexts();
  await links.first().focus();
  const focused = () => page.evaluate(() => document.activeElement.textContent);
  await page.keyboard.press('ArrowDown');
  await page.waitForFunction((name) => document.activeElement.textContent === name, names[1]);
  await page.keyboard.press('End');
  await page.waitForFunction((name) => document.activeElement.textContent === name, names[4]);
  await page.keyboard.press('ArrowUp');
  await page.waitForFunction((name) => document.activeElement.textContent === name, names[3]);
  assert.equal(await focused(), names[3]);
  await page.keyboard.press('Enter');
  await heading(page, names[3], { level: 1 }).waitFor();
  assert.equal(new URL(page.url()).pathname, `/iterations/${names[3]}`);
  await page.goBack();
  await links.first().waitFor();
  assert.equal(await page.locator('[tabindex="0"]', { hasText: names[3] }).count(), 1, 'it is where one left the list');
  await server.stop();
});

test('a long list exists only as far as it is seen, and its end can be reached', { skip }, async (t) => {
  const server = await started(t, { empty: true });
  const events = Array.from({ length: 600 }, (_, i) => event({ event_type: 'TASK_STARTED', node_id: 'one', iteration_id: `it-${String(i).padStart(4, '0')}` }));
  await server.post('/api/v1/events', JSON.stringify(events), { 'content-type': 'application/json' });
  const { page } = await visit(t, server, '/');
  const links = page.getByRole('rowheader').getByRole('link');
  await links.first().waitFor();
  assert.ok(await links.count() < 100, `${await links.count()} rows are drawn`);
  assert.equal(await page.getByRole('table').getAttribute('aria-rowcount'), '601');
  await links.first().focus();
  await page.keyboard.press('End');
  await page.waitForFunction(() => document.activeElement.textContent === 'it-0000');
  await server.stop();
});

test('an iteration says what it is, whether it can go, and why not', { skip }, async (t) => {
  const server = await started(t);
  const { page, said } = await visit(t, server, '/');
  await page.getByRole('link', { name: 'Iter-Golden-DesignGap' }).click();
  const verdict = page.getByRole('region', { name: 'Verdict' });
  await heading(verdict, 'Design gap').waitFor();
  await verdict.getByText('Built right, wrong thing: fix requirements or behaviour').waitFor();
  await heading(verdict, 'Not deployable').waitFor();
  await verdict.getByText('The verdict is DESIGN_GAP.').waitFor();
  const streams = page.getByRole('region', { name: 'Streams' });
  for (const [name, status] of [['Execution', 'Pass'], ['Behaviour', 'Fail'], ['Architecture', 'Pass']]) {
    assert.equal(await streams.getByRole('button', { name: new RegExp(`^${name} .* ?${status}`) }).count(), 1, name);
  }
  const answer = (await server.get('/api/v1/convergence/Iter-Golden-DesignGap/verdict')).json;
  const conditions = page.getByRole('region', { name: 'Conditions' });
  const failed = await rowNamed(conditions, 'Scenarios passed').getByRole('cell').allInnerTexts();
  assert.deepEqual([failed[0], failed[2], failed[3], failed[4].trim()], ['60 %', '≥ 90 %', '95 %', 'Blocks']);
  const mean = await rowNamed(conditions, 'Mean instability').getByRole('cell').allInnerTexts();
  assert.deepEqual([mean[0], mean[2], mean[3], mean[4].trim()], ['0.43', '< 0.7', '0.5', 'On target']);
  const issues = page.getByRole('region', { name: /^Blocking issues/ });
  const known = answer.verdict.blocking_issues.length + answer.verdict.blocking_issues_not_listed;
  await issues.getByRole('button', { name: `Show all ${known}` }).click();
  assert.equal(await issues.getByRole('rowheader').count(), known, 'as many as the REST interface knows');
  const one = rowNamed(issues, /^An account can be deleted/);
  for (const text of ['Scenario "An account can be deleted" failed.', 'scenario failed', '4 Mar 2025, 10:12:15 UTC']) await one.getByText(text).waitFor();
  await page.getByRole('region', { name: 'Diagnosis' }).getByText('40 of 100 scenarios fail').waitFor();
  await page.getByRole('region', { name: 'What to do next' }).getByText('Decide for each failing scenario').waitFor();
  assert.deepEqual(said, []);
  await server.stop();
});

test('an event that is posted changes the verdict on the open page, which is not loaded again', { skip }, async (t) => {
  const server = await started(t);
  const { page, said } = await visit(t, server, '/iterations/Iter-Golden-AllPass');
  const verdict = page.getByRole('region', { name: 'Verdict' });
  await heading(verdict, 'All pass').waitFor();
  await page.getByRole('status', { name: 'Connection' }).getByText('Live').waitFor();
  await page.evaluate(() => { window.sameDocument = true; });
  const violation = event({ iteration_id: 'Iter-Golden-AllPass', event_type: 'VIOLATION_DETECTED', node_id: 'rule-1', violation_type: 'LAYER_VIOLATION',
    violation_severity: 'BLOCKING', violation_message: 'the shop reaches into the store', manifest_name: 'live', source_module: 'a.ts', target_module: 'b.ts' });
  assert.equal((await server.post('/api/v1/events', JSON.stringify(violation), { 'content-type': 'application/json' })).status, 200);
  await heading(verdict, 'Architectural erosion').waitFor();
  await heading(verdict, 'Not deployable').waitFor();
  await page.getByRole('region', { name: /^Blocking issues/ }).getByText('rule-1').first().waitFor();
  assert.equal(await page.evaluate(() => window.sameDocument), true);
  await page.getByRole('link', { name: 'Iterations' }).click();
  await rowNamed(page, 'Iter-Golden-AllPass').getByText('Architectural erosion').waitFor();
  assert.deepEqual(said, []);
  await server.stop();
});

test('an administrator opens an iteration of another tenant, live, and comes back to all', { skip }, async (t) => {
  const server = await started(t, { empty: true });
  const send = (tenant, fields) => server.post(`/api/v1/events?tenant=${tenant}`, JSON.stringify(event({ iteration_id: 'shared', ...fields })), { 'content-type': 'application/json' });
  await send('default', { event_type: 'TASK_STARTED', node_id: 'mine' });
  await send('globex', { event_type: 'TASK_STARTED', node_id: 'theirs' });
  const { page, said } = await visit(t, server, '/');
  await page.getByRole('row').filter({ hasText: 'tenant globex' }).getByRole('link').click();
  await heading(page, 'Pending').waitFor();
  assert.match(page.url(), /iterations\/shared\?tenant=globex$/);
  const issues = page.getByRole('region', { name: /^Blocking issues/ });
  await page.getByRole('status', { name: 'Connection' }).getByText('Live').waitFor();
  await send('globex', { event_type: 'TASK_FAILED', node_id: 'theirs' });
  await heading(page, 'Process issue').waitFor();
  assert.equal(await issues.getByRole('button', { name: 'mine' }).count(), 0);
  await page.getByRole('link', { name: 'Iterations' }).click();
  await page.getByRole('row').filter({ hasText: 'tenant globex' }).waitFor();
  assert.equal(await page.getByRole('rowheader').count(), 2);
  assert.deepEqual(said, []);
  await server.stop();
});

test('a page whose connection breaks says so, and catches up with what it missed', { skip }, async (t) => {
  const data = scratch(t);
  const server = await started(t, { data });
  const { page } = await visit(t, server, '/iterations/Iter-Golden-AllPass');
  const connection = page.getByRole('status', { name: 'Connection' });
  await connection.getByText('Live').waitFor();
  await server.stop();
  await connection.getByText('Connection lost').waitFor();
  const again = await serve(data, { args: ['--listen', new URL(server.url).host] });
  t.after(() => again.kill('SIGKILL'));
  const violation = event({ iteration_id: 'Iter-Golden-AllPass', event_type: 'VIOLATION_DETECTED', node_id: 'rule-2', violation_type: 'LAYER_VIOLATION',
    violation_severity: 'BLOCKING', violation_message: 'while nobody looked', manifest_name: 'live' });
  await again.post('/api/v1/events', JSON.stringify(violation), { 'content-type': 'application/json' });
  await heading(page, 'Architectural erosion').waitFor({ timeout: 30_000 });
  await connection.getByText('Live').waitFor();
  await again.stop();
});

test('the address holds the moment: a banner says that it is not now, and leads back', { skip }, async (t) => {
  const server = await started(t);
  const { page, said } = await visit(t, server, '/iterations/Iter-Golden-AllPass?asOf=2025-03-03T10:15:00Z');
  const banner = page.getByRole('complementary', { name: 'Moment' });
  await banner.getByText('You are not looking at now.').waitFor();
  await banner.getByText('3 Mar 2025, 10:15:00 UTC').waitFor();
  await heading(page, 'Pending').waitFor();
  assert.equal(await page.getByRole('status', { name: 'Connection' }).count(), 0, 'the past does not change');
  await banner.getByRole('link', { name: 'Back to now' }).click();
  await heading(page, 'All pass').waitFor();
  assert.equal(await banner.count(), 0);
  assert.doesNotMatch(page.url(), /asOf/);
  await page.goto(`${server.url}/iterations/Iter-Golden-DesignGap`);
  await page.getByRole('link', { name: 'Look at 4 Mar 2025, 10:12:15 UTC' }).click();
  await banner.getByText('4 Mar 2025, 10:12:15 UTC').waitFor();
  await page.getByRole('link', { name: 'Iterations' }).click();
  await heading(page, 'Iterations').waitFor();
  assert.match(page.url(), /asOf=2025-03-04/, 'the moment goes along');
  await page.goto(`${server.url}/?observedAt=2001-01-01T00:00:00Z`);
  await banner.getByText('What was known at').waitFor();
  await page.goto(`${server.url}/?asOf=someday`);
  await heading(page, 'The address names no moment').waitFor();
  assert.deepEqual(said, []);
  await server.stop();
});

test('each state says what to do next', { skip }, async (t) => {
  const server = await started(t, { empty: true });
  const { page } = await visit(t, server, '/');
  await heading(page, 'No iteration yet').waitFor();
  await page.getByText(/trimodal seed golden --server http/).waitFor();
  await shot(page, 'empty');
  await page.goto(`${server.url}/iterations/none`);
  await heading(page, 'Nothing here').waitFor();
  await page.goto(`${server.url}/iterations/none/such/view`);
  await heading(page, 'There is nothing here').waitFor();
  await page.route('**/graphql', (route) => route.abort());
  await page.goto(`${server.url}/`);
  await heading(page, 'The server does not answer').waitFor();
  await page.unroute('**/graphql');
  await page.getByRole('button', { name: 'Try again' }).click();
  await heading(page, 'No iteration yet').waitFor();
  await page.route('**/graphql', (route) => route.fulfill({ status: 403, contentType: 'application/json', body: '{"errors":[{"message":"no","extensions":{"code":"FORBIDDEN"}}]}' }));
  await page.goto(`${server.url}/`);
  await heading(page, 'You may not see this').waitFor();
  await server.stop();
});

test('the printed link signs in; before that the page asks for it and goes on where one wanted to be', { skip }, async (t) => {
  const server = await started(t, { auth: true, args: ['--print-link'] });
  const link = /http:\S+\?token=\S+/.exec(server.said())?.[0];
  assert.ok(link, server.said());
  const { page } = await visit(t, server, '/iterations/Iter-Golden-TechDebt');
  await heading(page, 'Sign in').waitFor();
  await shot(page, 'sign-in');
  assert.deepEqual(await findings(page), []);
  await page.getByLabel('Link or token').fill(link);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await heading(page, 'Architectural erosion').waitFor();
  await page.getByRole('status', { name: 'Connection' }).getByText('Live').waitFor();
  assert.doesNotMatch(page.url(), /token/);
  const second = await visit(t, server, '/');
  await second.page.getByText('You are not signed in.').waitFor();
  const another = (await server.post('/api/v1/tokens/link', '{}', { 'content-type': 'application/json' })).json;
  await second.page.goto(`${server.url}/?token=${/token=([^&"]+)/.exec(JSON.stringify(another))?.[1] ?? another.token}`);
  await heading(second.page, 'Iterations').waitFor();
  await server.stop();
});

for (const theme of ['dark', 'light']) {
  test(`axe finds nothing and the pictures are kept (${theme})`, { skip }, async (t) => {
    const server = await started(t);
    const other = theme === 'dark' ? 'light' : 'dark';
    const { page, said } = await visit(t, server, '/', { colorScheme: other, reducedMotion: 'reduce' });
    await rowNamed(page, 'Iter-Golden-AllPass').waitFor();
    await page.getByRole('combobox', { name: 'Theme' }).selectOption(theme);
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const chosen = await ground();
    await page.reload();
    await rowNamed(page, 'Iter-Golden-AllPass').waitFor();
    assert.equal(await ground(), chosen, 'the choice is kept');
    assert.equal(chosen, theme === 'dark' ? 'rgb(10, 13, 19)' : 'rgb(243, 244, 247)');
    await shot(page, `iterations-${theme}`);
    assert.deepEqual(await findings(page), []);
    for (const [name, path, title] of [['pass', 'AllPass', 'All pass'], ['gap', 'DesignGap', 'Design gap'], ['systemic', 'SystemicFailure', 'Systemic failure'],
      ['past', 'AllPass?asOf=2025-03-03T10:15:00Z', 'Pending']]) {
      await page.goto(`${server.url}/iterations/Iter-Golden-${path}`);
      await heading(page, title).waitFor();
      if (name === 'systemic') await page.getByRole('button', { name: /^Behaviour/ }).click();
      await shot(page, `iteration-${name}-${theme}`);
      assert.deepEqual(await findings(page), [], name);
    }
    await page.setViewportSize({ width: 390, height: 844 });
    await shot(page, `iteration-phone-${theme}`);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), 'nothing sticks out on a small screen');
    assert.deepEqual(said, []);
    await server.stop();
  });
}

test('the page is asked for each time, its files are kept for ever, and its policy allows nothing inline', { skip }, async (t) => {
  const server = await started(t);
  const page = await server.get('/');
  assert.equal(page.headers.get('cache-control'), 'no-cache');
  assert.match(page.headers.get('content-security-policy'), /^default-src 'none'; script-src 'self'; style-src 'self';/);
  assert.doesNotMatch(page.headers.get('content-security-policy'), /unsafe|\*|https?:/);
  assert.equal((await server.get('/iterations/any%20thing/at-all?view=mine&tenant=acme')).text, page.text);
  for (const path of ['/dead-letters?category=CRITICAL', '/system', '/compare?left=a&right=b']) assert.equal((await server.get(path)).text, page.text, path);
  const files = [...page.text.matchAll(/(?:src|href)="(\/app\/[^"]+)"/g)].map((found) => found[1]);
  assert.ok(files.length >= 2, page.text);
  for (const path of files) {
    assert.match(path, /-[0-9a-f]{16}\.(js|css)$/);
    const file = await server.get(path);
    assert.equal(file.status, 200);
    assert.equal(file.headers.get('cache-control'), 'public, max-age=31536000, immutable');
    assert.equal(file.headers.get('content-encoding'), 'gzip');
  }
  assert.equal((await server.get('/app/index-0000000000000000.js')).status, 404);
  await server.stop();
});
