import { randomUUID } from 'node:crypto';
import type { Directory, GroupRecord, UserRecord } from './directory.ts';
import { MemberList } from './member-list.ts';
import { alreadyExists, badRequest, notFound, ScimFailure } from './scim-failure.ts';
import { stamp } from './timestamps.ts';

export interface MemberChange {
  readonly kind: 'add' | 'remove' | 'replace';
  readonly userIds: readonly string[];
}

export interface GroupInput {
  readonly displayName: string;
  readonly externalId?: string | undefined;
  /** Undefined: the payload did not say. */
  readonly memberIds: readonly string[] | undefined;
}

export function requireGroup(directory: Directory, id: string): GroupRecord {
  const group = directory.groups.get(id);
  if (group === undefined) throw notFound('GROUP', id);
  return group;
}

export function createGroup(directory: Directory, input: GroupInput, id: string = randomUUID()): GroupRecord {
  requireFreeName(directory, input.displayName);
  const memberIds = input.memberIds ?? [];
  requireMembers(directory, memberIds, 400);
  const created = stamp(directory.nowMs);
  const group: GroupRecord = {
    id,
    created,
    lastModified: created,
    displayName: input.displayName,
    externalId: storedExternalId(directory, input.externalId),
    members: new MemberList(),
    notPropagated: whyNotPropagated(directory, input.displayName),
  };
  directory.insertGroup(group);
  if (group.notPropagated === undefined) {
    directory.pushToSite({ kind: 'group', groupId: id, name: group.displayName });
  }
  for (const userId of memberIds) addMember(directory, group, directory.users.get(userId)!);
  return group;
}

/** PUT: a full replacement. A name that differs by more than case would be a rename, which does not exist. */
export function replaceGroup(directory: Directory, group: GroupRecord, input: GroupInput): void {
  refuseRename(directory, group, input.displayName);
  if (directory.switches.groupExternalId === 'stored') setExternalId(directory, group, input.externalId);
  if (input.memberIds === undefined && directory.switches.putWithoutMembers === 'keeps') return;
  const userIds = input.memberIds ?? [];
  requireMembers(directory, userIds, 400);
  changeMembers(directory, group, [{ kind: 'replace', userIds }]);
}

/** Applies member changes that were checked before. */
export function changeMembers(directory: Directory, group: GroupRecord, changes: readonly MemberChange[]): void {
  let hasChanged = false;
  for (const { kind, userIds } of changes) {
    const removed = kind === 'replace' ? difference(group.members.ids(), userIds) : kind === 'remove' ? userIds : [];
    for (const userId of removed) {
      if (!group.members.has(userId)) continue;
      forgetMember(directory, group, userId);
      hasChanged = true;
    }
    if (kind === 'remove') continue;
    for (const userId of userIds) {
      if (group.members.has(userId)) continue;
      addMember(directory, group, directory.users.get(userId)!);
      hasChanged = true;
    }
  }
  if (hasChanged) group.lastModified = stamp(directory.nowMs);
}

/** Takes a user who is about to be deleted out of a group. */
export function dropMember(directory: Directory, group: GroupRecord, user: UserRecord): void {
  forgetMember(directory, group, user.id);
  group.lastModified = stamp(directory.nowMs);
}

export function deleteGroup(directory: Directory, group: GroupRecord): void {
  for (const userId of group.members.ids()) directory.users.get(userId)?.groupIds.delete(group.id);
  directory.membershipCount -= group.members.size;
  directory.removeGroup(group);
  directory.pushToSite({ kind: 'group-gone', groupId: group.id });
}

/** Unknown members answer 404 on PATCH, yet 400 on PUT: both are documented so. */
export function requireMembers(directory: Directory, userIds: readonly string[], status: 400 | 404): void {
  const { maxMembersPerRequest, tooManyMembersStatus, maxUsersPerGroup, beyondLimit } = directory.switches;
  if (maxMembersPerRequest > 0 && userIds.length > maxMembersPerRequest) {
    const detail = `A request may name at most ${maxMembersPerRequest} members, not ${userIds.length}.`;
    throw new ScimFailure(tooManyMembersStatus, 'tooMany', detail);
  }
  if (beyondLimit === 'error' && maxUsersPerGroup > 0 && userIds.length > maxUsersPerGroup)
    throw groupIsFull(directory);
  const unknown = userIds.find((userId) => directory.users.get(userId) === undefined);
  if (unknown === undefined) return;
  if (status === 404) throw notFound('USER', unknown);
  throw badRequest('invalidValue', `Resource [USER]: with id[${unknown}] does not exist.`);
}

/** Refuses additions over the limits, where the limits are errors and not silent. */
export function requireRoom(directory: Directory, group: GroupRecord, userIds: readonly string[]): void {
  const { maxUsersPerGroup, maxMemberships, beyondLimit } = directory.switches;
  if (beyondLimit !== 'error') return;
  const added = userIds.filter((userId) => !group.members.has(userId)).length;
  const isFull = maxUsersPerGroup > 0 && group.members.size + added > maxUsersPerGroup;
  const isDirectoryFull = maxMemberships > 0 && directory.membershipCount + added > maxMemberships;
  if (added > 0 && (isFull || isDirectoryFull)) throw groupIsFull(directory);
}

function groupIsFull(directory: Directory): ScimFailure {
  return badRequest('tooMany', `A group holds at most ${directory.switches.maxUsersPerGroup} users.`);
}

export function refuseRename(directory: Directory, group: GroupRecord, displayName: string): void {
  // The name is not case-sensitive, so another spelling is no rename.
  if (displayName.toLowerCase() === group.displayName.toLowerCase()) return;
  if (directory.switches.groupRename === 'refused')
    throw badRequest('mutability', 'Attribute displayName is immutable.');
}

export function setExternalId(directory: Directory, group: GroupRecord, externalId: string | undefined): void {
  const stored = storedExternalId(directory, externalId);
  if (stored === group.externalId) return;
  group.externalId = stored;
  group.lastModified = stamp(directory.nowMs);
}

function storedExternalId(directory: Directory, externalId: string | undefined): string | undefined {
  return directory.switches.groupExternalId === 'stored' ? externalId : undefined;
}

function addMember(directory: Directory, group: GroupRecord, user: UserRecord): void {
  const { maxUsersPerGroup, maxMemberships } = directory.switches;
  group.members.add(user.id);
  user.groupIds.add(group.id);
  directory.membershipCount += 1;
  const isOverLimit =
    (maxUsersPerGroup > 0 && group.members.size > maxUsersPerGroup) ||
    (maxMemberships > 0 && directory.membershipCount > maxMemberships);
  if (isOverLimit || user.isNotSynced || group.notPropagated !== undefined) return;
  directory.pushToSite({ kind: 'member', groupId: group.id, accountId: user.accountId, isMember: true });
}

function forgetMember(directory: Directory, group: GroupRecord, userId: string): void {
  group.members.delete(userId);
  directory.membershipCount -= 1;
  const user = directory.users.get(userId);
  user?.groupIds.delete(group.id);
  if (user) directory.pushToSite({ kind: 'member', groupId: group.id, accountId: user.accountId, isMember: false });
}

function difference(present: Iterable<string>, wanted: readonly string[]): string[] {
  const kept = new Set(wanted);
  return Array.from(present).filter((userId) => !kept.has(userId));
}

/** 409 for the name of another SCIM group or of a group made by hand; default and built-in names pass, see below. */
function requireFreeName(directory: Directory, displayName: string): void {
  const name = displayName.toLowerCase();
  const native = directory.nativeGroups.get(name);
  const isTaken = directory.groupNames.get(name).length > 0;
  if (isTaken || (native !== undefined && !isReserved(directory, name))) {
    throw alreadyExists('GROUP', 'displayName', displayName);
  }
}

function isReserved(directory: Directory, name: string): boolean {
  const isBuiltIn = directory.switches.builtInGroupNames.some((builtIn) => builtIn.toLowerCase() === name);
  return isBuiltIn || directory.nativeGroups.get(name)?.isDefaultAccess === true;
}

/** The API accepts the name of a default-access or built-in group with success, and then never pushes it to a site. */
function whyNotPropagated(directory: Directory, displayName: string): GroupRecord['notPropagated'] {
  if (isReserved(directory, displayName.toLowerCase())) return 'reserved-name';
  const { maxGroups, beyondLimit } = directory.switches;
  if (maxGroups === 0 || directory.groups.size < maxGroups) return undefined;
  if (beyondLimit === 'error') throw badRequest('tooMany', 'The directory holds too many groups.');
  return 'over-limit';
}
