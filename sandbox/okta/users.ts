import type { SimResponse } from '../kit/vendor.ts';
import { asObject, type Call, isVisibleGroup, type Route, requireObject, requireUser } from './api.ts';
import { groupView } from './group-view.ts';
import { deleteUser, type LifecycleStep, takeStep } from './lifecycle.ts';
import { invalid, OktaError } from './okta-error.ts';
import { listResponse, readCursor, takePage } from './paging.ts';
import type { Profile, UserRecord } from './records.ts';
import { userTarget } from './system-log.ts';
import { createUser } from './user-create.ts';
import { listUsers } from './user-list.ts';
import { changedAttributes, checkProfile } from './user-profile.ts';
import { userEtag, userView } from './user-view.ts';

const READ = 'okta.users.read';
const MANAGE = 'okta.users.manage';
const STEPS: LifecycleStep[] = ['activate', 'deactivate', 'reactivate', 'suspend', 'unsuspend', 'unlock'];

export const userRoutes: Route[] = [
  { method: 'GET', template: '/api/v1/users', bucket: 'users', scope: READ, handle: listUsers },
  { method: 'POST', template: '/api/v1/users', bucket: 'users', scope: MANAGE, handle: createUser },
  { method: 'GET', template: '/api/v1/users/:id', bucket: 'user-read', scope: READ, handle: getUser },
  { method: 'POST', template: '/api/v1/users/:id', bucket: 'user-write', scope: MANAGE, handle: updateUser },
  { method: 'PUT', template: '/api/v1/users/:id', bucket: 'user-write', scope: MANAGE, handle: replaceUser },
  { method: 'DELETE', template: '/api/v1/users/:id', bucket: 'user-write', scope: MANAGE, handle: removeUser },
  { method: 'GET', template: '/api/v1/users/:id/groups', bucket: 'other', scope: READ, handle: listUserGroups },
  {
    method: 'DELETE',
    template: '/api/v1/users/:id/sessions',
    bucket: 'other',
    scope: 'okta.sessions.manage',
    handle: clearSessions,
  },
  ...STEPS.map((step): Route => {
    const template = `/api/v1/users/:id/lifecycle/${step}`;
    return { method: 'POST', template, bucket: 'other', scope: MANAGE, handle: (call) => lifecycle(call, step) };
  }),
];

/** No session is simulated, so only the event tells of it ("Revoke all user sessions"). */
function clearSessions(call: Call): SimResponse {
  const user = requireUser(call, call.params.id ?? '');
  const oauthTokens = call.request.query.get('oauthTokens') ?? 'false';
  if (!['true', 'false'].includes(oauthTokens)) throw invalid('oauthTokens', 'must be true or false');
  call.org.log.write(call.cause, {
    eventType: 'user.session.clear',
    displayMessage: 'Clear user session',
    target: [userTarget(user)],
    debugData: { oauthTokens },
  });
  return { status: 204 };
}

function getUser(call: Call): SimResponse {
  const { org, request, params } = call;
  const user = params.id === 'me' ? org.owner : requireUser(call, params.id ?? '');
  const hints = request.headers['content-type'] ?? '';
  return single(call, user, hints.includes('omitCredentials'));
}

function updateUser(call: Call): SimResponse {
  const user = requireEditable(call);
  const given = asObject(requireObject(call).profile) ?? {};
  return single(call, saveProfile(call, user, { ...user.profile, ...given }));
}

/** Strict replacement: attributes that are not named are lost. */
function replaceUser(call: Call): SimResponse {
  const user = requireEditable(call);
  const given = asObject(requireObject(call).profile);
  if (!given) throw new OktaError('E0000001', 'profile', ['profile: The field cannot be left blank']);
  return single(call, saveProfile(call, user, given));
}

/** The first DELETE of a user who is not deactivated deactivates only. */
function removeUser(call: Call): SimResponse {
  const { org, cause, settings } = call;
  const user = requireUser(call, call.params.id ?? '');
  if (user.status === 'DEPROVISIONED') deleteUser(org, cause, user);
  else step(call, user, 'deactivate', settings.transitionMs > 0);
  return { status: 204 };
}

/** Lists all groups of which the user is a member; the specification gives this list no paging parameters. */
function listUserGroups(call: Call): SimResponse {
  const { org, settings, request } = call;
  const user = requireUser(call, call.params.id ?? '');
  const cursor = readCursor(request);
  const groups = org.groupsOf(user.id).filter((group) => isVisibleGroup(settings, group) && group.id > cursor);
  const page = takePage(groups, settings.userGroupsPageSize || Number.POSITIVE_INFINITY, (group) => group.id);
  return listResponse(request, {
    ...page,
    items: page.items.map((group) => groupView(group, { origin: request.origin })),
  });
}

function lifecycle(call: Call, name: LifecycleStep): SimResponse {
  const { request } = call;
  const user = requireUser(call, call.params.id ?? '');
  step(call, user, name, call.settings.transitionMs > 0);
  const wantsToken = (name === 'activate' || name === 'reactivate') && request.query.get('sendEmail') === 'false';
  if (!wantsToken) return { status: 200, body: {} };
  const activationToken = `sandbox${user.id.slice(-12)}`;
  return { status: 200, body: { activationUrl: `${request.origin}/welcome/${activationToken}`, activationToken } };
}

function step({ org, cause, settings, pending }: Call, user: UserRecord, name: LifecycleStep, isAsync: boolean): void {
  takeStep(org, cause, settings, user, name);
  if (isAsync && org.users.get(user.id)?.transition) pending.set(user.id, cause);
}

function requireEditable(call: Call): UserRecord {
  const user = requireUser(call, call.params.id ?? '');
  if (user.transition) throw new OktaError('E0000112');
  if (user.status === 'DEPROVISIONED' && !call.settings.editDeactivatedProfiles) throw new OktaError('E0000038');
  const expected = call.request.headers['if-match'];
  if (expected && expected !== '*' && expected !== userEtag(user)) throw new OktaError('E0000231');
  return user;
}

function saveProfile({ org, cause }: Call, user: UserRecord, profile: Profile): UserRecord {
  const checked = checkProfile(org, profile, user.id);
  const changed = changedAttributes(user.profile, checked);
  if (changed.length === 0) return user;
  const saved: UserRecord = { ...user, profile: checked, lastUpdated: new Date(cause.now).toISOString() };
  org.setUser(saved, cause.now);
  const debugData = { changedAttributes: changed.join(',') };
  const target = [userTarget(saved)];
  const displayMessage = 'Update user profile for Okta';
  org.log.write(cause, { eventType: 'user.account.update_profile', displayMessage, target, debugData });
  if (changed.includes('email')) {
    org.log.write(cause, {
      eventType: 'user.account.update_primary_email',
      displayMessage: 'Update primary email',
      target,
    });
  }
  return saved;
}

function single({ org, request }: Call, user: UserRecord, omitCredentials = false): SimResponse {
  const body = userView(user, { org, origin: request.origin, isSingle: true, omitCredentials });
  return { status: 200, headers: { etag: userEtag(user) }, body };
}
