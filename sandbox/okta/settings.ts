import type { AdminRole } from './admin-role.ts';

/** Rate-limit buckets of the management API, after Okta's last published table ("Okta management rate limits"). */
export type Bucket =
  | 'apps'
  | 'app'
  | 'groups'
  | 'group'
  | 'users'
  | 'user-read'
  | 'user-write'
  | 'logs'
  | 'token'
  | 'other';

/** Switches of the Okta simulator. Where Okta's documents are silent the default is named and both ways can be tried. */
export interface OktaSettings {
  /** Requests per 60 s and bucket for the whole org. Workforce orgs were last documented with apps 100, groups 500, users 600, logs 120. */
  limits: Record<Bucket, number>;
  /** Share of each bucket that one API token or OAuth app may use (Rate limits, "Token and app rate limits": 50). */
  tokenSharePercent: number;
  /** Simultaneous calls per org (Rate limits, "Concurrent rate limits": Workforce 75). */
  concurrencyLimit: number;
  /** Which bucket counts the members of a group: the published table fits both. */
  membershipBucket: 'groups' | 'other';
  /** Age of what `search` sees: its source is eventually consistent. */
  searchLagMs: number;
  /** Age of what `filter` sees: it reads a replica. */
  filterLagMs: number;
  /** Time until an event can be read from the System Log. */
  logLagMs: number;
  /** Every second event is persisted this much later than it is published: the log is not in the order of `published`. */
  logDisorderMs: number;
  /** Every nth event stands in the log twice, with the same uuid; 0: none. */
  logDuplicateEvery: number;
  /** Age at which a cursor of the polled log is refused. Whether Okta's ever expire is undocumented; 0: never. */
  logCursorTtlMs: number;
  /** Time until an event is sent to event hooks; all that came meanwhile goes along with it. Counted by the real clock. */
  hookDelayMs: number;
  /** Events in one delivery at most; Okta's limit is undocumented. */
  hookBatchSize: number;
  /** Every second delivery is sent this much later, hence behind younger ones. */
  hookDisorderMs: number;
  /** Every nth delivery is sent twice, with the same eventId; 0: none. */
  hookDuplicateEvery: number;
  /** Every nth delivery is lost without a word, 1: all; 0: none. */
  hookLoseEvery: number;
  /** How long a receiver may take to answer ("Event hooks": three seconds). */
  hookTimeoutMs: number;
  /** Whether a delivery that was refused (4xx) is sent once more: Okta's pages say both. */
  hookRetriesRefusals: boolean;
  /** Time from the verification of a hook until it gets events ("several minutes"). */
  hookStartMs: number;
  /** Whether a new hook counts as verified at once, as in an example of Okta's description. */
  hookStartsVerified: boolean;
  /** Duration of (de)activation, shown by `transitioningToStatus`; 0: at once. */
  transitionMs: number;
  /** Whether a deactivated user leaves the groups. Default false, as in the support article "Deactivated Users not Removed From Okta Groups Automatically". */
  deactivationDropsGroups: boolean;
  /** Admin role of whoever calls, which limits API token and service app alike, whatever their scopes. */
  adminRole: AdminRole;
  /** Org option "Edit Deactivated User Profile Updates". */
  editDeactivatedProfiles: boolean;
  /** Ids or names of the groups that the admin role of the token covers (Everyone never is); null: all. */
  visibleGroups: string[] | null;
  /** Ids or names of groups that the token does not see although its role covers them: as if they did not exist. */
  hiddenGroups: string[];
  /** Ids of the users that the admin role covers; `[]` answers an empty list with status 200; null: all. */
  visibleUsers: string[] | null;
  /** Ids or names of groups: only their members are seen, as by an admin whose role is limited to them; null: all. */
  visibleMembersOf: string[] | null;
  /** Page size of a user's groups. Whether Okta pages this list is undocumented; 0: one page. */
  userGroupsPageSize: number;
  /** New API service apps demand proof of possession; the token endpoint then answers `use_dpop_nonce` first. */
  dpopRequired: boolean;
  accessTokenTtlSeconds: number;
  /** All calls that change something answer 503 E0000010. */
  readOnly: boolean;
}

const GENEROUS = 1_000_000;

export function defaultSettings(): OktaSettings {
  return {
    limits: {
      apps: GENEROUS,
      app: GENEROUS,
      groups: GENEROUS,
      group: GENEROUS,
      users: GENEROUS,
      'user-read': GENEROUS,
      'user-write': GENEROUS,
      logs: GENEROUS,
      token: GENEROUS,
      other: GENEROUS,
    },
    tokenSharePercent: 50,
    concurrencyLimit: 75,
    membershipBucket: 'groups',
    searchLagMs: 0,
    filterLagMs: 0,
    logLagMs: 0,
    logDisorderMs: 0,
    logDuplicateEvery: 0,
    logCursorTtlMs: 0,
    hookDelayMs: 0,
    hookBatchSize: 50,
    hookDisorderMs: 0,
    hookDuplicateEvery: 0,
    hookLoseEvery: 0,
    hookTimeoutMs: 3_000,
    hookRetriesRefusals: false,
    hookStartMs: 0,
    hookStartsVerified: false,
    transitionMs: 0,
    deactivationDropsGroups: false,
    adminRole: 'SUPER_ADMIN',
    editDeactivatedProfiles: false,
    visibleGroups: null,
    hiddenGroups: [],
    visibleUsers: null,
    visibleMembersOf: null,
    userGroupsPageSize: 0,
    dpopRequired: false,
    accessTokenTtlSeconds: 3600,
    readOnly: false,
  };
}
