/** Builders for the domain's facts: a test names what matters to it and nothing else. */
import type { Account, AccountAttributes } from '../../domain/account.ts';
import type { Capabilities } from '../../domain/directory.ts';
import type { GroupUnion } from '../../domain/group-union.ts';
import { type GuardSettings, guards } from '../../domain/guard.ts';
import type { AccountId, OktaAppId, OktaGroupId, OktaUserId, TargetGroupId, TargetName } from '../../domain/ids.ts';
import type { Group, Person } from '../../domain/person.ts';
import type { CandidateAccount, PersonFacts } from '../../domain/person-facts.ts';
import type { GroupFacts } from '../../domain/plan-group.ts';
import { createPolicy, type Policy } from '../../domain/policy.ts';
import type {
  GroupFilter,
  GroupSelection,
  LeaverPolicy,
  Operations,
  PeopleFilter,
  TargetSettings,
} from '../../domain/settings.ts';

export const userId = (id: string): OktaUserId => id as OktaUserId;
export const groupId = (id: string): OktaGroupId => id as OktaGroupId;
export const appId = (id: string): OktaAppId => id as OktaAppId;
export const accountId = (id: string): AccountId => id as AccountId;
export const targetGroupId = (id: string): TargetGroupId => id as TargetGroupId;

/** Okta ids have 20 characters and tell what they are by how they begin. */
export const alice = userId('00u000000000000alice');
export const bob = userId('00u0000000000000bob1');
export const staff = groupId('00g-staff');
export const engineers = groupId('00g-engineers');

export const aPerson = (overrides: Partial<Person> = {}): Person => ({
  id: alice,
  status: 'ACTIVE',
  isTransitioning: false,
  login: 'alice@example.com',
  email: 'alice@example.com',
  profile: { displayName: 'Alice Adams', title: 'Engineer' },
  lastUpdated: '2026-01-01T00:00:00.000Z',
  ...overrides,
});

/** What the mapping of `aPolicy` makes of `aPerson`. */
export const attributesOfAlice: AccountAttributes = {
  userName: 'alice@example.com',
  email: 'alice@example.com',
  displayName: 'Alice Adams',
  title: 'Engineer',
};

export const anAccount = (overrides: Partial<Account> = {}): Account => ({
  id: accountId('account-alice'),
  isActive: true,
  attributes: attributesOfAlice,
  ...overrides,
});

export const aCandidate = (account: Partial<Account> = {}, rest: Partial<CandidateAccount> = {}): CandidateAccount => ({
  account: anAccount(account),
  wantedBy: [],
  memberships: new Set(),
  ...rest,
});

/** Alice, entitled, in the scope's group and no other, with nothing at the target. */
export const facts = (overrides: Partial<PersonFacts> = {}): PersonFacts => ({
  id: alice,
  person: aPerson(),
  isDeleted: false,
  standing: { groups: new Set([staff]) },
  link: undefined,
  account: undefined,
  candidates: [],
  rivals: [],
  memberships: new Set(),
  ...overrides,
});

/** As `facts`, linked to `account`. */
export const linkedFacts = (overrides: Partial<PersonFacts> = {}, account: Partial<Account> = {}): PersonFacts => {
  const linked = anAccount(account);
  return facts({ link: linked.id, account: linked, ...overrides });
};

export const aGroup = (overrides: Partial<Group> = {}): Group => ({
  id: engineers,
  name: 'Engineers',
  type: 'OKTA_GROUP',
  lastMembershipUpdated: '2026-01-01T00:00:00.000Z',
  ...overrides,
});

export const groupFacts = (overrides: Partial<GroupFacts> = {}): GroupFacts => ({
  id: engineers,
  group: aGroup(),
  link: undefined,
  targetGroup: undefined,
  sameName: [],
  rivals: [],
  ...overrides,
});

export const everyCapability: Capabilities = {
  createAccounts: true,
  attributes: ['userName', 'email', 'displayName', 'givenName', 'familyName', 'title', 'department'],
  readsEmail: true,
  keepsExternalId: true,
  renameAccounts: true,
  deactivate: true,
  deleteAccounts: true,
  createGroups: true,
  renameGroups: true,
  deleteGroups: true,
  memberBatch: 100,
  countsSeats: false,
};

export const nobody: PeopleFilter = { oktaIds: [], patterns: [] };
export const noGroup: GroupFilter = { ids: [], patterns: [] };

export const noSelection: GroupSelection = {
  include: [],
  exclude: [],
  rename: [],
  merge: [],
  followRenames: true,
  deletedAtOkta: 'keep',
};

const everything = { percent: 100, atLeast: 1_000_000, atMost: 1_000_000 };
/** Guards that let everything through. */
const openGuards = Object.fromEntries(
  guards.map((guard) => [guard, { perRun: everything, perDay: everything }]),
) as unknown as GuardSettings;

export const someSettings = (overrides: Partial<TargetSettings> = {}): TargetSettings => ({
  name: 'cloud' as TargetName,
  scope: { by: 'groups', groups: [{ name: 'Staff' }] },
  mapping: {
    userName: { from: [{ attribute: 'email' }] },
    email: { from: [{ attribute: 'email' }] },
    displayName: { from: [{ attribute: 'displayName' }] },
    title: { from: [{ attribute: 'title' }] },
  },
  groups: noSelection,
  membershipAuthority: 'linked-exact',
  leaver: { action: 'deactivate', removeMemberships: false },
  operations: { create: true, update: true, deactivate: true, reactivate: true, groups: true },
  protectedPeople: nobody,
  protectedGroups: noGroup,
  ignoredAccounts: nobody,
  ignoredGroups: noGroup,
  emergencyPeople: nobody,
  privilegedGroups: noGroup,
  guards: openGuards,
  drift: 'repair',
  pauseWhenFailing: { share: 1, atLeast: 1_000_000 },
  ...overrides,
});

export interface PolicyOverrides extends Partial<Omit<TargetSettings, 'operations' | 'leaver'>> {
  readonly operations?: Partial<Operations>;
  readonly leaver?: Partial<LeaverPolicy>;
  readonly capabilities?: Partial<Capabilities>;
  readonly scopeGroups?: readonly OktaGroupId[];
  readonly managedGroups?: readonly OktaGroupId[];
  readonly goneGroups?: readonly OktaGroupId[];
  readonly deletedGroups?: readonly OktaGroupId[];
  readonly linkedGroups?: readonly OktaGroupId[];
  readonly unions?: readonly GroupUnion[];
}

/** Everybody in `staff` is in scope; the members of `engineers` are kept. */
export function aPolicy(overrides: PolicyOverrides = {}): Policy {
  const { operations, leaver, capabilities, scopeGroups = [staff], managedGroups = [engineers], ...others } = overrides;
  const { goneGroups, deletedGroups, linkedGroups, unions = [], ...rest } = others;
  const defaults = someSettings();
  return createPolicy(
    {
      ...defaults,
      ...rest,
      operations: { ...defaults.operations, ...operations },
      leaver: { ...defaults.leaver, ...leaver },
    },
    { ...everyCapability, ...capabilities },
    {
      scopeGroups: new Set(scopeGroups),
      managedGroups: new Set(managedGroups),
      goneGroups: new Set(goneGroups),
      deletedGroups: new Set(deletedGroups),
      linkedGroups: new Set(linkedGroups),
      unions,
    },
  );
}
