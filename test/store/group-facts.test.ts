/** How links of groups come, are released, are taken over and found again, by the store. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OktaGroupId } from '../../domain/ids.ts';
import { planGroups } from '../../domain/plan-groups.ts';
import { createPolicy } from '../../domain/policy.ts';
import type { GroupSelection } from '../../domain/settings.ts';
import { activeAdministrators } from '../../store/administrators.ts';
import { connectStore, type Store } from '../../store/connect.ts';
import { groupFacts, keptGroups } from '../../store/group-facts.ts';
import { forgetTargetGroups, groupLinkRows, groupLinks, linkGroups, settleGroupLinks } from '../../store/links.ts';
import { markMissingGroups, saveGroups } from '../../store/okta-mirror.ts';
import { beginSnapshot, oktaSide } from '../../store/snapshots.ts';
import { addTargetMembers, saveAccounts, saveTargetGroups } from '../../store/target-mirror.ts';
import { resolutionOf } from '../../store/target-resolution.ts';
import {
  accountId,
  aGroup,
  anAccount,
  everyCapability,
  groupId,
  noGroup,
  noSelection,
  someSettings,
  targetGroupId,
} from '../support/domain-builders.ts';
import { type FreshDatabase, freshDatabase } from '../support/servers.ts';

const target = 'cloud';
const [eng, ops, qa] = [groupId('00g-eng'), groupId('00g-ops'), groupId('00g-qa')];
const [t1, t2] = [targetGroupId('t1'), targetGroupId('t2')];

let database: FreshDatabase;
let store: Store;
beforeAll(async () => {
  database = await freshDatabase();
  store = connectStore({ url: database.url, poolSize: 2 });
});
afterAll(async () => {
  await store.destroy();
  await database.drop();
});
beforeEach(async () => {
  for (const table of [
    'group_link',
    'okta_group',
    'target_group',
    'target_membership',
    'account',
    'group_pin',
  ] as const)
    await store.deleteFrom(table).execute();
  await shows({ [eng]: 'Eng', [ops]: 'Ops', [qa]: 'Qa' });
});

/** Okta's groups as one whole reading shows them. */
async function shows(names: Readonly<Record<string, string>>): Promise<void> {
  const snapshot = await beginSnapshot(store, oktaSide);
  await saveGroups(
    store,
    snapshot,
    Object.entries(names).map(([id, name]) => aGroup({ id: groupId(id), name })),
  );
  await markMissingGroups(store, snapshot, new Set());
}

const holds = async (names: Readonly<Record<string, string>>): Promise<void> =>
  saveTargetGroups(
    store,
    target,
    await beginSnapshot(store, target),
    Object.entries(names).map(([id, name]) => ({ id: targetGroupId(id), name })),
  );

const selecting = (selection: Partial<GroupSelection>) =>
  someSettings({ scope: { by: 'expression', expression: 'true' }, groups: { ...noSelection, ...selection } });

/** What a run plans for the groups; links are settled first, as a run does. */
async function plan(selection: Partial<GroupSelection>, deleted: readonly OktaGroupId[] = []): Promise<string[]> {
  const settings = selecting(selection);
  const { groups, problems, scope } = await resolutionOf(store, settings);
  expect(problems).toEqual([]);
  const policy = createPolicy(settings, everyCapability, { ...scope, deletedGroups: new Set(deleted) });
  const kept = keptGroups(policy, scope.linkedGroups.difference(scope.releasedGroups));
  await settleGroupLinks(store, target, kept);
  const { changes, findings, over } = planGroups(await groupFacts(store, policy, groups), policy);
  await settleGroupLinks(store, target, kept.difference(over));
  return [
    ...changes.map((one) => `${one.kind} ${one.group} ${'name' in one ? one.name : ''}`.trim()),
    ...findings.map(({ code, group }) => `(${code} ${group})`),
  ];
}
const origins = async () =>
  Object.fromEntries((await groupLinkRows(store, target)).map(({ group_id, origin }) => [group_id, origin]));
const created = (group: OktaGroupId, targetGroup = t1) => ({ group, targetGroup, origin: 'created' as const });
const byId = (id: OktaGroupId) => ({ include: [{ id }] });

describe('a group that leaves the selection', () => {
  beforeEach(async () => {
    await holds({ t1: 'Eng' });
    await linkGroups(store, target, [created(eng)]);
  });

  it('is released, and found again by its link as one that existed before', async () => {
    expect(await plan(byId(eng))).toEqual([]);
    expect(await origins()).toEqual({ [eng]: 'created' });
    expect(await plan({})).toEqual([]);
    expect(await origins()).toEqual({ [eng]: 'released' });
    await shows({ [eng]: 'Engineering' });
    expect(await plan(byId(eng))).toEqual(['rename-group 00g-eng']);
    expect(await origins()).toEqual({ [eng]: 'adopted' });
  });

  it('needs approval again for its first removals', async () => {
    const approvedAt = () =>
      store.selectFrom('group_link').select('removals_approved_at as at').executeTakeFirstOrThrow();
    await store.updateTable('group_link').set({ removals_approved_at: new Date() }).execute();
    await plan(byId(eng));
    expect((await approvedAt()).at).not.toBeNull();
    await plan({});
    await plan(byId(eng));
    expect((await approvedAt()).at).toBeNull();
  });

  it('gives way to another group of its name', async () => {
    await shows({ [eng]: 'Old', [ops]: 'Eng' });
    expect(await plan(byId(ops))).toEqual(['link-group 00g-ops Eng']);
    expect(await linkGroups(store, target, [{ group: ops, targetGroup: t1, origin: 'adopted' }])).toEqual(new Set());
    expect(await origins()).toEqual({ [ops]: 'adopted' });
  });

  it('does not give way while it is kept', async () => {
    await shows({ [eng]: 'Old', [ops]: 'Eng' });
    const both = { include: [{ id: eng }, { id: ops }] };
    expect(await plan({ ...both, followRenames: false })).toContain('(group-name-shared 00g-ops)');
    expect(await linkGroups(store, target, [{ group: ops, targetGroup: t1, origin: 'adopted' }])).toEqual(
      new Set([ops]),
    );
  });

  it('says nothing when it is deleted at Okta later', async () => {
    await plan({});
    await shows({ [ops]: 'Ops' });
    expect(await plan({ deletedAtOkta: 'delete' }, [eng])).toEqual([]);
  });
});

describe('a group that Okta no longer shows', () => {
  beforeEach(async () => {
    await holds({ t1: 'Eng' });
    await linkGroups(store, target, [created(eng)]);
    await plan(byId(eng));
    await shows({ [ops]: 'Ops' });
  });

  it.each([
    ['its id', byId(eng)],
    ['a pattern', { include: [{ pattern: 'E.*' }] }],
  ])('is told when it is selected by %s, and keeps its link', async (_what, selection) => {
    expect(await plan({ ...selection, deletedAtOkta: 'empty' })).toEqual(['(group-gone-at-okta 00g-eng)']);
    expect(await origins()).toEqual({ [eng]: 'created' });
  });

  it('and was deleted there is told until it is empty here, and stays as it is then', async () => {
    const emptying = { ...byId(eng), deletedAtOkta: 'empty' as const };
    await addTargetMembers(store, target, [{ group: t1, accounts: [accountId('a')] }]);
    expect(await plan(emptying, [eng])).toEqual(['(group-deleted-at-okta 00g-eng)']);
    expect(await origins()).toEqual({ [eng]: 'created' });
    await store.deleteFrom('target_membership').execute();
    expect(await plan(emptying, [eng])).toEqual(['(group-deleted-at-okta 00g-eng)']);
    expect(await plan(emptying)).toEqual([]);
    await shows({ [eng]: 'Eng' });
    expect(await plan(emptying)).toEqual([]);
    expect(await origins()).toEqual({ [eng]: 'adopted' });
  });

  it('and was deleted there is deleted here once nobody is in it, and forgotten', async () => {
    const deleting = { ...byId(eng), deletedAtOkta: 'delete' as const };
    await addTargetMembers(store, target, [{ group: t1, accounts: [accountId('a')] }]);
    expect(await plan(deleting, [eng])).toEqual(['(group-deleted-at-okta 00g-eng)']);
    await store.deleteFrom('target_membership').execute();
    expect(await plan(deleting, [eng])).toEqual(['delete-group 00g-eng Eng', '(group-deleted-at-okta 00g-eng)']);
    await forgetTargetGroups(store, target, [t1]);
    expect(await plan(deleting, [eng])).toEqual([]);
    expect(await groupLinks(store, target)).toEqual(new Map());
  });
});

describe('a merge', () => {
  const merge = [{ into: 'Builders', from: [{ id: eng }, { id: ops }] }];

  it('makes one group, led by the first, and releases what its other parts were linked to', async () => {
    expect(await plan({ merge })).toEqual(['create-group 00g-eng Builders']);
    await holds({ t1: 'Eng', t2: 'Ops' });
    await linkGroups(store, target, [created(ops, t2)]);
    expect(await plan({ merge })).toEqual(['rename-group 00g-ops']);
    await linkGroups(store, target, [created(eng)]);
    expect(await plan({ merge })).toEqual(['rename-group 00g-eng']);
    expect(await origins()).toEqual({ [eng]: 'created', [ops]: 'released' });
    const turned = [{ into: 'Builders', from: [{ id: ops }, { id: eng }] }];
    expect(await plan({ merge: turned })).toEqual(['rename-group 00g-eng']);
  });

  it('keeps its link, and its members, when its leader is deleted, and passes it on when the leader is taken out', async () => {
    await holds({ t1: 'Builders' });
    await linkGroups(store, target, [created(eng)]);
    await shows({ [ops]: 'Ops', [qa]: 'Qa' });
    expect(await plan({ merge, deletedAtOkta: 'delete' }, [eng])).toEqual(['(group-gone-at-okta 00g-eng)']);
    const without = { merge: [{ into: 'Builders', from: [{ id: ops }, { id: qa }] }] };
    expect(await plan(without)).toEqual(['link-group 00g-ops Builders']);
    expect(await linkGroups(store, target, [{ group: ops, targetGroup: t1, origin: 'adopted' }])).toEqual(new Set());
  });

  it('that wants the name of another group is told', async () => {
    const clashing = { merge: [{ into: 'qa', from: [{ id: eng }, { id: ops }] }], include: [{ id: qa }] };
    expect(await plan(clashing)).toEqual(['(group-name-shared 00g-eng)', '(group-name-shared 00g-qa)']);
  });

  it('is refused when a group is in two of them, or two have one name', async () => {
    const settings = selecting({ merge: [...merge, { into: 'builders', from: [{ id: eng }, { id: qa }] }] });
    const { problems } = await resolutionOf(store, settings);
    expect(problems.map(({ code, ref }) => `${code} ${ref}`)).toEqual([
      'merge-name-twice Builders',
      'merged-twice 00g-eng',
    ]);
  });
});

it('the administrators of a target are the active members of its privileged groups', async () => {
  await holds({ t1: 'Admins', t2: 'Others' });
  const snapshot = await beginSnapshot(store, target);
  const [one, two] = [accountId('one'), accountId('two')];
  await saveAccounts(store, target, snapshot, [anAccount({ id: one }), anAccount({ id: two, isActive: false })]);
  await addTargetMembers(store, target, [
    { group: t1, accounts: [one, two] },
    { group: t2, accounts: [one] },
  ]);
  const settings = { ...selecting({}), privilegedGroups: { ...noGroup, patterns: ['admins'] } };
  const { scope } = await resolutionOf(store, settings);
  const policy = createPolicy(settings, everyCapability, scope);
  expect(await activeAdministrators(store, policy)).toEqual(new Map([[t1, new Set([one])]]));
});
