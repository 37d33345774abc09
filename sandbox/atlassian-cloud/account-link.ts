import type { Account, Profile } from './accounts.ts';
import type { Directory, UserRecord } from './directory.ts';
import { alreadyExists } from './scim-failure.ts';
import { complexOf, enterpriseUrn, primaryEmailOf, textOf, type UserDocument } from './user-document.ts';

/** Links a new SCIM user to the account with its e-mail, or makes one. A deactivated account may come back by that. */
export function linkAccount(directory: Directory, userId: string, document: UserDocument): Account {
  const { accounts, switches } = directory;
  const email = primaryEmailOf(document);
  const known = accounts.byEmail(email);
  if (known === undefined || switches.createForKnownEmail === 'new-account') {
    const account = accounts.create(email, profileOf(directory, document));
    account.scimUserId = userId;
    if (document['active'] === false) setActive(directory, account, false);
    return account;
  }
  known.scimUserId = userId;
  Object.assign(known.profile, profileOf(directory, document));
  const wantsActive = document['active'] !== false;
  if (!wantsActive || switches.createForInactiveAccount === 'reactivates') setActive(directory, known, wantsActive);
  return known;
}

/** Carries a user's changed attributes over to the linked account. */
export function updateAccount(directory: Directory, user: UserRecord, before: UserDocument): void {
  const { accounts, switches } = directory;
  const account = directory.accountOf(user);
  const email = primaryEmailOf(user.document);
  const isOtherEmail = email.toLowerCase() !== primaryEmailOf(before).toLowerCase();
  if (isOtherEmail && switches.emailChange === 'second-account') {
    moveToSecondAccount(directory, user, account);
    return;
  }
  accounts.changeEmail(account, email);
  account.profile = profileOf(directory, user.document);
  if (user.document['active'] !== before['active']) setActive(directory, account, user.document['active'] !== false);
  pushUser(directory, user);
}

/** Some e-mail changes end in a second account instead of a changed one (knowledge base 1318879354). */
function moveToSecondAccount(directory: Directory, user: UserRecord, old: Account): void {
  delete old.scimUserId;
  const account = directory.accounts.create(primaryEmailOf(user.document), profileOf(directory, user.document));
  account.scimUserId = user.id;
  user.accountId = account.accountId;
  if (user.document['active'] === false) setActive(directory, account, false);
  pushUser(directory, user);
  for (const groupId of user.groupIds) {
    directory.pushToSite({ kind: 'member', groupId, accountId: old.accountId, isMember: false });
    directory.pushToSite({ kind: 'member', groupId, accountId: account.accountId, isMember: true });
  }
}

/** DELETE breaks the link and deactivates the account if it is managed; the account itself stays. */
export function unlinkAccount(directory: Directory, user: UserRecord): void {
  const account = directory.accountOf(user);
  delete account.scimUserId;
  if (directory.accounts.isManaged(account) || directory.switches.deleteOfUnmanaged === 'deactivates') {
    account.active = false;
  }
  if (!user.isNotSynced) directory.pushToSite({ kind: 'user', user: siteUser(account, account.active) });
}

/** An e-mail that belongs to another account cannot be taken by an update. */
export function requireFreeEmail(directory: Directory, user: UserRecord, email: string): void {
  const owner = directory.accounts.byEmail(email);
  if (owner !== undefined && owner.accountId !== user.accountId) throw alreadyExists('USER', 'email', email);
}

export function pushUser(directory: Directory, user: UserRecord): void {
  if (user.isNotSynced) return;
  const account = directory.accountOf(user);
  directory.pushToSite({ kind: 'user', user: siteUser(account, account.active && user.document['active'] !== false) });
}

function siteUser(account: Account, active: boolean) {
  const { accountId, email, profile } = account;
  return { accountId, email, displayName: profile.displayName ?? email, active };
}

/** The organisation has power over managed accounts only: others keep working, they just lose what it gave them. */
function setActive(directory: Directory, account: Account, active: boolean): void {
  const isHandsOff =
    !active && !directory.accounts.isManaged(account) && directory.switches.deactivationOfUnmanaged === 'keeps-working';
  if (!isHandsOff) account.active = active;
}

/** Without a display name Atlassian combines given and family name. */
function profileOf(directory: Directory, document: UserDocument): Profile {
  const name = complexOf(document, 'name');
  const enterprise = complexOf(document, enterpriseUrn);
  const combined = [name?.['givenName'], name?.['familyName']].filter(Boolean).join(' ');
  const profile: Record<string, unknown> = {
    displayName: textOf(document, 'displayName') ?? (combined || undefined),
    nickName: textOf(document, 'nickName'),
    title: textOf(document, 'title'),
    department: enterprise?.['department'] ?? textOf(document, 'department'),
    organization: enterprise?.['organization'] ?? textOf(document, 'organization'),
    timezone: textOf(document, 'timezone'),
    preferredLanguage: textOf(document, 'preferredLanguage'),
    name: directory.switches.nameReachesProfile ? name : undefined,
  };
  return Object.fromEntries(Object.entries(profile).filter(([, value]) => value !== undefined));
}
