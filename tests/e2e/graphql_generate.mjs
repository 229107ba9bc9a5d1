// Documents at random, from a seed: first ones that hold for a schema, then the same with some of their tokens changed.
import { GraphQLNonNull, getNamedType, getNullableType, isAbstractType, isCompositeType, isEnumType, isInputObjectType, isLeafType, isListType, isNonNullType, isObjectType } from 'graphql';

export function random(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (n) => Math.floor(next() * n);
  return { next, below, chance: (p) => next() < p, pick: (list) => list[below(list.length)] };
}

class Writer {
  constructor(schema, dice) {
    Object.assign(this, { schema, dice, fragments: [], variables: [], aliases: 0 });
  }

  scalar(type) {
    const { dice } = this;
    switch (type.name) {
      case 'Int': return String(dice.below(100) - 50);
      case 'Float': return dice.chance(0.5) ? '1.5' : String(dice.below(9));
      case 'Boolean': return dice.chance(0.5) ? 'true' : 'false';
      case 'ID': return dice.chance(0.5) ? '"id"' : String(dice.below(9));
      case 'DateTime': return dice.chance(0.5) ? '"2026-11-21T10:03:00Z"' : '1795223815000';
      case 'Long': return '9007199254740993';
      case 'JSON': return dice.pick(['{ a : [ 1 , { b : "c" } ] }', '1', '"x"', 'null', 'WORD', '[ ]']);
      default: return dice.pick(['"text"', '"""block"""', '""']);
    }
  }

  value(type, depth, inVariable = false) {
    const { dice } = this;
    if (!inVariable && dice.chance(0.2)) return this.variable(type);
    if (isNonNullType(type)) type = type.ofType;
    else if (dice.chance(0.1)) return 'null';
    if (isListType(type)) {
      if (dice.chance(0.2) && !isListType(getNullableType(type.ofType))) return this.value(nonNull(type.ofType), depth + 1, true);
      return `[ ${Array.from({ length: dice.below(3) }, () => this.value(type.ofType, depth + 1, inVariable)).join(' , ')} ]`;
    }
    if (isEnumType(type)) return dice.pick(type.getValues()).name;
    if (!isInputObjectType(type)) return this.scalar(type);
    const fields = Object.values(type.getFields());
    if (type.isOneOf) {
      const field = dice.pick(fields.filter((f) => depth < 4 || isLeafType(getNamedType(f.type))));
      return `{ ${field.name} : ${this.value(nonNull(field.type), depth + 1, inVariable)} }`;
    }
    const taken = fields.filter((f) => (isNonNullType(f.type) && f.defaultValue === undefined) || (depth < 4 && dice.chance(0.3)));
    return `{ ${taken.map((f) => `${f.name} : ${this.value(f.type, depth + 1, inVariable)}`).join(' , ')} }`;
  }

  variable(type) {
    const known = this.variables.find((v) => v.type === String(type));
    if (known && this.dice.chance(0.6)) return `$ ${known.name}`;
    const name = `v${this.variables.length}`;
    const loose = isNonNullType(type) ? String(type) : this.dice.chance(0.3) ? `${type}!` : String(type);
    const value = this.dice.chance(0.3) ? ` = ${this.value(isNonNullType(type) ? type.ofType : type, 3, true)}` : '';
    this.variables.push({ name, type: String(type), text: `$ ${name} : ${spaced(loose)}${loose.endsWith('!') && value === ' = null' ? '' : value}` });
    return `$ ${name}`;
  }

  arguments(field) {
    const taken = field.args.filter((a) => (isNonNullType(a.type) && a.defaultValue === undefined) || this.dice.chance(0.4));
    return taken.length === 0 ? '' : ` ( ${taken.map((a) => `${a.name} : ${this.value(a.type, 0)}`).join(' , ')} )`;
  }

  directives() {
    const list = [];
    if (this.dice.chance(0.06)) list.push(`@ skip ( if : ${this.dice.chance(0.5) ? 'true' : this.variable(nonNull(this.schema.getType('Boolean')))} )`);
    if (this.dice.chance(0.06)) list.push('@ include ( if : false )');
    return list.length === 0 ? '' : ` ${list.join(' ')}`;
  }

  field(type, depth) {
    const { dice } = this;
    if (!isObjectType(type) && !type.getFields || dice.chance(0.05)) return '__typename';
    const fields = Object.values(type.getFields()).filter((f) => depth < 5 || isLeafType(getNamedType(f.type)));
    if (fields.length === 0) return '__typename';
    const field = dice.pick(fields);
    // Without an alias two uses may not merge; that is wanted now and then.
    const alias = dice.chance(0.85) ? `a${this.aliases++} : ` : dice.chance(0.1) ? 'same : ' : '';
    const inner = getNamedType(field.type);
    return `${alias}${field.name}${this.arguments(field)}${this.directives()}${isCompositeType(inner) ? ` ${this.selections(inner, depth + 1)}` : ''}`;
  }

  related(type) {
    const own = isObjectType(type) ? [type] : [...this.schema.getPossibleTypes(type)];
    const others = Object.values(this.schema.getTypeMap()).filter((t) => isAbstractType(t) && this.schema.getPossibleTypes(t).some((p) => own.includes(p)));
    return this.dice.pick([...own, ...others, type]);
  }

  selections(type, depth) {
    const { dice } = this;
    const list = Array.from({ length: 1 + dice.below(4) }, () => {
      if (depth > 0 && depth < 5 && dice.chance(0.12)) return `...${dice.chance(0.8) ? ` on ${(this.inner = this.related(type)).name}` : ((this.inner = type), '')}${this.directives()} ${this.selections(this.inner, depth + 1)}`;
      if (depth > 0 && depth < 5 && dice.chance(0.12)) {
        const known = this.fragments.find((f) => f.type === type && f.text);
        if (known && dice.chance(0.6)) return `... ${known.name}${this.directives()}`;
        const fragment = { name: `F${this.fragments.length}`, type: this.related(type) };
        this.fragments.push(fragment);
        const name = fragment.name;
        fragment.text = `fragment ${name} on ${fragment.type.name} ${this.selections(fragment.type, depth + 1)}`;
        return `... ${name}`;
      }
      return this.field(type, depth);
    });
    return `{ ${list.join(' ')} }`;
  }

  document() {
    const kind = this.dice.pick(['query', 'query', 'query', 'mutation', 'subscription']);
    const root = { query: this.schema.getQueryType(), mutation: this.schema.getMutationType(), subscription: this.schema.getSubscriptionType() }[kind];
    const body = kind === 'subscription' ? `{ ${this.subscription(root)} }` : this.selections(root, 0);
    const variables = this.variables.length ? ` ( ${this.variables.map((v) => v.text).join(' ')} )` : '';
    return [`${kind} Q${variables} ${body}`, ...this.fragments.map((f) => f.text)].join('\n');
  }

  subscription(root) {
    const field = this.dice.pick(Object.values(root.getFields()));
    const inner = getNamedType(field.type);
    return `${field.name}${this.arguments(field)}${isCompositeType(inner) ? ` ${this.selections(inner, 1)}` : ''}`;
  }
}

const nonNull = (type) => (isNonNullType(type) ? type : new GraphQLNonNull(type));

const spaced = (type) => type.replace(/[[\]!]/g, ' $& ').trim();

export const valid = (schema, dice) => new Writer(schema, dice).document();

// For the rich schema: few names, often given again, on objects, interfaces and unions and by way of fragments. They hold but for
// fields of one name that can't be one.
export function merging(dice) {
  const leaves = {
    Dog: ['name', 'name', 'nick', 'volume', 'barks', 'same', 'name(surname: true)', 'tags'], Cat: ['name', 'name', 'nick', 'volume', 'meows', 'same', 'name(surname: true)'],
    Human: ['name', 'iq', 'name(surname: true)'], Pet: ['name', 'name', 'name(surname: true)'], Being: ['name', 'name(surname: true)'], Barking: ['volume', 'barks'], CatOrDog: [], DogOrHuman: [],
  };
  const nodes = {
    Dog: [['mother', 'Dog'], ['owner', 'Human'], ['puppies', 'Dog'], ['puppies(first: 1)', 'Dog']], Cat: [['mother', 'Cat'], ['owner', 'Human'], ['kittens', 'Cat']], Human: [['pets', 'Pet'], ['dog', 'Dog'], ['cat', 'Cat'], ['relatives', 'Human']],
    Pet: [['owner', 'Human']], Being: [], Barking: [], CatOrDog: [], DogOrHuman: [],
  };
  const below = { Dog: ['Dog', 'Pet', 'Being', 'Barking', 'CatOrDog'], Cat: ['Cat', 'Pet', 'CatOrDog'], Human: ['Human', 'Being', 'DogOrHuman'], Pet: ['Dog', 'Cat', 'Being', 'Barking', 'CatOrDog'], Being: ['Dog', 'Cat', 'Human', 'Pet', 'Barking'], Barking: ['Dog', 'Being', 'Pet'], CatOrDog: ['Dog', 'Cat', 'Pet', 'Being'], DogOrHuman: ['Dog', 'Human', 'Being'] };
  const conflicts = dice.pick([0.02, 0.1, 0.3]);
  const fragments = [];
  const alias = (field) => (dice.chance(conflicts) ? `${dice.pick(['x', 'y', 'name', 'mother'])}: ` : dice.chance(0.3) ? `${field.replace(/\W+/g, '_')}_: ` : field.includes('(') ? `${field.replace(/\W+/g, '_')}_: ` : '');
  const field = (type, depth) => {
    const inner = depth < 4 && dice.chance(0.4) ? nodes[type] : [];
    if (inner.length > 0) {
      const [name, of] = dice.pick(inner);
      return `${alias(name)}${name} ${selections(of, depth + 1)}`;
    }
    const name = dice.pick(leaves[type].length > 0 ? leaves[type] : ['__typename']);
    return `${alias(name)}${name}`;
  };
  const selections = (type, depth) => `{ ${Array.from({ length: 1 + dice.below(4) }, () => {
    if (depth < 5 && dice.chance(0.3)) {
      const on = dice.pick(below[type]);
      if (dice.chance(0.5)) return `... on ${on} ${selections(on, depth + 1)}`;
      const known = fragments.filter((f) => f.type === on && f.text);
      if (known.length > 0 && dice.chance(0.6)) return `...${dice.pick(known).name}`;
      const fragment = { name: `F${fragments.length}`, type: on };
      fragments.push(fragment);
      fragment.text = `fragment ${fragment.name} on ${on} ${selections(on, depth + 1)}`;
      return `...${fragment.name}`;
    }
    return field(type, depth);
  }).join(' ')} }`;
  const [name, type] = dice.pick([['dog', 'Dog'], ['pet', 'Pet'], ['being', 'Being'], ['human', 'Human'], ['catOrDog', 'CatOrDog'], ['dogOrHuman', 'DogOrHuman']]);
  const roots = Array.from({ length: 1 + dice.below(2) }, () => `${name} ${selections(type, 0)}`);
  return [`{ ${roots.join(' ')} }`, ...fragments.map((f) => f.text)].join('\n');
}

const literals = ['1', '-2147483649', '1.5', '"text"', 'true', 'null', 'WORD', '[ ]', '[ 1 , null ]', '{ }', '{ name : "a" }', '{ lat : 1 , long : 2 }', '$ v0', '$ v1', '[ $ v0 ]'];
const types = ['Int', 'String', 'ID', 'Boolean', 'JSON', 'DateTime', '[ Int ]', '[ ID ! ]', 'Int !', 'Place', 'Filter !', 'Nope', 'Dog'];

// A change that most often leaves a document, by what stands around the token.
function meaning(tokens, at, words, dice) {
  const before = tokens.slice(0, at).filter((t) => /\S/.test(t)).slice(-2);
  const after = tokens.slice(at + 1).find((t) => /\S/.test(t));
  const token = tokens[at];
  const [earlier, last] = before.length === 2 ? before : ['', before[0]];
  if (last === 'on') return dice.pick(words.filter((word) => /^[A-Z]/.test(word)));
  if (last === '$') return `v${dice.below(4)}`;
  if (last === '...' && /^F\d/.test(token)) return `F${dice.below(4)}`;
  if (last === ':' && /^v\d/.test(earlier)) return dice.pick(types);
  if (/^(-?\d|"|true$|false$|null$|WORD$)/.test(token)) return dice.pick(literals);
  if (token === '!') return dice.chance(0.5) ? '' : '!';
  if (!/^\w+$/.test(token) || /^(query|mutation|subscription|fragment|on)$/.test(token)) return token;
  if (after === ':' || dice.chance(0.5)) return dice.pick(words);
  return dice.pick([`${token} @ skip ( if : true ) @ skip ( if : $ v0 )`, `${token} @ tag ( name : "a" ) @ tag ( nam : 1 )`, `${token} ( first : 1 )`, `${token} { __typename }`, `${token} ... F0`, `${token} ... { __typename }`, `${token} name`, `${token} @ once @ once`, `x : ${token}`]);
}

export function mutated(text, words, dice) {
  const tokens = text.split(/(\s+)/);
  const spots = tokens.map((t, i) => (/\S/.test(t) ? i : -1)).filter((i) => i >= 0);
  const keepsForm = dice.chance(0.75);
  for (let changes = 1 + dice.below(3); changes > 0; changes--) {
    const at = dice.pick(spots);
    const other = tokens[dice.pick(spots)];
    const kind = dice.below(4);
    if (keepsForm) tokens[at] = meaning(tokens, at, words, dice);
    else if (kind === 0) tokens[at] = '';
    else if (kind === 1) tokens[at] = `${tokens[at]} ${other}`;
    else if (kind === 2) tokens[at] = other;
    else tokens[at] = dice.pick(['{', '}', '(', ')', '[', ']', ':', '!', '$', '@', '...', '=', '|', '&', '1', '-1.5', '"s"', 'null', 'true', 'on', 'fragment', 'query', '@ skip ( if : true )', '__typename', '{ __typename }', '# rest\n', '...{ __typename }']);
  }
  return tokens.join('');
}
