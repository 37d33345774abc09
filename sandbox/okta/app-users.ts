import type { SimResponse } from '../kit/vendor.ts';
import { asObject, type Call, isVisibleUser, type Route, requireApp, requireObject, requireUser } from './api.ts';
import type { AppEntry } from './app-store.ts';
import { appUserView } from './app-view.ts';
import { assign, unassign } from './assignments.ts';
import { invalid, notFound, OktaError } from './okta-error.ts';
import { listResponse, readCursor, readLimit, takePage } from './paging.ts';
import type { AppUserRecord } from './records.ts';
import { userView } from './user-view.ts';

const READ = 'okta.apps.read';
const MANAGE = 'okta.apps.manage';
const USERS = '/api/v1/apps/:id/users';
const ONE = `${USERS}/:userId`;
const STANDARD_LIMIT = 50;
const MAX_LIMIT = 500;

export const appUserRoutes: Route[] = [
  { method: 'GET', template: USERS, bucket: 'apps', scope: READ, handle: listAppUsers },
  { method: 'POST', template: USERS, bucket: 'apps', scope: MANAGE, handle: assignUser },
  { method: 'GET', template: ONE, bucket: 'apps', scope: READ, handle: getAppUser },
  { method: 'POST', template: ONE, bucket: 'apps', scope: MANAGE, handle: updateAppUser },
  { method: 'DELETE', template: ONE, bucket: 'apps', scope: MANAGE, handle: unassignUser },
];

function listAppUsers(call: Call): SimResponse {
  const { request } = call;
  const entry = requireApp(call);
  const q = request.query.get('q')?.toLowerCase();
  const found = entry.userIds
    .after(readCursor(request))
    .map((id) => entry.user(id))
    .filter((user) => user !== undefined)
    .filter((user) => isVisibleUser(call, user))
    .filter((user) => !q || matchesQ(user, q));
  const page = takePage(found, readLimit(request, STANDARD_LIMIT, MAX_LIMIT), ({ id }) => id);
  const items = page.items.map((user) => view(call, entry, user));
  // Pages after the first come without the embedded users: Okta drops `expand` from the next link.
  return listResponse(request, { ...page, items }, ['expand']);
}

function getAppUser(call: Call): SimResponse {
  const entry = requireApp(call);
  return { status: 200, body: view(call, entry, requireAppUser(call, entry)) };
}

/** A direct assignment; it takes over one that came by a group. */
function assignUser(call: Call): SimResponse {
  const { org, cause } = call;
  const entry = requireApp(call);
  const body = requireObject(call);
  if (typeof body.id !== 'string') throw invalid('id', 'The field cannot be left blank');
  const user = requireUser(call, body.id);
  if (entry.user(user.id)?.scope === 'USER') throw new OktaError('E0000062');
  if (user.status === 'DEPROVISIONED') throw new OktaError('E0000038');
  return { status: 200, body: view(call, entry, assign(org, cause, entry, user, 'USER', given(body))) };
}

function updateAppUser(call: Call): SimResponse {
  const { org, cause } = call;
  const entry = requireApp(call);
  const record = requireAppUser(call, entry);
  const { userName, profile } = given(requireObject(call));
  const merged = { userName: userName ?? record.userName, profile: { ...record.profile, ...profile } };
  const user = requireUser(call, record.id);
  return { status: 200, body: view(call, entry, assign(org, cause, entry, user, record.scope, merged)) };
}

/** An assignment that comes by a group goes with the group only; which error Okta answers otherwise is undocumented. */
function unassignUser(call: Call): SimResponse {
  const entry = requireApp(call);
  const record = requireAppUser(call, entry);
  if (record.scope === 'GROUP') throw new OktaError('E0000001', 'User is assigned by a group');
  unassign(call.org, call.cause, entry, record);
  return { status: 204 };
}

function requireAppUser(call: Call, entry: AppEntry): AppUserRecord {
  const { org, params } = call;
  const key = params.userId ?? '';
  const record = entry.user(org.findUser(key)?.id ?? key);
  if (!record || !isVisibleUser(call, record)) throw notFound(key, 'AppUser');
  return record;
}

function given(body: Record<string, unknown>): { userName?: string; profile?: Record<string, unknown> } {
  const userName = asObject(body.credentials)?.userName;
  const profile = asObject(body.profile);
  return { ...(typeof userName === 'string' && { userName }), ...(profile && { profile }) };
}

function matchesQ({ userName, profile }: AppUserRecord, q: string): boolean {
  const values = [userName, profile.firstName, profile.lastName, profile.email];
  return values.some((value) => typeof value === 'string' && value.toLowerCase().startsWith(q));
}

function view({ org, request }: Call, { app }: AppEntry, record: AppUserRecord): Record<string, unknown> {
  const { origin } = request;
  const user = request.query.get('expand') === 'user' ? org.users.get(record.id) : undefined;
  return appUserView(app, record, origin, user && userView(user, { org, origin }));
}
