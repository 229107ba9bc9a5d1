// Our engine beside graphql-js: the same queries of the same schema, whose resolvers give the same values, must have the same answers.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import {
  GraphQLNonNull, buildClientSchema, buildSchema, getIntrospectionQuery, getNamedType, isAbstractType, isCompositeType, isEnumType, isInputObjectType,
  isListType, isNonNullType, isObjectType, lexicographicSortSchema, parse, printSchema, validate,
} from 'graphql';
import { random } from './graphql_generate.mjs';
import { answer, syntheticSchema } from './graphql_synthetic.mjs';

const program = process.env.QUERY_EXECUTE ?? join(dirname(process.env.NET_ECHO ?? 'build/tests/e2e/net_echo'), 'query_execute');
const sdl = execFileSync(program, ['--sdl'], { encoding: 'utf8' });
const schema = syntheticSchema(sdl);

function ask(requests) {
  const input = requests.map((r) => JSON.stringify(r)).join('\n');
  const output = execFileSync(program, { input, encoding: 'utf8', maxBuffer: 1 << 30 });
  return output.trimEnd().split('\n').map((line) => JSON.parse(line));
}

/** Requests that hold, with values for their variables that sometimes do not. */
class Request {
  constructor(seed) {
    this.dice = random(seed);
    this.definitions = [];
    this.variables = {};
    this.fragments = [];
    this.aliases = new Map();
  }

  /** A value for the type: GraphQL text, or JSON for variables. */
  scalar(type, json) {
    const { dice } = this;
    const text = (s) => (json ? s : JSON.stringify(s));
    switch (type.name) {
      case 'Int': return json && dice.chance(0.02) ? dice.pick([1.5, 2147483648, '1', true]) : dice.below(100) - 50;
      case 'Float': return dice.pick([1.5, -0.25, 3, 1e3]);
      case 'Boolean': return dice.chance(0.5);
      case 'ID': return dice.chance(0.5) ? text(`i${dice.below(5)}`) : dice.below(9);
      case 'DateTime': return dice.chance(0.5) ? text('2026-11-21T10:03:00.000Z') : 1795223815000;
      case 'Long': return dice.below(2 ** 40);
      case 'JSON': return json ? dice.pick([{ a: [1, { b: 'c' }] }, 7, 'x', []]) : dice.pick(['{a: [1, {b: "c"}]}', '7', '"x"', '[]', `{a: ${this.variable('Int', schema.getType('Int'))}}`]);
      default: return text(dice.pick(['text', '', 'é "q"']));
    }
  }

  value(type, json, depth = 0) {
    const { dice } = this;
    if (!json && dice.chance(0.2)) return this.variable(String(type), type);
    if (isNonNullType(type)) {
      if (json && dice.chance(0.02)) return null;
      type = type.ofType;
    } else if (dice.chance(0.1)) return json ? null : 'null';
    if (isListType(type)) {
      const items = Array.from({ length: dice.below(3) }, () => this.value(type.ofType, json, depth + 1));
      return json ? items : `[${items.join(', ')}]`;
    }
    if (isEnumType(type)) return json && dice.chance(0.03) ? 'PINK' : dice.pick(type.getValues()).name;
    if (!isInputObjectType(type)) return this.scalar(type, json);
    let fields = Object.values(type.getFields());
    if (type.isOneOf && (!json || dice.chance(0.9))) fields = [dice.pick(fields)];
    else fields = fields.filter((f) => (isNonNullType(f.type) && f.defaultValue === undefined && !(json && dice.chance(0.03))) || (depth < 3 && dice.chance(0.4)));
    const given = fields.map((f) => [f.name, this.value(type.isOneOf && !(json && dice.chance(0.1)) ? new GraphQLNonNull(f.type) : f.type, json, depth + 1)]);
    if (json) return Object.fromEntries(dice.chance(0.02) ? [...given, ['unknown', 1]] : given);
    return `{${given.map(([name, value]) => `${name}: ${value}`).join(', ')}}`;
  }

  variable(text, type) {
    const { dice } = this;
    const name = `v${this.definitions.length}`;
    const required = text.endsWith('!');
    const preset = dice.chance(0.3) ? ` = ${new Request(dice.below(1e9)).constant(required ? type.ofType : type)}` : '';
    if (!required && dice.chance(0.3)) text += preset === ' = null' ? '' : '!';
    this.definitions.push(`$${name}: ${text}${text.endsWith('!') && preset === ' = null' ? '' : preset}`);
    if (dice.chance(0.85)) this.variables[name] = this.value(type, true);
    return `$${name}`;
  }

  constant(type) {
    this.variable = () => 'null';
    const value = this.value(type, false, 2);
    return /\bnull\b/.test(value) ? 'null' : value;
  }

  arguments(field) {
    const taken = field.args.filter((a) => (isNonNullType(a.type) && a.defaultValue === undefined) || this.dice.chance(0.4));
    return taken.length === 0 ? '' : `(${taken.map((a) => `${a.name}: ${this.value(a.type, false)}`).join(', ')})`;
  }

  condition() {
    const { dice } = this;
    if (dice.chance(0.75)) return '';
    const names = ['c0', 'c1', 'c2'];
    const one = (word) => `@${word}(if: ${dice.chance(0.1) ? dice.chance(0.5) : `$${dice.pick(names)}`})`;
    return dice.chance(0.15) ? ` ${one('skip')} ${one('include')}` : ` ${one(dice.chance(0.5) ? 'skip' : 'include')}`;
  }

  /** Equal aliases stand for equal fields and arguments, so that most of what could merge may. */
  field(type, depth) {
    const { dice } = this;
    const fields = (type.getFields ? Object.values(type.getFields()) : []).filter((f) => depth < 5 || !isCompositeType(getNamedType(f.type)));
    if (fields.length === 0 || dice.chance(0.08)) return `${dice.chance(0.3) ? 't: ' : ''}__typename${this.condition()}`;
    const field = dice.pick(fields);
    let key = `${field.name}${isNonNullType(field.type) ? '' : '?'}${dice.chance(0.2) ? dice.below(2) : ''}`;
    if (!this.aliases.has(key)) this.aliases.set(key, { name: `a${this.aliases.size}`, args: this.arguments(field) });
    const { name, args } = this.aliases.get(key);
    const inner = getNamedType(field.type);
    return `${name}: ${field.name}${args}${this.condition()}${isCompositeType(inner) ? ` ${this.selections(inner, depth + 1)}` : ''}`;
  }

  related(type) {
    const own = isObjectType(type) ? [type] : [...schema.getPossibleTypes(type)];
    const others = Object.values(schema.getTypeMap()).filter((t) => isAbstractType(t) && schema.getPossibleTypes(t).some((p) => own.includes(p)));
    return this.dice.pick([...own, ...others, type]);
  }

  selections(type, depth) {
    const { dice } = this;
    const list = Array.from({ length: 1 + dice.below(5) }, () => {
      if (dice.chance(0.15)) {
        const inner = this.related(type);
        return `... on ${inner.name}${this.condition()} ${this.selections(inner, depth + 1)}`;
      }
      if (dice.chance(0.15)) {
        let fragment = this.fragments.find((f) => f.on === type && f.text && dice.chance(0.7));
        if (!fragment && depth < 5) {
          fragment = { name: `F${this.fragments.length}`, on: type };
          this.fragments.push(fragment);
          fragment.text = `fragment ${fragment.name} on ${type.name} ${this.selections(type, depth + 1)}`;
        }
        if (fragment) return `...${fragment.name}${this.condition()}`;
      }
      return this.field(type, depth);
    });
    return `{ ${list.join(' ')} }`;
  }

  make() {
    const { dice } = this;
    const isMutation = dice.chance(0.2);
    const body = this.selections(isMutation ? schema.getMutationType() : schema.getQueryType(), 0);
    const conditions = ['c0', 'c1', 'c2'].filter((c) => `${body}${this.fragments.map((f) => f.text)}`.includes(`$${c}`));
    for (const c of conditions) this.variables[c] = dice.chance(0.5);
    const definitions = [...this.definitions, ...conditions.map((c) => `$${c}: Boolean!`)];
    const query = `${isMutation ? 'mutation' : 'query'} Q${definitions.length ? `(${definitions.join(', ')})` : ''} ${body}\n${this.fragments.map((f) => f.text).join('\n')}`;
    return { query, variables: this.variables };
  }
}

const PLACES_MAX = 8; // the engine lists no more
const place = (error) => JSON.stringify([error.path ?? null, (error.locations ?? []).slice(0, PLACES_MAX).map((l) => [l.line, l.column])]);
/** Requests that could not begin name each variable; which of several mistakes in one is told is not a matter of the specification. */
const places = (result) => (result.data === undefined ? [...new Set(result.errors.map(place))] : result.errors?.map(place) ?? []).sort();

test('random queries have the answers that graphql-js gives: data, the order of keys, paths and places of errors', () => {
  const requests = [];
  let refused = 0;
  for (let seed = Number(process.env.SEED ?? 1); requests.length < 3000; seed++) {
    const request = new Request(seed).make();
    if (validate(schema, parse(request.query)).length === 0) requests.push(request);
    else refused++;
  }
  assert.ok(refused < 6000, `${refused} of the requests do not hold`);
  const ours = ask(requests);
  assert.equal(ours.length, requests.length);
  const seen = { data: 0, nulls: 0, errors: 0, refused: 0 };
  requests.forEach((request, i) => {
    const theirs = answer(schema, request);
    const message = `${JSON.stringify(request)}\n${JSON.stringify(ours[i]).slice(0, 2000)}\n${JSON.stringify(theirs).slice(0, 2000)}`;
    assert.equal(JSON.stringify(ours[i].data), JSON.stringify(theirs.data), message);
    assert.deepEqual(places(ours[i]), places(theirs), message);
    assert.ok((ours[i].errors ?? []).every((e) => typeof e.message === 'string' && typeof e.extensions.code === 'string'), message);
    if (theirs.data === undefined) seen.refused++;
    else if (theirs.data === null) seen.nulls++;
    else seen.data++;
    if (theirs.errors) seen.errors++;
  });
  // The comparison is worth as much as what it has seen.
  assert.ok(seen.data > 1000 && seen.nulls > 50 && seen.errors > 500 && seen.refused > 50, JSON.stringify(seen));
});

test('what the engine says of its schema is the schema', () => {
  const query = getIntrospectionQuery({
    descriptions: true, specifiedByUrl: true, directiveIsRepeatable: true, schemaDescription: true, inputValueDeprecation: true, oneOf: true,
  });
  const [{ data, errors }] = ask([{ query }]);
  assert.equal(errors, undefined);
  const plain = (s) => printSchema(lexicographicSortSchema(s));
  assert.equal(plain(buildClientSchema(data)), plain(buildSchema(sdl)));
});

test('deprecated members are left out until they are asked for', () => {
  const of = (name, field, rest) => `{ __type(name: "${name}") { ${field} { name ${rest} } } }`;
  const names = (result, field) => result.data.__type[field].map((x) => x.name);
  const [values, allValues, fields, inputs, args] = ask([
    { query: of('Color', 'enumValues', 'isDeprecated deprecationReason') },
    { query: of('Color', 'enumValues(includeDeprecated: true)', 'isDeprecated deprecationReason') },
    { query: of('Cell', 'fields', '') },
    { query: of('Filter', 'inputFields', '') },
    { query: '{ __schema { queryType { fields { name args { name } } } } }' },
  ]);
  assert.deepEqual(names(values, 'enumValues'), ['RED', 'BLUE']);
  assert.deepEqual(allValues.data.__type.enumValues[1], { name: 'GREEN', isDeprecated: true, deprecationReason: 'seen as red by some' });
  assert.deepEqual(names(fields, 'fields'), ['x', 'y']);
  assert.ok(!names(inputs, 'inputFields').includes('old'));
  const many = args.data.__schema.queryType.fields.find((f) => f.name === 'many');
  assert.deepEqual(many.args.map((a) => a.name), ['a', 'b', 'c']);
});

test('introspection of a type that is not there is null', () => {
  assert.deepEqual(ask([{ query: '{ __type(name: "Nobody") { name } }' }]), [{ data: { __type: null } }]);
});
