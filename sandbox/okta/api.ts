import type { SimRequest, SimResponse } from '../kit/vendor.ts';
import type { AppEntry } from './app-store.ts';
import { notFound, OktaError } from './okta-error.ts';
import type { Org } from './org.ts';
import type { GroupRecord, UserRecord } from './records.ts';
import type { Bucket, OktaSettings } from './settings.ts';
import type { Cause } from './system-log.ts';

/** What a handler of the management API has at hand. */
export interface Call {
  org: Org;
  settings: OktaSettings;
  request: SimRequest;
  /** Decoded path parameters. */
  params: Record<string, string>;
  cause: Cause;
  /** Causes of asynchronous moves, by user id. */
  pending: Map<string, Cause>;
  /** Aborted once the simulator closes: for calls of the org's own. */
  closing: AbortSignal;
}

export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Such as `/api/v1/users/:id`. */
  template: string;
  bucket: Bucket;
  /** OAuth scope; `manage` includes `read`. */
  scope: string;
  handle(call: Call): SimResponse;
}

/** @throws OktaError E0000007 also for whom the token's admin role does not cover. */
export function requireUser(call: Call, key: string): UserRecord {
  const user = call.org.findUser(key);
  if (!user || !isVisibleUser(call, user)) throw notFound(key, 'User');
  return user;
}

export function requireGroup({ org, settings }: Call, id: string): GroupRecord {
  const group = org.groups.get(id);
  if (!group || !isVisibleGroup(settings, group)) throw notFound(id, 'UserGroup');
  return group;
}

export function requireApp({ org, params }: Call): AppEntry {
  const entry = org.apps.get(params.id ?? '');
  if (!entry) throw notFound(params.id ?? '', 'AppInstance');
  return entry;
}

export function isVisibleUser({ org, settings }: Call, { id }: { id: string }): boolean {
  const { visibleUsers, visibleMembersOf } = settings;
  if (visibleUsers && !visibleUsers.includes(id)) return false;
  return !visibleMembersOf || org.groupsOf(id).some((group) => isNamed(group, visibleMembersOf));
}

/** A group admin never sees Everyone (List groups, parameter `limit`). */
export function isVisibleGroup(settings: OktaSettings, group: GroupRecord): boolean {
  if (isNamed(group, settings.hiddenGroups)) return false;
  if (settings.visibleGroups === null) return true;
  return group.type !== 'BUILT_IN' && isNamed(group, settings.visibleGroups);
}

function isNamed({ id, profile }: GroupRecord, idsOrNames: readonly string[]): boolean {
  return idsOrNames.includes(id) || idsOrNames.includes(profile.name);
}

/** @throws OktaError E0000003 unless the body is a JSON object. */
export function requireObject({ request }: Call): Record<string, unknown> {
  const { body } = request;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new OktaError('E0000003');
  return body as Record<string, unknown>;
}

export function asObject(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
