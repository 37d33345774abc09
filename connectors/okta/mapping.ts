/** Okta's words to the domain's. Pure. */
import type { OktaAppId, OktaGroupId, OktaUserId } from '../../domain/ids.ts';
import { deletionEvent } from '../../domain/okta-event.ts';
import { type Assignment, type Group, type OktaStatus, oktaStatuses, type Person } from '../../domain/person.ts';
import { profileValueSchema, type WireAppUser, type WireGroup, type WireLogEvent, type WireUser } from './wire.ts';

const known: ReadonlySet<string> = new Set(oktaStatuses);
const isKnown = (status: string): status is OktaStatus => known.has(status);

/** @param attributes the profile attributes to keep, which the schema already reduced the profile to. */
export const toPerson = (user: WireUser, attributes: ReadonlySet<string>): Person => {
  const { login, email } = user.profile;
  const kept = Object.entries(user.profile).filter(([name, value]) => attributes.has(name) && value !== undefined);
  return {
    id: user.id as OktaUserId,
    status: isKnown(user.status) ? user.status : 'UNKNOWN',
    isTransitioning: Boolean(user.transitioningToStatus),
    login,
    email: email ?? '',
    profile: Object.fromEntries(kept) as Person['profile'],
    lastUpdated: user.lastUpdated,
    ...masterOf(user.credentials?.provider?.type),
  };
};

/** "Authentication provider" of a user's credentials: AD and LDAP import the profile along with the password's authority. */
const masterOf = (provider: string | null | undefined): Pick<Person, 'masteredBy'> => {
  if (!provider) return {};
  if (provider === 'OKTA') return { masteredBy: 'okta' };
  return { masteredBy: ['ACTIVE_DIRECTORY', 'LDAP'].includes(provider) ? 'directory' : 'other' };
};

export const toGroup = (group: WireGroup): Group => {
  const memberCount = group._embedded?.stats?.usersCount ?? undefined;
  return {
    id: group.id as OktaGroupId,
    name: group.profile.name,
    type: group.type,
    lastMembershipUpdated: group.lastMembershipUpdated,
    ...(memberCount !== undefined && { memberCount }),
  };
};

/** Records that Okta keeps of an app's user who has no access: taken away, or imported and never assigned. */
const unassigned: ReadonlySet<string> = new Set(['DEPROVISIONED', 'IMPORTED', 'INACTIVE', 'REVOKED', 'UNASSIGNED']);

/** Undefined for a record that is no assignment. Objects among the app's attributes have no use here and are dropped. */
export const toAssignment = (
  appId: OktaAppId,
  user: WireAppUser,
  isKept: (attribute: string) => boolean,
): Assignment | undefined => {
  if (unassigned.has(user.status ?? '')) return undefined;
  const kept = Object.entries(user.profile ?? {}).filter(([name]) => isKept(name));
  const values = kept.flatMap(([name, raw]) => {
    const value = profileValueSchema.safeParse(raw);
    return value.success ? [[name, value.data] as const] : [];
  });
  return { appId, personId: user.id as OktaUserId, profile: Object.fromEntries(values) };
};

/** System Log event types ("Event types"). */
export const deletionEventOf = (id: OktaUserId | OktaGroupId): string =>
  id.startsWith('00g') ? 'group.lifecycle.delete' : deletionEvent;

export const isDeletionOf = (event: WireLogEvent, id: OktaUserId | OktaGroupId): boolean =>
  event.eventType === deletionEventOf(id) &&
  event.outcome?.result === 'SUCCESS' &&
  (event.target ?? []).some((target) => target.id === id);

/** Okta's search has its own idea of equality (case, replicas that lag), so each result is compared again. */
export const isNamed = (person: Person, text: string): boolean => {
  const wanted = text.toLowerCase();
  return person.login.toLowerCase() === wanted || person.email.toLowerCase() === wanted;
};
