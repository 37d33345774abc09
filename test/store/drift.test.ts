/** What readings show otherwise than the mirror: told, unless it is or may be our own doing, until it is over. */
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Change } from '../../domain/change.ts';
import { connectStore, type Store } from '../../store/connect.ts';
import { linkGroups } from '../../store/links.ts';
import { recordOutcomes } from '../../store/outcomes.ts';
import { countAttempt } from '../../store/plans.ts';
import { addTargetMembers, saveAccounts } from '../../store/target-mirror.ts';
import { accountId, groupId, targetGroupId, userId } from '../support/domain-builders.ts';
import { account, link, planOf, read, type Shown, target, told } from '../support/drift-world.ts';
import { type FreshDatabase, freshDatabase } from '../support/servers.ts';

const [ada, ben] = [userId('00u-ada'), userId('00u-ben')];
const [aAda, aBen, aGuest] = [accountId('a-ada'), accountId('a-ben'), accountId('a-guest')];
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
  await sql`truncate drift, plan, change, run, snapshot, account, target_group, target_membership, person_link, group_link,
    okta_membership cascade`.execute(store);
});

const adaNow = account(aAda, { userName: 'ada@example.com', title: 'Engineer' }, { externalId: ada });
const benNow = account(aBen, { userName: 'ben@example.com', title: 'Writer' }, { externalId: ben });
const guest = account(aGuest, { userName: 'guest@example.com', title: 'Guest' });
/** Ada and Ben are linked, the guest is not; Ada is in the group. */
const first: Shown = {
  accounts: [adaNow, benNow, guest],
  groups: [
    { id: dev, name: 'dev', members: [aAda] },
    { id: targetGroupId('g-theirs'), name: 'theirs', members: [] },
  ],
};
const withAccount = (changed: Partial<typeof adaNow>): Shown => ({
  ...first,
  accounts: [{ ...adaNow, ...changed }, benNow, guest],
});
const titled = (title: string): Shown => withAccount({ attributes: { ...adaNow.attributes, title } });
const withMembers = (...members: readonly (typeof aAda)[]): Shown => ({
  ...first,
  groups: [{ id: dev, name: 'dev', members }, ...first.groups.slice(1)],
});
const renamed = (name: string): Shown => ({ ...first, groups: [{ id: dev, name, members: [aAda] }] });
const without = (id: string): Shown => ({ ...first, accounts: first.accounts.filter((one) => one.id !== id) });

/** A first reading, and links that were there by then. */
async function begin(): Promise<void> {
  await link(store, { [ada]: aAda, [ben]: aBen }, { [okta]: dev });
  await read(store, first);
}

describe('a reading', () => {
  it.each<[what: string, shown: Shown, lines: string[]]>([
    ['shows all as it was', first, []],
    ['shows another title', titled('Boss'), ['account-changed a-ada title: Engineer → Boss']],
    ['shows no title any more', titled(''), ['account-changed a-ada title: Engineer → ']],
    [
      'shows an attribute that was not set',
      withAccount({ attributes: { ...adaNow.attributes, department: 'R&D' } }),
      ['account-changed a-ada department:  → R&D'],
    ],
    [
      'shows a name in other case',
      withAccount({ attributes: { ...adaNow.attributes, userName: 'Ada@Example.com' } }),
      [],
    ],
    ['shows an account inactive', withAccount({ isActive: false }), ['account-changed a-ada isActive: true → false']],
    [
      'shows somebody else’s id',
      withAccount({ externalId: '00u-other' }),
      ['account-changed a-ada externalId: 00u-ada → 00u-other'],
    ],
    ['does not show an account any more', without(aAda), ['account-gone a-ada']],
    ['shows nothing of an account that is not ours', without(aGuest), []],
    ['shows a linked member more', withMembers(aAda, aBen), ['member-added a-ben g-dev']],
    ['shows an unlinked member more', withMembers(aAda, aGuest), ['member-added a-guest g-dev']],
    ['shows a member less', withMembers(), ['member-removed a-ada g-dev']],
    ['shows another name of a group', renamed('developers'), ['group-renamed g-dev name: dev → developers']],
    ['does not show a group any more', { ...first, groups: [] }, ['group-gone g-dev name: dev → undefined']],
    [
      'shows changes of somebody who is not linked, and of a group that is not managed',
      {
        accounts: [adaNow, benNow, { ...guest, isActive: false, attributes: { title: 'Owner' } }],
        groups: [first.groups[0] as Shown['groups'][0], { id: targetGroupId('g-theirs'), name: 'x', members: [aBen] }],
      },
      [],
    ],
  ])('that %s', async (_what, shown, lines) => {
    await begin();
    await read(store, shown);
    expect(await told(store)).toEqual(lines);
  });

  it('that is the first has nothing to compare with', async () => {
    await link(store, { [ada]: aAda }, { [okta]: dev });
    await saveAccounts(store, target, '0', [account(aAda, { title: 'Trainee' })]);
    await read(store, first);
    expect(await told(store)).toEqual([]);
  });

  it('with a list that fell short says nothing about what that list does not show', async () => {
    await begin();
    await read(store, { accounts: [benNow], groups: [] }, { incomplete: ['accounts', 'groups'] });
    expect(await told(store)).toEqual([]);
    await read(store, first);
    expect(await told(store)).toEqual([]);
  });

  it('that is broken off leaves what it has seen to be told', async () => {
    await begin();
    await read(store, titled('Boss'), { incomplete: ['accounts', 'groups'] });
    await read(store, titled('Boss'));
    expect(await told(store)).toEqual(['account-changed a-ada title: Engineer → Boss']);
  });

  it('with an attribute mapped since takes its values for news, not for changes', async () => {
    await begin();
    const mapped = withAccount({ attributes: { ...adaNow.attributes, department: 'R&D' } });
    await read(store, mapped, { configuration: 'maps more' });
    expect(await told(store)).toEqual([]);
  });

  it('says nothing of members of a group of which it is the first to show any', async () => {
    await begin();
    const [group, id] = [groupId('00g-new'), targetGroupId('g-theirs')];
    await linkGroups(store, target, [{ group, targetGroup: id, origin: 'adopted' }]);
    const shown: Shown = {
      ...first,
      groups: [first.groups[0] as Shown['groups'][0], { id, name: 'theirs', members: [aBen] }],
    };
    await read(store, shown);
    expect(await told(store)).toEqual([]);
    await read(store, {
      ...shown,
      groups: [first.groups[0] as Shown['groups'][0], { id, name: 'theirs', members: [] }],
    });
    expect(await told(store)).toEqual(['member-removed a-ben g-theirs']);
  });
});

describe('our own doing', () => {
  const update: Change = {
    kind: 'update-account',
    person: ada,
    account: aAda,
    before: { title: 'Engineer' },
    after: { title: 'Boss' },
    reason: 'attributes-differ',
  };
  const join: Change = { kind: 'add-member', person: ben, group: okta, reason: 'in-okta-group' };
  const leave: Change = { kind: 'remove-member', person: ada, account: aAda, group: okta, reason: 'not-in-okta-group' };
  const deactivate: Change = { kind: 'deactivate-account', person: ada, account: aAda, reason: 'okta-suspended' };
  const rename: Change = {
    kind: 'rename-group',
    group: okta,
    targetGroup: dev,
    before: 'dev',
    after: 'developers',
    reason: 'group-renamed',
  };

  const cases: [what: string, change: Change, shown: Shown, line: string][] = [
    ['an update', update, titled('Boss'), 'account-changed a-ada title: Engineer → Boss'],
    ['a deactivation', deactivate, withAccount({ isActive: false }), 'account-changed a-ada isActive: true → false'],
    ['an addition', join, withMembers(aAda, aBen), 'member-added a-ben g-dev'],
    ['a removal', leave, withMembers(), 'member-removed a-ada g-dev'],
    ['a new name', rename, renamed('developers'), 'group-renamed g-dev name: dev → developers'],
  ];

  it.each(cases)('is %s whose answer was lost', async (_what, change, shown) => {
    await begin();
    await countAttempt(store, await planOf(store, [change]), [0]);
    await read(store, shown);
    expect(await told(store)).toEqual([]);
  });

  it.each(cases)('is %s that was given up after its answer was lost', async (_what, change, shown) => {
    await begin();
    const planId = await planOf(store, [change]);
    await countAttempt(store, planId, [0]);
    await recordOutcomes(store, planId, [{ seq: 0, outcome: 'parked', detail: 'Unavailable' }]);
    await read(store, shown);
    expect(await told(store)).toEqual([]);
  });

  it.each(cases)('is %s that is recorded while the reading runs', async (_what, change, shown) => {
    await begin();
    const planId = await planOf(store, [change]);
    await countAttempt(store, planId, [0]);
    await read(store, shown, { meanwhile: () => recordOutcomes(store, planId, [{ seq: 0, outcome: 'applied' }]) });
    expect(await told(store)).toEqual([]);
  });

  it.each(cases)('is not %s that was planned and never sent', async (_what, change, shown, line) => {
    await begin();
    await planOf(store, [change]);
    await read(store, shown);
    expect(await told(store)).toEqual([line]);
  });

  it.each(cases)('is not %s of a run that ended before the last reading', async (_what, change, shown, line) => {
    await begin();
    await countAttempt(store, await planOf(store, [change], { isOver: true }), [0]);
    await read(store, first);
    await read(store, shown);
    expect(await told(store)).toEqual([line]);
  });

  it('is what went into the mirror after the last reading', async () => {
    await begin();
    await saveAccounts(store, target, '1', [titled('Boss').accounts[0] as typeof adaNow]);
    await addTargetMembers(store, target, [{ group: dev, accounts: [aBen] }]);
    const both = { ...titled('Boss'), groups: withMembers(aAda, aBen).groups };
    await read(store, both);
    expect(await told(store)).toEqual([]);
  });

  it('is what goes into the mirror while a page that does not show it yet is on its way', async () => {
    await begin();
    await read(store, first, {
      meanwhile: (snapshot) => saveAccounts(store, target, snapshot, [titled('Boss').accounts[0] as typeof adaNow]),
    });
    expect(await told(store)).toEqual([]);
  });

  it('leaves the other attributes of the account to be told', async () => {
    await begin();
    await countAttempt(store, await planOf(store, [update]), [0]);
    await read(store, withAccount({ isActive: false, attributes: { ...adaNow.attributes, title: 'Boss' } }));
    expect(await told(store)).toEqual(['account-changed a-ada isActive: true → false']);
  });
});

describe('what was told', () => {
  it.each<[what: string, then: Shown]>([
    ['title', titled('Boss')],
    ['activity', withAccount({ isActive: false })],
    ['account', without(aAda)],
    ['account with its membership', { ...withMembers(), accounts: [benNow, guest] }],
    ['member', withMembers(aAda, aBen)],
    ['missing member', withMembers()],
    ['group name', renamed('developers')],
    ['group', { ...first, groups: [] }],
  ])('of a %s is settled, and not told anew, when a reading shows it as before', async (_what, then) => {
    await begin();
    await read(store, then);
    const lines = await told(store);
    expect(lines).toHaveLength(1);
    await read(store, first);
    expect(await told(store)).toEqual([]);
    expect(await told(store, 'settled')).toEqual(lines);
  });

  it('stays as long as it is so, once', async () => {
    await begin();
    for (let times = 0; times < 3; times += 1) await read(store, titled('Boss'));
    expect(await told(store)).toEqual(['account-changed a-ada title: Engineer → Boss']);
  });

  it('goes on from what it was at first when it is changed again', async () => {
    await begin();
    await read(store, titled('Boss'));
    await read(store, titled('Queen'));
    expect(await told(store)).toEqual(['account-changed a-ada title: Engineer → Queen']);
    expect(await told(store, 'settled')).toEqual([]);
  });

  it('is new drift when it comes back after we put it right', async () => {
    await begin();
    await read(store, titled('Boss'));
    await saveAccounts(store, target, '1', [adaNow]);
    await read(store, titled('Boss'));
    expect(await told(store)).toEqual(['account-changed a-ada title: Engineer → Boss']);
    expect(await told(store, 'settled')).toEqual(['account-changed a-ada title: Engineer → Boss']);
  });

  it('is settled when the account is not linked to the person any more', async () => {
    await begin();
    await read(store, titled('Boss'));
    await store.deleteFrom('person_link').where('person_id', '=', ada).execute();
    await read(store, titled('Boss'));
    expect(await told(store)).toEqual([]);
  });
});
