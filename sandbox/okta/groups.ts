import type { SimResponse } from '../kit/vendor.ts';
import {
  asObject,
  type Call,
  isVisibleGroup,
  isVisibleUser,
  type Route,
  requireGroup,
  requireObject,
  requireUser,
} from './api.ts';
import { appView } from './app-view.ts';
import { reconcileUser } from './assignments.ts';
import { groupFilter, groupSearch } from './filter-rules.ts';
import { groupView } from './group-view.ts';
import { joinGroup, leaveGroup } from './memberships.ts';
import { invalid, OktaError } from './okta-error.ts';
import { listResponse, type Page, readCursor, readLimit, takePage } from './paging.ts';
import { type GroupRecord, isoTime } from './records.ts';
import { matchesFilter } from './scim-filter.ts';
import { sortedPage } from './sorted-page.ts';
import { groupTarget } from './system-log.ts';
import { userView } from './user-view.ts';

const READ = 'okta.groups.read';
const MANAGE = 'okta.groups.manage';
const MAX_LIMIT = 10_000;
const Q_LIMIT = 300;
const MEMBERS_LIMIT = 1_000;
const APPS_LIMIT = 20;
const MAX_NAME_LENGTH = 255;

export const groupRoutes: Route[] = [
  { method: 'GET', template: '/api/v1/groups', bucket: 'groups', scope: READ, handle: listGroups },
  { method: 'POST', template: '/api/v1/groups', bucket: 'groups', scope: MANAGE, handle: addGroup },
  { method: 'GET', template: '/api/v1/groups/:id', bucket: 'group', scope: READ, handle: getGroup },
  { method: 'PUT', template: '/api/v1/groups/:id', bucket: 'group', scope: MANAGE, handle: replaceGroup },
  { method: 'DELETE', template: '/api/v1/groups/:id', bucket: 'group', scope: MANAGE, handle: deleteGroup },
  { method: 'GET', template: '/api/v1/groups/:id/users', bucket: 'groups', scope: READ, handle: listMembers },
  { method: 'PUT', template: '/api/v1/groups/:id/users/:userId', bucket: 'groups', scope: MANAGE, handle: addMember },
  {
    method: 'DELETE',
    template: '/api/v1/groups/:id/users/:userId',
    bucket: 'groups',
    scope: MANAGE,
    handle: removeMember,
  },
  { method: 'GET', template: '/api/v1/groups/:id/apps', bucket: 'groups', scope: READ, handle: listGroupApps },
];

function listGroups(call: Call): SimResponse {
  const { request } = call;
  const page = pageOfGroups(call);
  const withStats = request.query.get('expand')?.split(',').includes('stats') ?? false;
  return listResponse(request, { ...page, items: page.items.map((group) => view(call, group, withStats)) });
}

function pageOfGroups(call: Call): Page<GroupRecord> {
  const { request, settings } = call;
  const { query } = request;
  const limit = readLimit(request, MAX_LIMIT, MAX_LIMIT);
  const search = query.get('search');
  const filter = query.get('filter');
  const q = query.get('q')?.toLowerCase();
  if (search) {
    const expression = groupSearch(search);
    const sortBy = query.get('sortBy');
    const found = visible(call, sortBy ? '' : readCursor(request), settings.searchLagMs).filter((group) =>
      matchesFilter(expression, { ...group, source: { id: group.sourceAppId } }, true),
    );
    return sortBy ? sortedPage(request, [...found], sortBy, limit) : takePage(found, limit, ({ id }) => id);
  }
  if (filter) {
    const expression = groupFilter(filter);
    const found = visible(call, readCursor(request), settings.filterLagMs);
    return takePage(
      found.filter((group) => matchesFilter(expression, group, false)),
      limit,
      ({ id }) => id,
    );
  }
  if (q) {
    const found = visible(call, '', 0).filter((group) => group.profile.name.toLowerCase().startsWith(q));
    return { items: takePage(found, readLimit(request, Q_LIMIT, MAX_LIMIT), ({ id }) => id).items };
  }
  return takePage(visible(call, readCursor(request), 0), limit, ({ id }) => id);
}

function addGroup(call: Call): SimResponse {
  const { org, cause } = call;
  const profile = checkProfile(call, requireObject(call).profile);
  const time = isoTime(cause.now);
  const id = org.ids.create('00g');
  const group: GroupRecord = {
    id,
    type: 'OKTA_GROUP',
    created: time,
    lastUpdated: time,
    lastMembershipUpdated: time,
    profile,
  };
  org.groups.set(group, cause.now);
  org.log.write(cause, {
    eventType: 'group.lifecycle.create',
    displayMessage: 'Create Okta group',
    target: [groupTarget(group)],
  });
  return { status: 200, body: view(call, group) };
}

function getGroup(call: Call): SimResponse {
  return { status: 200, body: view(call, requireGroup(call, call.params.id ?? '')) };
}

function replaceGroup(call: Call): SimResponse {
  const { org, cause } = call;
  const group = requireOktaGroup(call);
  const profile = checkProfile(call, requireObject(call).profile, group.id);
  const saved: GroupRecord = { ...group, profile, lastUpdated: isoTime(cause.now) };
  org.groups.set(saved, cause.now);
  org.log.write(cause, {
    eventType: 'group.profile.update',
    displayMessage: 'Update Okta group',
    target: [groupTarget(saved)],
  });
  return { status: 200, body: view(call, saved) };
}

function deleteGroup(call: Call): SimResponse {
  const { org, cause } = call;
  const group = requireGroup(call, call.params.id ?? '');
  if (group.type === 'BUILT_IN') throw new OktaError('E0000006');
  const members = [...org.membersOf(group).all];
  org.removeGroup(group, cause.now);
  for (const entry of org.apps.all()) entry.groups.delete(group.id);
  org.log.write(cause, {
    eventType: 'group.lifecycle.delete',
    displayMessage: 'Delete Okta group',
    target: [groupTarget(group)],
  });
  for (const userId of members) reconcileUser(org, cause, userId);
  return { status: 204 };
}

function listMembers(call: Call): SimResponse {
  const { org, request } = call;
  const group = requireGroup(call, call.params.id ?? '');
  const members = org
    .membersOf(group)
    .after(readCursor(request))
    .map((id) => org.users.get(id))
    .filter((user) => user !== undefined)
    .filter((user) => isVisibleUser(call, user));
  const page = takePage(members, readLimit(request, MEMBERS_LIMIT, MEMBERS_LIMIT), ({ id }) => id);
  const items = page.items.map((user) => userView(user, { org, origin: request.origin }));
  return listResponse(request, { ...page, items });
}

/** Adding a member again is not an error. */
function addMember(call: Call): SimResponse {
  const group = requireOktaGroup(call);
  joinGroup(call.org, call.cause, group, requireUser(call, call.params.userId ?? ''));
  return { status: 204 };
}

function removeMember(call: Call): SimResponse {
  const group = requireOktaGroup(call);
  leaveGroup(call.org, call.cause, group, requireUser(call, call.params.userId ?? ''));
  return { status: 204 };
}

function listGroupApps(call: Call): SimResponse {
  const { org, request } = call;
  const group = requireGroup(call, call.params.id ?? '');
  const cursor = readCursor(request);
  const found = org.apps.all().filter((entry) => entry.groups.has(group.id) && entry.app.id > cursor);
  const page = takePage(found, readLimit(request, APPS_LIMIT, 200), ({ app }) => app.id);
  return listResponse(request, { ...page, items: page.items.map(({ app }) => appView(app, request.origin)) });
}

/** Imports are responsible for groups of type APP_GROUP, Okta itself for BUILT_IN; which error they answer is undocumented. */
function requireOktaGroup(call: Call): GroupRecord {
  const group = requireGroup(call, call.params.id ?? '');
  if (group.type !== 'OKTA_GROUP') throw new OktaError('E0000006');
  return group;
}

function checkProfile({ org }: Call, given: unknown, ownId?: string): GroupRecord['profile'] {
  const profile = asObject(given) ?? {};
  const { name } = profile;
  if (typeof name !== 'string' || name === '') throw invalid('name', 'The field cannot be left blank');
  if (name.length > MAX_NAME_LENGTH)
    throw invalid('name', `The field is too long: at most ${MAX_NAME_LENGTH} characters`);
  const isTaken = org.groups
    .values()
    .some((group) => group.profile.name === name && group.type === 'OKTA_GROUP' && group.id !== ownId);
  if (isTaken) throw invalid('name', 'An object with this field already exists in the current organization');
  return { ...profile, name };
}

function visible({ org, settings, request }: Call, after: string, lagMs: number): IteratorObject<GroupRecord> {
  return org.groups.after(after, request.now, lagMs).filter((group) => isVisibleGroup(settings, group));
}

function view({ org, request }: Call, group: GroupRecord, withStats = false): Record<string, unknown> {
  const { origin } = request;
  if (!withStats) return groupView(group, { origin });
  const appsCount = org.apps.all().filter((entry) => entry.groups.has(group.id)).length;
  return groupView(group, { origin, stats: { usersCount: org.membersOf(group).size, appsCount } });
}
