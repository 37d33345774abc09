import type { SimResponse } from '../kit/vendor.ts';
import { asObject, type Call, isVisibleGroup, type Route, requireApp, requireGroup } from './api.ts';
import type { AppEntry } from './app-store.ts';
import { appGroupView } from './app-view.ts';
import { appTarget, reconcile } from './assignments.ts';
import { groupView } from './group-view.ts';
import { notFound } from './okta-error.ts';
import type { Org } from './org.ts';
import { listResponse, readCursor, readLimit, takePage } from './paging.ts';
import { type AppGroupRecord, type GroupRecord, isoTime } from './records.ts';
import { type Cause, groupTarget } from './system-log.ts';

const READ = 'okta.apps.read';
const MANAGE = 'okta.apps.manage';
const GROUPS = '/api/v1/apps/:id/groups';
const ONE = `${GROUPS}/:groupId`;
const STANDARD_LIMIT = 20;
const MAX_LIMIT = 200;

export const appGroupRoutes: Route[] = [
  { method: 'GET', template: GROUPS, bucket: 'apps', scope: READ, handle: listAppGroups },
  { method: 'GET', template: ONE, bucket: 'apps', scope: READ, handle: getAppGroup },
  { method: 'PUT', template: ONE, bucket: 'apps', scope: MANAGE, handle: putAppGroup },
  { method: 'DELETE', template: ONE, bucket: 'apps', scope: MANAGE, handle: deleteAppGroup },
];

/** Assigns a group to an app; its members become app users of scope GROUP. */
export function assignGroup(
  org: Org,
  cause: Cause,
  entry: AppEntry,
  group: GroupRecord,
  given: Partial<AppGroupRecord> = {},
) {
  const existing = entry.groups.get(group.id);
  const record: AppGroupRecord = {
    id: group.id,
    priority: given.priority ?? existing?.priority ?? entry.groups.size,
    lastUpdated: isoTime(cause.now),
    profile: given.profile ?? existing?.profile ?? {},
  };
  entry.groups.set(group.id, record);
  org.log.write(cause, {
    eventType: `group.application_assignment.${existing ? 'update' : 'add'}`,
    displayMessage: existing ? 'Update group assignment to application' : 'Add assigned application to group',
    target: [groupTarget(group), appTarget(entry)],
  });
  for (const userId of org.membersOf(group).all) reconcile(org, cause, entry, userId);
  return record;
}

function listAppGroups(call: Call): SimResponse {
  const { org, request, settings } = call;
  const entry = requireApp(call);
  const q = request.query.get('q')?.toLowerCase();
  const cursor = readCursor(request);
  const found = [...entry.groups.values()]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .filter(({ id }) => {
      const group = org.groups.get(id);
      if (id <= cursor || !group || !isVisibleGroup(settings, group)) return false;
      return !q || group.profile.name.toLowerCase().startsWith(q);
    });
  const page = takePage(found, readLimit(request, STANDARD_LIMIT, MAX_LIMIT, STANDARD_LIMIT), ({ id }) => id);
  return listResponse(request, { ...page, items: page.items.map((record) => view(call, entry, record)) });
}

function getAppGroup(call: Call): SimResponse {
  const entry = requireApp(call);
  return { status: 200, body: view(call, entry, requireAssignment(call, entry)) };
}

function putAppGroup(call: Call): SimResponse {
  const { org, cause, request, params } = call;
  const entry = requireApp(call);
  const group = requireGroup(call, params.groupId ?? '');
  const body = asObject(request.body) ?? {};
  const profile = asObject(body.profile);
  const given = { ...(typeof body.priority === 'number' && { priority: body.priority }), ...(profile && { profile }) };
  return { status: 200, body: view(call, entry, assignGroup(org, cause, entry, group, given)) };
}

function deleteAppGroup(call: Call): SimResponse {
  const { org, cause } = call;
  const entry = requireApp(call);
  const { id } = requireAssignment(call, entry);
  const group = requireGroup(call, id);
  entry.groups.delete(id);
  org.log.write(cause, {
    eventType: 'group.application_assignment.remove',
    displayMessage: 'Remove assigned application from group',
    target: [groupTarget(group), appTarget(entry)],
  });
  for (const userId of org.membersOf(group).all) reconcile(org, cause, entry, userId);
  return { status: 204 };
}

function requireAssignment({ org, params, settings }: Call, entry: AppEntry): AppGroupRecord {
  const id = params.groupId ?? '';
  const record = entry.groups.get(id);
  const group = org.groups.get(id);
  if (!record || !group || !isVisibleGroup(settings, group)) throw notFound(id, 'GroupAssignment');
  return record;
}

function view({ org, request }: Call, { app }: AppEntry, record: AppGroupRecord): Record<string, unknown> {
  const { origin } = request;
  const group = request.query.get('expand') === 'group' ? org.groups.get(record.id) : undefined;
  return appGroupView(app, record, origin, group && groupView(group, { origin }));
}
