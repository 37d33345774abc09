import { describe, expect, test } from 'vitest';
import type { TargetGroup } from '../../domain/account.ts';
import { type GroupFacts, planGroup } from '../../domain/plan-group.ts';
import { planUnlinkedMembers } from '../../domain/plan-unlinked-members.ts';
import {
  accountId,
  aGroup,
  alice,
  anAccount,
  aPolicy,
  engineers,
  groupFacts,
  groupId,
  nobody,
  noGroup,
  noSelection,
  type PolicyOverrides,
  targetGroupId,
} from '../support/domain-builders.ts';

const sales = groupId('00g-sales');
const aTargetGroup = (overrides: Partial<TargetGroup> = {}): TargetGroup => ({
  id: targetGroupId('t1'),
  name: 'Engineers',
  ...overrides,
});
const linkedTo = (overrides: Partial<TargetGroup> = {}, rest: Partial<GroupFacts> = {}): GroupFacts =>
  groupFacts({ link: targetGroupId('t1'), targetGroup: aTargetGroup(overrides), ...rest });
const namesake = { targetGroup: aTargetGroup({ id: targetGroupId('t2') }) };

/** One line per change, findings in brackets, then whether members may be planned. */
function plan(given: GroupFacts, overrides: PolicyOverrides = {}): string {
  const { changes, findings, isReady } = planGroup(given, aPolicy(overrides));
  return [
    ...changes.map((change) =>
      'after' in change ? `${change.kind} ${change.after}` : `${change.kind} ${change.name}`,
    ),
    ...findings.map(({ code, subjects }) => `(${[code, ...(subjects ?? [])].join(' ')})`),
    isReady ? 'ready' : 'not ready',
  ].join(', ');
}

describe('a group that is not linked', () => {
  test('is made when nothing at the target bears its name', () => {
    expect(plan(groupFacts())).toBe('create-group Engineers, ready');
  });

  test('is made under the name that the configuration gives it', () => {
    const groups = { ...noSelection, rename: [{ pattern: 'Eng(.*)', to: 'okta-eng$1' }] };
    expect(plan(groupFacts(), { groups })).toBe('create-group okta-engineers, ready');
  });

  test('is linked to the one that bears its name', () => {
    expect(planGroup(groupFacts({ sameName: [namesake] }), aPolicy())).toEqual({
      changes: [
        {
          kind: 'link-group',
          group: engineers,
          targetGroup: 't2',
          name: 'Engineers',
          reason: 'group-matched-by-name',
        },
      ],
      findings: [],
      isReady: true,
    });
  });

  test.each<[string, Partial<GroupFacts>, string]>([
    ['another Okta group wants the name', { rivals: [sales] }, '(group-name-shared 00g-sales), not ready'],
    [
      'the namesake is linked to another Okta group',
      { sameName: [{ ...namesake, linkedTo: sales }] },
      '(group-name-shared t2), not ready',
    ],
    [
      'two groups at the target bear the name',
      { sameName: [namesake, { targetGroup: aTargetGroup() }] },
      '(group-name-shared t1 t2), not ready',
    ],
  ])('waits for a human when %s', (_what, given, expected) => {
    expect(plan(groupFacts(given))).toBe(expected);
  });

  test('is not asked of a product that cannot make groups', () => {
    expect(plan(groupFacts(), { capabilities: { createGroups: false } })).toBe('(switched-off), not ready');
  });
});

describe('a linked group', () => {
  test('that bears its name needs nothing, whatever the case and whoever else wants the name', () => {
    expect(plan(linkedTo())).toBe('ready');
    expect(plan(linkedTo({ name: 'ENGINEERS' }))).toBe('ready');
    expect(plan(linkedTo({}, { rivals: [sales] }))).toBe('ready');
  });

  test('that was renamed in Okta is renamed', () => {
    expect(planGroup(linkedTo({ name: 'Makers' }), aPolicy()).changes).toEqual([
      {
        kind: 'rename-group',
        group: engineers,
        targetGroup: 't1',
        before: 'Makers',
        after: 'Engineers',
        reason: 'group-renamed',
      },
    ]);
  });

  test('keeps its name, and its members go on, where the new name is not to be had', () => {
    const renamed = { name: 'Makers' };
    expect(plan(linkedTo(renamed), { capabilities: { renameGroups: false } })).toBe('(group-name-kept), ready');
    expect(plan(linkedTo(renamed, { sameName: [namesake] }))).toBe('(group-name-kept), ready');
    expect(plan(linkedTo(renamed, { rivals: [sales] }))).toBe('(group-name-shared 00g-sales), ready');
  });

  test('keeps its name where the configuration does not follow renames, a merge excepted', () => {
    const groups = { ...noSelection, followRenames: false };
    expect(plan(linkedTo({ name: 'Makers' }), { groups })).toBe('(group-name-kept), ready');
    expect(plan(linkedTo(), { groups })).toBe('ready');
    const unions = [{ into: 'Builders', parts: [engineers, sales] }];
    expect(plan(linkedTo({ name: 'Makers' }), { groups, unions })).toBe('rename-group Builders, ready');
  });

  test('that is gone at the target is told and not made anew', () => {
    expect(plan(groupFacts({ link: targetGroupId('t1') }))).toBe('(group-missing-at-target t1), not ready');
  });

  test('that Okta does not show is told and left alone', () => {
    expect(plan(linkedTo({}, { group: undefined }))).toBe('(group-gone-at-okta), not ready');
  });

  test('that left the selection is released without a word', () => {
    expect(plan(linkedTo({ name: 'Makers' }), { managedGroups: [] })).toBe('not ready');
  });
});

describe('several groups on one', () => {
  const unions = [{ into: 'Builders', parts: [engineers, sales] }];

  test('are made, found and kept under the name of the merge, as one', () => {
    expect(plan(groupFacts(), { unions, managedGroups: [engineers, sales] })).toBe('create-group Builders, ready');
    expect(plan(groupFacts({ id: sales }), { unions, managedGroups: [engineers, sales] })).toBe('not ready');
    expect(plan(linkedTo({ name: 'builders' }), { unions })).toBe('ready');
  });

  test('of which the leader is gone go on under its id, and say so', () => {
    const overrides = { unions, managedGroups: [sales], goneGroups: [engineers], linkedGroups: [engineers] };
    const named = linkedTo({ name: 'Builders' }, { group: aGroup({ id: sales, name: 'Sales' }) });
    expect(plan(named, overrides)).toBe('(group-gone-at-okta 00g-engineers), ready');
  });
});

describe('a group that Okta no longer shows', () => {
  const isGone = (rest: Partial<GroupFacts> = {}) => linkedTo({}, { group: undefined, memberCount: 0, ...rest });
  const action = (deletedAtOkta: 'keep' | 'empty' | 'delete', deleted = [engineers]): PolicyOverrides => ({
    groups: { ...noSelection, deletedAtOkta },
    managedGroups: [],
    goneGroups: [engineers],
    deletedGroups: deleted,
  });
  const outcome = (given: GroupFacts, overrides: PolicyOverrides): string =>
    `${plan(given, overrides)}, ${planGroup(given, aPolicy(overrides)).isEmptied ? 'emptied' : 'kept'}`;

  test.each<[string, PolicyOverrides, Partial<GroupFacts>, string]>([
    ['is kept without proof of its deletion', action('delete', []), {}, '(group-gone-at-okta), not ready, kept'],
    ['is kept where the configuration says so', action('keep'), {}, '(group-gone-at-okta), not ready, kept'],
    ['is emptied', action('empty'), { isCreated: true }, '(group-deleted-at-okta), not ready, emptied'],
    [
      'is emptied first',
      action('delete'),
      { isCreated: true, memberCount: 1 },
      '(group-deleted-at-okta), not ready, emptied',
    ],
    [
      'is then deleted',
      action('delete'),
      { isCreated: true },
      'delete-group Engineers, (group-deleted-at-okta), not ready, emptied',
    ],
    [
      'is never deleted where it was adopted',
      action('delete'),
      { isCreated: false },
      '(group-deleted-at-okta), not ready, emptied',
    ],
    [
      'is not deleted where the product cannot',
      { ...action('delete'), capabilities: { deleteGroups: false } },
      { isCreated: true },
      '(group-deleted-at-okta), not ready, emptied',
    ],
    [
      'is left alone where it is protected',
      { ...action('delete'), protectedGroups: { ...noGroup, patterns: ['engineers'] } },
      { isCreated: true },
      '(group-protected t1), not ready, kept',
    ],
    ['is gone here as well', action('delete'), { targetGroup: undefined }, 'not ready, kept'],
  ])('%s', (_what, overrides, given, expected) => {
    expect(outcome(isGone(given), overrides)).toBe(expected);
  });
});

describe('groups that are off limits', () => {
  const byName: PolicyOverrides[] = [
    { protectedGroups: { ...noGroup, patterns: ['engineers'] } },
    { ignoredGroups: { ...noGroup, patterns: ['eng.*'] } },
  ];

  test.each(byName)('are neither linked, made nor renamed by name: %o', (overrides) => {
    expect(plan(groupFacts({ sameName: [namesake] }), overrides)).toBe('(group-protected t2), not ready');
    expect(plan(groupFacts(), overrides)).toBe('(group-protected), not ready');
    expect(plan(linkedTo(), overrides)).toBe('(group-protected t1), not ready');
    expect(plan(linkedTo({ name: 'Makers' }), overrides)).toBe('(group-name-kept), ready');
  });

  test('are left alone by id, linked or not', () => {
    const overrides: PolicyOverrides = {
      protectedGroups: { ...noGroup, ids: [targetGroupId('t1'), targetGroupId('t2')] },
    };
    expect(plan(linkedTo({ name: 'Makers' }), overrides)).toBe('(group-protected t1), not ready');
    expect(plan(groupFacts({ sameName: [namesake] }), overrides)).toBe('(group-protected t2), not ready');
  });
});

test.each([groupFacts(), linkedTo({ name: 'Makers' }), linkedTo({}, { group: undefined })])(
  'with groups switched off nothing is said or done about them',
  (given) => {
    expect(plan(given, { operations: { groups: false } })).toBe('not ready');
  },
);

test('a group that is not managed is not planned', () => {
  expect(plan(groupFacts({ id: sales, group: aGroup({ id: sales }) }))).toBe('not ready');
});

describe('members to whom no person is linked', () => {
  const strangers = [anAccount({ id: accountId('b') }), anAccount({ id: accountId('a') })];
  const kept = anAccount({ id: accountId('c'), externalId: alice, attributes: { userName: 'svc-build' } });

  test.each(['linked-exact', 'add-only'] as const)('are told under %s', (membershipAuthority) => {
    expect(planUnlinkedMembers(engineers, strangers, aPolicy({ membershipAuthority }))).toEqual({
      changes: [],
      findings: [{ code: 'unlinked-members', group: engineers, subjects: ['a', 'b'] }],
    });
  });

  test('are removed under exact', () => {
    expect(planUnlinkedMembers(engineers, strangers, aPolicy({ membershipAuthority: 'exact' }))).toEqual({
      changes: ['a', 'b'].map((account) => ({
        kind: 'remove-member',
        account,
        group: engineers,
        reason: 'unlinked-member',
      })),
      findings: [],
    });
  });

  test.each<PolicyOverrides>([
    { ignoredAccounts: { ...nobody, patterns: ['svc-.*'] } },
    { protectedPeople: { ...nobody, patterns: ['svc-.*'] } },
    { protectedPeople: { ...nobody, oktaIds: [alice] } },
    { managedGroups: [] },
    { operations: { groups: false } },
  ])('stay where they are ignored or protected, or the group is not ours: %o', (overrides) => {
    for (const membershipAuthority of ['exact', 'linked-exact'] as const)
      expect(planUnlinkedMembers(engineers, [kept], aPolicy({ membershipAuthority, ...overrides }))).toEqual({
        changes: [],
        findings: [],
      });
  });
});
