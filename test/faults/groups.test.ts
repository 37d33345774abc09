/** Groups that are merged, given up, deleted at Okta or full of power, and accounts that operators link by hand. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { linkByOperator, unlinkByOperator } from '../../store/operator-links.ts';
import { accountId, userId } from '../support/domain-builders.ts';
import { type Lab, startLab } from '../support/fault-lab.ts';
import { lockstepYaml, type TargetInFile } from '../support/lockstep-yaml.ts';

const settingsOfGroups = (groups: TargetInFile['groups']) =>
  lockstepYaml({
    target: {
      groups,
      privilegedGroups: ['Admins'],
      guards: { deactivations: { perRun: { atLeast: 20 } }, privilegedAdditions: { perRun: { atLeast: 5 } } },
    },
  });

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({ config: settingsOfGroups({ include: ['/Team .+/', 'Admins'], deletedAtOkta: 'delete' }) });
}, 120_000);
afterAll(() => lab?.stop());

let people: string[];
beforeEach(async () => {
  await lab.reset({ okta: { people: 12, groups: 2, seed: 77 } });
  people = lab.members();
  await group('Admins', people.slice(0, 2));
}, 60_000);

async function group(name: string, members: readonly string[]): Promise<string> {
  const { id } = await lab.okta.createGroup(name);
  for (const person of members) await lab.okta.join(id, person);
  return id;
}

/** Members of a group at the target by their Okta ids; undefined when there is no such group. */
function membersOf(name: string): string[] | undefined {
  const { groups, users } = lab.directory();
  const byId = new Map(users.map(({ id, document }) => [id, String(document['externalId'])]));
  const found = groups.find(({ displayName }) => displayName === name);
  return found?.members.map((id) => byId.get(id) ?? id).sort();
}
const accountOf = (person: string) => lab.directory().users.find(({ document }) => document['externalId'] === person);
const codes = async () => (await lab.findings()).map(({ code, person, group: id }) => `${code} ${person ?? id}`);

describe('a group that was deleted at Okta', () => {
  it('is emptied, then deleted, since Lockstep made it; nobody else loses anything', async () => {
    const gone = await group('Team Gone', people.slice(0, 2));
    await group('Team Kept', people.slice(0, 3));
    await lab.sync();
    expect(membersOf('Team Gone')).toHaveLength(2);
    await lab.okta.deleteGroup(gone);
    await lab.sync();
    expect(membersOf('Team Gone')).toEqual([]);
    expect(await codes()).toContain(`group-deleted-at-okta ${gone}`);
    await lab.sync();
    expect(membersOf('Team Gone')).toBeUndefined();
    expect(membersOf('Team Kept')).toEqual(people.slice(0, 3));
    expect((await lab.sync()).run?.plan?.changes).toBe(0);
    expect(await lab.system.store.selectFrom('group_link').select('group_id').execute()).toHaveLength(2);
  }, 120_000);
});

describe('the last administrator', () => {
  it('stays when all of them leave, whoever is last', async () => {
    const [first = '', last = '', other = ''] = people;
    await lab.sync();
    expect(membersOf('Admins')).toEqual([first, last].sort());
    for (const person of [first, last, other]) await lab.okta.lifecycle(person, 'deactivate');
    await lab.sync();
    expect(await codes()).toContain(`last-administrator ${last}`);
    expect([first, last, other].map((person) => accountOf(person)?.document['active'])).toEqual([false, true, false]);
    expect(membersOf('Admins')).toEqual([last]);
  }, 120_000);
});

describe('an operator', () => {
  it('links a person to an account that matching would not take, and it gets their id', async () => {
    const [person = ''] = people;
    const { email = '' } = lab.org().users.find(({ id }) => id === person)?.profile ?? {};
    await lab.system.sandbox.cloud.seed({
      people: [{ email, provisioned: true, active: false, externalId: '00u0000someoneelse000' }],
    });
    await lab.sync();
    expect(await codes()).toContain(`candidate-carries-other-id ${person}`);
    const account = accountOf('00u0000someoneelse000')?.id ?? '';
    const { store } = lab.system;
    const link = { target: 'cloud', person: userId(person), account: accountId(account) };
    await expect(linkByOperator(store, link)).rejects.toMatchObject({ kind: 'Conflict' });
    await linkByOperator(store, { ...link, force: true });
    await lab.sync();
    expect(accountOf(person)).toMatchObject({ id: account, document: { active: true } });
    expect((await lab.sync()).run?.plan?.changes).toBe(0);
  }, 120_000);

  it('unlinks one, which then is nobody’s until somebody decides', async () => {
    const [person = ''] = people;
    await lab.sync();
    const account = accountOf(person)?.id;
    const before = lab.system.sandbox.cloud.requests.last;
    expect(await unlinkByOperator(lab.system.store, 'cloud', userId(person))).toBe(account);
    await lab.okta.lifecycle(person, 'suspend');
    await lab.okta.lifecycle(person, 'unsuspend');
    await lab.sync();
    expect(await codes()).toContain(`kept-apart ${person}`);
    expect(lab.writes(before)).toEqual([]);
  }, 120_000);
});

describe('a merge', () => {
  it('holds the members of all its groups, and takes nobody out while one of them is gone', async () => {
    const [one = '', two = '', three = ''] = people;
    const red = await group('Red', [one, two]);
    await group('Blue', [two, three]);
    await lab.restart({
      config: settingsOfGroups({ merge: [{ into: 'Colours', from: ['Red', 'Blue'] }], deletedAtOkta: 'delete' }),
    });
    await lab.sync();
    expect(membersOf('Colours')).toEqual([one, two, three].sort());

    await lab.okta.leave(red, two);
    expect((await lab.sync()).run?.plan?.changes).toBe(0);
    await lab.okta.leave(red, one);
    await lab.sync();
    expect(membersOf('Colours')).toEqual([two, three].sort());

    await lab.okta.join(red, one);
    await lab.sync();
    expect(membersOf('Colours')).toEqual([one, two, three].sort());
    await lab.okta.deleteGroup(red);
    await lab.sync();
    expect(await codes()).toContain(`group-gone-at-okta ${red}`);
    expect(membersOf('Colours')).toEqual([one, two, three].sort());
  }, 120_000);
});

describe('a group that leaves the selection', () => {
  it('keeps its members; selected again, its first removals wait for approval', async () => {
    const [one = '', two = ''] = people;
    const team = await group('Team Red', [one, two]);
    await lab.restart({ config: settingsOfGroups({ include: ['/Team .+/'] }) });
    await lab.sync();
    await lab.restart({ config: settingsOfGroups({ include: ['Admins'] }) });
    await lab.okta.leave(team, one);
    await lab.sync();
    expect(membersOf('Team Red')).toEqual([one, two].sort());

    await lab.restart({ config: settingsOfGroups({ include: ['/Team .+/'] }) });
    const { run } = await lab.sync();
    expect(run?.outcomes).toMatchObject({ waiting: 1 });
    expect(membersOf('Team Red')).toEqual([one, two].sort());
  }, 180_000);
});
