import type { Directory, GroupRecord, UserRecord } from './directory.ts';
import { coreGroupUrn } from './patch-group.ts';
import { formatTimestamp, type Micros } from './timestamps.ts';
import {
  atlassianCustomUrn,
  atlassianExternalUrn,
  coreUserUrn,
  enterpriseUrn,
  textOf,
  userAttributes,
} from './user-document.ts';

const attributesBeforeMeta = Object.keys(userAttributes).filter(
  (name) => name !== 'active' && name !== enterpriseUrn && name !== atlassianCustomUrn,
);

/** A user as the directory answers it. `base` is the directory's absolute URL. */
export function renderUser(directory: Directory, user: UserRecord, base: string): Record<string, unknown> {
  const { document } = user;
  const schemas = [atlassianExternalUrn, coreUserUrn, enterpriseUrn];
  const answer: Record<string, unknown> = { schemas };
  for (const name of attributesBeforeMeta) if (document[name] !== undefined) answer[name] = document[name];
  answer['meta'] = renderMeta(directory, 'User', `${base}/Users/${user.id}`, user);
  answer['groups'] = Array.from(user.groupIds, (groupId) => ({
    type: 'direct',
    value: groupId,
    display: directory.groups.get(groupId)?.displayName,
    $ref: `${base}/Groups/${groupId}`,
  }));
  if (document[enterpriseUrn] !== undefined) answer[enterpriseUrn] = document[enterpriseUrn];
  if (document[atlassianCustomUrn] !== undefined) {
    schemas.push(atlassianCustomUrn);
    answer[atlassianCustomUrn] = document[atlassianCustomUrn];
  }
  const isLinked = directory.nowMs - Math.floor(user.created / 1000) >= directory.switches.linkDelayMs;
  if (isLinked) answer[atlassianExternalUrn] = { atlassianAccountId: user.accountId };
  else if (directory.switches.externalExtensionBeforeLink === 'empty') answer[atlassianExternalUrn] = {};
  answer['id'] = user.id;
  answer['active'] = document['active'];
  return answer;
}

function renderMeta(
  directory: Directory,
  kind: 'User' | 'Group',
  location: string,
  record: { created: Micros; lastModified: Micros },
) {
  const { lastModified, created } = record;
  const resourceType = directory.switches.resourceType === 'as-captured' ? kind : kind.toUpperCase();
  return { resourceType, location, lastModified: formatTimestamp(lastModified), created: formatTimestamp(created) };
}

function renderMember(directory: Directory, userId: string, base: string): Record<string, unknown> {
  const user = directory.users.get(userId);
  const display = user === undefined ? undefined : textOf(user.document, 'userName');
  return {
    type: 'User',
    value: userId,
    ...(display === undefined ? {} : { display }),
    $ref: `${base}/Users/${userId}`,
  };
}

/** A group as JSON text, its members taken from the cache of its member list. */
export function renderGroupText(directory: Directory, group: GroupRecord, base: string): string {
  const head = JSON.stringify({ schemas: [coreGroupUrn], id: group.id, displayName: group.displayName });
  const externalId = group.externalId === undefined ? '' : `,"externalId":${JSON.stringify(group.externalId)}`;
  const meta = JSON.stringify(renderMeta(directory, 'Group', `${base}/Groups/${group.id}`, group));
  return `${head.slice(0, -1)}${externalId}${membersText(directory, group, base)},"meta":${meta}}`;
}

/** How many members an answer shows; the rest of a very large group may be cut off. */
export function shownCount(directory: Directory, group: GroupRecord): number {
  const { maxMembersReturned } = directory.switches;
  return maxMembersReturned > 0 ? Math.min(maxMembersReturned, group.members.size) : group.members.size;
}

function shownMembers(directory: Directory, group: GroupRecord, base: string): Record<string, unknown>[] {
  const shown = group.members.ids().take(shownCount(directory, group));
  return Array.from(shown, (userId) => renderMember(directory, userId, base));
}

function omitsMembers(directory: Directory, group: GroupRecord): boolean {
  return group.members.size === 0 && directory.switches.emptyMembers === 'omitted';
}

function membersText(directory: Directory, group: GroupRecord, base: string): string {
  if (omitsMembers(directory, group)) return '';
  if (shownCount(directory, group) < group.members.size) {
    return `,"members":${JSON.stringify(shownMembers(directory, group, base))}`;
  }
  return `,"members":[${group.members.text(base, (userId) => renderMember(directory, userId, base))}]`;
}

/** A group as an object, for lists of ordinary size. */
export function renderGroup(directory: Directory, group: GroupRecord, base: string): Record<string, unknown> {
  return {
    schemas: [coreGroupUrn],
    id: group.id,
    displayName: group.displayName,
    ...(group.externalId === undefined ? {} : { externalId: group.externalId }),
    ...(omitsMembers(directory, group) ? {} : { members: shownMembers(directory, group, base) }),
    meta: renderMeta(directory, 'Group', `${base}/Groups/${group.id}`, group),
  };
}
