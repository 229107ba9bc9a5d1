// The command line, driven as a person or a CI job drives it: the built binary, files, pipes, exit codes.
// TRIMODAL names the binary (default build/trimodal).
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, describe, test } from 'node:test';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const binary = resolve(process.env.TRIMODAL ?? join(root, 'build/trimodal'));
const shop = join(root, 'tests/fixtures/shop');
const folders = [];

function folder() {
  const made = mkdtempSync(join(tmpdir(), 'trimodal-cli-'));
  folders.push(made);
  return made;
}
after(() => folders.forEach((made) => rmSync(made, { recursive: true, force: true })));

function run(args, { data, input, env } = {}) {
  const clean = { ...process.env, ...env };
  for (const name of ['TRIMODAL_URL', 'TRIMODAL_DATA', 'TRIMODAL_TOKEN', 'TRIMODAL_TOKEN_FILE', 'COLUMNS']) if (!env?.[name]) delete clean[name];
  const result = spawnSync(binary, data ? [...args, '--data', data] : args, { input, env: clean, encoding: 'utf8', maxBuffer: 1 << 28 });
  assert.equal(result.signal, null, `${args.join(' ')} died of ${result.signal}: ${result.stderr}`);
  return { code: result.status, out: result.stdout, err: result.stderr };
}

function fine(args, options) {
  const result = run(args, options);
  assert.equal(result.code, 0, `${args.join(' ')}: ${result.stderr ?? ''}${result.err}${result.out}`);
  return result.out;
}

const json = (args, options) => JSON.parse(run([...args, '--json'], options).out);

const golden = [
  ['Iter-Golden-AllPass', 'ALL_PASS', 0],
  ['Iter-Golden-DesignGap', 'DESIGN_GAP', 1],
  ['Iter-Golden-TechDebt', 'ARCHITECTURAL_EROSION', 1],
  ['Iter-Golden-PipelineIssue', 'PROCESS_ISSUE', 1],
  ['Iter-Golden-SystemicFailure', 'SYSTEMIC_FAILURE', 1],
];
const gap = 'Iter-Golden-DesignGap';

describe('golden iterations', () => {
  let data;
  before(() => {
    data = folder();
    fine(['seed', 'golden'], { data });
  });

  for (const [iteration, verdict, code] of golden) {
    test(`${iteration} is ${verdict} and exits with ${code}`, () => {
      const result = run(['verdict', iteration], { data });
      assert.equal(result.code, code, result.err);
      assert.match(result.out, new RegExp(`${verdict}  ${iteration}`));
      const answer = json(['verdict', iteration], { data });
      assert.equal(answer.verdict.verdict, verdict);
      assert.equal(answer.exit_code, code);
    });
  }

  test('each has 50 tasks, 100 scenarios, 80 modules, all contracts locked and a mean instability below 0.5', () => {
    for (const [iteration] of golden) {
      const dde = json(['show', iteration, '--lens', 'dde'], { data }).kpis;
      const bdv = json(['show', iteration, '--lens', 'bdv'], { data }).kpis;
      const acc = json(['show', iteration, '--lens', 'acc'], { data }).kpis;
      assert.deepEqual([dde.tasks, bdv.scenarios, acc.modules], [50, 100, 80]);
      assert.deepEqual([dde.contracts, dde.contracts_locked, bdv.flaky], [8, 8, 2]);
      assert.ok(acc.mean_instability < 0.5, `${iteration}: ${acc.mean_instability}`);
    }
  });

  test('the approval rate of the five is one in five', () => {
    assert.match(fine(['iterations'], { data }), /✘ Approval: 20\.0 % of 5 decided iterations may\s+be\s+deployed \(target 80 %,\s+at least\s+70 %\)/);
  });

  test('AllPass passes 95 of 100 scenarios, DesignGap 60', () => {
    assert.equal(json(['show', golden[0][0], '--lens', 'bdv'], { data }).kpis.passed, 95);
    assert.equal(json(['show', gap, '--lens', 'bdv'], { data }).kpis.passed, 60);
  });

  test('seeding again finds duplicates only', () => {
    const again = json(['seed', 'golden'], { data });
    assert.equal(again.accepted, 0);
    assert.equal(again.rejected, 0);
    assert.equal(again.duplicates, again.events);
  });

  test('two seeds are the same bytes', () => {
    const first = fine(['seed', 'golden', '--print']);
    assert.equal(first, fine(['seed', 'golden', '--print']));
    const events = first.trim().split('\n').map((line) => JSON.parse(line));
    assert.equal(new Set(events.map((event) => event.event_id)).size, events.length, 'event ids are distinct');
    const spans = new Map();
    for (const { iteration_id: id, timestamp: at } of events) {
      const [from, to] = spans.get(id) ?? [at, at];
      spans.set(id, [Math.min(from, at), Math.max(to, at)]);
    }
    assert.equal(spans.size, 5);
    for (const [id, [from, to]] of spans) assert.ok(to - from > 3600e3 && to - from <= 7200e3, `${id} lasts ${to - from} ms`);
  });

  test('the verdict names each failing scenario with its event', () => {
    const { verdict } = json(['verdict', gap], { data });
    const out = run(['verdict', gap, '--all'], { data }).out.replace(/\s+/g, ' ');
    assert.equal(verdict.blocking_issues.length, 40);
    for (const issue of verdict.blocking_issues) {
      assert.ok(out.includes(issue.id), issue.id);
      assert.ok(out.includes(issue.event.event_id), issue.event.event_id);
    }
    assert.match(out, /Expected 690 cents/);
    assert.match(run(['verdict', gap], { data }).out, /and \d+ more; --all shows them/);
  });

  test('the verdict names the blocking violations and the cycle', () => {
    const out = run(['verdict', 'Iter-Golden-TechDebt', '--all'], { data }).out.replace(/\s+/g, ' ');
    for (const rule of ['domain-knows-no-adapters', 'adapters-know-no-api', 'no-foreign-database', 'no-cycles']) assert.ok(out.includes(rule), rule);
    assert.match(out, /cycle/i);
  });

  test('the verdict names the failed tasks and what they said', () => {
    const out = run(['verdict', 'Iter-Golden-PipelineIssue', '--all'], { data }).out.replace(/\s+/g, ' ');
    for (const task of ['publish-images', 'migrate-staging', 'gate-security', 'notification-tests']) assert.ok(out.includes(task), task);
    assert.match(out, /503 Service Unavailable/);
  });

  test('before the turn the verdict was ALL_PASS', () => {
    for (const [iteration, , code] of golden) {
      const { timestamp } = { timestamp: Date.parse('2025-03-03T10:25:00Z') + golden.findIndex(([id]) => id === iteration) * 86400e3 };
      const result = run(['verdict', iteration, '--as-of', String(timestamp)], { data });
      assert.equal(result.code, 0, `${iteration} (${code} today)\n${result.out}`);
      assert.match(result.out, /ALL_PASS/);
    }
    assert.equal(run(['verdict', gap, '--as-of', '2025-03-04T09:30:00Z'], { data }).code, 2, 'pending while the work runs');
  });

  test('before it was known there was nothing', () => {
    const result = run(['verdict', gap, '--known-at', '2025-03-05T00:00:00Z'], { data });
    assert.equal(result.code, 3);
    assert.match(result.err, /^trimodal: /);
  });

  test('blame names the event of each turn', () => {
    const turns = (iteration) => json(['blame', iteration], { data }).blame.flips;
    assert.deepEqual(turns(gap).map((flip) => flip.to), ['PENDING', 'ALL_PASS', 'DESIGN_GAP']);
    assert.equal(turns(gap).at(-1).event.event_type, 'SCENARIO_FAILED');
    assert.equal(turns('Iter-Golden-TechDebt').at(-1).event.event_type, 'VIOLATION_DETECTED');
    assert.equal(turns('Iter-Golden-PipelineIssue').at(-1).event.event_type, 'WORKFLOW_FAILED');
    assert.deepEqual(turns('Iter-Golden-SystemicFailure').map((flip) => flip.to),
      ['PENDING', 'ALL_PASS', 'DESIGN_GAP', 'COMPOUND_FAILURE', 'SYSTEMIC_FAILURE']);
    const out = fine(['blame', gap], { data });
    assert.match(out, /ALL_PASS → ✘ DESIGN_GAP/);
    assert.match(out, /scenario pass rate 90 % → 89 %/);
  });

  test('history lists the versions of a node', () => {
    const out = fine(['history', 'payment-tests', '--iteration', 'Iter-Golden-PipelineIssue'], { data });
    assert.match(out, /v1 TASK_CREATED/);
    assert.match(out, /v5 TASK_RETRYING/);
    assert.match(out, /RUNNING +→ +COMPLETED/);
    const several = run(['history', 'payment-tests'], { data });
    assert.equal(several.code, 3);
    assert.match(several.err, /name one with --iteration/);
    assert.equal(run(['history', 'no-such-node'], { data }).code, 3);
  });

  test('diff shows what changed between two times', () => {
    const times = ['2025-03-04T10:29:00Z', '2025-03-04T10:31:00Z'];
    const out = fine(['diff', gap, ...times], { data });
    assert.match(out, /0 created, 5 updated, 0 deleted/);
    assert.match(out, /status +PASSED +→ +FAILED/);
    assert.equal(json(['diff', gap, ...times], { data }).changes.length, 5);
    assert.match(fine(['diff', gap, '-2h', 'now'], { data }), /0 created, 0 updated/);
  });

  test('trace walks the spine and gives each link its reason', () => {
    const out = fine(['trace', 'REQ-107', '--iteration', gap], { data });
    for (const text of ['the spine is complete', 'payment-service', 'PaymentAPI:v2', 'charge.ts', 'file_path_exact, confidence 0.90',
      'contract_tag, confidence 0.80']) assert.ok(out.includes(text), text);
    const heuristic = fine(['trace', 'route-service', '--iteration', gap], { data });
    assert.match(heuristic, /heuristic, confidence 0\.\d+: The names/);
    assert.match(heuristic, /file_path_fuzzy/);
    assert.match(fine(['trace', 'announce-candidate', '--iteration', gap], { data }), /gap/i);
  });

  test('show prints every lens, and no line is wider than the terminal', () => {
    for (const [iteration] of golden) {
      const out = fine(['show', iteration], { data });
      for (const text of ['Convergence:', 'DDE:', 'BDV:', 'ACC:', 'Contract stars', 'Critical path', 'What found no partner']) assert.ok(out.includes(text), text);
    }
    const narrow = fine(['iterations'], { data, env: { COLUMNS: '80' } });
    for (const line of narrow.split('\n')) assert.ok([...line].length <= 80, line);
  });

  test('--json parses for every command that reads', () => {
    for (const args of [['iterations'], ['verdict', gap], ['show', gap], ['show', gap, '--lens', 'convergence'], ['blame', gap],
      ['history', 'REQ-101', '--iteration', gap], ['diff', gap, '-1h', 'now'], ['trace', 'REQ-101', '--iteration', gap],
      ['dlq', 'list'], ['policy', 'show'], ['digest'], ['rebuild', '--verify'], ['doctor']]) {
      assert.equal(typeof json(args, { data }), 'object', args.join(' '));
    }
  });

  test('there is no colour in a pipe, unless asked for', () => {
    assert.ok(!run(['verdict', gap], { data }).out.includes('\x1b'));
    assert.ok(run(['verdict', gap, '--color', 'always'], { data }).out.includes('\x1b['));
  });

  test('a policy file judges differently', () => {
    const policy = join(folder(), 'mild.yaml');
    writeFileSync(policy, 'version: mild\nconditions:\n  scenario_pass_rate: {threshold: 0.5, target: 0.9}\n');
    const result = run(['verdict', gap, '--policy', policy], { data });
    assert.equal(result.code, 0, result.err + result.out);
    assert.match(result.out, /policy mild/);
    writeFileSync(policy, 'conditions:\n  nonsense: {threshold: 1}\n');
    assert.equal(run(['verdict', gap, '--policy', policy], { data }).code, 3);
  });

  test('rebuild --verify finds the same graph, and the digest stays', () => {
    assert.match(fine(['rebuild', '--verify'], { data }), /the log gives the same graph/);
    const other = folder();
    fine(['import', 'events', '-'], { data: other, input: fine(['seed', 'golden', '--print']).trim().split('\n').reverse().join('\n') });
    assert.equal(json(['digest'], { data: other }).current, json(['digest'], { data }).current, 'whatever the order of arrival');
  });

  test('doctor finds nothing broken', () => {
    assert.match(fine(['doctor'], { data }), /0 broken/);
  });
});

describe('what can go wrong', () => {
  test('errors are one sentence on standard error, exit 3', () => {
    const data = folder();
    fine(['seed', 'golden'], { data });
    for (const [args, message] of [
      [['verdict', 'nope'], /there is no iteration "nope"/],
      [['verdict'], /an argument is missing/],
      [['verdict', gap, '--asof', 'now'], /no such option/],
      [['verdict', gap, '--as-of', 'yesterday'], /--as-of: .*is not a time/],
      [['trace', 'packages/payment/src/api/routes.ts', '--iteration', gap], /--kind: .*Artifact, CodeModule/],
      [['verdict', gap, '--as-of'], /a value is missing/],
      [['verdcit', gap], /did you mean `trimodal verdict`/],
      [['import', 'junti', 'x.xml', '--iteration', 'i'], /did you mean junit/],
      [['import', 'junit', '/no/such/file.xml', '--iteration', 'i'], /No such file/],
      [['import', 'junit', 'x.xml'], /--iteration ID is missing/],
      [['show', gap, '--lens', 'xyz'], /expected dde, bdv, acc or convergence/],
      [['dlq', 'show', '99'], /99/],
      [['link', 'Task', 'FULFILLED_BY', 'Task:x', '--iteration', gap, '--reason', 'r'], /KIND:ID/],
      [['override', gap], /--reason TEXT is missing/],
      [['rebuild'], /--verify/],
    ]) {
      const result = run(args, { data });
      assert.equal(result.code, 3, args.join(' '));
      assert.match(result.err, /^trimodal: /, args.join(' '));
      assert.match(result.err, message, args.join(' '));
      assert.ok(!result.err.includes('{"'), `${args.join(' ')}: no JSON in ${result.err}`);
      assert.equal(result.out, '', args.join(' '));
    }
  });

  test('a data directory that is not there, and one that is no store', () => {
    const missing = run(['iterations'], { data: join(folder(), 'nothing') });
    assert.equal(missing.code, 3);
    assert.match(missing.err, /trimodal seed golden/);
    const broken = folder();
    writeFileSync(join(broken, 'trimodal.db'), 'this is no database, but it is long enough to be looked at'.repeat(100));
    assert.equal(run(['iterations'], { data: broken }).code, 3);
    assert.equal(run(['doctor'], { data: broken }).code, 1);
  });

  test('a server that does not answer', () => {
    const result = run(['iterations', '--server', 'http://127.0.0.1:1']);
    assert.equal(result.code, 3);
    assert.match(result.err, /no server answers/);
  });

  test('every command has help with usage, examples and exit status', () => {
    const overview = fine(['--help']);
    const names = [...overview.matchAll(/^ {2}([a-z]+) {2,}/gm)].map((match) => match[1]).filter((name) => name !== 'trimodal');
    assert.ok(names.length >= 18, names.join(' '));
    for (const name of names) {
      const out = fine([name, '--help']);
      for (const part of ['Usage', 'Options', 'Examples', 'Exit status']) assert.ok(out.includes(part), `${name}: ${part}`);
    }
    assert.match(fine(['--version']), /^trimodal \d/);
  });
});

describe('other tools\' files', () => {
  const files = [['cucumber-messages', 'cucumber.ndjson'], ['junit', 'junit.xml'], ['dependency-cruiser', 'dependency-cruiser.json'],
    ['turborepo', 'turbo-run.json'], ['events', 'events.ndjson']];
  const load = (state, data) => files.map(([format, name]) =>
    json(['import', format, join(shop, state, name), '--iteration', `shop-${state}`], { data }));

  for (const [state, verdict] of [['clean', 'ALL_PASS'], ['behaviour-bug', 'DESIGN_GAP'], ['layering-breach', 'ARCHITECTURAL_EROSION']]) {
    test(`the shop, ${state}, is ${verdict}; importing it again changes nothing`, () => {
      const data = folder();
      for (const summary of load(state, data)) {
        assert.ok(summary.accepted > 0, summary.format);
        assert.equal(summary.rejected, 0, summary.format);
      }
      assert.equal(json(['verdict', `shop-${state}`], { data }).verdict.verdict, verdict);
      const digest = json(['digest'], { data });
      for (const summary of load(state, data)) {
        assert.equal(summary.accepted, 0, summary.format);
        assert.equal(summary.duplicates, summary.events, summary.format);
      }
      assert.deepEqual(json(['digest'], { data }), digest);
    });
  }

  test('standard input works, and --list names the formats', () => {
    const data = folder();
    const out = fine(['import', 'events', '-'], { data, input: readFileSync(join(shop, 'clean/events.ndjson')) });
    assert.match(out, /accepted/);
    const list = fine(['import', '--list']);
    for (const [format] of files) assert.ok(list.includes(format), format);
  });

  test('events in an array over many lines are read', () => {
    const data = folder();
    const events = [{ iteration_id: 'p', event_type: 'TASK_STARTED', node_id: 'T', event_id: 'e1', timestamp: 1741000000000, metadata: { name: 'a\nb' } }];
    assert.match(fine(['import', 'events', '-'], { data, input: JSON.stringify(events, null, 2) }), /1 accepted/);
  });

  test('what comes from events cannot steer the terminal', () => {
    const data = folder();
    const name = 'red\u001b[31m\u001b]0;title\u0007\u009b1m \u202eback';
    const event = { iteration_id: 'evil', event_type: 'TASK_FAILED', node_id: 'T', event_id: 'e1', timestamp: 1741000000000, error_message: name, metadata: { name } };
    fine(['import', 'events', '-'], { data, input: JSON.stringify(event) });
    for (const args of [['show', 'evil'], ['verdict', 'evil'], ['history', 'T'], ['trace', 'T'], ['blame', 'evil'],
      ['diff', 'evil', '2025-01-01T00:00:00Z', 'now'], ['history', 'no\u001b[2J']]) {
      const { out, err } = run(args, { data });
      assert.doesNotMatch(out + err, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/, args.join(' '));
    }
  });

  test('a file that is something else is named as such', () => {
    const data = folder();
    const result = run(['import', 'junit', join(shop, 'clean/cucumber.ndjson'), '--iteration', 'x'], { data });
    assert.equal(result.code, 3);
    assert.match(result.err, /cucumber/);
  });
});

describe('dead letters', () => {
  test('a bad event waits, is edited, replayed, and leaves the queue', () => {
    const data = folder();
    const good = { iteration_id: 'it', event_type: 'TASK_STARTED', node_id: 'T1', event_id: '0195a000-0000-7000-8000-000000000001', timestamp: 1741000000000 };
    const bad = { ...good, event_id: '0195a000-0000-7000-8000-000000000002', event_type: 'TASK_STRATED', node_id: 'T2' };
    const imported = run(['import', 'events', '-'], { data, input: `${JSON.stringify(good)}\n${JSON.stringify(bad)}\n` });
    assert.equal(imported.code, 1, imported.err);
    assert.match(imported.out, /1 accepted.*1 rejected/);
    assert.match(imported.out, /event_type/);
    const [letter] = json(['dlq', 'list'], { data }).letters;
    assert.equal(letter.category, 'SCHEMA_VALIDATION');
    const id = String(letter.id);
    const shown = fine(['dlq', 'show', id], { data });
    assert.match(shown, /TASK_STRATED/);
    assert.match(shown, /event_type/);
    assert.equal(run(['dlq', 'replay', id], { data }).code, 1, 'still wrong');
    const file = join(folder(), 'fixed.json');
    writeFileSync(file, JSON.stringify({ ...bad, event_type: 'TASK_STARTED' }));
    assert.match(fine(['dlq', 'edit', id, '--file', file], { data }), /Dead letter 2 .*accepted/s);
    const now = String(json(['dlq', 'list'], { data }).letters[0].id);
    assert.notEqual(now, id);
    assert.match(fine(['dlq', 'show', id], { data }), /EDITED: its new text is dead letter 2[^]*TASK_STRATED/);
    assert.match(fine(['dlq', 'show', now], { data }), /TASK_STARTED/);
    assert.match(run(['dlq', 'replay', id, '--apply'], { data }).err, /new text is dead letter 2/);
    assert.match(fine(['dlq', 'replay', now], { data }), /Dry run.*1 accepted/);
    assert.equal(json(['dlq', 'list'], { data }).counts.waiting, 1, 'a dry run changes nothing');
    assert.match(fine(['dlq', 'replay', now, '--apply'], { data }), /Replayed: 1 accepted/);
    assert.equal(json(['dlq', 'list'], { data }).counts.waiting, 0);
    assert.match(fine(['history', 'T2'], { data }), /TASK_STARTED/);
    assert.equal(run(['dlq', 'replay'], { data }).code, 3, 'a selection is needed');
  });

  test('an event over the limit is kept whole; of 100 MB the first 64 MiB, and the reason says so', () => {
    const data = folder();
    const event = (n) => JSON.stringify({ iteration_id: 'it', event_type: 'TASK_STARTED', node_id: `T${n}`, event_id: `e-${n}`, timestamp: 1741000000000 + n });
    const long = `{"event_id":"${'é'.repeat(2.5 * (1 << 20))}"}`;
    const file = join(folder(), 'long.ndjson');
    writeFileSync(file, `${event(1)}\n${long}\n${event(2)}\n{"x":"${'y'.repeat(100e6)}"}\n${event(3)}\n`);
    const imported = run(['import', 'events', file], { data });
    assert.equal(imported.code, 1, imported.err);
    assert.match(imported.out, /3 accepted.*2 rejected/);
    const letters = json(['dlq', 'list'], { data }).letters.sort((a, b) => a.id - b.id);
    assert.equal(letters[0].raw_bytes, Buffer.byteLength(long));
    assert.doesNotMatch(letters[0].reason, /kept/);
    assert.equal(json(['dlq', 'show', String(letters[0].id)], { data }).letter.raw, long);
    assert.equal(letters[1].raw_bytes, 64 * (1 << 20));
    assert.match(letters[1].reason, /100000008 bytes.*its first 67108864 bytes were kept/);
  });

  test('the editor gets the text and gives it back', () => {
    const data = folder();
    run(['import', 'events', '-'], { data, input: '{"iteration_id":"it","event_type":"NOPE","node_id":"T","event_id":"e-1","timestamp":1741000000000}\n' });
    const editor = join(folder(), 'my editor.sh');
    writeFileSync(editor, '#!/bin/sh\nsed -i s/NOPE/TASK_STARTED/ "$1"\n');
    chmodSync(editor, 0o755);
    const id = String(json(['dlq', 'list'], { data }).letters[0].id);
    assert.match(fine(['dlq', 'edit', id], { data, env: { VISUAL: '', EDITOR: `'${editor}'` } }), /accepted/);
    assert.match(run(['dlq', 'discard', id], { data }).err, /new text is dead letter 2/);
    assert.match(fine(['dlq', 'discard', '2'], { data }), /1 discarded/);
    assert.equal(json(['dlq', 'list'], { data }).counts.waiting, 0);
  });
});

describe('what people decide', () => {
  test('link and unlink beat what was inferred', () => {
    const data = folder();
    fine(['seed', 'golden'], { data });
    const linked = (id) => json(['trace', id, '--iteration', gap], { data }).links.find((link) => link.kind === 'FULFILLED_BY');
    assert.equal(linked('announce-candidate'), undefined);
    const link = ['Requirement:REQ-104', 'FULFILLED_BY', 'Task:announce-candidate', '--iteration', gap, '--reason', 'it tells people'];
    assert.match(fine(['link', ...link], { data }), /linked by hand/);
    assert.equal(linked('announce-candidate').method, 'manual');
    assert.match(fine(['unlink', ...link], { data }), /denied by hand/);
    assert.equal(linked('announce-candidate'), undefined);
    fine(['unlink', 'Requirement:REQ-107', 'FULFILLED_BY', 'Task:payment-service', '--iteration', gap, '--reason', 'no'], { data });
    assert.equal(run(['link', 'Requirement:REQ-104', 'FULFILLED_BY', 'Task:nope', '--iteration', gap, '--reason', 'x'], { data }).code, 3);
  });

  test('an override opens the gate, its withdrawal closes it', () => {
    const data = folder();
    fine(['seed', 'golden'], { data });
    fine(['override', gap, '--reason', 'known gap', '--actor', 'ann'], { data });
    const open = run(['verdict', gap], { data });
    assert.equal(open.code, 0);
    assert.match(open.out, /DESIGN_GAP/);
    assert.match(open.out, /ann/);
    fine(['override', gap, '--withdraw', '--reason', 'over'], { data });
    assert.equal(run(['verdict', gap], { data }).code, 1);
  });
});

describe('beside a server', () => {
  let data, server, url, TRIMODAL_TOKEN_FILE;
  before(async () => {
    data = folder();
    TRIMODAL_TOKEN_FILE = join(data, 'local.token');
    fine(['seed', 'golden'], { data });
    server = spawn(binary, ['serve', '--listen', '127.0.0.1:0', '--data', data], { stdio: ['ignore', 'pipe', 'pipe'] });
    url = await new Promise((done, failed) => {
      let text = '';
      const timer = setTimeout(() => failed(new Error(`the server does not start: ${text}`)), 20000);
      for (const stream of [server.stdout, server.stderr]) {
        stream.on('data', (piece) => {
          text += piece;
          const match = text.match(/listening on (http:\/\/[^\s"]+)/);
          if (match) {
            clearTimeout(timer);
            done(match[1].replace(/\/$/, ''));
          }
        });
      }
      server.on('exit', (code) => failed(new Error(`the server ended with ${code}: ${text}`)));
    });
  });
  after(async () => {
    if (server.exitCode !== null) return;
    const ended = new Promise((done) => server.on('exit', done));
    server.kill('SIGTERM');
    await ended;
  });

  test('the output is the same from the directory and from the server', () => {
    // Both are asked about the same moment, so that the clocks they name are the same.
    const at = ['--as-of', '2025-03-08T00:00:00Z', '--known-at', String(Date.now() - 1)];
    for (const args of [['iterations', ...at], ['verdict', gap, ...at], ['show', gap, ...at], ['show', 'Iter-Golden-TechDebt', ...at],
      ['history', 'REQ-101', '--iteration', gap, ...at], ['trace', 'REQ-107', '--iteration', gap, ...at], ['blame', gap, '--as-of', at[1]],
      ['dlq', 'list'], ['policy', 'show'], ['digest']]) {
      for (const form of [[], ['--json']]) {
        const here = run([...args, ...form], { data });
        const there = run([...args, ...form, '--server', url], { env: { TRIMODAL_TOKEN_FILE } });
        assert.equal(there.code, here.code, `${args.join(' ')}: ${there.err}`);
        if (form.length > 0 && args[0] === 'blame') continue; // names the present in its meta
        assert.equal(there.out, here.out, args.join(' '));
      }
    }
    assert.equal(run(['verdict', 'nope', '--server', url], { env: { TRIMODAL_TOKEN_FILE } }).err, run(['verdict', 'nope'], { data }).err);
  });

  test('TRIMODAL_URL is as good as --server, and --data wins over it', () => {
    assert.match(fine(['iterations'], { env: { TRIMODAL_URL: url, TRIMODAL_TOKEN_FILE } }), /Iter-Golden-AllPass/);
    assert.equal(run(['iterations'], { env: { TRIMODAL_URL: url }, data: join(folder(), 'none') }).code, 3);
  });

  test('a command that writes finds the server that holds the directory', () => {
    const result = run(['seed', 'golden'], { data });
    assert.equal(result.code, 0, result.err);
    assert.match(result.err, /a server holds this data directory; asking it at http/);
    assert.match(result.out, /0 accepted/);
  });

  test('doctor finds the server', () => {
    assert.match(fine(['doctor'], { data }), /answers and is ready/);
  });
});

test('the binary is there', () => assert.ok(existsSync(binary), `build it first: ${binary}`));
