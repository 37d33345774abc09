import { badRequest } from './scim-failure.ts';
import type { Switches } from './switches.ts';

export const coreUserUrn = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const enterpriseUrn = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
export const atlassianExternalUrn = 'urn:scim:schemas:extension:atlassian-external:1.0';
/** Holds `basedIn` only, the profile's location ("sync user attributes" page). */
export const atlassianCustomUrn = 'urn:scim:schemas:extension:atlassian-custom:1.0:Attributes';

export type Complex = Record<string, string>;
export type Entry = { value?: string; type?: string; primary?: boolean };
export type AttributeValue = string | boolean | Complex | Entry[];
/** The attributes of a user that a client may write, by canonical name; nothing empty is kept. */
export type UserDocument = Record<string, AttributeValue>;

export type AttributeKind =
  | { kind: 'string' }
  | { kind: 'boolean' }
  | { kind: 'complex'; subAttributes: readonly string[] }
  | { kind: 'entries' };

const text: AttributeKind = { kind: 'string' };
/** In the order in which the directory answers them. */
export const userAttributes: Readonly<Record<string, AttributeKind>> = {
  userName: text,
  emails: { kind: 'entries' },
  externalId: text,
  name: {
    kind: 'complex',
    subAttributes: ['formatted', 'familyName', 'givenName', 'middleName', 'honorificPrefix', 'honorificSuffix'],
  },
  displayName: text,
  nickName: text,
  title: text,
  preferredLanguage: text,
  department: text,
  organization: text,
  timezone: text,
  phoneNumbers: { kind: 'entries' },
  active: { kind: 'boolean' },
  [enterpriseUrn]: { kind: 'complex', subAttributes: ['organization', 'department'] },
  [atlassianCustomUrn]: { kind: 'complex', subAttributes: ['basedIn'] },
};
export const readOnlyUserAttributes = new Set(['id', 'meta', 'groups', 'schemas', atlassianExternalUrn]);
const entrySubAttributes = ['value', 'type', 'primary'] as const;

// SCIM attribute names are not case-sensitive (RFC 7643, section 2.1).
const canonicalNames = new Map(
  [...Object.keys(userAttributes), ...readOnlyUserAttributes].map((name) => [name.toLowerCase(), name]),
);

export function canonicalUserAttribute(name: string): string | undefined {
  return canonicalNames.get(name.toLowerCase());
}

export function canonicalSubAttribute(attribute: string, name: string): string | undefined {
  const kind = userAttributes[attribute];
  const names: readonly string[] =
    kind?.kind === 'complex' ? kind.subAttributes : kind?.kind === 'entries' ? entrySubAttributes : [];
  return names.find((candidate) => candidate.toLowerCase() === name.toLowerCase());
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads a POST or PUT body: read-only and unknown attributes are ignored. */
export function readUserDocument(body: unknown, switches: Switches): UserDocument {
  if (!isObject(body)) throw badRequest('invalidSyntax', 'Request is unparsable, syntactically incorrect.');
  if (switches.requiresSchemas && !Array.isArray(body['schemas'])) {
    throw badRequest('invalidValue', 'Attribute schemas is required.');
  }
  const document: UserDocument = {};
  for (const [key, value] of Object.entries(body)) {
    const name = canonicalUserAttribute(key);
    if (name === undefined || readOnlyUserAttributes.has(name)) continue;
    const read = readAttribute(name, value, switches);
    if (read !== undefined) document[name] = read;
  }
  return document;
}

/** One attribute's value as stored, or undefined when it is empty: the directory omits empty attributes. */
export function readAttribute(name: string, value: unknown, switches: Switches): AttributeValue | undefined {
  const attribute = userAttributes[name]!;
  if (value === null || value === undefined) return undefined;
  switch (attribute.kind) {
    case 'string':
      if (typeof value !== 'string') throw badRequest('invalidValue', `Attribute ${name} must be a string.`);
      // An empty externalId is the one empty string that captured answers repeat.
      return value === '' && name !== 'externalId' ? undefined : value;
    case 'boolean':
      return readBoolean(name, value, switches);
    case 'complex':
      return readComplex(name, value);
    case 'entries':
      return readEntries(name, value, switches);
    default:
      return attribute satisfies never;
  }
}

function readBoolean(name: string, value: unknown, switches: Switches): boolean {
  if (typeof value === 'boolean') return value;
  if (switches.acceptsStringBooleans && typeof value === 'string' && /^(true|false)$/i.test(value)) {
    return value.toLowerCase() === 'true';
  }
  throw badRequest('invalidValue', `Attribute ${name} must be a boolean.`);
}

function readComplex(name: string, value: unknown): Complex | undefined {
  if (!isObject(value)) throw badRequest('invalidValue', `Attribute ${name} must be an object.`);
  const result: Complex = {};
  for (const [key, part] of Object.entries(value)) {
    const subAttribute = canonicalSubAttribute(name, key);
    if (subAttribute === undefined || part === null || part === '') continue;
    if (typeof part !== 'string') throw badRequest('invalidValue', `Attribute ${name}.${key} must be a string.`);
    result[subAttribute] = part;
  }
  return Object.keys(result).length === 0 ? undefined : result;
}

function readEntries(name: string, value: unknown, switches: Switches): Entry[] | undefined {
  const items = Array.isArray(value) ? value : [value];
  const entries = items.map((item) => {
    if (!isObject(item)) throw badRequest('invalidValue', `Attribute ${name} must be a list of objects.`);
    const entry: Entry = {};
    for (const [key, part] of Object.entries(item)) {
      const subAttribute = canonicalSubAttribute(name, key);
      if (subAttribute === undefined || part === null) continue;
      Object.assign(entry, { [subAttribute]: readEntryPart(name, subAttribute, part, switches) });
    }
    return entry;
  });
  const filled = entries.filter((entry) => entry.value !== undefined && entry.value !== '');
  return filled.length === 0 ? undefined : filled;
}

export function readEntryPart(name: string, subAttribute: string, part: unknown, switches: Switches): string | boolean {
  if (subAttribute === 'primary') return readBoolean(`${name}.primary`, part, switches);
  if (typeof part !== 'string') throw badRequest('invalidValue', `Attribute ${name}.${subAttribute} must be a string.`);
  return part;
}

export function textOf(document: UserDocument, name: string): string | undefined {
  const value = document[name];
  return typeof value === 'string' ? value : undefined;
}

export function entriesOf(document: UserDocument, name: string): Entry[] {
  const value = document[name];
  return Array.isArray(value) ? value : [];
}

export function complexOf(document: UserDocument, name: string): Complex | undefined {
  const value = document[name];
  return typeof value === 'object' && !Array.isArray(value) ? value : undefined;
}

export function primaryEmailOf(document: UserDocument): string {
  return entriesOf(document, 'emails').find((entry) => entry.primary)?.value ?? '';
}

/** userName and exactly one primary e-mail are required on every write. */
export function requireComplete(document: UserDocument): void {
  if (textOf(document, 'userName') === undefined) throw badRequest('invalidValue', 'Attribute userName is required.');
  const emails = entriesOf(document, 'emails');
  if (emails.length === 0) throw badRequest('invalidValue', 'Attribute emails is required.');
  const primary = emails.filter((entry) => entry.primary);
  if (primary.length !== 1) throw badRequest('invalidValue', 'Exactly one of the emails must be marked as primary.');
  if (!/^[^\s@]+@[^\s@]+$/.test(primary[0]!.value ?? '')) {
    throw badRequest('invalidValue', `The primary email[${primary[0]!.value}] is not an e-mail address.`);
  }
}
