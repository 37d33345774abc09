import { badRequest } from './scim-failure.ts';
import type { Switches } from './switches.ts';
import { isObject } from './user-document.ts';

export interface PatchOperation {
  readonly op: 'add' | 'replace' | 'remove';
  /** Undefined: the value is an object whose keys are the paths. */
  readonly path: PatchPath | undefined;
  readonly value: unknown;
}

/** `attribute`, `attribute.sub`, `attribute[field eq "value"]` or `attribute[field eq "value"].sub`, after any URN. */
export interface PatchPath {
  readonly text: string;
  /** The URN in front of the attribute, without its colon. */
  readonly urn: string | undefined;
  readonly attribute: string;
  readonly filter: { readonly field: string; readonly value: string } | undefined;
  readonly subAttribute: string | undefined;
}

/** Reads a PatchOp message in any of the dialects that identity providers send, as far as the switches accept them. */
export function readPatch(body: unknown, switches: Switches): PatchOperation[] {
  if (!isObject(body)) throw badRequest('invalidSyntax', 'Request is unparsable, syntactically incorrect.');
  if (switches.requiresSchemas && !Array.isArray(body['schemas'])) {
    throw badRequest('invalidValue', 'Attribute schemas is required.');
  }
  const key = Object.keys(body).find((name) =>
    switches.patchOperationsKey === 'any-case'
      ? name.toLowerCase() === 'operations'
      : name === switches.patchOperationsKey,
  );
  const operations = key === undefined ? undefined : body[key];
  if (!Array.isArray(operations) || operations.length === 0) {
    throw badRequest('invalidSyntax', 'Attribute Operations is required.');
  }
  return operations.map((operation) => readOperation(operation, switches));
}

function readOperation(operation: unknown, switches: Switches): PatchOperation {
  if (!isObject(operation)) throw badRequest('invalidSyntax', 'An operation must be an object.');
  const { op, path, value } = operation;
  const name = typeof op === 'string' && switches.patchOpCase === 'any-case' ? op.toLowerCase() : op;
  if (name !== 'add' && name !== 'replace' && name !== 'remove') {
    throw badRequest('invalidSyntax', `Operation [${String(op)}] is not supported.`);
  }
  if (path === undefined || path === null || path === '') {
    if (name === 'remove') throw badRequest('noTarget', 'A remove operation needs a path.');
    if (!switches.acceptsPathlessPatch) throw badRequest('invalidPath', 'An operation needs a path.');
    if (!isObject(value)) throw badRequest('invalidValue', 'The value of an operation without path must be an object.');
    return { op: name, path: undefined, value };
  }
  if (typeof path !== 'string') throw badRequest('invalidPath', 'A path must be a string.');
  if (name !== 'remove' && value === undefined) throw badRequest('invalidValue', `Operation [${name}] needs a value.`);
  return { op: name, path: readPath(path, switches), value };
}

const pathPattern = /^(?:(urn:[^[\]]+):)?([A-Za-z$][\w$-]*)(?:\[([^\]]*)\])?(?:\.([A-Za-z$][\w$-]*))?$/i;
const filterPattern = /^\s*([A-Za-z$]+)\s+eq\s+(?:"([^"]*)"|'([^']*)'|(true|false))\s*$/i;

/** Parses a path; a bare URN (an extension as a whole) comes back as an attribute of that name. */
export function readPath(text: string, switches: Switches): PatchPath {
  const match = pathPattern.exec(text);
  if (!match) throw badRequest('invalidPath', `Path [${text}] is not supported.`);
  const [, urn, attribute, filterText, subAttribute] = match;
  if (urn !== undefined && !switches.acceptsUrnPaths) {
    throw badRequest('invalidPath', `Path [${text}] is not supported.`);
  }
  return { text, urn, attribute: attribute!, filter: readValueFilter(filterText, text, switches), subAttribute };
}

function readValueFilter(filterText: string | undefined, path: string, switches: Switches): PatchPath['filter'] {
  if (filterText === undefined) return undefined;
  const match = filterPattern.exec(filterText);
  if (!match || !switches.acceptsValueFilterPaths) {
    throw badRequest('invalidPath', `Path [${path}] is not supported.`);
  }
  return { field: match[1]!, value: match[2] ?? match[3] ?? match[4]! };
}
