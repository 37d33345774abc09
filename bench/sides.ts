/** What both sides hold, read from outside, and what follows from it by the policy that the bench configures. */
import pMap from 'p-map';
import type { Demand } from './lower-bound.ts';
import type { VendorApis } from './vendor-apis.ts';

export interface Sides {
  readonly people: number;
  readonly groups: number;
  /** Okta ids of those who should have an active account. */
  readonly entitled: ReadonlySet<string>;
  /** Okta groups that matter: the scope's and the managed ones. */
  readonly relevant: readonly RelevantGroup[];
  /** Okta id → account. */
  readonly accounts: ReadonlyMap<string, { readonly id: string; readonly isActive: boolean }>;
  /** Name → its id and its members' Okta ids. */
  readonly targetGroups: ReadonlyMap<string, { readonly id: string; readonly members: ReadonlySet<string> }>;
}

export interface RelevantGroup {
  readonly id: string;
  readonly name: string;
  readonly isScope: boolean;
  readonly members: readonly string[];
}

export const scopeGroup = 'atlassian-users';
/** Written out from the policy (entitlement by Okta's status), not taken from the code that is measured. */
const entitledStatuses = new Set(['ACTIVE', 'PASSWORD_EXPIRED', 'LOCKED_OUT', 'RECOVERY', 'PROVISIONED']);

export async function readSides(api: VendorApis): Promise<Sides> {
  const users = await api.users();
  const groups = await api.groups();
  const isScope = (name: string) => name === scopeGroup;
  const relevant = await pMap(
    groups.filter(({ profile: { name } }) => /^.+-.+$/.test(name)),
    async ({ id, profile: { name } }): Promise<RelevantGroup> => ({
      id,
      name,
      isScope: isScope(name),
      members: (await api.membersOf(id)).map((member) => member.id),
    }),
    { concurrency: 4 },
  );
  const inScope = new Set(relevant.filter((group) => group.isScope).flatMap(({ members }) => members));
  const accounts = await api.accounts();
  const personOf = new Map(accounts.map(({ id, externalId }) => [id, externalId ?? id]));
  return {
    people: users.length,
    groups: groups.length,
    entitled: new Set(
      users.filter(({ id, status }) => inScope.has(id) && entitledStatuses.has(status)).map(({ id }) => id),
    ),
    relevant,
    accounts: new Map(accounts.map(({ id, externalId, active }) => [externalId ?? id, { id, isActive: active }])),
    targetGroups: new Map(
      (await api.targetGroups()).map(({ id, displayName, members = [] }) => [
        displayName,
        { id, members: new Set(members.map(({ value }) => personOf.get(value) ?? value)) },
      ]),
    ),
  };
}

/** What the people's changes ask for beside what both sides show. */
export interface Known {
  /** Ids of Okta groups whose membership changed since the last sync. */
  readonly changedGroups: (group: RelevantGroup) => boolean;
  /** People in step but for their attributes. */
  readonly attributeChanges: number;
}

export function demandOf(sides: Sides, { changedGroups, attributeChanges }: Known): Demand {
  const { entitled, accounts } = sides;
  const differences = managed(sides).map(({ wanted, present }) => ({
    additions: wanted.difference(present).size,
    removals: present.difference(wanted).size,
  }));
  const leavers = [...accounts].filter(([person, { isActive }]) => isActive && !entitled.has(person)).length;
  const returners = [...accounts].filter(([person, { isActive }]) => !isActive && entitled.has(person)).length;
  return {
    people: sides.people,
    groups: sides.groups,
    changedGroups: sides.relevant.filter(changedGroups).map(({ members }) => members.length),
    accounts: accounts.size,
    targetGroups: sides.targetGroups.size,
    accountsToCreate: [...entitled].filter((person) => !accounts.has(person)).length,
    accountsToChange: leavers + returners + attributeChanges,
    groupsToCreate: sides.relevant.filter(({ name, isScope }) => !isScope && !sides.targetGroups.has(name)).length,
    additions: differences.map(({ additions }) => additions),
    removals: differences.map(({ removals }) => removals),
  };
}

/** How many changes a plan for this demand holds. */
export const changesOf = (demand: Demand): number =>
  demand.accountsToCreate +
  demand.accountsToChange +
  demand.groupsToCreate +
  [...demand.additions, ...demand.removals].reduce((sum, members) => sum + members, 0);

/** What is not as it should be; empty when both sides are in step. */
export function outOfStep(sides: Sides): string[] {
  const { accounts, entitled } = sides;
  const active = new Set([...accounts].filter(([, { isActive }]) => isActive).map(([person]) => person));
  const problems: string[] = [];
  const tell = (count: number, what: string) => count > 0 && problems.push(`${count} ${what}`);
  tell(entitled.difference(active).size, 'entitled people without an active account');
  tell(active.difference(entitled).size, 'active accounts of people who are not entitled');
  for (const { name, wanted, present } of managed(sides)) {
    tell(wanted.difference(present).size, `members missing in ${name}`);
    tell(present.difference(wanted).size, `members too many in ${name}`);
  }
  return problems;
}

const managed = ({ relevant, entitled, targetGroups }: Sides) =>
  relevant
    .filter(({ isScope }) => !isScope)
    .map(({ name, members }) => ({
      name,
      wanted: new Set(members.filter((person) => entitled.has(person))),
      present: targetGroups.get(name)?.members ?? new Set<string>(),
    }));
