// openapi_document.mjs: holds answers against the OpenAPI document that the server gives of itself.
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/** What the document says: its operations, and whether an answer is one that it names. */
export class Document {
  constructor(document) {
    this.document = document;
    this.ajv = new Ajv2020({ strict: false, allErrors: true });
    addFormats(this.ajv);
    this.ajv.addSchema({ $id: 'doc:', components: document.components });
    this.compiled = new Map();
    this.operations = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({ path, method: method.toUpperCase(), pattern: patternOf(path), ...operation })));
  }

  /** The operation that a request reaches; fixed paths win over those with parameters. */
  operation(method, url) {
    const path = url.split('?')[0];
    const fitting = this.operations.filter((one) => one.method === method && one.pattern.test(path));
    return fitting.find((one) => one.path === path) ?? fitting[0];
  }

  resolve(part) {
    if (part?.$ref === undefined) return part;
    return part.$ref.slice(2).split('/').reduce((at, name) => at[name], this.document);
  }

  validator(schema) {
    const key = JSON.stringify(schema);
    if (!this.compiled.has(key)) {
      this.compiled.set(key, this.ajv.compile(JSON.parse(key.replaceAll('"#/components/', '"doc:#/components/'))));
    }
    return this.compiled.get(key);
  }

  /** Undefined, or where the value is not as the schema says. */
  mismatch(schema, value) {
    const valid = this.validator(schema);
    if (valid(value)) return undefined;
    return valid.errors.slice(0, 5).map((one) => `${one.instancePath} ${one.message} ${JSON.stringify(one.params)}`).join('; ');
  }

  /** Undefined, or what is wrong with the answer. */
  fault(operation, answer) {
    const response = this.resolve(operation.responses[answer.status]);
    if (response === undefined) return `status ${answer.status} is not in the document`;
    if (answer.status === 304) return undefined;
    const type = (answer.headers.get('content-type') ?? '').split(';')[0];
    const content = response.content?.[type] ?? response.content?.['*/*'];
    if (content === undefined) return `${answer.status} came as ${type}, the document has ${Object.keys(response.content ?? {})}`;
    if (!type.endsWith('json')) return undefined;
    if (answer.json === undefined) return 'it is no JSON';
    const mismatch = this.mismatch(content.schema, answer.json);
    if (mismatch === undefined && type === 'application/problem+json' && answer.json.status !== answer.status) return 'the problem names another status';
    return mismatch;
  }
}

function patternOf(path) {
  const parts = path.split(/(\{\w+\})/).map((part) => (part === '{path}' ? '.+' : part.startsWith('{') ? '[^/]+' : part.replace(/[.*+?^$()|[\]\\]/g, '\\$&')));
  return new RegExp(`^${parts.join('')}$`);
}
