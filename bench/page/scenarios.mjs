// scenarios.mjs: events of a large behaviour stream, one a line, always the same for the same numbers.
//   node bench/page/scenarios.mjs FEATURES SCENARIOS [ITERATION]  |  trimodal import events - --data DIR
// A feature has SCENARIOS scenarios; each ran four times on two commits. One in 25 fails, one in 40 is flaky, one in 60 is skipped, one in
// 90 is quarantined, one in 120 has not run. Tags name requirements and contracts, so that coverage and links are there as well.
import { fileURLToPath } from 'node:url';

const BEGIN_MS = Date.parse('2026-03-02T08:00:00Z'), RUN_MS = 3_600_000, RUNS = 4;
const areas = ['Checkout', 'Basket', 'Search', 'Accounts', 'Payments', 'Shipping', 'Returns', 'Prices', 'Stock', 'Reviews'];
const deeds = ['accepts', 'refuses', 'shows', 'keeps', 'counts', 'sends', 'restores', 'warns of'];
const things = ['a valid card', 'an expired voucher', 'the last item', 'an empty basket', 'a foreign address', 'a changed price', 'a second attempt', 'an unknown customer'];

const steps = (fails) => [
  ['Given a customer who has signed in', 'PASSED'], ['And a basket with three items', 'PASSED'], ['When the order is placed', 'PASSED'],
  ['Then the total is 41.70 EUR', fails ? 'FAILED' : 'PASSED'], ['And a confirmation is sent', fails ? 'SKIPPED' : 'PASSED'],
];
const MESSAGE = "AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:\n+ actual - expected\n\n+ '41.07 EUR'\n- '41.70 EUR'\n\n    at World.<anonymous> (features/steps/order.js:42:10)";

export function* scenarioEvents(features, scenarios, iteration = 'Iter-Behaviour') {
  let serial = 0;
  const event = (at, event_type, fields) => ({ event_id: `e${serial++}`, iteration_id: iteration, timestamp: BEGIN_MS + at, event_type, ...fields });
  for (let run = 0; run < RUNS; run++) yield event(run * RUN_MS, 'TEST_RUN_STARTED', { node_id: `run-${run + 1}` });
  for (let f = 0, n = 0; f < features; f++) {
    const area = areas[f % areas.length], feature_path = `features/${area.toLowerCase()}/${String(f + 1).padStart(3, '0')}.feature`;
    for (let s = 0; s < scenarios; s++, n++) {
      const one = { feature_path, feature_name: `${area} ${f + 1}`, scenario_id: `${feature_path}:${s + 3}`, scenario_name: `${area} ${deeds[s % 8]} ${things[(s + f) % 8]}, case ${s + 1}`,
        scenario_tags: [s % 3 === 0 ? '@smoke' : '@full', `@requirement:R-${(f * 7 + s) % 40 + 1}`] };
      if (n % 120 === 119) { yield event(5, 'SCENARIO_STARTED', { ...one, metadata: { test_run: 'run-1' } }); continue; }
      for (let run = 0; run < RUNS; run++) {
        const at = run * RUN_MS + 1000 + n * 20, metadata = { commit: run < 2 ? '1f0c2ab94d' : '9e41d07c33', test_run: `run-${run + 1}` };
        const fails = n % 25 === 24 ? run >= 2 : n % 40 === 39 && run % 2 === 0, duration_ms = 40 + (n * 37) % 900 + run * 3, last = run === RUNS - 1;
        if (n % 60 === 59) { yield event(at, 'SCENARIO_SKIPPED', { ...one, metadata }); continue; }
        yield event(at, 'SCENARIO_STARTED', { ...one, metadata });
        if (last && n % 5 === 4) for (const [i, [step_text, step_result]] of steps(fails).entries()) yield event(at + 1 + i, 'STEP_EXECUTED', { ...one, step_text, step_result, duration_ms: 4 + i * 3, ...(step_result === 'FAILED' ? { error_message: MESSAGE } : {}), metadata });
        yield event(at + 10, fails ? 'SCENARIO_FAILED' : 'SCENARIO_PASSED', { ...one, duration_ms, ...(fails ? { error_message: MESSAGE } : {}), metadata });
      }
      if (n % 90 === 89) yield event(RUNS * RUN_MS, 'SCENARIO_QUARANTINED', { ...one, metadata: { actor: 'ann', reason: 'waits for the payment sandbox' } });
      if (s % 4 === 0) yield event(20, 'CONTRACT_TAG_DETECTED', { ...one, contract_tags: [`@contract:${area}API:v1`] });
    }
  }
  for (let run = 0; run < RUNS; run++) yield event((run + 1) * RUN_MS - 60_000, 'TEST_RUN_COMPLETED', { node_id: `run-${run + 1}` });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [features = '10', scenarios = '10', iteration] = process.argv.slice(2);
  for (const event of scenarioEvents(Number(features), Number(scenarios), iteration)) process.stdout.write(`${JSON.stringify(event)}\n`);
}
