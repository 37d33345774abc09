import { badRequest } from './scim-failure.ts';
import type { Switches } from './switches.ts';
import { isObject } from './user-document.ts';

/** Applied to each user of an answer. */
export type Selection = (user: Record<string, unknown>) => Record<string, unknown>;

/** Always returned: without them an answer could not be understood (RFC 7643, `returned: always`). */
const alwaysReturned = ['schemas', 'id'];

/** Reads `attributes` and `excludedAttributes`: comma-separated names, sub-attributes after a dot. */
export function readSelection(query: URLSearchParams, switches: Switches): Selection {
  const wanted = readNames(query.get('attributes'));
  const excluded = readNames(query.get('excludedAttributes'));
  if (wanted && excluded && switches.attributesWithExcluded === 'bad-request') {
    throw badRequest('invalidValue', 'attributes and excludedAttributes are mutually exclusive.');
  }
  if (wanted) return (user) => select(user, wanted);
  if (excluded) return (user) => exclude(user, excluded);
  return (user) => user;
}

function readNames(text: string | null): Set<string> | undefined {
  const names = (text ?? '').split(',').map((name) => name.trim().toLowerCase());
  const filled = names.filter((name) => name !== '');
  return filled.length === 0 ? undefined : new Set(filled);
}

/** The ways to name a part of an attribute: `emails.value`, and `urn:...:User:department` in an extension. */
function isNamed(names: Set<string>, attribute: string, part: string): boolean {
  return names.has(`${attribute}.${part}`.toLowerCase()) || names.has(`${attribute}:${part}`.toLowerCase());
}

function select(user: Record<string, unknown>, wanted: Set<string>): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(user)) {
    if (alwaysReturned.includes(name) || wanted.has(name.toLowerCase())) result[name] = value;
    else {
      const parts = mapParts(value, (part) => isNamed(wanted, name, part));
      if (parts !== undefined) result[name] = parts;
    }
  }
  return result;
}

function exclude(user: Record<string, unknown>, excluded: Set<string>): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(user)) {
    if (!alwaysReturned.includes(name) && excluded.has(name.toLowerCase())) continue;
    const isComplex = typeof value === 'object' && value !== null && !alwaysReturned.includes(name);
    result[name] = isComplex ? (mapParts(value, (part) => !isNamed(excluded, name, part)) ?? value) : value;
  }
  return result;
}

/** The value with only those of its parts that are kept; undefined when none is left. */
function mapParts(value: unknown, isKept: (part: string) => boolean): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => mapParts(item, isKept)).filter((item) => item !== undefined);
    return items.length === 0 ? undefined : items;
  }
  if (!isObject(value)) return undefined;
  const parts = Object.entries(value).filter(([part]) => isKept(part));
  return parts.length === 0 ? undefined : Object.fromEntries(parts);
}
