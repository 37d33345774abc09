import { SandboxError, type SimResponse } from '../kit/vendor.ts';
import type { AppEntry } from './app-store.ts';
import { appTarget, appUserTarget } from './assignments.ts';
import type { Org } from './org.ts';
import { isoTime, type UserRecord, type UserStatus } from './records.ts';
import { type Cause, displayNameOf } from './system-log.ts';

const MAY_SIGN_IN = new Set<UserStatus>(['ACTIVE', 'PASSWORD_EXPIRED', 'RECOVERY']);

/**
 * Signs a person in to an app. The event's actor is the person, and its targets are the app and the app's user.
 * @param wanted id or label of an app that they are assigned to; the first one by default
 */
export function signIn(org: Org, cause: Cause, user: UserRecord, wanted?: string): SimResponse {
  if (!MAY_SIGN_IN.has(user.status)) throw new SandboxError(`the user is ${user.status}`, `users/${user.id}`, 409);
  const entry = org.apps.all().find((each) => isWanted(each, wanted) && each.user(user.id));
  const record = entry?.user(user.id);
  if (!entry || !record) throw new SandboxError('the user is not assigned to it', 'body.app', 409);
  org.setUser({ ...user, lastLogin: isoTime(cause.now) }, cause.now);
  const name = displayNameOf(user);
  const actor = { id: user.id, type: 'User', alternateId: user.profile.login, displayName: name };
  org.log.write(
    { ...cause, actor, transactionType: 'WEB' },
    {
      eventType: 'user.authentication.sso',
      displayMessage: 'User single sign on to app',
      target: [appTarget(entry), appUserTarget(record, name)],
    },
  );
  return { status: 200, body: { id: user.id, app: entry.app.id } };
}

function isWanted({ app }: AppEntry, wanted: string | undefined): boolean {
  return wanted === undefined || app.id === wanted || app.label === wanted;
}
