/** The fewest calls that could do a phase's work. Pure; counts what a sync needs, whatever the sync does. */

/** Calls that have a lower bound, by name; all others (adoption, verification and live reads) are listed apart. */
export const boundedCalls = {
  peoplePages: 'Okta   GET people, a page',
  groupPages: 'Okta   GET groups, a page',
  memberPages: 'Okta   GET members of a group, a page',
  accountPages: 'Target GET accounts, a page',
  targetGroupPages: 'Target GET groups, a page',
  accountsCreated: 'Target POST account',
  accountsChanged: 'Target PATCH account',
  groupsCreated: 'Target POST group',
  membersChanged: 'Target PATCH members of a group',
} as const;

export type BoundedCall = keyof typeof boundedCalls;
export const writes: readonly BoundedCall[] = ['accountsCreated', 'accountsChanged', 'groupsCreated', 'membersChanged'];

export interface Demand {
  /** As Okta lists them, leavers included. */
  readonly people: number;
  readonly groups: number;
  /** Sizes of the groups that matter and whose membership changed. */
  readonly changedGroups: readonly number[];
  /** As they are when the run begins. */
  readonly accounts: number;
  readonly targetGroups: number;
  readonly accountsToCreate: number;
  readonly accountsToChange: number;
  readonly groupsToCreate: number;
  /** By group, how many members to add, and to remove. */
  readonly additions: readonly number[];
  readonly removals: readonly number[];
}

const pageSizes = { okta: 200, target: 100 } as const;

/** @param memberBatch members that one request may name */
export function lowerBound(demand: Demand, memberBatch: number): Record<BoundedCall, number> {
  return {
    peoplePages: pages(demand.people, pageSizes.okta),
    groupPages: pages(demand.groups, pageSizes.okta),
    memberPages: sum(demand.changedGroups.map((members) => pages(members, pageSizes.okta))),
    accountPages: pages(demand.accounts, pageSizes.target),
    targetGroupPages: pages(demand.targetGroups, pageSizes.target),
    accountsCreated: demand.accountsToCreate,
    accountsChanged: demand.accountsToChange,
    groupsCreated: demand.groupsToCreate,
    membersChanged: sum([...demand.additions, ...demand.removals].map((members) => Math.ceil(members / memberBatch))),
  };
}

/** That a list is empty is known only by asking for its first page. */
const pages = (items: number, size: number): number => Math.max(1, Math.ceil(items / size));

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
