import type { AppEntry } from './app-store.ts';
import type { Org } from './org.ts';
import { type AppUserRecord, isoTime, type Profile, type UserRecord } from './records.ts';
import { type Cause, displayNameOf, type LogTarget, userTarget } from './system-log.ts';

// Staged people get their apps when they are activated; deactivation takes them away.
const WITHOUT_APPS = new Set(['STAGED', 'DEPROVISIONED']);

/** Makes the user's assignment at every app what status and groups call for. */
export function reconcileUser(org: Org, cause: Cause, userId: string): void {
  for (const entry of org.apps.all()) reconcile(org, cause, entry, userId);
}

/** Makes one assignment at one app what status and groups call for; direct assignments stay until deactivation. */
export function reconcile(org: Org, cause: Cause, entry: AppEntry, userId: string): void {
  const user = org.users.get(userId);
  const existing = entry.user(userId);
  const isEligible = user !== undefined && !WITHOUT_APPS.has(user.status);
  if (isEligible && existing?.scope === 'USER') return;
  const isDue = isEligible && org.groupsOf(userId).some((group) => entry.groups.has(group.id));
  if (isDue && !existing) assign(org, cause, entry, user, 'GROUP');
  else if (!isDue && existing) unassign(org, cause, entry, existing);
}

export function assign(
  org: Org,
  cause: Cause,
  entry: AppEntry,
  user: UserRecord,
  scope: 'USER' | 'GROUP',
  given: { userName?: string; profile?: Profile } = {},
): AppUserRecord {
  const time = isoTime(cause.now);
  const record: AppUserRecord = {
    id: user.id,
    scope,
    created: entry.user(user.id)?.created ?? time,
    lastUpdated: time,
    statusChanged: time,
    userName: given.userName ?? user.profile.login,
    profile: { ...appProfile(user), ...given.profile },
  };
  const isNew = !entry.user(user.id);
  entry.setUser(record);
  const displayMessage = isNew ? 'Add user to application membership' : 'Update user in application membership';
  const eventType = `application.user_membership.${isNew ? 'add' : 'update'}`;
  org.log.write(cause, { eventType, displayMessage, target: targets(entry, record, user) });
  return record;
}

export function unassign(org: Org, cause: Cause, entry: AppEntry, record: AppUserRecord): void {
  entry.removeUser(record.id);
  org.log.write(cause, {
    eventType: 'application.user_membership.remove',
    displayMessage: 'Remove user from application membership',
    target: targets(entry, record, org.users.get(record.id)),
  });
}

export function appTarget(entry: AppEntry): LogTarget {
  return { id: entry.app.id, type: 'AppInstance', alternateId: entry.app.label, displayName: entry.app.label };
}

/** The log calls an app's user by an id of their own (`0ua...`), the API by the Okta user's. */
export function appUserTarget(record: AppUserRecord, displayName: string): LogTarget {
  return { id: `0ua${record.id.slice(3)}`, type: 'AppUser', alternateId: record.userName, displayName };
}

function appProfile(user: UserRecord): Profile {
  const { email, firstName, lastName } = user.profile;
  return { email, firstName, lastName, displayName: displayNameOf(user) };
}

function targets(entry: AppEntry, record: AppUserRecord, user: UserRecord | undefined): LogTarget[] {
  const name = user ? displayNameOf(user) : record.userName;
  return [appUserTarget(record, name), appTarget(entry), ...(user ? [userTarget(user)] : [])];
}
