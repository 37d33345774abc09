/** The paths and queries that are sent to Okta. Pure. */
import type { OktaGroupId, OktaUserId } from '../../domain/ids.ts';
import { assignmentEvents, type EventOptions, eventTypes, signInEvent } from '../../domain/okta-event.ts';
import { deletionEventOf } from './mapping.ts';

/** `%20` rather than `+` for a space, as in Okta's own examples. */
const withQuery = (path: string, query: Readonly<Record<string, string | number>>): string =>
  `${path}?${Object.entries(query)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')}`;

/**
 * Everybody, in one chain. A list without query leaves DEPROVISIONED people out, so leavers could not be told from
 * people who were not sent. `filter` and `search` have them both; `filter` is taken, although Okta recommends `search`
 * for speed: it is Okta's own recipe for a background synchronization, does not read the search index (which lags
 * behind and whose order may change while one pages), and every user has a `lastUpdated`.
 *
 * Okta's `okta-response` media type would make it quicker, but only together with leaving out `transitioningToStatus`.
 */
export const peopleUrl = (limit: number): string =>
  withQuery('/api/v1/users', { filter: 'lastUpdated gt "1970-01-01T00:00:00.000Z"', limit });

/**
 * Who changed at or after an instant. Okta's recipes for a delta have `gt` only, and its times have whole milliseconds, so
 * one earlier is asked for: whoever changed at the very instant at which the last reading began must not be lost.
 */
export const changedPeopleUrl = (since: Date, limit: number): string =>
  withQuery('/api/v1/users', { filter: `lastUpdated gt "${justBefore(since)}"`, limit });

/** `search` knows no `gt` for groups ("List all groups"). Members who come and go move `lastMembershipUpdated` only. */
export const changedGroupsUrl = (since: Date, limit: number): string => {
  const instant = `"${justBefore(since)}"`;
  const filter = `lastUpdated gt ${instant} or lastMembershipUpdated gt ${instant}`;
  return withQuery('/api/v1/groups', { filter, expand: 'stats', limit });
};

const justBefore = (instant: Date): string => new Date(instant.getTime() - 1).toISOString();

/** `search` compares values without case, unlike `filter`, and includes DEPROVISIONED people. */
export const findPeopleUrl = (text: string, limit: number): string => {
  const quoted = `"${text.replace(/[\\"]/g, '\\$&')}"`;
  return withQuery('/api/v1/users', { search: `profile.login eq ${quoted} or profile.email eq ${quoted}`, limit });
};

export const groupsUrl = (limit: number): string => withQuery('/api/v1/groups', { expand: 'stats', limit });
export const membersUrl = (groupId: string, limit: number): string =>
  withQuery(`/api/v1/groups/${groupId}/users`, { limit });
export const appUsersUrl = (appId: string, limit: number): string =>
  withQuery(`/api/v1/apps/${appId}/users`, { limit });

/** System Log retention ("System Log query"). */
const retentionMs = 90 * 24 * 60 * 60 * 1000;

/** With `until` the query is a bounded one and its chain ends; without, Okta sends a next link for ever. */
export const deletionUrl = (id: OktaUserId | OktaGroupId, now: number): string =>
  withQuery('/api/v1/logs', {
    filter: `eventType eq "${deletionEventOf(id)}" and target.id eq "${id}"`,
    since: new Date(now - retentionMs).toISOString(),
    until: new Date(now).toISOString(),
    limit: 100,
  });

/** Where in the polled log to go on: `since` and `after` exclude each other ("System Log query"). */
export type LogPosition = { readonly after: string } | { readonly since: string };

/** Without `until` and ascending it is a polling query: in order of persistence, and each page leads on. */
export const eventsUrl = (position: LogPosition, limit: number, { signIns, apps = [] }: EventOptions): string => {
  const types = [...Object.keys(eventTypes), ...(signIns ? [signInEvent] : [])];
  const wanted = types.map((type) => `eventType eq "${type}"`);
  if (apps.length > 0) {
    const ofApps = apps.map((id) => `target.id eq "${id}"`).join(' or ');
    wanted.push(`(eventType sw "${assignmentEvents}" and (${ofApps}))`);
  }
  return withQuery('/api/v1/logs', { filter: wanted.join(' or '), sortOrder: 'ASCENDING', limit, ...position });
};
