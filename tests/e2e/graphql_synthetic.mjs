// What tests/e2e/query_synthetic.c answers, answered by graphql-js: the same hashes, the same values, nulls and errors.
import {
  GraphQLError, buildSchema, execute, isAbstractType, isEnumType, isInputObjectType, isListType,
  isNonNullType, isObjectType, parse, valueFromASTUntyped,
} from 'graphql';

const utf8 = new TextEncoder();

export function mix(h) {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

export function hashText(text) {
  let h = 2166136261;
  for (const byte of utf8.encode(text)) h = Math.imul(h ^ byte, 16777619);
  return mix(h);
}

/** An argument's coerced value as text, with the type's help: JSON has one sort of number only. */
function put(value, type) {
  if (value == null) return 'null';
  if (isNonNullType(type)) return put(value, type.ofType);
  if (isListType(type)) return `(${value.map((item) => `${put(item, type.ofType)},`).join('')})`;
  if (isInputObjectType(type)) {
    return `(${Object.values(type.getFields()).filter((f) => f.name in value).map((f) => `${f.name}=${put(value[f.name], f.type)},`).join('')})`;
  }
  if (type.name === 'JSON') return `j${JSON.stringify(value)}`;
  if (type.name === 'Float') return `f${Math.floor(value * 1000 + 0.5)}`;
  if (typeof value === 'string') return `s${utf8.encode(value).length}:${value}`;
  return String(value);
}

const texts = [(n) => `text ${n}`, (n) => `"quote" \\ ${n}`, (n) => `line\n\ttab ${n}`, (n) => `é 😀 ${n}`, (n) => `\u0001 / ${n}`];

function scalar(name, roll, more) {
  switch (name) {
    case 'Int': return roll === 60 ? 2147483648 : more | 0;
    case 'Float': return roll === 61 ? NaN : (more | 0) / 7;
    case 'String': return texts[more % 5](more);
    case 'Boolean': return (more & 1) !== 0;
    case 'ID': return `id-${more}`;
    case 'DateTime': return new Date(more * 1000 + 7).toISOString();
    case 'Long': return more * 1000000;
    default: return { n: more, list: [1, 'two', null] };
  }
}

function give(schema, type, h) {
  const required = isNonNullType(type);
  const roll = (h >>> 8) % 100;
  if (roll < (required ? 1 : 4)) return new GraphQLError('an error by the seed');
  if (roll < (required ? 2 : 10)) return null;
  if (required) type = type.ofType;
  if (isListType(type)) {
    return Array.from({ length: (h >>> 3) % 4 }, (_, i) => give(schema, type.ofType, mix((h + i + 1) | 0)));
  }
  const more = mix(h);
  if (isEnumType(type)) return roll === 62 ? 'NOT_A_VALUE' : type.getValues()[more % type.getValues().length].name;
  if (!isObjectType(type) && !isAbstractType(type)) return scalar(type.name, roll, more);
  const seed = mix(h ^ 0x9e3779b9);
  if (isObjectType(type)) return { seed };
  const possible = [...schema.getPossibleTypes(type)].map((t) => t.name).sort();
  return { seed, type: roll === 50 ? 'Cell' : possible[more % possible.length] };
}

function fieldResolver(source, args, _, info) {
  const field = info.parentType.getFields()[info.fieldName];
  let text = `${source?.seed ?? 0}:${info.parentType.name}.${info.fieldName}:`;
  for (const arg of field.args) if (arg.name in args) text += `${arg.name}=${put(args[arg.name], arg.type)};`;
  const value = give(info.schema, field.type, hashText(text));
  if (value instanceof Error) throw value;
  return value;
}

/** The scalars of our own, as the engine takes them. */
export function syntheticSchema(sdl) {
  const schema = buildSchema(sdl);
  const scalars = {
    DateTime: (value) => {
      if (typeof value === 'number' && Number.isInteger(value)) return value;
      if (typeof value !== 'string' || Number.isNaN(Date.parse(value))) throw new GraphQLError('no moment');
      return Date.parse(value);
    },
    Long: (value) => {
      if (!Number.isInteger(value)) throw new GraphQLError('no whole number');
      return value;
    },
  };
  for (const [name, parseValue] of Object.entries(scalars)) {
    Object.assign(schema.getType(name), { parseValue, parseLiteral: (node, variables) => parseValue(valueFromASTUntyped(node, variables)) });
  }
  return schema;
}

export const answer = (schema, { query, variables, operationName }) =>
  execute({ schema, document: parse(query), variableValues: variables, operationName, fieldResolver, typeResolver: (value) => value.type });

