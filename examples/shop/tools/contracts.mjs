// A contract is one JSON Schema (2020-12) file. Its "contract" keyword names it, its version and the
// package that owns it; each entry of $defs is one message, with examples that must be valid.

import { readFileSync } from "node:fs";
import Ajv2020 from "ajv/dist/2020.js";
import { root } from "./event.mjs";

function compiler() {
  const ajv = new Ajv2020.default({ allErrors: true, strict: true });
  ajv.addKeyword({
    keyword: "contract",
    metaSchema: {
      type: "object",
      required: ["name", "version", "owner"],
      properties: {
        name: { type: "string", pattern: "^[A-Z][A-Za-z]+$" },
        version: { type: "string", pattern: "^v[0-9]+$" },
        owner: { type: "string", pattern: "^@shop/" },
      },
      additionalProperties: false,
    },
  });
  return ajv;
}

export function readContract(file) {
  const bytes = readFileSync(`${root}contracts/${file}`);
  return { bytes, schema: JSON.parse(bytes) };
}

function validator(schema, message) {
  const ajv = compiler();
  ajv.addSchema(schema);
  return { ajv, validate: ajv.getSchema(`${schema.$id}#/$defs/${message}`) };
}

// All that is wrong with a contract file, as sentences.
export function problemsOf(file, schema) {
  const { name, version } = schema.contract ?? {};
  const fileWanted = `${String(name).replace(/API$/, "-api").toLowerCase()}.${version}.json`;
  const problems = [];
  if (file !== fileWanted) problems.push(`${name} ${version} belongs in ${fileWanted}, not in ${file}`);
  if (schema.$id !== `urn:shop:contract:${name}:${version}`) problems.push(`$id ${schema.$id} is not of ${name} ${version}`);
  for (const [message, { examples = [] }] of Object.entries(schema.$defs)) {
    const { ajv, validate } = validator(schema, message);
    if (examples.length === 0) problems.push(`${message} has no example`);
    for (const example of examples)
      if (!validate(example)) problems.push(`example of ${message}: ${ajv.errorsText(validate.errors)}`);
  }
  return problems;
}

// Throws unless `value` is a `message` of the contract: the packages' own tests hold their answers to it.
export function mustConform(file, message, value) {
  const { ajv, validate } = validator(readContract(file).schema, message);
  if (!validate(JSON.parse(JSON.stringify(value)))) throw new Error(`${message}: ${ajv.errorsText(validate.errors)}`);
}
