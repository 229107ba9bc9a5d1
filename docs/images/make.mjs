// make.mjs: makes the pictures that README.md and docs/ show, from the real program with the golden iterations and the example workspace's reports.
//   TRIMODAL=build/trimodal node docs/images/make.mjs [NAME …]       all where none is named
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { binary, chromium, executablePath, golden } from '../../bench/page/browser.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const reports = fileURLToPath(new URL('../../tests/fixtures/shop', import.meta.url));
const pipeline = '/iterations/Iter-Golden-PipelineIssue', debt = '/iterations/Iter-Golden-TechDebt', gap = '/iterations/Iter-Golden-DesignGap';

// name: [address, theme, what is done before the picture is taken]
const pictures = {
  iterations: ['/', 'dark'],
  verdict: [gap, 'light'],
  execution: [`${pipeline}/execution`, 'dark'],
  behaviour: [`${gap}/behaviour`, 'light'],
  architecture: [`${debt}/architecture`, 'dark'],
  matrix: [`${debt}/architecture?show=matrix`, 'light'],
  convergence: [`${gap}/convergence`, 'dark'],
  traceability: [`${debt}/traceability?select=TASK:delivery-service`, 'light'],
  search: [debt, 'dark', async (page) => { await page.keyboard.press('Control+k'); await page.getByRole('combobox', { name: /search/i }).fill('delivery'); await page.waitForTimeout(600); }],
};

function importShop(url) {
  for (const state of ['clean', 'behaviour-bug', 'layering-breach']) {
    for (const [format, file] of [['events', 'events.ndjson'], ['turborepo', 'turbo-run.json'], ['cucumber-messages', 'cucumber.ndjson'], ['junit', 'junit.xml'], ['dependency-cruiser', 'dependency-cruiser.json']]) {
      if (!readdirSync(join(reports, state)).includes(file)) continue;
      const done = spawnSync(binary, ['import', format, join(reports, state, file), '--iteration', `shop-${state}`, '--server', url], { encoding: 'utf8' });
      if (done.status !== 0) throw new Error(`import ${format} of ${state}: ${done.stderr}`);
    }
  }
}

const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(pictures);
const unknown = wanted.filter((name) => !(name in pictures));
if (unknown.length > 0) { console.error(`make: there is no picture ${unknown.join(', ')}; known are ${Object.keys(pictures).join(', ')}`); process.exit(2); }
const server = await golden();
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
try {
  importShop(server.url);
  for (const name of wanted) {
    const [address, theme, before] = pictures[name];
    const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: theme, reducedMotion: 'reduce' })).newPage();
    await page.goto(server.url + address);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.waitForTimeout(1500);
    await before?.(page);
    await page.screenshot({ path: join(here, `${name}.png`) });
    console.log(`${name}.png`);
    await page.context().close();
  }
} finally {
  await browser.close();
  await server.stop();
}
