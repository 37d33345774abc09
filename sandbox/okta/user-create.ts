import type { SimResponse } from '../kit/vendor.ts';
import { asObject, type Call, requireGroup, requireObject } from './api.ts';
import { setStatus, takeStep } from './lifecycle.ts';
import { joinGroup } from './memberships.ts';
import { OktaError } from './okta-error.ts';
import { isoTime, type UserRecord } from './records.ts';
import { userTarget } from './system-log.ts';
import { checkProfile } from './user-profile.ts';
import { userView } from './user-view.ts';

const MAX_GROUPS = 20;

/** Create a user: staged with `activate=false`; else active with a password, provisioned without. */
export function createUser(call: Call): SimResponse {
  const { org, cause, request, settings, pending } = call;
  const body = requireObject(call);
  const profile = checkProfile(org, asObject(body.profile) ?? {});
  const groupIds = Array.isArray(body.groupIds) ? body.groupIds.map(String) : [];
  if (groupIds.length > MAX_GROUPS) throw new OktaError('E0000093');
  const groups = groupIds.map((id) => requireGroup(call, id));
  const hasPassword = asObject(asObject(body.credentials)?.password)?.value !== undefined;
  const time = isoTime(cause.now);
  const user: UserRecord = {
    id: org.ids.create('00u'),
    status: 'STAGED',
    created: time,
    activated: null,
    statusChanged: null,
    lastLogin: null,
    lastUpdated: time,
    passwordChanged: hasPassword ? time : null,
    hasPassword,
    profile,
  };
  org.setUser(user, cause.now);
  org.log.write(cause, {
    eventType: 'user.lifecycle.create',
    displayMessage: 'Create Okta user',
    target: [userTarget(user)],
  });
  for (const group of groups) joinGroup(org, cause, group, user);
  if (request.query.get('activate') !== 'false') takeStep(org, cause, settings, user, 'activate');
  const made = org.users.get(user.id) as UserRecord;
  if (made.transition) pending.set(user.id, cause);
  else if (request.query.get('nextLogin') === 'changePassword' && made.status === 'ACTIVE') {
    setStatus(org, cause, made, 'PASSWORD_EXPIRED', 'user.account.expire_password');
  }
  const view = userView(org.users.get(user.id) as UserRecord, { org, origin: request.origin, isSingle: true });
  return { status: 200, body: view };
}
