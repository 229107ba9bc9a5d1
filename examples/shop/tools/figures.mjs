// Prints what the five reports of a run say, and fails if one is missing or was cut off.
// usage: node tools/figures.mjs FOLDER

import { readFileSync } from "node:fs";

const folder = process.argv[2];

function report(file, read) {
  try {
    return read(readFileSync(`${folder}/${file}`, "utf8"));
  } catch (error) {
    console.error(`${folder}/${file}: ${error.message}`);
    process.exit(1);
  }
}

const lines = (text) => text.trimEnd().split("\n").map((line) => JSON.parse(line));
const percent = (part, whole) => `${((100 * part) / whole).toFixed(1)} %`;

function must(condition, message) {
  if (!condition) throw new Error(message);
}

function tasks(text) {
  const { tasks } = JSON.parse(text);
  must(tasks?.length > 0, "no tasks in it");
  const done = tasks.filter(({ execution }) => execution?.exitCode === 0);
  return `${tasks.length} run, ${done.length} succeeded (${percent(done.length, tasks.length)})`;
}

// The outcome of an attempt is the worst of its steps' outcomes; that of a scenario is its last attempt's.
function scenarios(text) {
  const messages = lines(text);
  must(messages.some(({ testRunFinished }) => testRunFinished), "the run did not finish");
  const pickles = new Map(messages.filter((m) => m.pickle).map((m) => [m.pickle.id, m.pickle]));
  const pickleOf = new Map(messages.filter((m) => m.testCase).map((m) => [m.testCase.id, pickles.get(m.testCase.pickleId)]));
  const attempts = new Map();
  const found = new Map();
  for (const { testCaseStarted: start, testStepFinished: step } of messages) {
    if (start) attempts.set(start.id, { pickle: pickleOf.get(start.testCaseId), passed: true });
    if (step && step.testStepResult.status !== "PASSED") attempts.get(step.testCaseStartedId).passed = false;
  }
  for (const { pickle, passed } of attempts.values()) {
    const outcomes = found.get(pickle) ?? [];
    found.set(pickle, [...outcomes, passed]);
  }
  return [...found].map(([pickle, outcomes]) => ({
    tags: pickle.tags.map(({ name }) => name),
    passed: outcomes.at(-1),
    flaky: new Set(outcomes).size > 1,
  }));
}

function unitTests(text) {
  must(text.trimEnd().endsWith("</testsuites>"), "the file ends too early");
  const [, run, failed] = /<testsuites [^>]*tests="(\d+)" failures="(\d+)"/.exec(text);
  return `${run} run, ${run - failed} passed (${percent(run - failed, run)})`;
}

// Modules that reach each other are in one cycle; reach(m) is what can be got to from m, m itself only
// by way of others.
function cycles(modules) {
  const uses = new Map(modules.map(({ source, dependencies }) => [source, dependencies.map(({ resolved }) => resolved)]));
  const reach = (source) => {
    const seen = new Set();
    const open = [...uses.get(source)];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      open.push(...(uses.get(next) ?? []));
    }
    return seen;
  };
  const reached = new Map([...uses.keys()].map((source) => [source, reach(source)]));
  const groups = [...reached]
    .filter(([source, seen]) => seen.has(source))
    .map(([source, seen]) => [...seen].filter((other) => reached.get(other)?.has(source)).sort().join(" "));
  return [...new Set(groups)];
}

function architecture({ modules, summary }) {
  const found = cycles(modules);
  const count = (severity) => summary.violations.filter(({ rule }) => rule.severity === severity).length;
  // An orphan has neither Ca nor Ce, so its instability is not a number.
  const stabilities = modules.filter(({ dependencies, dependents }) => dependencies.length + dependents.length > 0)
    .map(({ dependencies, dependents }) => dependencies.length / (dependencies.length + dependents.length));
  const mean = stabilities.reduce((a, b) => a + b, 0) / stabilities.length;
  console.log(`modules     ${modules.length}, mean instability ${mean.toFixed(2)}`);
  console.log(`violations  ${count("error")} errors, ${count("warn")} warnings, ${count("info")} notes`);
  for (const { from, to, rule } of summary.violations) console.log(`            ${rule.severity} ${rule.name}: ${from} -> ${to}`);
  console.log(`cycles      ${found.length}`);
  for (const cycle of found) console.log(`            ${cycle}`);
}

// A contract is aligned when it was locked, its scenarios pass and a module comes from a task implementing it.
function contracts(events, tests, modules) {
  const key = ({ contract_id, contract_version }) => `${contract_id}:${contract_version}`;
  const ofType = (type) => events.filter(({ event_type }) => event_type === type);
  const paths = new Set(modules.map(({ source }) => source));
  for (const lock of ofType("CONTRACT_LOCKED")) {
    const checks = tests.filter(({ tags }) => tags.includes(`@contract:${key(lock)}`));
    const tasks = ofType("TASK_CREATED").filter((task) => key(task) === key(lock)).map(({ node_id }) => node_id);
    const built = ofType("ARTIFACT_CREATED").filter(({ node_id, artifact_path }) => tasks.includes(node_id) && paths.has(artifact_path));
    const passed = checks.filter(({ passed }) => passed).length;
    const aligned = passed > 0 && passed === checks.length && built.length > 0;
    console.log(`contract    ${key(lock)} ${aligned ? "aligned" : "not aligned"}: locked, ${passed} of ${checks.length} scenarios pass, ${built.length} modules`);
  }
}

const tests = report("cucumber.ndjson", scenarios);
const passed = tests.filter((test) => test.passed).length;
const cruise = report("dependency-cruiser.json", (text) => {
  const result = JSON.parse(text);
  must(result.modules?.length > 0, "no modules in it");
  return result;
});
const events = report("events.ndjson", lines);

console.log(`tasks       ${report("turbo-run.json", tasks)}`);
console.log(`scenarios   ${tests.length} run, ${passed} passed (${percent(passed, tests.length)}), ${tests.filter(({ flaky }) => flaky).length} flaky`);
console.log(`unit tests  ${report("junit.xml", unitTests)}`);
architecture(cruise);
contracts(events, tests, cruise.modules);
console.log(`events      ${events.length}`);
