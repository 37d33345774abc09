/** A whole small world, both sides, and what a run would plan for it. */
import type { Account } from '../../domain/account.ts';
import { type Change, changeKinds, type Finding } from '../../domain/change.ts';
import type { AccountId, OktaGroupId, OktaUserId, TargetGroupId } from '../../domain/ids.ts';
import type { Group, Person } from '../../domain/person.ts';
import type { CandidateAccount, PersonFacts } from '../../domain/person-facts.ts';
import type { GroupFacts } from '../../domain/plan-group.ts';
import { planGroups } from '../../domain/plan-groups.ts';
import { planPerson } from '../../domain/plan-person.ts';
import { planUnlinkedMembers } from '../../domain/plan-unlinked-members.ts';
import type { Policy } from '../../domain/policy.ts';

export interface TargetGroupState {
  readonly id: TargetGroupId;
  readonly name: string;
  readonly members: ReadonlySet<AccountId>;
}

export interface World {
  /** Okta, as far as it was shown. */
  readonly people: readonly Person[];
  readonly groups: readonly Group[];
  readonly groupsOf: ReadonlyMap<OktaUserId, ReadonlySet<OktaGroupId>>;
  /** People whose deletion Okta's log proves. */
  readonly deleted: ReadonlySet<OktaUserId>;
  readonly deletedGroups: ReadonlySet<OktaGroupId>;
  /** The target. */
  readonly accounts: ReadonlyMap<AccountId, Account>;
  readonly targetGroups: ReadonlyMap<TargetGroupId, TargetGroupState>;
  /** Lockstep's own memory. */
  readonly links: ReadonlyMap<OktaUserId, AccountId>;
  readonly groupLinks: ReadonlyMap<OktaGroupId, TargetGroupId>;
  /** Groups whose counterpart Lockstep made. */
  readonly madeGroups: ReadonlySet<OktaGroupId>;
  /** People and accounts that an operator parted. */
  readonly keptApart: ReadonlyMap<OktaUserId, AccountId>;
}

const entitled = ['ACTIVE', 'PROVISIONED', 'RECOVERY', 'PASSWORD_EXPIRED', 'LOCKED_OUT'];

/** Entitled and in scope, told without the rules under test. */
export const isMember = ({ groupsOf }: World, person: Person, scopeGroups: ReadonlySet<OktaGroupId>): boolean =>
  entitled.includes(person.status) &&
  !person.isTransitioning &&
  [...(groupsOf.get(person.id) ?? [])].some((group) => scopeGroups.has(group));

export const same = (a: string | undefined, b: string | undefined): boolean =>
  !!a && !!b && a.toLowerCase() === b.toLowerCase();

/** In these worlds user name and e-mail are both Okta's e-mail. */
export const bears = (account: Account, person: Person): boolean =>
  same(account.attributes.userName, person.email) || same(account.attributes.email, person.email);

export interface WorldPlan {
  readonly changes: readonly Change[];
  readonly findings: readonly Finding[];
}

/** Gathers facts as a run does: groups first, then people, then members who are nobody's. */
export function planWorld(world: World, whole: Policy, scopeGroups: ReadonlySet<OktaGroupId>): WorldPlan {
  const policy = { ...whole, emptiedGroups: whole.emptiedGroups.intersection(world.deletedGroups) };
  const groups = planGroups(
    groupIdsOf(world, policy).map((id) => factsOfGroup(world, policy, id)),
    policy,
  );
  const targets = new Map([...groups.managed].map(([target, group]) => [group, target]));
  const personPlans = personIdsOf(world).map((id) =>
    planPerson(factsOfPerson(world, id, { scopeGroups, targets }), groups.policy),
  );
  const linked = new Set(world.links.values());
  for (const change of personPlans.flatMap(({ changes }) => changes))
    if (change.kind === 'link-account') linked.add(change.account);
  const strangerPlans = [...targets].toSorted().map(([group, target]) => {
    const members = [...(world.targetGroups.get(target)?.members ?? [])].filter((member) => !linked.has(member));
    return planUnlinkedMembers(
      group,
      members.flatMap((id) => world.accounts.get(id) ?? []),
      groups.policy,
    );
  });
  const plans = [groups, ...personPlans, ...strangerPlans];
  return {
    changes: plans
      .flatMap(({ changes }): readonly Change[] => changes)
      .toSorted((a, b) => changeKinds.indexOf(a.kind) - changeKinds.indexOf(b.kind)),
    findings: plans.flatMap(({ findings }) => findings),
  };
}

const personIdsOf = (world: World): OktaUserId[] =>
  [...new Set([...world.people.map(({ id }) => id), ...world.links.keys()])].sort();
const groupIdsOf = (world: World, { managedGroups, goneGroups, leaderOf }: Policy): OktaGroupId[] =>
  [...new Set([...world.groups.map(({ id }) => id), ...managedGroups, ...goneGroups])]
    .filter((id) => leaderOf(id) === id)
    .sort();

interface FactsContext {
  readonly scopeGroups: ReadonlySet<OktaGroupId>;
  readonly targets: ReadonlyMap<OktaGroupId, TargetGroupId>;
}

function factsOfPerson(world: World, id: OktaUserId, { scopeGroups, targets }: FactsContext): PersonFacts {
  const person = world.people.find((one) => one.id === id);
  const link = world.links.get(id);
  const others = world.people.filter((one) => one.id !== id && isMember(world, one, scopeGroups));
  const membershipsOf = (account: AccountId): Set<OktaGroupId> =>
    new Set([...targets].filter(([, target]) => world.targetGroups.get(target)?.members.has(account)).map(([g]) => g));
  const candidates = [...world.accounts.values()]
    .filter((account) => account.id !== link && (account.externalId === id || (person && bears(account, person))))
    .map((account): CandidateAccount => {
      const [linkedTo] = [...world.links].find(([, linked]) => linked === account.id) ?? [];
      return {
        account,
        wantedBy: others.filter((one) => mayWant(world, one, account)).map((one) => one.id),
        isKeptApart: world.keptApart.get(id) === account.id,
        memberships: membershipsOf(account.id),
        ...(linkedTo ? { linkedTo } : {}),
      };
    });
  return {
    id,
    person,
    isDeleted: world.deleted.has(id),
    standing: { groups: world.groupsOf.get(id) ?? new Set() },
    link,
    account: link && world.accounts.get(link),
    candidates,
    rivals: others.filter((one) => person && same(one.email, person.email)).map((one) => one.id),
    memberships: link ? membershipsOf(link) : new Set(),
  };
}

export const mayWant = ({ links, keptApart }: World, { id, ...rest }: Person, account: Account): boolean =>
  !links.has(id) && keptApart.get(id) !== account.id && bears(account, { id, ...rest });

function factsOfGroup(world: World, policy: Policy, id: OktaGroupId): GroupFacts {
  const nameOf = (group: Group): string => policy.nameAtTarget(policy.leaderOf(group.id), group.name);
  const group = policy.partsOf(id).flatMap((part) => world.groups.find((one) => one.id === part) ?? [])[0];
  const link = world.groupLinks.get(id);
  const sameName = [...world.targetGroups.values()]
    .filter((one) => one.id !== link && group && same(one.name, nameOf(group)))
    .map((targetGroup) => {
      const [linkedTo] = [...world.groupLinks].find(([, linked]) => linked === targetGroup.id) ?? [];
      return { targetGroup: { id: targetGroup.id, name: targetGroup.name }, ...(linkedTo ? { linkedTo } : {}) };
    });
  const rivals = world.groups.filter(
    (one) => one.id !== id && policy.managedGroups.has(one.id) && group && same(nameOf(one), nameOf(group)),
  );
  const targetGroup = link && world.targetGroups.get(link);
  return {
    id,
    group,
    link,
    isCreated: world.madeGroups.has(id),
    targetGroup: targetGroup && { id: targetGroup.id, name: targetGroup.name },
    memberCount: targetGroup?.members.size ?? 0,
    sameName,
    rivals: rivals.map((one) => one.id),
  };
}
