export const USER_STATUSES = [
  'STAGED',
  'PROVISIONED',
  'ACTIVE',
  'RECOVERY',
  'PASSWORD_EXPIRED',
  'LOCKED_OUT',
  'SUSPENDED',
  'DEPROVISIONED',
] as const;
export type UserStatus = (typeof USER_STATUSES)[number];

export const PROVIDERS = ['OKTA', 'ACTIVE_DIRECTORY', 'LDAP', 'FEDERATION', 'SOCIAL', 'IMPORT'] as const;
export type ProviderType = (typeof PROVIDERS)[number];

export type Profile = Record<string, unknown>;

/** Times are ISO 8601 in UTC with milliseconds, as on the wire. */
export interface UserRecord {
  id: string;
  status: UserStatus;
  /** An asynchronous (de)activation on its way; `at` in epoch milliseconds. */
  transition?: { to: UserStatus; at: number };
  created: string;
  activated: string | null;
  statusChanged: string | null;
  lastLogin: string | null;
  lastUpdated: string;
  passwordChanged: string | null;
  hasPassword: boolean;
  /** Who keeps the password; OKTA when absent. */
  provider?: { type: ProviderType; name: string };
  profile: Profile & { login: string; email: string };
}

export type GroupType = 'OKTA_GROUP' | 'APP_GROUP' | 'BUILT_IN';

export interface GroupRecord {
  id: string;
  type: GroupType;
  created: string;
  lastUpdated: string;
  lastMembershipUpdated: string;
  profile: Profile & { name: string };
  /** App that a group of type APP_GROUP is imported from. */
  sourceAppId?: string;
}

export interface AppUserRecord {
  /** The Okta user's id. */
  id: string;
  scope: 'USER' | 'GROUP';
  created: string;
  lastUpdated: string;
  statusChanged: string;
  userName: string;
  profile: Profile;
}

export interface AppGroupRecord {
  /** The Okta group's id. */
  id: string;
  priority: number;
  lastUpdated: string;
  profile: Profile;
}

export interface AppRecord {
  id: string;
  name: string;
  label: string;
  status: 'ACTIVE' | 'INACTIVE';
  created: string;
  lastUpdated: string;
  features: string[];
}

export function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
