import { randomUUID } from 'node:crypto';
import { linkAccount, pushUser, requireFreeEmail, unlinkAccount, updateAccount } from './account-link.ts';
import type { Directory, UserRecord } from './directory.ts';
import { dropMember } from './groups.ts';
import { alreadyExists, badRequest, notFound } from './scim-failure.ts';
import { stamp } from './timestamps.ts';
import { primaryEmailOf, requireComplete, textOf, type UserDocument } from './user-document.ts';

export function requireUser(directory: Directory, id: string): UserRecord {
  const user = directory.users.get(id);
  if (user === undefined) throw notFound('USER', id);
  return user;
}

export function createUser(directory: Directory, given: UserDocument, id: string = randomUUID()): UserRecord {
  const { switches } = directory;
  const document = withDefaults(directory, given);
  requireComplete(document);
  requireUnique(directory, document, undefined);
  const isOverLimit = switches.maxUsersPerDirectory > 0 && directory.users.size >= switches.maxUsersPerDirectory;
  if (isOverLimit && switches.beyondLimit === 'error')
    throw badRequest('tooMany', 'The directory holds too many users.');
  const account = linkAccount(directory, id, document);
  const created = stamp(directory.nowMs);
  const user: UserRecord = {
    id,
    created,
    lastModified: created,
    document,
    accountId: account.accountId,
    isNotSynced: isOverLimit,
    groupIds: new Set(),
  };
  directory.insertUser(user);
  pushUser(directory, user);
  return user;
}

/** PUT: what is not given is cleared; `active` falls back to its default, true, and so re-activates. */
export function replaceUser(directory: Directory, user: UserRecord, given: UserDocument): void {
  if (given['active'] === undefined && directory.switches.putWithoutActive === 'keeps') {
    given['active'] = user.document['active']!;
  }
  changeUser(directory, user, given);
}

/** Takes over a full set of attributes after checking it; nothing happens if nothing differs. */
export function changeUser(directory: Directory, user: UserRecord, given: UserDocument): void {
  const { switches } = directory;
  const document = withDefaults(directory, given);
  requireComplete(document);
  const before = user.document;
  if (switches.userNameChange === 'refused' && document['userName'] !== before['userName']) {
    throw badRequest('mutability', 'Attribute userName is immutable.');
  }
  requireUnique(directory, document, user);
  requireFreeEmail(directory, user, primaryEmailOf(document));
  if (isSame(before, document)) return;
  directory.replaceDocument(user, document);
  user.lastModified = stamp(directory.nowMs);
  updateAccount(directory, user, before);
}

/** The record is gone for good: a later POST for the same person makes a new one with a new id. */
export function deleteUser(directory: Directory, user: UserRecord): void {
  if (directory.switches.deletedUserInGroups === 'dropped') {
    for (const groupId of user.groupIds) dropMember(directory, directory.groups.get(groupId)!, user);
  }
  directory.removeUser(user);
  unlinkAccount(directory, user);
}

function withDefaults(directory: Directory, given: UserDocument): UserDocument {
  const document: UserDocument = { ...given, active: given['active'] ?? true };
  const userName = textOf(document, 'userName');
  if (userName !== undefined && directory.switches.userNameCase === 'lower-cased') {
    document['userName'] = userName.toLowerCase();
  }
  return document;
}

/** The causes of 409 in Atlassian's knowledge base: another record of the directory with this e-mail, userName or externalId. */
function requireUnique(directory: Directory, document: UserDocument, user: UserRecord | undefined): void {
  const isTaken = (ids: readonly string[]) => ids.some((id) => id !== user?.id);
  const email = primaryEmailOf(document);
  if (isTaken(directory.emails.get(email.toLowerCase()))) throw alreadyExists('USER', 'email', email);
  const userName = textOf(document, 'userName') ?? '';
  if (isTaken(directory.userNames.get(userName.toLowerCase()))) throw alreadyExists('USER', 'userName', userName);
  const externalId = textOf(document, 'externalId');
  if (externalId && directory.switches.externalIdUniqueness === 'enforced') {
    if (isTaken(directory.externalIds.get(externalId))) throw alreadyExists('USER', 'externalId', externalId);
  }
}

function isSame(a: UserDocument, b: UserDocument): boolean {
  const sorted = (document: UserDocument) =>
    JSON.stringify(Object.entries(document).sort(([x], [y]) => (x < y ? -1 : 1)));
  return sorted(a) === sorted(b);
}
