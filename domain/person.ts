import type { OktaAppId, OktaGroupId, OktaUserId } from './ids.ts';

/** Okta's eight user statuses (Okta API reference, User status). */
export const oktaStatuses = [
  'STAGED',
  'PROVISIONED',
  'ACTIVE',
  'RECOVERY',
  'PASSWORD_EXPIRED',
  'LOCKED_OUT',
  'SUSPENDED',
  'DEPROVISIONED',
] as const;
export type OktaStatus = (typeof oktaStatuses)[number];

export type ProfileValue = string | number | boolean | null | readonly ProfileValue[];
export type Profile = Readonly<Record<string, ProfileValue>>;

/** A human as Okta tells it. `profile` holds only the attributes that the configuration uses. */
export interface Person {
  readonly id: OktaUserId;
  /** `UNKNOWN`: a status that Okta added since; never a reason to remove anything. */
  readonly status: OktaStatus | 'UNKNOWN';
  /** Okta is still moving this person to another status. */
  readonly isTransitioning: boolean;
  readonly login: string;
  readonly email: string;
  readonly profile: Profile;
  /** ISO 8601, from Okta. */
  readonly lastUpdated: string;
  /**
   * Who keeps this person's password and usually the profile: what is changed at Okta only may come back from a directory
   * (AD, LDAP) with its next import. Known of live reads only; the mirror does not keep it.
   */
  readonly masteredBy?: 'okta' | 'directory' | 'other';
}

/** An Okta group. Only its id is a key: names are neither unique nor stable. */
export interface Group {
  readonly id: OktaGroupId;
  readonly name: string;
  /** OKTA_GROUP, APP_GROUP (imported, for instance from AD) or BUILT_IN (Everyone). */
  readonly type: string;
  readonly lastMembershipUpdated: string;
  /** Okta's own count of members, where it tells one. */
  readonly memberCount?: number;
}

/** A person's assignment to an Okta app, with the values of the app's own profile for them. */
export interface Assignment {
  readonly appId: OktaAppId;
  readonly personId: OktaUserId;
  readonly profile: Profile;
}
