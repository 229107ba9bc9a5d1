// codegen.mjs: schemas/graphql/schema.graphql and src/**/*.graphql become generated/graphql.ts, types and documents. A document that the
// schema does not know fails here; code that uses what a document does not ask for fails in `npm run check`.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { codegen } from '@graphql-codegen/core';
import * as documentPlugin from '@graphql-codegen/typed-document-node';
import * as operationPlugin from '@graphql-codegen/typescript-operations';
import * as schemaPlugin from '@graphql-codegen/typescript';
import { buildSchema, parse, printSchema, validate } from 'graphql';

const here = dirname(fileURLToPath(import.meta.url));
const schema = buildSchema(readFileSync(join(here, '../schemas/graphql/schema.graphql'), 'utf8'));

function documentsUnder(folder) {
  return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1)).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return documentsUnder(path);
    return entry.name.endsWith('.graphql') ? [{ location: relative(here, path), document: parse(readFileSync(path, 'utf8')) }] : [];
  });
}

const documents = documentsUnder(join(here, 'src'));
const all = { kind: 'Document', definitions: documents.flatMap((one) => one.document.definitions) };
const errors = validate(schema, all);
if (errors.length > 0) {
  for (const error of errors) console.error(`codegen: ${error.message}`);
  process.exit(1);
}
const scalar = (type) => ({ input: type, output: type });
const filename = join(here, 'generated/graphql.ts');
const text = await codegen({
  filename,
  schema: parse(printSchema(schema)),
  documents,
  pluginMap: { schema: schemaPlugin, operations: operationPlugin, documents: documentPlugin },
  plugins: [{ schema: {} }, { operations: {} }, { documents: {} }],
  config: {
    strictScalars: true, scalars: { DateTime: scalar('string'), JSON: scalar('unknown'), Long: scalar('number') },
    enumsAsTypes: true, onlyOperationTypes: true, skipTypename: true, useTypeImports: true, immutableTypes: true, avoidOptionals: { field: true },
    dedupeFragments: true, optimizeDocumentNode: true,
  },
});
mkdirSync(dirname(filename), { recursive: true });
writeFileSync(filename, `/* Made by codegen.mjs; not to be edited. */\n${text}`);
