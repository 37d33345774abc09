import { type PatchPath, readPath } from './patch-payload.ts';
import { badRequest } from './scim-failure.ts';
import type { Switches } from './switches.ts';
import {
  atlassianCustomUrn,
  canonicalSubAttribute,
  canonicalUserAttribute,
  coreUserUrn,
  enterpriseUrn,
  readOnlyUserAttributes,
  userAttributes,
} from './user-document.ts';

/** The attribute a path points at: `part` is a sub-attribute of it. */
export interface UserTarget {
  readonly name: string;
  readonly part: string | undefined;
  readonly filter: PatchPath['filter'];
}

export function requireTarget(path: PatchPath): UserTarget {
  const target = resolve(path);
  if (target === 'unknown') throw badRequest('invalidPath', `Path [${path.text}] does not exist.`);
  if (target === 'read-only') throw badRequest('mutability', `Attribute [${path.text}] is read-only.`);
  return target;
}

/** The target of a key in a value without path; undefined for read-only ones, which Okta repeats and which are ignored. */
export function findTarget(key: string, switches: Switches): UserTarget | undefined {
  const target = resolve(readPath(key, switches));
  if (target === 'unknown') throw badRequest('invalidPath', `Attribute [${key}] does not exist.`);
  return target === 'read-only' ? undefined : target;
}

type Resolved = UserTarget | 'unknown' | 'read-only';

function resolve(path: PatchPath): Resolved {
  const whole = path.urn === undefined ? undefined : canonicalUserAttribute(`${path.urn}:${path.attribute}`);
  if (whole !== undefined) {
    return readOnlyUserAttributes.has(whole) ? 'read-only' : { name: whole, part: undefined, filter: undefined };
  }
  const owner = path.urn?.toLowerCase();
  return owner === undefined || owner === coreUserUrn.toLowerCase()
    ? resolveCore(path)
    : resolveExtension(owner, path.attribute);
}

function resolveExtension(owner: string, attribute: string): Resolved {
  const extension = [enterpriseUrn, atlassianCustomUrn].find((urn) => urn.toLowerCase() === owner);
  if (extension === undefined) {
    return readOnlyUserAttributes.has(canonicalUserAttribute(owner) ?? '') ? 'read-only' : 'unknown';
  }
  const part = canonicalSubAttribute(extension, attribute);
  return part === undefined ? 'unknown' : { name: extension, part, filter: undefined };
}

function resolveCore(path: PatchPath): Resolved {
  const name = canonicalUserAttribute(path.attribute);
  if (name === undefined) return 'unknown';
  if (readOnlyUserAttributes.has(name)) return 'read-only';
  const part = path.subAttribute === undefined ? undefined : canonicalSubAttribute(name, path.subAttribute);
  if (path.subAttribute !== undefined && part === undefined) return 'unknown';
  if (path.filter !== undefined && userAttributes[name]?.kind !== 'entries') return 'unknown';
  return { name, part, filter: path.filter };
}
