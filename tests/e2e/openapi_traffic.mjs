// openapi_traffic.mjs: requests that bring every operation of the REST interface to answer, and all that answers may hold.
import { event } from './server.mjs';

export const iterations = ['Iter-Golden-AllPass', 'Iter-Golden-DesignGap', 'Iter-Golden-TechDebt', 'Iter-Golden-PipelineIssue',
  'Iter-Golden-SystemicFailure', 'shop-behaviour-bug', 'it', 'empty'];
const id = encodeURIComponent;

/** Events of which each answer has something to show. */
export function evidence(now = Date.now()) {
  const make = (event_type, fields) => event({ timestamp: now - 50_000, event_type, ...fields });
  const feature = { feature_path: 'f/pay.feature', feature_name: 'Paying', scenario_id: 's1', metadata: { commit: 'c1' } };
  const contract = { contract_id: 'API', contract_version: 'v1' };
  const trace = { trace_id: '0af7651916cd43dd8448eb211c80319c', span_id: 'b7ad6b7169203331' };
  return [
    make('REQUIREMENT_DECLARED', { node_id: 'R1', metadata: { name: 'Pay by card' } }),
    make('WORKFLOW_STARTED', { workflow_id: 'w1', node_id: 'w1' }),
    make('TASK_CREATED', { node_id: 'T0', metadata: { name: 'Pay by a card', estimated_effort: '3', capability: 'build' } }),
    make('TASK_STARTED', { node_id: 'T1', requirement_id: 'R1', node_type: 'INTERFACE', max_retries: 3, ...contract, ...trace, metadata: { depends_on: 'T0,T2', component: 'core' } }),
    make('TASK_STARTED', { node_id: 'T2', metadata: { depends_on: 'T1' } }),
    make('TASK_FAILED', { node_id: 'T2', error_message: 'boom', error: { code: 'E1', message: 'boom', stack_trace: 'at x' } }),
    make('TASK_COMPLETED', { node_id: 'T1' }),
    make('TASK_STARTED', { node_id: 'T3' }),
    make('TASK_RETRYING', { node_id: 'T3', retry_count: 1, max_retries: 3, next_retry_at: now + 1000 }),
    make('CONTRACT_LOCKED', { node_id: 'T1', ...contract }),
    make('ARTIFACT_CREATED', { node_id: 'T1', artifact_path: 'src/a.js', artifact_hash: 'abc' }),
    make('ARTIFACT_CREATED', { node_id: 'T2', artifact_path: 'zzz/none.js' }),
    make('QUALITY_GATE_CHECKED', { node_id: 'T1', quality_gate_name: 'coverage', quality_gate_passed: false }),
    make('TEST_RUN_STARTED', { node_id: 'run-1' }),
    make('SCENARIO_STARTED', { ...feature, scenario_name: 'Pay', scenario_tags: ['@requirement:R1', '@contract:API:v1'] }),
    make('STEP_EXECUTED', { scenario_id: 's1', step_text: 'Given x', step_result: 'PASSED', duration_ms: 3 }),
    make('SCENARIO_PASSED', { ...feature, duration_ms: 12 }),
    make('SCENARIO_FAILED', { ...feature, error_message: 'bad' }),
    make('SCENARIO_STARTED', { scenario_id: 's2', scenario_name: 'orphan' }),
    make('SCENARIO_QUARANTINED', { ...feature, scenario_id: 's3' }),
    make('ANALYSIS_STARTED', { manifest_name: 'm' }),
    make('MODULE_ANALYZED', { manifest_name: 'm', module_path: 'src/a.js', module_name: 'a', component: 'core', lines: 10, depends_on: ['src/b.js'], coupling_score: 0.5 }),
    make('MODULE_ANALYZED', { manifest_name: 'm', module_path: 'src/b.js', depends_on: ['src/a.js'] }),
    make('VIOLATION_DETECTED', { manifest_name: 'm', node_id: 'V1', violation_type: 'LAYER_VIOLATION', violation_severity: 'BLOCKING', violation_message: 'no', rule_id: 'r1', source_module: 'src/a.js', target_module: 'src/b.js' }),
    make('VIOLATION_DETECTED', { manifest_name: 'm', node_id: 'V2' }),
    make('CYCLE_DETECTED', { manifest_name: 'm', node_id: 'C1', cycle_modules: ['src/a.js', 'src/b.js'] }),
    make('TASK_STARTED', { node_id: 'x', iteration_id: 'empty' }),
  ];
}

const junit = '<testsuite name="a"><testcase name="b" classname="c" time="0.1"/><testcase name="d"><failure message="x"/></testcase></testsuite>';

/** What goes in. `ask(method, url, body, headers)` answers like server.request. */
export async function send(ask) {
  const events = evidence();
  await ask('POST', '/api/v1/events', events);
  await ask('POST', '/api/v1/events', [events[0], { ...events[2], metadata: { name: 'else' } }, { bad: 1 }]);
  await ask('POST', '/api/v1/events', '{"broken"');
  await ask('POST', '/api/v1/events', '\u0000');
  await ask('POST', '/api/v1/events?answer=summary', [events[0], { bad: 2 }]);
  await ask('POST', '/api/v1/import/junit?iteration=imp', junit);
  await ask('POST', '/api/v1/import/junit?iteration=imp', junit.slice(0, 90));
  await ask('POST', '/api/v1/import/events?iteration=imp', '{"event_type":"TASK_STARTED","node_id":"q"}\n{"event_type":"NONSENSE"}');
  const link = { iteration: 'it', source: { kind: 'Requirement', id: 'R1' }, link: 'FULFILLED_BY', target: { kind: 'Task', id: 'T2' }, reason: 'because', actor: 'ann' };
  await ask('POST', '/api/v1/links', link);
  await ask('DELETE', '/api/v1/links', link);
  await ask('POST', '/api/v1/violations/suppress', { iteration: 'it', violation: 'V2', adr_reference: 'ADR-1', reason: 'known' });
  await ask('DELETE', '/api/v1/violations/suppress', { iteration: 'it', violation: 'V2', reason: 'no more' });
  await ask('POST', '/api/v1/scenarios/quarantine', { iteration: 'it', scenario: 's2', reason: 'flaky' });
  await ask('DELETE', '/api/v1/scenarios/quarantine', { iteration: 'it', scenario: 's2', reason: 'mended' });
  for (const expires_at of [Date.now() + 100_000, undefined]) {
    await ask('POST', '/api/v1/convergence/it/override', { reason: 'now', expires_at });
    await ask('GET', '/api/v1/convergence/it/deployment-gate');
    await ask('GET', '/api/v1/convergence/it/verdict');
  }
  await ask('DELETE', '/api/v1/convergence/it/override', { reason: 'no longer' });
  await ask('POST', '/api/v1/convergence/it/verdict', 'conditions:\n  scenario_pass_rate: {threshold: 0.5}\n', { 'content-type': 'application/yaml' });
}

/** Every question about one iteration. */
export async function read(ask, iteration) {
  for (const part of ['verdict', 'deployment-gate', 'contracts', 'stream-status', 'unmatched', 'blame']) await ask('GET', `/api/v1/convergence/${iteration}/${part}`);
  for (const query of ['', '?clock=known&buckets=7', '?from=-1h&to=now', '?observedAt=-1s', '?clock=known&asOf=now']) await ask('GET', `/api/v1/convergence/${iteration}/timeline${query}`);
  for (const part of ['convergence', 'dde', 'bdv', 'acc']) await ask('GET', `/api/v1/${part}/graph/${iteration}`);
  await ask('GET', `/api/v1/iterations/${iteration}/graph`);
  for (const part of ['contracts', 'critical-path']) await ask('GET', `/api/v1/dde/graph/${iteration}/${part}`);
  for (const part of ['contracts', 'flakes', 'coverage']) await ask('GET', `/api/v1/bdv/graph/${iteration}/${part}`);
  for (const part of ['violations', 'cycles', 'coupling', 'dsm', 'dsm?by=component']) await ask('GET', `/api/v1/acc/graph/${iteration}/${part}`);
  await ask('GET', `/api/v1/bdv/features?iteration=${iteration}`);
  await ask('GET', `/api/v1/iterations/${iteration}`);
  await ask('GET', `/api/v1/iterations/${iteration}/nodes?limit=3`);
  for (const part of ['diff', 'changes']) for (const from of ['2020-01-01', '-1h']) await ask('GET', `/api/v1/iterations/${iteration}/${part}?from=${from}`);
  for (const manifest of (await ask('GET', `/api/v1/acc/manifests?iteration=${iteration}`)).json.manifests) await ask('GET', `/api/v1/acc/manifest/${id(manifest.name)}?iteration=${iteration}`);
  const seen = {};
  for (const node of (await ask('GET', `/api/v1/iterations/${iteration}/nodes?limit=1000`)).json.nodes) {
    seen[node.kind] = (seen[node.kind] ?? 0) + 1;
    if (seen[node.kind] > 2) continue;
    const which = `node=${id(node.id)}&kind=${node.kind}`;
    await ask('GET', `/api/v1/iterations/${iteration}/trace?${which}`);
    for (const order of ['validity', 'recorded']) await ask('GET', `/api/v1/nodes/history?iteration=${iteration}&${which}&order=${order}`);
    if (node.kind === 'Task') await ask('GET', `/api/v1/dde/graph/${iteration}/lineage?node=${id(node.id)}`);
    if (node.kind === 'BehavioralSpec') await ask('GET', `/api/v1/bdv/scenarios/${node.id}?iteration=${iteration}`);
  }
}

/** What is about all of them, and the process. */
export async function survey(ask) {
  for (const path of ['/api/v1/search?q=ar', '/api/v1/search?q=it&limit=1', '/api/v1/search/violations', '/api/v1/search/violations?limit=1',
    '/api/v1/search/logs?q=bo', '/api/v1/search/logs?q=nothing-at-all', '/api/v1/search/logs?q=bo&limit=1', '/api/v1/iterations',
    '/api/v1/iterations?limit=1', '/api/v1/iterations?asOf=2001-01-01', '/api/v1/status', '/api/v1/policy', '/api/v1/digest', '/api/v1/audit',
    '/api/v1/audit?limit=1', '/api/v1/audit/verify', '/api/v1/whoami', '/health', '/ready', '/metrics', '/', '/overview', '/iterations/it/any', '/dead-letters', '/system', '/compare', '/api/docs', '/api/openapi.json',
    '/api/v1/events/1', '/api/v1/events/700', '/api/v1/events/1500']) await ask('GET', path);
  await ask('POST', '/api/v1/rebuild/verify');
  const { text } = await ask('GET', '/api/docs');
  await ask('GET', /"(\/assets\/docs\.[^"]+)"/.exec(text)[1]);
  await ask('GET', /"(\/app\/[^"]+)"/.exec((await ask('GET', '/')).text)[1]);
}

/** Dead letters, layouts and tokens through their whole life. */
export async function manage(ask) {
  await ask('GET', '/api/v1/dlq?limit=1');
  const { letters } = (await ask('GET', '/api/v1/dlq')).json;
  await ask('POST', '/api/v1/dlq/replay', { filter: {} });
  await ask('POST', `/api/v1/dlq/${letters[0].id}/replay`, {});
  await ask('PUT', `/api/v1/dlq/${letters[0].id}`, JSON.stringify({ ...evidence()[0], event_id: 'mended', node_id: 'mended' }));
  await ask('PUT', `/api/v1/dlq/${letters[1].id}`, '{}');
  await ask('POST', '/api/v1/dlq/replay', { filter: {}, apply: true });
  for (const letter of (await ask('GET', '/api/v1/dlq?removed=true')).json.letters) await ask('GET', `/api/v1/dlq/${letter.id}`);
  const left = (await ask('GET', '/api/v1/dlq')).json.letters;
  await ask('DELETE', `/api/v1/dlq/${left[0].id}`);
  await ask('POST', '/api/v1/dlq/discard', { filter: {}, reason: 'done with' });
  await ask('GET', '/api/v1/dlq?removed=true');
  await ask('POST', '/api/v1/personal/erase', { subject: 'nobody@example.com' });
  await ask('POST', '/api/v1/personal/erase', { subject: 'ann', apply: true });
  await ask('POST', '/api/v1/personal/erase', { whole_tenant: true });
  await ask('PUT', '/api/v1/layouts/mine', { zoom: 1 });
  for (const path of ['/api/v1/layouts', '/api/v1/layouts/mine']) await ask('GET', path);
  await ask('DELETE', '/api/v1/layouts/mine');
  await ask('POST', '/api/v1/tokens', { name: 'ci', role: 'engineer' });
  await ask('POST', '/api/v1/tokens', { name: 'look', role: 'viewer', tenant: 'acme', expires_at: Date.now() + 86_400_000 });
  await ask('GET', '/api/v1/tokens');
  await ask('DELETE', '/api/v1/tokens/ci');
  await ask('GET', '/api/v1/tokens');
  await ask('POST', '/api/v1/tokens/link', {});
  await ask('POST', '/api/v1/sign-out');
}
