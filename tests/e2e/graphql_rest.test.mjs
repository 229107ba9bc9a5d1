// GraphQL and REST say the same about the golden iterations: every number of every lens, the verdict, histories, searches, layouts.
import assert from 'node:assert/strict';
import test from 'node:test';
import { run, scratch, serve } from './server.mjs';

const QUERY = `query ($it: ID!) {
  getDDEGraph(iterationId: $it) {
    nodes { nodeId kind status version x y } edges { sourceNodeId targetNodeId kind confidence method explanation } bounds { x y width height }
    kpis { taskSuccessRate retryRate contractLockLatencyP95Ms tasks completed failed started retried contracts contractsLocked gates failedGates artifacts }
    tasks { nodeId status startedAt durationMs retryCount onCriticalPath } criticalPath { length steps { task { nodeId } weight } }
    meta { position }
  }
  getBDVGraph(iterationId: $it) { nodes { nodeId } edges { kind } kpis { scenarioPassRate flakeRate features requirementsCovered rollup { passed failed skipped flaky } }
    scenarios { nodeId outcome flaky flakeRate } }
  getACCGraph(iterationId: $it) { nodes { nodeId } edges { kind } kpis { blockingViolations cycles meanInstability modules dependencies }
    modules { nodeId coupling { afferent efferent instability } } violations { nodeId severity active message } cycles { cycleId members } manifests { name modules violations } }
  getConvergenceView(iterationId: $it) { nodes { nodeId } edges { kind } kpis { contractAlignment stars aligned unmatched } }
  getTriModalVerdict(iterationId: $it) { verdict meaning deployable exitCode conditions { value pass } issues { nodeId sentence } diagnosis recommendations }
  getFlakeReport(iterationId: $it, first: 1000) { flakeRate nodes { nodeId } }
  getCoverageRollup(iterationId: $it, first: 1000) { covered total nodes { nodeId passing failing } }
  getDSMMatrix(iterationId: $it) { rows { nodeId level } cells { row column weight } aboveDiagonal }
  unmatched(iterationId: $it, first: 1000) { totalCount nodes { reason } }
}`;

const upper = (kind) => kind.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();

test('GraphQL and REST say the same of every golden iteration', async (t) => {
  const data = scratch(t);
  assert.equal(run(['seed', 'golden', '--data', data]).code, 0);
  const server = await serve(data);
  t.after(() => server.stop());
  const { json: { iterations } } = await server.get('/api/v1/iterations');
  assert.equal(iterations.length, 5);
  for (const { id: it } of iterations) {
    const asked = await server.post('/graphql', JSON.stringify({ query: QUERY, variables: { it } }), { 'content-type': 'application/json' });
    assert.equal(asked.json.errors, undefined, asked.text.slice(0, 500));
    const says = asked.json.data;
    const rest = async (path) => (await server.get(`/api/v1/${path}`)).json;

    const dde = await rest(`dde/graph/${it}`), k = dde.kpis;
    assert.deepEqual(says.getDDEGraph.nodes, dde.nodes.map((n) => ({ nodeId: n.id, kind: upper(n.kind), status: n.status, version: n.version, x: n.x, y: n.y })));
    assert.deepEqual(says.getDDEGraph.edges, dde.edges.map((e) => ({ sourceNodeId: e.source, targetNodeId: e.target, kind: e.kind,
      confidence: e.confidence, method: e.method.toUpperCase(), explanation: e.explanation })));
    assert.deepEqual(says.getDDEGraph.bounds, dde.bounds);
    assert.deepEqual(says.getDDEGraph.kpis, { taskSuccessRate: k.task_success_rate, retryRate: k.retry_rate,
      contractLockLatencyP95Ms: k.contract_lock_latency_p95_ms, tasks: k.tasks, completed: k.completed, failed: k.failed, started: k.started,
      retried: k.retried, contracts: k.contracts, contractsLocked: k.contracts_locked, gates: k.gates, failedGates: k.failed_gates, artifacts: k.artifacts });
    assert.deepEqual(says.getDDEGraph.tasks, dde.tasks.map((n) => ({ nodeId: n.id, status: n.status,
      startedAt: n.started_at === null ? null : new Date(n.started_at).toISOString(), durationMs: n.duration_ms, retryCount: n.retry_count,
      onCriticalPath: n.on_critical_path })));
    assert.deepEqual(says.getDDEGraph.criticalPath.steps, dde.critical_path.tasks.map((s) => ({ task: { nodeId: s.id }, weight: s.weight })));
    assert.equal(says.getDDEGraph.meta.position, dde.meta.position);

    const bdv = await rest(`bdv/graph/${it}`);
    assert.equal(says.getBDVGraph.nodes.length, bdv.nodes.length);
    assert.equal(says.getBDVGraph.edges.length, bdv.edges.length);
    assert.deepEqual(says.getBDVGraph.kpis, { scenarioPassRate: bdv.kpis.scenario_pass_rate, flakeRate: bdv.kpis.flake_rate, features: bdv.kpis.features,
      requirementsCovered: bdv.kpis.requirements_covered,
      rollup: { passed: bdv.kpis.passed, failed: bdv.kpis.failed, skipped: bdv.kpis.skipped, flaky: bdv.kpis.flaky } });
    assert.deepEqual(says.getBDVGraph.scenarios, bdv.scenarios.map((s) => ({ nodeId: s.id, outcome: s.outcome, flaky: s.flaky, flakeRate: s.flake_rate })));
    const flakes = await rest(`bdv/graph/${it}/flakes`);
    assert.deepEqual(says.getFlakeReport.nodes.map((n) => n.nodeId), flakes.flakes.map((s) => s.id));
    const coverage = await rest(`bdv/graph/${it}/coverage`);
    assert.deepEqual(says.getCoverageRollup.nodes, coverage.requirements.map((r) => ({ nodeId: r.id, passing: r.passing, failing: r.failing })));
    assert.equal(says.getCoverageRollup.covered, coverage.covered);

    const acc = await rest(`acc/graph/${it}`);
    assert.equal(says.getACCGraph.nodes.length, acc.nodes.length);
    assert.equal(says.getACCGraph.edges.length, acc.edges.length);
    assert.deepEqual(says.getACCGraph.kpis, { blockingViolations: acc.kpis.blocking_violations, cycles: acc.kpis.cycles,
      meanInstability: acc.kpis.mean_instability, modules: acc.kpis.modules, dependencies: acc.kpis.dependencies });
    assert.deepEqual(says.getACCGraph.modules, acc.modules.map((m) => ({ nodeId: m.id,
      coupling: { afferent: m.coupling.ca, efferent: m.coupling.ce, instability: m.coupling.instability } })));
    assert.deepEqual(says.getACCGraph.violations, acc.violations.map((v) => ({ nodeId: v.id, severity: v.severity, active: v.active, message: v.message })));
    assert.deepEqual(says.getACCGraph.cycles, acc.cycles.map((c) => ({ cycleId: c.id, members: c.members })));
    const { manifests } = await rest(`acc/manifests?iteration=${it}`);
    assert.deepEqual(says.getACCGraph.manifests, manifests.map((m) => ({ name: m.name, modules: m.modules, violations: m.violations })));
    const dsm = await rest(`acc/graph/${it}/dsm`);
    assert.deepEqual(says.getDSMMatrix.rows, dsm.rows.map((r) => ({ nodeId: r.id, level: r.level })));
    assert.deepEqual(says.getDSMMatrix.cells, dsm.cells.map((c) => ({ row: c.row, column: c.column, weight: c.weight })));
    assert.equal(says.getDSMMatrix.aboveDiagonal, dsm.above_diagonal);

    const whole = await rest(`convergence/graph/${it}`);
    assert.equal(says.getConvergenceView.nodes.length, whole.nodes.length);
    assert.equal(says.getConvergenceView.edges.length, whole.edges.length);
    assert.deepEqual(says.getConvergenceView.kpis, { contractAlignment: whole.kpis.contract_alignment, stars: whole.kpis.stars,
      aligned: whole.kpis.aligned, unmatched: whole.kpis.unmatched });
    const { verdict } = await rest(`convergence/${it}/verdict`);
    assert.deepEqual(says.getTriModalVerdict, { verdict: verdict.verdict, meaning: verdict.meaning, deployable: verdict.deployable,
      exitCode: verdict.exit_code, conditions: verdict.conditions.map((c) => ({ value: c.value, pass: c.pass })),
      issues: verdict.blocking_issues.map((i) => ({ nodeId: i.id, sentence: i.sentence })), diagnosis: verdict.diagnosis,
      recommendations: verdict.recommendations });
    const { unmatched } = await rest(`convergence/${it}/unmatched`);
    assert.deepEqual(says.unmatched.nodes.map((u) => u.reason), unmatched.map((u) => u.reason));
  }
});

test('GraphQL and REST tell the same history, changes and blame', async (t) => {
  const data = scratch(t);
  assert.equal(run(['seed', 'golden', '--data', data]).code, 0);
  const server = await serve(data);
  t.after(() => server.stop());
  const it = 'Iter-Golden-DesignGap';
  const summary = (await server.get(`/api/v1/iterations/${it}`)).json;
  const { first_valid_from: first, last_valid_from: last } = summary.iteration ?? summary;
  const middle = Math.round((first + last) / 2);
  const at = (ms) => new Date(ms).toISOString();
  const { json: { tasks } } = await server.get(`/api/v1/dde/graph/${it}`);
  const asked = await server.post('/graphql', JSON.stringify({
    query: `query ($it: ID!, $task: ID!, $from: DateTime!, $to: DateTime!) {
      getTaskHistory(taskId: $task, iterationId: $it, first: 1000) { nodes { version status validFrom eventId changes { property key before after } } }
      getChanges(iterationId: $it, from: $from, to: $to, first: 1000) { counts { created updated deleted } nodes { changeType nodeId eventId } }
      getGraphDiff(iterationId: $it, from: $from, to: $to) { counts { created updated deleted } nodes(first: 1000) { nodes { nodeId } } links(first: 1000) { totalCount } }
      blame(iterationId: $it) { factCount flips { from to eventId } }
      then: getTriModalVerdict(iterationId: $it, asOf: $from) { verdict }
    }`,
    variables: { it, task: tasks[3].id, from: at(middle), to: at(last) } }), { 'content-type': 'application/json' });
  assert.equal(asked.json.errors, undefined, asked.text.slice(0, 500));
  const says = asked.json.data;
  const rest = async (path) => (await server.get(`/api/v1/${path}`)).json;
  const history = await rest(`nodes/history?iteration=${it}&node=${encodeURIComponent(tasks[3].id)}&kind=Task`);
  assert.deepEqual(says.getTaskHistory.nodes, history.versions.map((v) => ({ version: v.version, status: v.status, validFrom: at(v.valid_from),
    eventId: v.event_id, changes: v.changes.map((c) => ({ property: c.property, key: c.key, before: c.old, after: c.new })) })));
  const changes = await rest(`iterations/${it}/changes?from=${middle}&to=${last}`);
  assert.ok(changes.changes.length > 10 && changes.changes.length <= 1000);
  assert.deepEqual(says.getChanges.nodes, changes.changes.map((c) => ({ changeType: c.change, nodeId: c.id, eventId: c.event_id })));
  assert.deepEqual(says.getChanges.counts, { created: changes.counts.CREATED, updated: changes.counts.UPDATED, deleted: changes.counts.DELETED });
  const diff = await rest(`iterations/${it}/diff?from=${middle}&to=${last}`);
  assert.deepEqual(says.getGraphDiff.nodes.nodes.map((n) => n.nodeId), diff.changes.map((c) => c.id));
  assert.equal(says.getGraphDiff.links.totalCount, diff.link_changes.length);
  const { blame } = await rest(`convergence/${it}/blame`);
  assert.equal(says.blame.factCount, blame.facts);
  assert.deepEqual(says.blame.flips.map((f) => f.eventId), blame.flips.map((f) => f.event_id ?? f.event?.event_id));
  assert.equal(says.then.verdict, (await rest(`convergence/${it}/verdict?asOf=${middle}`)).verdict.verdict);
});

test('errors call an argument what GraphQL calls it, not what REST does', async (t) => {
  const data = scratch(t);
  assert.equal(run(['seed', 'golden', '--data', data]).code, 0);
  const server = await serve(data);
  t.after(() => server.stop());
  const it = 'Iter-Golden-TechDebt';
  const ask = async (query, variables = {}) => {
    const { json } = await server.post('/graphql', JSON.stringify({ query, variables }), { 'content-type': 'application/json' });
    assert.equal(json.errors?.length, 1, `${query}: ${JSON.stringify(json)}`);
    return json.errors[0];
  };
  const change = (name, input) => ask(`mutation($input: ${name[0].toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { clientMutationId } }`, { input });
  const link = (input) => ask('mutation($input: LinkInput!) { assertLink(input: $input) { clientMutationId } }', { input });
  const expected = [
    [await ask('{ searchNodes(query: "x") { totalCount } }'), 'query'],
    [await ask('{ searchViolations(query: "x") { totalCount } }'), 'query'],
    [await ask('{ searchLogs(query: "x") { nodes { seq } } }'), 'query'],
    [await ask(`{ getChanges(iterationId: "${it}", from: "2026-02-02T00:00:00Z", to: "2026-01-01T00:00:00Z") { totalCount } }`), 'to'],
    [await change('suppressViolation', { iterationId: '', violationId: 'v', adrReference: 'ADR-1', reason: 'r' }), 'iterationId'],
    [await change('suppressViolation', { iterationId: it, violationId: '', adrReference: 'ADR-1', reason: 'r' }), 'violationId'],
    [await change('suppressViolation', { iterationId: it, violationId: 'v', adrReference: ' ', reason: 'r' }), 'adrReference'],
    [await change('suppressViolation', { iterationId: it, violationId: 'v', adrReference: 'ADR-1', reason: '' }), 'reason'],
    [await change('suppressViolation', { iterationId: it, violationId: 'v', adrReference: 'x'.repeat(300000), reason: 'r' }), 'input'],
    [await change('quarantineScenario', { iterationId: it, scenarioId: '', reason: 'r' }), 'scenarioId'],
    [await change('overrideGate', { iterationId: it, reason: 'r', expiresAt: '2001-01-01T00:00:00Z' }), 'expiresAt'],
    [await link({ iterationId: it, source: { kind: 'TASK', nodeId: '' }, kind: 'DEPENDS_ON', target: { kind: 'TASK', nodeId: 'b' }, reason: 'r' }), 'nodeId'],
    [await link({ iterationId: it, source: { kind: 'TASK', nodeId: 'a' }, kind: 'CONTAINS', target: { kind: 'TASK', nodeId: 'b' }, reason: 'r' }), 'kind'],
    [await link({ iterationId: it, source: { kind: 'TASK', nodeId: 'a' }, kind: 'DEPENDS_ON', target: { kind: 'TASK', nodeId: 'a' }, reason: 'r' }), 'target'],
    [await change('replayDeadLetters', {}), 'filter'],
    [await change('discardDeadLetters', { filter: null }), 'ids'],
    [await change('replayDeadLetters', { ids: Array.from({ length: 10001 }, (_, i) => String(i + 1)) }), 'ids'],
    [await change('editDeadLetter', { id: '1', text: '' }), 'text'],
    [await change('saveLayout', { name: 'n', layout: [1] }), 'layout'],
  ];
  for (const [error, name] of expected) {
    assert.match(error.message, new RegExp(`\\b${name}\\b`), error.message);
    assert.doesNotMatch(error.message, /\bas q\b|[a-z]_[a-z]|"(iteration|violation|scenario|link|id|body)"|^(body|link|id|iteration): |DELETE it/, error.message);
    assert.equal(error.extensions.code, 'BAD_USER_INPUT', JSON.stringify(error));
  }
});

test('GraphQL and REST tell the same timeline: every fact in one bucket, and the verdict of every moment', async (t) => {
  const data = scratch(t);
  assert.equal(run(['seed', 'golden', '--data', data]).code, 0);
  const server = await serve(data);
  t.after(() => server.stop());
  const ms = (moment) => (moment === null ? null : Date.parse(moment));
  const states = (all) => (all === null ? null : { DDE: all.dde, BDV: all.bdv, ACC: all.acc });
  const rest = async (it, query) => {
    for (;;) {
      const { status, json } = await server.get(`/api/v1/convergence/${it}/timeline?${query}`);
      assert.equal(status, 200, JSON.stringify(json));
      if (json.complete) return json; // it is worked out a piece at a time
    }
  };
  const iterations = (await server.get('/api/v1/iterations')).json.iterations.map((one) => one.id ?? one.iteration);
  for (const it of iterations) {
    for (const [clock, buckets] of [['valid', 50], ['known', 3]]) {
      const told = await rest(it, `clock=${clock}&buckets=${buckets}`);
      const asked = await server.post('/graphql', JSON.stringify({ variables: { it, clock: clock.toUpperCase(), buckets }, query: `query ($it: ID!, $clock: TimelineClock!, $buckets: Int!) {
        timeline(iterationId: $it, clock: $clock, buckets: $buckets) { iterationId clock from to first last factCount complete reached moments markCount
          buckets { from to dde bdv acc control first last verdict }
          marks { moment first from to streamsFrom { dde bdv acc } streamsTo { dde bdv acc } eventId eventType nodeId seq validFrom observedAt factCount } }
        iteration(iterationId: $it) { verdictHistory { complete changeCount changes { moment verdict } } } }` }), { 'content-type': 'application/json' });
      assert.equal(asked.json.errors, undefined, asked.text.slice(0, 500));
      const { timeline, iteration } = asked.json.data;
      assert.deepEqual({ iteration: timeline.iterationId, clock: timeline.clock.toLowerCase(), from: ms(timeline.from), to: ms(timeline.to), first: ms(timeline.first),
        last: ms(timeline.last), facts: timeline.factCount, complete: timeline.complete, reached: ms(timeline.reached), moments: timeline.moments.map(ms), mark_total: timeline.markCount,
        buckets: timeline.buckets.map((b) => ({ ...b, from: ms(b.from), to: ms(b.to), first: ms(b.first), last: ms(b.last) })),
        marks: timeline.marks.map((m) => ({ moment: ms(m.moment), from: m.from, to: m.to, streams_from: states(m.streamsFrom), streams_to: states(m.streamsTo), event_id: m.eventId,
          event_type: m.eventType, node_id: m.nodeId, seq: m.seq, valid_from: ms(m.validFrom), observed_at: ms(m.observedAt), facts: m.factCount })) },
      (({ meta, ...others }) => others)(told));
      assert.equal(told.buckets.reduce((sum, b) => sum + b.dde + b.bdv + b.acc + b.control, 0), told.facts);
      assert.ok(told.marks.length > 0 && told.marks[0].from === null);
      if (clock === 'known') continue;
      assert.deepEqual(iteration.verdictHistory, { complete: true, changeCount: told.mark_total, changes: timeline.marks.map(({ moment, to }) => ({ moment, verdict: to })) });
      for (const mark of told.marks) { // one millisecond decides
        const then = async (at) => (await server.get(`/api/v1/convergence/${it}/verdict?asOf=${at}`)).json.verdict?.verdict ?? null;
        assert.deepEqual([await then(mark.moment - 1), await then(mark.moment)], [mark.from, mark.to], `${it} at ${mark.moment}`);
      }
      for (const bucket of told.buckets.filter((_, i) => i % 7 === 0)) {
        assert.equal((await server.get(`/api/v1/convergence/${it}/verdict?asOf=${bucket.to}`)).json.verdict.verdict, bucket.verdict);
      }
    }
  }
  assert.equal((await server.get(`/api/v1/convergence/${iterations[0]}/timeline?buckets=2001`)).status, 400);
  // Nothing was known yet: an axis without facts has no ends, no buckets and no marks.
  const nothing = await rest(iterations[0], 'observedAt=2001-01-01T00:00:00Z');
  assert.deepEqual([nothing.from, nothing.to, nothing.buckets, nothing.marks], [null, null, [], []]);
  assert.equal((await server.get(`/api/v1/convergence/${iterations[0]}/timeline?clock=other`)).status, 400);
  assert.equal((await server.get(`/api/v1/convergence/${iterations[0]}/timeline?from=2020-01-02&to=2020-01-01`)).status, 400);
  assert.equal((await server.get('/api/v1/convergence/nowhere/timeline')).status, 404);
});
