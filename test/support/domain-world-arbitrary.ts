/** Random worlds, small and crowded, so that people and accounts get in each other's way often. */
import fc from 'fast-check';
import type { Account } from '../../domain/account.ts';
import type { GroupUnion } from '../../domain/group-union.ts';
import type { AccountId, OktaGroupId, OktaUserId, TargetGroupId } from '../../domain/ids.ts';
import { type Group, oktaStatuses, type Person } from '../../domain/person.ts';
import type { Policy } from '../../domain/policy.ts';
import { deletedGroupActions, membershipAuthorities } from '../../domain/settings.ts';
import {
  accountId,
  aGroup,
  aPerson,
  aPolicy,
  groupId,
  noSelection,
  type PolicyOverrides,
  targetGroupId,
  userId,
} from './domain-builders.ts';
import type { TargetGroupState, World } from './domain-world.ts';

export interface Situation {
  readonly world: World;
  readonly policy: Policy;
  readonly scopeGroups: ReadonlySet<OktaGroupId>;
  readonly unions: readonly GroupUnion[];
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const userIds = numbers(6).map((n) => userId(`00u00000000000000${n}xx`));
const groupIds = numbers(4).map((n) => groupId(`00g${n}`));
const accountIds = numbers(7).map((n) => accountId(`account-${n}`));
const targetGroupIds = numbers(4).map((n) => targetGroupId(`target-group-${n}`));
const emails = numbers(6).map((n) => `p${n}@example.com`);
const groupNames = ['alpha', 'beta', 'gamma', 'guarded', 'ignored'];

const mostly = <T>(value: T, otherwise: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: otherwise });
const inAnyCase = (text: string): fc.Arbitrary<string> => fc.constantFrom(text, text, text.toUpperCase());
const anyEmail = fc.constantFrom(...emails).chain(inAnyCase);
const anyTitle = fc.constantFrom('Engineer', 'Pilot', null);

const personAt = (index: number): fc.Arbitrary<Person> =>
  fc
    .record({
      status: fc.oneof(
        { weight: 3, arbitrary: fc.constant('ACTIVE' as const) },
        { weight: 2, arbitrary: fc.constantFrom(...oktaStatuses, 'UNKNOWN' as const) },
      ),
      isTransitioning: mostly(false, fc.boolean()),
      email: mostly(emails[index]!, anyEmail),
      title: anyTitle,
    })
    .map(({ title, email, ...rest }) =>
      aPerson({
        ...rest,
        id: userIds[index]!,
        email,
        login: `login-${index}`,
        profile: { displayName: 'Somebody', title },
      }),
    );

const accountAt = (index: number): fc.Arbitrary<Account> => {
  const own = emails[index] ?? 'spare@example.com';
  return fc
    .record({
      userName: fc.oneof(
        inAnyCase(own),
        fc.constant(`old-${index}`),
        fc.constantFrom('svc-a', 'break-glass'),
        anyEmail,
      ),
      email: fc.oneof(inAnyCase(own), fc.constant(own), anyEmail, fc.constant('')),
      displayName: fc.constantFrom('Somebody', 'somebody'),
      title: anyTitle,
      isActive: mostly(true, fc.boolean()),
      externalId: fc.constantFrom(undefined, undefined, userIds[index], userIds[(index + 1) % 6], 'azure-1'),
    })
    .map(({ isActive, externalId, title, ...attributes }) => ({
      id: accountIds[index]!,
      isActive,
      attributes: { ...attributes, ...(title ? { title } : {}) },
      ...(externalId ? { externalId } : {}),
    }));
};

const oktaGroupAt = (index: number): fc.Arbitrary<Group> =>
  mostly(groupNames[index]!, fc.constantFrom(...groupNames)).map((name) => aGroup({ id: groupIds[index]!, name }));

const targetGroupAt = (index: number): fc.Arbitrary<TargetGroupState> =>
  fc
    .record({
      name: fc.constantFrom(groupNames[index]!, `old-${index}`, ...groupNames),
      members: fc.oneof(fc.subarray(accountIds), fc.subarray(accountIds), fc.constant([])),
    })
    .map(({ name, members }) => ({ id: targetGroupIds[index]!, name, members: new Set(members) }));

const some = <T>(at: (index: number) => fc.Arbitrary<T>, count: number): fc.Arbitrary<T[]> =>
  fc
    .tuple(...numbers(count).map((index) => fc.option(at(index), { freq: 4, nil: undefined })))
    .map((all) => all.filter((one): one is Awaited<T> & T => one !== undefined));

/** User names and group names are unique at a target, whatever their case. */
const uniqueBy = <T>(all: readonly T[], key: (one: T) => string | undefined): T[] =>
  all.filter((one, index) => all.findIndex((other) => key(other)?.toLowerCase() === key(one)?.toLowerCase()) === index);

/** A random pairing; some of its ends may be gone by now. */
const links = <A, B>(left: readonly A[], right: readonly B[]): fc.Arbitrary<Map<A, B>> =>
  fc
    .tuple(
      fc.shuffledSubarray([...left]),
      fc
        .constantFrom(true, true, false)
        .chain((isInOrder) =>
          isInOrder ? fc.constant(undefined) : fc.shuffledSubarray([...right], { minLength: right.length }),
        ),
    )
    .map(
      ([chosen, shuffled]) =>
        new Map(
          chosen.flatMap((one) => {
            const other = (shuffled ?? right)[left.indexOf(one)];
            return other === undefined ? [] : [[one, other] as const];
          }),
        ),
    );

const worlds: fc.Arbitrary<World> = fc
  .record({
    people: some(personAt, 6),
    groups: some(oktaGroupAt, 4),
    memberOf: fc.tuple(...userIds.map(() => fc.subarray(groupIds, { minLength: 1 }))),
    deleted: fc.subarray(userIds),
    accounts: some(accountAt, 7),
    targetGroups: some(targetGroupAt, 4),
    links: links<OktaUserId, AccountId>(userIds, accountIds),
    groupLinks: links<OktaGroupId, TargetGroupId>(groupIds, targetGroupIds),
    madeGroups: fc.subarray(groupIds),
    deletedGroups: fc.subarray(groupIds),
    keptApart: mostly(new Map(), links<OktaUserId, AccountId>(userIds, accountIds)),
  })
  .map(({ people, groups, memberOf, deleted, accounts, targetGroups, madeGroups, deletedGroups, ...rest }) => {
    const shownGroups = new Set(groups.map(({ id }) => id));
    const known = new Map(uniqueBy(accounts, ({ attributes }) => attributes.userName).map((one) => [one.id, one]));
    const shownPeople = new Set(people.map(({ id }) => id));
    return {
      ...rest,
      people,
      groups,
      groupsOf: new Map(userIds.map((id, index) => [id, new Set(memberOf[index]).intersection(shownGroups)])),
      deleted: new Set(deleted).difference(shownPeople),
      deletedGroups: new Set(deletedGroups).difference(shownGroups),
      madeGroups: new Set(madeGroups),
      accounts: known,
      targetGroups: new Map(
        uniqueBy(targetGroups, ({ name }) => name).map((one) => [
          one.id,
          { ...one, members: new Set([...one.members].filter((member) => known.has(member))) },
        ]),
      ),
    };
  });

const usually = fc.constantFrom(true, true, true, true, false);

interface Choices extends PolicyOverrides {
  readonly scopeGroups: readonly OktaGroupId[];
  readonly managedGroups: readonly OktaGroupId[];
  readonly unions: readonly GroupUnion[];
}

const anyUnion: fc.Arbitrary<GroupUnion> = fc.record({
  into: fc.constantFrom(...groupNames, 'merged'),
  parts: fc.shuffledSubarray(groupIds, { minLength: 2, maxLength: 3 }),
});

const choices: fc.Arbitrary<Choices> = fc
  .record({
    scopeGroups: fc.subarray(groupIds, { minLength: 1 }),
    managedGroups: fc.subarray(groupIds),
    membershipAuthority: fc.constantFrom(...membershipAuthorities),
    leaver: fc.record({ action: mostly('deactivate', fc.constant('keep' as const)), removeMemberships: fc.boolean() }),
    operations: fc.record({
      create: usually,
      update: usually,
      deactivate: usually,
      reactivate: usually,
      groups: usually,
    }),
    capabilities: fc.record({
      createAccounts: usually,
      renameAccounts: usually,
      deactivate: usually,
      createGroups: usually,
      renameGroups: usually,
    }),
    protectedIds: mostly([], fc.subarray(userIds, { maxLength: 2 })),
    protectedGroupIds: mostly([], fc.subarray(targetGroupIds, { maxLength: 1 })),
    unions: fc.array(anyUnion, { maxLength: 1 }),
    followRenames: usually,
    deletedAtOkta: fc.constantFrom(...deletedGroupActions),
  })
  .map(({ protectedIds, protectedGroupIds, followRenames, deletedAtOkta, ...rest }) => ({
    ...rest,
    groups: { ...noSelection, followRenames, deletedAtOkta },
    protectedPeople: { oktaIds: protectedIds, patterns: ['break-.*', 'p5@example[.]com'] },
    ignoredAccounts: { oktaIds: [], patterns: ['svc-.*'] },
    protectedGroups: { ids: protectedGroupIds, patterns: ['guarded'] },
    ignoredGroups: { ids: [], patterns: ['ignored'] },
  }));

/** What the configuration selects, sorted into what Okta shows and what it does not. */
function policyFor(world: World, chosen: Choices): Policy {
  const selected = [...new Set([...chosen.managedGroups, ...chosen.unions.flatMap(({ parts }) => parts)])];
  const shown = new Set(world.groups.map(({ id }) => id));
  const goneGroups = selected.filter((id) => !shown.has(id));
  return aPolicy({
    ...chosen,
    managedGroups: selected.filter((id) => shown.has(id)),
    goneGroups,
    deletedGroups: goneGroups.filter((id) => world.deletedGroups.has(id)),
    linkedGroups: [...world.groupLinks.keys()],
  });
}

export const situations: fc.Arbitrary<Situation> = fc
  .record({ world: worlds, chosen: choices })
  .map(({ world, chosen }) => ({
    world,
    policy: policyFor(world, chosen),
    scopeGroups: new Set(chosen.scopeGroups),
    unions: chosen.unions,
  }));
