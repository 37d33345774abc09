// Compiles one validator for each operation and status of Okta's own OpenAPI description.
import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';
import { parse } from 'yaml';

type Json = Record<string, unknown>;

export interface Violations {
  operation: string;
  status: number;
  /** Such as `/*\/profile/email must be string`, list positions replaced by `*`. */
  found: string[];
}

// OpenAPI 3.0 keywords that JSON Schema does not have.
const OPENAPI_ONLY = new Set(['discriminator', 'example', 'readOnly', 'writeOnly', 'deprecated', 'xml', 'nullable']);

// Okta's own answers (examples of its documentation, captured events) are less strict than its schema: null where text is
// declared. Everything else the schema refuses is a mistake of the simulator.
const OKTA_ITSELF_DOES = [
  /\/accessibility\/(?:errorRedirectUrl|loginRedirectUrl) must be string/,
  /\/externalId must be string/,
  /\/(?:actor|target\/\*)\/detailEntry must be object/,
  /\/authenticationContext\/(?:authenticationProvider|credentialProvider|credentialType|interface) must be/,
  /\/authenticationContext\/issuer must be object/,
  /\/client\/(?:id|zone|geographicalContext) must be/,
  /\/request\/ipChain\/\*\/(?:source|geographicalContext) must be/,
  /\/outcome\/reason must be string/,
  /\/securityContext\/\w+ must be/,
];

const spec = parse(readFileSync(new URL('../vendor-specs/okta-management-subset.yaml', import.meta.url), 'utf8')) as {
  paths: Record<string, Record<string, { operationId: string; responses: Record<string, Json> }>>;
  components: Json;
};
const ajv = new Ajv({ strict: false, allErrors: true, logger: false });
formats.default(ajv);
ajv.addSchema({ $id: 'root', components: toJsonSchema(spec.components) as Json });
const validators = new Map<string, ValidateFunction>();
const errorValidator = compile({ $ref: '#/components/schemas/Error' });

/** What Okta's description has against an answer; `undefined` for a path that is not in it. */
export function violations(method: string, path: string, status: number, body: unknown): Violations | undefined {
  const operation = findOperation(method, path);
  if (!operation) return undefined;
  const validate = validatorFor(operation, status);
  if (!validate || validate(body)) return { operation: operation.operationId, status, found: [] };
  const messages = (validate.errors ?? []).map(
    (error) => `${error.instancePath.replace(/\/\d+(?=\/|$)/g, '/*')} ${error.message}`,
  );
  const found = [...new Set(messages)].filter((message) => !OKTA_ITSELF_DOES.some((known) => known.test(message)));
  return { operation: operation.operationId, status, found };
}

/** Ids of the described operations that are wanted; paths come with a value for each parameter. */
export function operationIds(isWanted: (method: string, path: string) => boolean): string[] {
  return Object.entries(spec.paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([method, { operationId }]) => operationId && isWanted(method.toUpperCase(), path.replace(/{\w+}/g, 'x')))
      .map(([, { operationId }]) => operationId),
  );
}

function findOperation(method: string, path: string) {
  const given = path.split('/');
  const fits = (template: string) => {
    const segments = template.split('/');
    return segments.length === given.length && segments.every((part, at) => part.startsWith('{') || part === given[at]);
  };
  const found = Object.keys(spec.paths).find(fits);
  return found === undefined ? undefined : spec.paths[found]?.[method.toLowerCase()];
}

function validatorFor(operation: { operationId: string; responses: Record<string, Json> }, status: number) {
  // Okta documents few refusals by operation; all have the shape Error.
  if (status >= 400) return errorValidator;
  const key = `${operation.operationId} ${status}`;
  const known = validators.get(key);
  if (known) return known;
  const response = resolve(operation.responses[String(status)]);
  const schema = ((response?.content as Json | undefined)?.['application/json'] as Json | undefined)?.schema as
    | Json
    | undefined;
  if (!response) throw new Error(`${key} is not documented`);
  if (!schema) return undefined;
  const validate = compile(schema);
  validators.set(key, validate);
  return validate;
}

function compile(schema: Json): ValidateFunction {
  return ajv.compile(JSON.parse(JSON.stringify(toJsonSchema(schema)).replaceAll('"#/components', '"root#/components')));
}

function resolve(value: Json | undefined): Json | undefined {
  const ref = value?.$ref;
  if (typeof ref !== 'string') return value;
  const steps = ref.slice(2).split('/');
  return resolve(steps.reduce<Json>((at, step) => at[step] as Json, spec as unknown as Json));
}

function toJsonSchema(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toJsonSchema);
  if (typeof value !== 'object' || value === null) return value;
  const schema = value as Json;
  const out: Json = {};
  for (const [key, inner] of Object.entries(schema)) {
    if (OPENAPI_ONLY.has(key)) continue;
    const isNames = key === 'properties' && typeof inner === 'object' && inner !== null;
    out[key] = isNames
      ? Object.fromEntries(Object.entries(inner).map(([name, each]) => [name, toJsonSchema(each)]))
      : toJsonSchema(inner);
  }
  if (schema.nullable === true && typeof schema.type === 'string') {
    out.type = [schema.type, 'null'];
    if (Array.isArray(out.enum)) out.enum = [...out.enum, null];
  }
  return out;
}
