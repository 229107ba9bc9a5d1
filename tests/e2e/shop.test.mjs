// The example workspace: its real tools run, their reports go in, the intended verdict comes out.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { binary, run, scratch } from './server.mjs';

const evidence = fileURLToPath(new URL('../../examples/shop/evidence', import.meta.url));
const states = { clean: ['ALL_PASS', 0], 'behaviour-bug': ['DESIGN_GAP', 1], 'layering-breach': ['ARCHITECTURAL_EROSION', 1] };

for (const [state, [verdict, code]] of Object.entries(states)) {
  test(`the ${state} workspace is ${verdict}, by what Turborepo, Cucumber, dependency-cruiser and Mocha report`, (t) => {
    const data = scratch(t);
    const ran = spawnSync(evidence, [state, '--out', `${data}/reports`, '--import', '--', '--data', `${data}/data`],
      { encoding: 'utf8', env: { ...process.env, TRIMODAL: binary } });
    assert.equal(ran.status, 0, `${ran.stdout}\n${ran.stderr}`);
    const judged = run(['verdict', `shop-${state}`, '--data', `${data}/data`, '--json']);
    assert.equal(judged.code, code, judged.err);
    const answer = JSON.parse(judged.out);
    assert.equal(answer.verdict.verdict, verdict);
    if (state === 'clean') {
      assert.match(judged.out, /flake_rate/);
      const flakes = JSON.parse(run(['show', 'shop-clean', '--lens', 'bdv', '--data', `${data}/data`, '--json']).out);
      assert.equal(flakes.kpis.flaky, 1, 'the flaky scenario is found by its outcomes');
      const stars = JSON.parse(run(['show', 'shop-clean', '--lens', 'convergence', '--data', `${data}/data`, '--json']).out);
      assert.equal(stars.graph.kpis.contract_alignment, 1, 'every contract is locked, validated and implemented');
    }
  });
}
