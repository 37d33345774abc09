import type { VendorFault } from '../kit/vendor.ts';
import type { Directory, GroupRecord } from './directory.ts';
import {
  changeMembers,
  type MemberChange,
  refuseRename,
  requireMembers,
  requireRoom,
  setExternalId,
} from './groups.ts';
import { misapplied } from './member-faults.ts';
import { type PatchOperation, type PatchPath, readPath } from './patch-payload.ts';
import { badRequest, ScimFailure } from './scim-failure.ts';
import { isObject } from './user-document.ts';

export const coreGroupUrn = 'urn:ietf:params:scim:schemas:core:2.0:Group';

interface GroupPatch {
  readonly members: MemberChange[];
  externalId?: string | undefined;
}

/** Applies PATCH operations to a group: all of them are checked before the first takes effect. */
export function patchGroup(
  directory: Directory,
  group: GroupRecord,
  operations: readonly PatchOperation[],
  fault?: VendorFault,
): void {
  const patch: GroupPatch = { members: [] };
  for (const { op, path, value } of operations) {
    if (path !== undefined) readOne(directory, group, patch, op, path, value);
    else {
      for (const [key, part] of Object.entries(value as Record<string, unknown>)) {
        // Okta repeats `id` and `schemas` in a value without path; read-only attributes in payloads are ignored.
        if (!['id', 'schemas', 'meta'].includes(key)) {
          readOne(directory, group, patch, op, readPath(key, directory.switches), part);
        }
      }
    }
  }
  checkMembers(directory, group, patch.members);
  if ('externalId' in patch) setExternalId(directory, group, patch.externalId);
  changeMembers(directory, group, fault ? misapplied(group, patch.members, fault) : patch.members);
}

function readOne(
  directory: Directory,
  group: GroupRecord,
  patch: GroupPatch,
  op: PatchOperation['op'],
  path: PatchPath,
  value: unknown,
): void {
  if (path.urn !== undefined && path.urn.toLowerCase() !== coreGroupUrn.toLowerCase()) throw unknownPath(path);
  switch (path.attribute.toLowerCase()) {
    case 'members':
      patch.members.push(readMemberChange(directory, op, path, value));
      return;
    case 'displayname':
      if (op === 'remove' || typeof value !== 'string')
        throw badRequest('mutability', 'Attribute displayName is immutable.');
      refuseRename(directory, group, value);
      return;
    case 'externalid':
      patch.externalId = op === 'remove' || value === null ? undefined : String(value);
      return;
    case 'id':
    case 'meta':
    case 'schemas':
      throw badRequest('mutability', `Attribute [${path.text}] is read-only.`);
    default:
      throw unknownPath(path);
  }
}

function readMemberChange(
  directory: Directory,
  op: PatchOperation['op'],
  path: PatchPath,
  value: unknown,
): MemberChange {
  const { memberRemoval, acceptsMembersReplace } = directory.switches;
  if (path.subAttribute !== undefined) throw unknownPath(path);
  if (path.filter !== undefined) {
    if (path.filter.field.toLowerCase() !== 'value') throw unknownPath(path);
    if (op !== 'remove' || memberRemoval === 'list-only') throw unknownPath(path);
    return { kind: 'remove', userIds: [path.filter.value] };
  }
  if (op === 'replace') {
    if (!acceptsMembersReplace) throw badRequest('invalidPath', 'Members can only be added or removed.');
    return { kind: 'replace', userIds: readMemberIds(value) };
  }
  if (op === 'add') return { kind: 'add', userIds: readMemberIds(value) };
  // A removal without values names the whole attribute (RFC 7644, section 3.5.2.2).
  if (value === undefined || value === null) return { kind: 'replace', userIds: [] };
  if (memberRemoval === 'filter-only') throw badRequest('invalidPath', 'Removing members needs a filter in the path.');
  return { kind: 'remove', userIds: readMemberIds(value) };
}

/** Reads `[{value, display?}]`, or one such object; each id once. */
export function readMemberIds(value: unknown): string[] {
  const items = Array.isArray(value) ? value : value === null || value === undefined ? [] : [value];
  const ids = items.map((item) => {
    if (!isObject(item) || typeof item['value'] !== 'string') {
      throw badRequest('invalidValue', 'A member needs a value, the id of a user.');
    }
    return item['value'];
  });
  return [...new Set(ids)];
}

function checkMembers(directory: Directory, group: GroupRecord, changes: readonly MemberChange[]): void {
  const { maxMembersPerRequest, tooManyMembersStatus, removalOfUnknownMember } = directory.switches;
  const named = changes.reduce((sum, change) => sum + change.userIds.length, 0);
  if (maxMembersPerRequest > 0 && named > maxMembersPerRequest) {
    const detail = `A request may name at most ${maxMembersPerRequest} members, not ${named}.`;
    throw new ScimFailure(tooManyMembersStatus, 'tooMany', detail);
  }
  for (const { kind, userIds } of changes) {
    // A user deleted by now may still be listed (switch `deletedUserInGroups`) and must be removable.
    const mustExist = kind === 'remove' ? userIds.filter((userId) => !group.members.has(userId)) : userIds;
    if (kind !== 'remove' || removalOfUnknownMember === 'not-found') requireMembers(directory, mustExist, 404);
    if (kind === 'add') requireRoom(directory, group, userIds);
  }
}

function unknownPath(path: PatchPath): ScimFailure {
  return badRequest('invalidPath', `Path [${path.text}] is not supported.`);
}
