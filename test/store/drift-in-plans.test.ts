/** What plans have to do with drift: what would undo it, what is held for it, and when policy wants it as it is. */
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Change, Finding } from '../../domain/change.ts';
import type { MembershipAuthority } from '../../domain/settings.ts';
import { connectStore, type Store } from '../../store/connect.ts';
import { countRepaired, driftedAttributes, settleDesired, stopReported } from '../../store/drift-in-plans.ts';
import { recordOutcomes } from '../../store/outcomes.ts';
import { appendFindings } from '../../store/plans.ts';
import { changesAbout, driftBehind, openDrift } from '../../store/reading-drift.ts';
import { beginSnapshot, finishSnapshot, oktaSide } from '../../store/snapshots.ts';
import { accountId, groupId, targetGroupId, userId } from '../support/domain-builders.ts';
import { account, link, planOf, read, type Shown, target, told } from '../support/drift-world.ts';
import { type FreshDatabase, freshDatabase } from '../support/servers.ts';

const [ada, ben] = [userId('00u-ada'), userId('00u-ben')];
const [aAda, aBen] = [accountId('a-ada'), accountId('a-ben')];
const [okta, dev] = [groupId('00g-dev'), targetGroupId('g-dev')];

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
  await sql`truncate drift, plan, change, finding, run, snapshot, account, target_group, target_membership, person_link,
    group_link, okta_membership cascade`.execute(store);
});

const adaNow = account(
  aAda,
  { userName: 'ada@example.com', title: 'Engineer', department: 'R&D' },
  { externalId: ada },
);
const benNow = account(aBen, { userName: 'ben@example.com' }, { externalId: ben, isActive: false });
const first: Shown = { accounts: [adaNow, benNow], groups: [{ id: dev, name: 'dev', members: [aAda] }] };

/** Ada's title and department, Ben's account reactivated, Ben for Ada in the group, and the group's name. */
const second: Shown = {
  accounts: [
    { ...adaNow, attributes: { ...adaNow.attributes, title: 'Boss', department: 'Sales' } },
    { ...benNow, isActive: true },
  ],
  groups: [{ id: dev, name: 'developers', members: [aBen] }],
};
const everything = [
  'account-changed a-ada department: R&D → Sales',
  'account-changed a-ada title: Engineer → Boss',
  'account-changed a-ben isActive: false → true',
  'group-renamed g-dev name: dev → developers',
  'member-added a-ben g-dev',
  'member-removed a-ada g-dev',
];

async function drifted(shown = second): Promise<void> {
  await link(store, { [ada]: aAda, [ben]: aBen }, { [okta]: dev });
  await read(store, first);
  await read(store, shown);
}

const update = (after: Record<string, string>): Change => ({
  kind: 'update-account',
  person: ada,
  account: aAda,
  before: {},
  after,
  reason: 'attributes-differ',
});
const join = (person = ada): Change => ({ kind: 'add-member', person, group: okta, reason: 'in-okta-group' });
const leave = (reason: Change['reason'], person = ben, id = aBen): Change => ({
  kind: 'remove-member',
  person,
  account: id,
  group: okta,
  reason,
});
const deactivate = (reason: Change['reason']): Change => ({
  kind: 'deactivate-account',
  person: ben,
  account: aBen,
  reason,
});
const rename = (after: string): Change => ({
  kind: 'rename-group',
  group: okta,
  targetGroup: dev,
  before: 'developers',
  after,
  reason: 'group-renamed',
});

/** Numbers of the changes that are held. */
async function stoppedOf(planId: string, privileged: readonly (typeof okta)[] = []): Promise<number[]> {
  await stopReported(store, planId, privileged);
  const rows = await store
    .selectFrom('change')
    .select('seq')
    .where('plan_id', '=', planId)
    .where('stopped_by', '=', 'driftReported')
    .orderBy('seq')
    .execute();
  return rows.map(({ seq }) => seq);
}

describe('where drift is only reported', () => {
  it.each<[what: string, change: Change, isHeld: boolean]>([
    ['an update back to what was', update({ title: 'Engineer', department: 'R&D' }), true],
    ['an update of one of them', update({ title: 'Engineer' }), true],
    ['an update to what Okta says since', update({ title: 'Architect' }), false],
    [
      'an update of something else as well, which planning takes apart',
      update({ title: 'Engineer', userName: 'a@b' }),
      false,
    ],
    ['an addition of whom somebody took out', join(), true],
    ['an addition of somebody else', join(ben), false],
    ['a removal of whom somebody put in', leave('not-in-okta-group'), true],
    ['a removal of whom Okta says has left', leave('okta-deprovisioned'), false],
    ['a removal of somebody else', leave('not-in-okta-group', ada, aAda), false],
    ['a deactivation of somebody out of scope whom somebody reactivated', deactivate('out-of-scope'), true],
    ['a deactivation of somebody suspended', deactivate('okta-suspended'), false],
    ['a deactivation of a leaver', deactivate('okta-deprovisioned'), false],
    ['a deactivation of somebody deleted', deactivate('okta-deleted'), false],
    ['the old name of the group', rename('dev'), true],
    ['a new name of the group', rename('builders'), false],
  ])('%s', async (_what, change, isHeld) => {
    await drifted();
    expect(await stoppedOf(await planOf(store, [change]))).toEqual(isHeld ? [0] : []);
  });

  it('a removal from a group that gives power goes', async () => {
    await drifted();
    expect(await stoppedOf(await planOf(store, [leave('not-in-okta-group')]), [okta])).toEqual([]);
  });

  it('what was approved is held all the same, and what builds on it with it', async () => {
    await drifted({ ...first, accounts: [{ ...adaNow, isActive: false }, benNow] });
    const reactivate: Change = { kind: 'reactivate-account', person: ada, account: aAda, reason: 'returned' };
    const planId = await planOf(store, [reactivate, update({ title: 'New' }), join(), join(ben)]);
    await store.updateTable('change').set({ approved_by: 'plan' }).where('plan_id', '=', planId).execute();
    expect(await stoppedOf(planId)).toEqual([0, 1, 2]);
    const rows = await store.selectFrom('change').select(['seq', 'approved_by']).orderBy('seq').execute();
    expect(rows.map(({ approved_by }) => approved_by)).toEqual([null, null, null, 'plan']);
  });

  it('nothing is held once it is over', async () => {
    await drifted();
    await read(store, first);
    expect(await stoppedOf(await planOf(store, [update({ title: 'Engineer' }), join()]))).toEqual([]);
  });

  it('planning knows what attributes were before', async () => {
    await drifted();
    expect(await driftedAttributes(store, target, [ada])).toEqual(
      new Map([[ada, { title: 'Engineer', department: 'R&D' }]]),
    );
  });
});

describe('a whole plan settles what it has nothing against', () => {
  async function settledBy(
    changes: readonly Change[],
    {
      findings = [],
      authority = 'linked-exact',
    }: { findings?: readonly Finding[]; authority?: MembershipAuthority } = {},
  ): Promise<string[]> {
    const planId = await planOf(store, changes);
    await appendFindings(store, planId, 0, findings);
    await settleDesired(store, planId, authority);
    return told(store, 'settled');
  }

  it('but not in the plan from the reading that showed it', async () => {
    await drifted();
    expect(await settledBy([])).toEqual([]);
  });

  it('from a later reading', async () => {
    await drifted();
    await read(store, second);
    expect(await settledBy([update({ title: 'Engineer' }), rename('dev')])).toEqual(
      everything.filter((line) => !/title|name:/.test(line)),
    );
    expect(await told(store)).toEqual(everything.filter((line) => /title|name:/.test(line)));
  });

  it('never while it has something to say of the person or the group', async () => {
    await drifted();
    await read(store, second);
    const findings: Finding[] = [
      { code: 'protected', person: ada },
      { code: 'name-taken', person: ben },
      { code: 'group-protected', group: okta },
    ];
    expect(await settledBy([], { findings })).toEqual([]);
  });

  it('never when a reading was not complete', async () => {
    await drifted();
    await read(store, second, { incomplete: ['groups'] });
    expect(await settledBy([])).toEqual([]);
    await read(store, second);
    const source = await beginSnapshot(store, oktaSide);
    await finishSnapshot(store, source, { isComplete: false, counts: {} });
    expect(await settledBy([])).toEqual([]);
  });

  it('where nobody is removed, a member only when Okta has them in the group', async () => {
    await drifted();
    await read(store, second);
    const added = 'member-added a-ben g-dev';
    expect(await settledBy([], { authority: 'add-only' })).toEqual(everything.filter((line) => line !== added));
    await store.insertInto('okta_membership').values({ group_id: okta, user_id: ben }).execute();
    expect(await settledBy([], { authority: 'add-only' })).toEqual(everything);
  });

  it('never somebody else’s Okta id on an account of ours', async () => {
    const foreign = { ...first, accounts: [{ ...adaNow, externalId: '00u-other' }, benNow] };
    await drifted(foreign);
    await read(store, foreign);
    expect(await settledBy([])).toEqual([]);
  });
});

describe('what a run put right', () => {
  it('is what its applied changes wrote over, once each', async () => {
    await drifted();
    const planId = await planOf(store, [
      update({ title: 'Engineer', department: 'R&D' }),
      join(),
      rename('dev'),
      join(ben),
    ]);
    const applied = { outcome: 'applied' } as const;
    await recordOutcomes(store, planId, [
      { seq: 0, ...applied },
      { seq: 1, ...applied },
      { seq: 2, outcome: 'parked', detail: 'Rejected' },
      { seq: 3, ...applied },
    ]);
    expect(await countRepaired(store, [planId])).toBe(3);
    expect(await countRepaired(store, [planId, await planOf(store, [update({ title: 'New' })])])).toBe(3);
    expect(await countRepaired(store, [])).toBe(0);
  });
});

describe('the reader', () => {
  it('finds the change about each, and marks changes of a plan by what is behind them', async () => {
    await drifted();
    const planId = await planOf(store, [update({ title: 'New' }), leave('not-in-okta-group'), join(ben)]);
    const { count, rows } = await openDrift(store, target, 10);
    expect(count).toBe(everything.length);
    const about = await changesAbout(store, planId, rows);
    const bySeq = rows.flatMap(({ id, kind }) => (about.has(id) ? [[kind, about.get(id)?.seq]] : []));
    expect(bySeq.toSorted()).toEqual([
      ['account-changed', 0],
      ['member-added', 1],
    ]);
    expect([...(await driftBehind(store, planId, [0, 1, 2])).keys()].toSorted()).toEqual([0, 1]);
    // What is over since was behind it all the same; what was seen later was not.
    await read(store, first);
    expect([...(await driftBehind(store, planId, [0, 1, 2])).keys()].toSorted()).toEqual([0, 1]);
  });
});
