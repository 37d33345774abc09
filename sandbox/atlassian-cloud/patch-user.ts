import type { PatchOperation } from './patch-payload.ts';
import { badRequest } from './scim-failure.ts';
import type { Switches } from './switches.ts';
import {
  type AttributeValue,
  canonicalSubAttribute,
  complexOf,
  type Entry,
  entriesOf,
  isObject,
  readAttribute,
  readEntryPart,
  type UserDocument,
  userAttributes,
} from './user-document.ts';
import { findTarget, requireTarget, type UserTarget } from './user-target.ts';

/** One operation on one attribute. */
interface Step {
  readonly op: PatchOperation['op'];
  readonly target: UserTarget;
  readonly value: unknown;
}

/** Applies PATCH operations to a copy of a user's attributes; if one fails, the user stays as it was. */
export function patchUserDocument(
  original: UserDocument,
  operations: readonly PatchOperation[],
  switches: Switches,
): UserDocument {
  const document = structuredClone(original);
  for (const step of operations.flatMap((operation) => readSteps(operation, switches))) {
    const { name } = step.target;
    const value = changedValue(document, step, switches);
    if (value === undefined) delete document[name];
    else document[name] = value;
  }
  return document;
}

function readSteps({ op, path, value }: PatchOperation, switches: Switches): Step[] {
  if (path !== undefined) return [{ op, target: requireTarget(path), value }];
  return Object.entries(value as Record<string, unknown>).flatMap(([key, part]) => {
    const target = findTarget(key, switches);
    return target === undefined ? [] : [{ op, target, value: part }];
  });
}

function changedValue(document: UserDocument, step: Step, switches: Switches): AttributeValue | undefined {
  const { op, target, value } = step;
  const attribute = userAttributes[target.name]!;
  if (attribute.kind === 'complex') return changedComplex(document, step, switches);
  if (attribute.kind === 'entries') {
    const { entries, changed } = changedEntries(entriesOf(document, target.name), step, switches);
    return withOnePrimary(entries, changed);
  }
  return op === 'remove' ? undefined : readAttribute(target.name, value, switches);
}

/** A complex value sets the parts it names and keeps the others (RFC 7644, section 3.5.2), for add and replace alike. */
function changedComplex(document: UserDocument, { op, target, value }: Step, switches: Switches) {
  const { name, part } = target;
  if (op === 'remove' && part === undefined) return undefined;
  const given = part === undefined ? value : { [part]: op === 'remove' ? null : value };
  if (!isObject(given)) throw badRequest('invalidValue', `Attribute ${name} must be an object.`);
  const named = Object.entries(given).map(([key, field]) => [canonicalSubAttribute(name, key) ?? key, field]);
  return readAttribute(name, { ...complexOf(document, name), ...Object.fromEntries(named) }, switches);
}

/** The entries after a step, and those of them that the step itself wrote. */
interface ChangedEntries {
  readonly entries: Entry[];
  readonly changed: readonly Entry[];
}

function changedEntries(present: Entry[], step: Step, switches: Switches): ChangedEntries {
  const { op, target, value } = step;
  const { name, part, filter } = target;
  if (op === 'remove') return { entries: withoutTargets(present, target), changed: [] };
  if (filter === undefined && part === undefined) {
    const given = (readAttribute(name, value, switches) ?? []) as Entry[];
    const values = new Set(given.map((entry) => entry.value));
    const kept = op === 'replace' ? [] : present.filter((entry) => !values.has(entry.value));
    return { entries: [...kept, ...given], changed: given };
  }
  const changed = present.filter((entry) => isTargeted(entry, target));
  if (changed.length === 0) {
    // Entra adds `phoneNumbers[type eq "work"].value` to a user without phone numbers and expects the entry to appear.
    if (op === 'replace' || filter === undefined) throw badRequest('noTarget', `No value of ${name} matches the path.`);
    const entry = readEntry(step, { [filter.field]: filter.value }, switches);
    return { entries: [...present, entry], changed: [entry] };
  }
  for (const entry of changed) Object.assign(entry, readEntry(step, {}, switches));
  return { entries: present, changed };
}

function withoutTargets(present: Entry[], target: UserTarget): Entry[] {
  const { part } = target;
  if (part === undefined) return present.filter((entry) => !isTargeted(entry, target));
  for (const entry of present.filter((one) => isTargeted(one, target))) delete entry[part as keyof Entry];
  return present;
}

function readEntry({ target, value }: Step, base: Record<string, unknown>, switches: Switches): Entry {
  const { name, part } = target;
  const given = part === undefined ? value : { [part]: value };
  if (!isObject(given)) throw badRequest('invalidValue', `A value of ${name} must be an object.`);
  const entry: Record<string, string | boolean> = {};
  for (const [key, field] of Object.entries({ ...base, ...given })) {
    const subAttribute = canonicalSubAttribute(name, key);
    if (subAttribute !== undefined) entry[subAttribute] = readEntryPart(name, subAttribute, field, switches);
  }
  return entry as Entry;
}

function isTargeted(entry: Entry, { name, filter }: UserTarget): boolean {
  if (filter === undefined) return true;
  const field = canonicalSubAttribute(name, filter.field);
  if (field === undefined) throw badRequest('invalidPath', `Attribute ${name}.${filter.field} does not exist.`);
  const present = entry[field as keyof Entry] ?? (field === 'primary' ? false : '');
  return String(present).toLowerCase() === filter.value.toLowerCase();
}

/** The filled entries; one that was just made primary takes that from the others (RFC 7644, section 3.5.2). */
function withOnePrimary(entries: Entry[], changed: readonly Entry[]): Entry[] | undefined {
  const filled = entries.filter((entry) => entry.value !== undefined && entry.value !== '');
  if (changed.filter((entry) => entry.primary).length === 1) {
    for (const entry of filled) if (entry.primary && !changed.includes(entry)) entry.primary = false;
  }
  return filled.length === 0 ? undefined : filled;
}
