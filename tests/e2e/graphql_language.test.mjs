// The language of our GraphQL engine against graphql-js: what it takes and refuses, documents and schemas, and where.
// QUERY_CHECK names our side (default build/tests/e2e/query_check); GRAPHQL_DOCUMENTS how many are made at random.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'node:test';
import { Kind, buildSchema, parse, specifiedRules, typeFromAST, validate, validateSchema, valueFromAST, visit } from 'graphql';
import { byRule, richSchema, sdls, texts } from './graphql_documents.mjs';
import { merging, mutated, random, valid } from './graphql_generate.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const beside = process.env.TRIMODAL ? dirname(process.env.TRIMODAL) : join(root, 'build');
const binary = resolve(process.env.QUERY_CHECK ?? join(beside, 'tests/e2e/query_check'));
const count = Number(process.env.GRAPHQL_DOCUMENTS ?? 4000);

// How deep introspection may nest is a limit of graphql-js, not a rule of the specification; ours has limits of its own.
const rules = specifiedRules.filter((rule) => rule.name !== 'MaxIntrospectionDepthRule');

// Scalars that every server defines for itself: as ours does.
function withScalars(schema) {
  const refuse = (node) => {
    throw new TypeError(`not ${node.kind}`);
  };
  const whole = (node, least, most) => node.kind === Kind.INT && BigInt(node.value) >= least && BigInt(node.value) <= most;
  const types = schema.getTypeMap();
  if (types.Long) types.Long.parseLiteral = (node) => (whole(node, -(2n ** 63n), 2n ** 63n - 1n) ? node.value : refuse(node));
  const moment = (node) => node.kind === Kind.STRING && /^(\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d))?)$/.test(node.value);
  if (types.DateTime) types.DateTime.parseLiteral = (node) => (moment(node) || whole(node, -(2n ** 63n), 2n ** 63n - 1n) ? node.value : refuse(node));
  return schema;
}

// One run of our side: answers to requests, in order.
function ours(requests) {
  const input = requests.map((request) => `${JSON.stringify(request)}\n`).join('');
  const run = spawnSync(binary, [], { input, encoding: 'utf8', maxBuffer: 1 << 30 });
  assert.equal(run.status, 0, `query_check: ${run.signal ?? run.status} ${run.stderr} ${run.error ?? ''}`);
  const answers = run.stdout.trim().split('\n').map((line) => JSON.parse(line).errors);
  assert.equal(answers.length, requests.length);
  return answers;
}

function theirs(schema, text) {
  let document;
  try {
    document = parse(text);
  } catch (error) {
    return [error];
  }
  return validate(schema, document, rules, { maxErrors: 10000 });
}

const place = ({ line, column }) => `${line}:${column}`;
const isOverlap = (error) => /^Fields ".*" conflict because/.test(error.message);
const isSubscription = (error) => /must select only one top level field|must not select an introspection top level field/.test(error.message);
const isDefinition = (error) => /definition is not executable/.test(error.message);

// What is wrong with our answer, or nothing. Which pair of many that clash is told, and whether overlaps are told beside other
// errors, is left to each; for subscriptions we tell each field that is too much; and definitions of types in requests we do
// not look into.
function difference(ourErrors, theirErrors) {
  // What graphql-js 16 has otherwise than the specification: it overlooks nullable variables in @oneOf objects that are non-null
  // themselves, and follows @skip and @include at the root of a subscription as far as their conditions are constants.
  if (ourErrors.some((error) => /^At the root of a subscription/.test(error.message))) return undefined;
  const overlooked = (error) => /is the one field of a @oneOf/.test(error.message) && !theirErrors.some((their) => /OneOf/.test(their.message));
  ourErrors = ourErrors.filter((error) => !overlooked(error));
  if ((ourErrors.length === 0) !== (theirErrors.length === 0)) return 'one takes what the other refuses';
  // Of two fragments of one name we follow the first and graphql-js the last.
  if (theirErrors.some((error) => /only one fragment named/.test(error.message))) return undefined;
  const others = theirErrors.filter((error) => !isOverlap(error));
  const all = new Set(theirErrors.flatMap((error) => error.locations.map(place)));
  // In a list where none is expected graphql-js looks at variables as if they stood there alone; we have told of the list.
  const inList = ourErrors.some((error) => /^Expected a value of type .* found \[/.test(error.message));
  const ofInterest = others.filter((error) => !(inList && /used in position/.test(error.message)));
  const first = new Set(ofInterest.map((error) => place(error.locations[0])));
  const own = new Set(ourErrors.map((error) => place(error.locations[0])));
  const clash = ourErrors.some((error) => /^Two fields answer as/.test(error.message));
  if (clash && own.size > 0 && ![...own].some((at) => all.has(at))) return 'all places are ours only';
  for (const at of own) if (!clash && !all.has(at)) return `${at} is ours only`;
  if (others.length === 0 || others.some(isSubscription) || others.some(isDefinition)) return undefined;
  for (const at of first) if (!own.has(at)) return `${at} is theirs only`;
  return undefined;
}

function compare(schemaText, documents) {
  const schema = withScalars(buildSchema(schemaText));
  const [built, ...answers] = ours([{ sdl: schemaText }, ...documents.map((document) => ({ document }))]);
  assert.deepEqual(built, []);
  const problems = [];
  let taken = 0;
  documents.forEach((document, i) => {
    const wanted = theirs(schema, document);
    taken += wanted.length === 0;
    const problem = difference(answers[i], wanted);
    if (problem) {
      const list = (errors) => errors.map((error) => `    ${(error.locations ?? []).map(place)} ${error.message}`).join('\n');
      problems.push(`${problem}:\n${document}\n  ours:\n${list(answers[i])}\n  theirs:\n${list(wanted)}`);
    }
  });
  assert.equal(problems.length, 0, `${problems.length} of ${documents.length}:\n${problems.slice(0, Number(process.env.SHOW ?? 5)).join('\n\n')}`);
  return { taken, refused: documents.length - taken };
}

describe('documents written for a rule', () => {
  for (const rule of rules) {
    const name = rule.name.replace(/Rule$/, '');
    const documents = byRule[name] ?? byRule[{ KnownArgumentNamesOnDirectives: 'KnownArgumentNames' }[name]];
    test(name, () => {
      assert.ok(documents, `no documents for ${name}`);
      const schema = withScalars(buildSchema(richSchema));
      const broken = documents.filter((text) => validate(schema, parse(text), [rule]).length > 0);
      assert.ok(broken.length > 0 && broken.length < documents.length, `${broken.length} of ${documents.length} break ${name}`);
      compare(richSchema, documents);
    });
  }
  test('the grammar', () => {
    const schema = buildSchema('type Query { a: Int }');
    const [, ...answers] = ours([{ sdl: 'type Query { a: Int }' }, ...texts.map((document) => ({ document }))]);
    const problems = texts.flatMap((text, i) => {
      let wanted;
      try {
        parse(text);
      } catch (error) {
        wanted = error;
      }
      const own = answers[i].find((error) => error.extensions.code === 'GRAPHQL_PARSE_FAILED');
      if (!own !== !wanted) return [`${JSON.stringify(text)}: ours ${own?.message}, theirs ${wanted?.message}`];
      const [a, b] = [own, wanted].map((error) => error && place(error.locations[0]));
      return a === b ? [] : [`${JSON.stringify(text)}: ${a} ${own.message}; theirs ${b} ${wanted.message}`];
    });
    assert.ok(schema);
    assert.equal(problems.length, 0, `${problems.length}:\n${problems.join('\n')}`);
  });
});

describe('documents at random', () => {
  const ownSchema = readFileSync(join(root, 'schemas/graphql/schema.graphql'), 'utf8');
  for (const [name, text, share] of [['the rich schema', richSchema, 1], ['our schema', ownSchema, 0.25]]) {
    test(`that hold for ${name}`, () => {
      const schema = withScalars(buildSchema(text));
      const documents = Array.from({ length: count * share }, (_, i) => valid(schema, random(i)));
      const { taken } = compare(text, documents);
      assert.ok(taken > documents.length / 2, `only ${taken} of ${documents.length} hold`);
    });
    test(`with changes, for ${name}`, () => {
      const schema = withScalars(buildSchema(text));
      const words = Object.values(schema.getTypeMap()).flatMap((type) => [type.name, ...Object.keys(type.getFields?.() ?? {})]);
      words.push('v0', 'v1', 'F0', 'F1', 'skip', 'include', 'tag', 'if', 'v', 'Q', 'a1', 'a2');
      const documents = Array.from({ length: count * share }, (_, i) => mutated(valid(schema, random(i)), words, random(i + 1e6)));
      const { refused } = compare(text, documents);
      assert.ok(refused > documents.length / 3, `only ${refused} of ${documents.length} are refused`);
    });
  }
});

test('fields at random that must merge', () => {
  const documents = Array.from({ length: count }, (_, i) => merging(random(i)));
  const { taken, refused } = compare(richSchema, documents);
  assert.ok(taken > count / 5 && refused > count / 5, `${taken} hold, ${refused} do not`);
});

// Default values that are none of their type: the specification refuses them, graphql-js 16 does not look.
function defaultsHold(schema, document) {
  let hold = true;
  visit(document, {
    InputValueDefinition(node) {
      const type = typeFromAST(schema, node.type);
      if (node.defaultValue && type && valueFromAST(node.defaultValue, type) === undefined) hold = false;
    },
  });
  return hold;
}

test('schemas', () => {
  // graphql-js 16 takes these, against the specification (3.3.1) or because it looks at definitions only.
  const stricter = new Set(['schema { query: Query mutation: Query }', '{ q }', 'fragment F on Query { q }']);
  const answers = ours(sdls.map((sdl) => ({ sdl: `type Query { q: Int } ${sdl}` })));
  const problems = sdls.flatMap((sdl, i) => {
    const text = `type Query { q: Int } ${sdl}`;
    let wanted = '';
    try {
      const schema = buildSchema(text);
      wanted = validateSchema(schema).map((error) => error.message).join('; ') || (defaultsHold(schema, parse(text)) ? '' : 'a default');
    } catch (error) {
      wanted = error.message;
    }
    const agree = (answers[i].length === 0) === (wanted === '');
    return agree !== stricter.has(sdl) ? [] : [`${sdl}\n  ours: ${answers[i][0]?.message}\n  theirs: ${wanted}`];
  });
  assert.equal(problems.length, 0, `${problems.length}:\n${problems.join('\n')}`);
});
