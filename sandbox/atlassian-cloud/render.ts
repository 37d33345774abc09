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
  answer['meta'] = renderMeta('User', `${base}/Users/${user.id}`, user);
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
  resourceType: 'User' | 'Group',
  location: string,
  record: { created: Micros; lastModified: Micros },
) {
  const { lastModified, created } = record;
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
  const meta = JSON.stringify(renderMeta('Group', `${base}/Groups/${group.id}`, group));
  return `${head.slice(0, -1)}${externalId}${membersText(directory, group, base)},"meta":${meta}}`;
}

function membersText(directory: Directory, group: GroupRecord, base: string): string {
  const { emptyMembers, maxMembersReturned } = directory.switches;
  if (group.members.size === 0 && emptyMembers === 'omitted') return '';
  if (maxMembersReturned > 0 && group.members.size > maxMembersReturned) {
    const shown = Array.from(group.members.ids()).slice(0, maxMembersReturned);
    return `,"members":${JSON.stringify(shown.map((userId) => renderMember(directory, userId, base)))}`;
  }
  return `,"members":[${group.members.text(base, (userId) => renderMember(directory, userId, base))}]`;
}

/** A group as an object, for lists of ordinary size. */
export function renderGroup(directory: Directory, group: GroupRecord, base: string): Record<string, unknown> {
  const { emptyMembers, maxMembersReturned } = directory.switches;
  const ids = Array.from(group.members.ids());
  const shown = maxMembersReturned > 0 ? ids.slice(0, maxMembersReturned) : ids;
  const isOmitted = ids.length === 0 && emptyMembers === 'omitted';
  return {
    schemas: [coreGroupUrn],
    id: group.id,
    displayName: group.displayName,
    ...(group.externalId === undefined ? {} : { externalId: group.externalId }),
    ...(isOmitted ? {} : { members: shown.map((userId) => renderMember(directory, userId, base)) }),
    meta: renderMeta('Group', `${base}/Groups/${group.id}`, group),
  };
}
