import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createAtlassianCloud } from '../../sandbox/atlassian-cloud/vendor.ts';
import { apiKey, aUser, directoryId, type Group, scimError, startCloud } from './atlassian-cloud-scim.ts';

const open: { close(): Promise<void> }[] = [];
async function start(...args: Parameters<typeof startCloud>) {
  const cloud = await startCloud(...args);
  open.push(cloud.simulator);
  return cloud;
}
afterEach(async () => {
  for (const simulator of open.splice(0)) await simulator.close();
});

const add = (...ids: string[]) => ({ op: 'add', path: 'members', value: ids.map((value) => ({ value })) });

describe('what products see', () => {
  it('follows the directory after the delay, in the order of the changes', async () => {
    const { scim, simulator } = await start({ siteDelayMs: 30_000 });
    const user = await scim.user('late', { displayName: 'La Te' });
    const group = await scim.group('late-group', [user]);
    expect(scim.site()).toMatchObject({ users: [], groups: [], waiting: 3 });
    simulator.advanceClock(30_000);
    const { accountId } = scim.account('late@example.com')!;
    expect(scim.site()).toEqual({
      users: [{ accountId, email: 'late@example.com', displayName: 'La Te', active: true }],
      groups: [{ name: 'late-group', members: [accountId] }],
      waiting: 0,
    });
    await scim.send('DELETE', `/Users/${user.id}`);
    await scim.send('DELETE', `/Groups/${group.id}`);
    expect(scim.site().groups).toHaveLength(1);
    simulator.advanceClock(30_000);
    expect(scim.site()).toMatchObject({ users: [{ accountId, active: false }], groups: [], waiting: 0 });
  });

  it('lacks what goes beyond a limit, although the call succeeds', async () => {
    const { scim } = await start({ maxUsersPerDirectory: 3, maxUsersPerGroup: 2, maxGroups: 2, maxMemberships: 4 });
    const users = [];
    for (const name of ['a', 'b', 'c', 'd']) users.push(await scim.user(name));
    const [a, d] = [users[0]!.id, users[3]!.id];
    const first = await scim.group('first', users.slice(0, 3));
    expect(first.members).toHaveLength(3);
    const second = await scim.group('second');
    await scim.patchGroup(second.id, add(d));
    await scim.patchGroup(second.id, add(a));
    await scim.group('third', users.slice(1, 2));
    const emails = new Map(scim.dump().accounts.map(({ accountId, email }) => [accountId, email[0]]));
    expect(scim.site().users.map(({ accountId }) => emails.get(accountId))).toEqual(['a', 'b', 'c']);
    expect(scim.site().groups.map(({ name, members }) => [name, members.map((id) => emails.get(id))])).toEqual([
      ['first', ['a', 'b']],
      ['second', []],
    ]);
    expect(scim.dump().groups.map(({ notPropagated }) => notPropagated)).toEqual([undefined, undefined, 'over-limit']);
  });

  it('or the call fails, where the switch says so', async () => {
    const limits = { maxUsersPerDirectory: 2, maxUsersPerGroup: 1, maxGroups: 1, beyondLimit: 'error' };
    const { scim } = await start(limits);
    const [a, b] = [await scim.user('a'), await scim.user('b')];
    const group = await scim.group('only', [a]);
    const answers = [
      await scim.send('POST', '/Users', aUser('c')),
      await scim.send('POST', '/Groups', { displayName: 'another' }),
      await scim.patchGroup(group.id, add(b.id)),
    ];
    for (const { status, body } of answers) expect([status, body]).toEqual([400, scimError(400, 'tooMany')]);
  });

  it('includes groups made by hand, and what an administrator does to an account', async () => {
    const seed = {
      people: [{ email: 'a@example.com' }],
      nativeGroups: [{ name: 'by-hand', members: ['a@example.com'] }],
    };
    const { scim } = await start({}, seed);
    const { accountId } = scim.account('a@example.com')!;
    expect(scim.site().groups).toEqual([{ name: 'by-hand', members: [accountId] }]);
    expect(scim.control('GET', '/accounts', undefined, 'email=A@example.com')).toMatchObject([
      { accountId, active: true, managed: true },
    ]);
    scim.control('POST', `/accounts/${accountId}/active`, { active: false });
    expect(scim.site().users).toMatchObject([{ accountId, active: false }]);
    scim.control('POST', '/native-groups', { name: 'Late' });
    expect((await scim.send('POST', '/Groups', { displayName: 'late' })).status).toBe(409);
    expect(() => scim.control('POST', '/accounts/nobody/active', { active: true })).toThrow('no account nobody');
  });
});

describe('a seed', () => {
  const seed = {
    people: [
      { email: 'a@example.com', displayName: 'A', provisioned: true, externalId: '00uA' },
      { email: 'b@elsewhere.org', active: false },
    ],
    groups: [{ displayName: 'made before', members: ['a@example.com'] }],
    nativeGroups: ['by hand'],
  };

  it('makes the same population with the same ids each time', async () => {
    const [one, two] = [await start({}, seed), await start({}, seed)];
    const ids = (dump: ReturnType<typeof one.scim.dump>) => [
      ...dump.accounts.map(({ accountId }) => accountId),
      ...dump.users.map(({ id }) => id),
      ...dump.groups.map(({ id }) => id),
    ];
    expect(ids(one.scim.dump())).toEqual(ids(two.scim.dump()));
    expect(await one.simulator.seed({ ...seed, seed: 2 })).toEqual({
      accounts: 2,
      users: 1,
      groups: 1,
      nativeGroups: 1,
    });
    expect(ids(one.scim.dump())).not.toEqual(ids(two.scim.dump()));
    expect(one.scim.account('b@elsewhere.org')).toMatchObject({ active: false, managed: false });
    expect((await one.scim.list<Group>('Groups')).body.Resources[0]?.members).toMatchObject([
      { display: 'a@example.com' },
    ]);
    expect(await one.simulator.seed({ people: 30, provisioned: true, groups: 5 })).toMatchObject({
      users: 30,
      groups: 5,
    });
  });

  it.each([
    [{ people: [{ email: 'a@example.com' }, { email: 'A@example.com' }] }, 'seed.people'],
    [{ groups: [{ displayName: 'x', members: ['nobody@example.com'] }] }, 'seed.groups.x.members'],
    [{ nativeGroups: [{ name: 'x', members: ['nobody@example.com'] }] }, 'seed.nativeGroups.x.members'],
    [{ people: -1 }, 'seed.people'],
    [{ poeple: 1 }, 'seed'],
  ])('with a mistake is refused by name and changes nothing: %j', async (options, where) => {
    const { scim, simulator } = await start({}, seed);
    await expect(simulator.seed(options)).rejects.toMatchObject({ name: 'SandboxError', where });
    expect(scim.dump().users).toHaveLength(1);
  });
});

describe('the state', () => {
  it('survives a restart with ids, memberships, accounts and what still waits for the sites', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'atlassian-cloud-'));
    const stateFile = join(folder, 'state.json');
    const first = await startCloud({ siteDelayMs: 60_000 }, { people: 2, provisioned: true, groups: 1 }, stateFile);
    const user = await first.scim.user('kept', { externalId: '00u' });
    const group = await first.scim.group('kept-group', [user]);
    const before = first.scim.dump();
    await first.simulator.close();

    const { scim, simulator } = await start({ siteDelayMs: 60_000 }, {}, stateFile);
    open.push({ close: () => rm(folder, { recursive: true }) });
    expect(simulator.restored).toBe(true);
    expect(scim.dump()).toEqual(before);
    const { body } = await scim.list('Users', { filter: 'externalId eq "00u"' });
    expect(body.Resources[0]).toMatchObject({ id: user.id, groups: [{ value: group.id }] });
    expect((await scim.send('POST', '/Users', aUser('KEPT'))).status).toBe(409);
    expect((await scim.send('POST', '/Groups', { displayName: 'kept-group' })).status).toBe(409);
    simulator.advanceClock(60_000);
    expect(scim.site().groups.find(({ name }) => name === 'kept-group')?.members).toHaveLength(1);
  });
});

describe('a large directory', () => {
  it('answers the full group after each change, whatever its size', async () => {
    const { scim } = await start({}, { people: 12_000, provisioned: true, groups: 1 });
    const large = (await scim.list<Group>('Groups')).body.Resources[0]!;
    expect(large.members).toHaveLength(12_000);
    const user = await scim.user('one-more');
    const added = await scim.patchGroup(large.id, add(user.id));
    expect([added.body.members.length, added.body.members.at(-1)?.value]).toEqual([12_001, user.id]);
    const [first, second] = large.members.map(({ value }) => value) as [string, string];
    const removed = await scim.patchGroup(large.id, { op: 'remove', path: `members[value eq "${first}"]` });
    expect([removed.body.members.length, removed.body.members[0]?.value]).toEqual([12_000, second]);
    await scim.patchUser(second, { op: 'replace', path: 'userName', value: 'renamed' });
    const listed = (await scim.list<Group>('Groups')).body.Resources[0]!;
    expect(listed).toEqual((await scim.get(`/Groups/${large.id}`)).body);
    expect(listed.members[0]?.display).toBe('renamed');
  });
});

describe('the vendor', () => {
  it('names the routes for the request log and its control operations', async () => {
    const vendor = createAtlassianCloud({ directoryId, apiKey, name: 'cloud' });
    const id = '00000000-0000-4000-8000-000000000001';
    expect(vendor.name).toBe('cloud');
    expect(vendor.route?.(`/scim/directory/${directoryId}/Users/${id}`)).toEqual({
      template: '/scim/directory/:id/Users/:id',
      subjects: [id],
    });
    expect(vendor.route?.(`/scim/directory/${directoryId}/Groups`)).toEqual({
      template: '/scim/directory/:id/Groups',
      subjects: [],
    });
    expect(vendor.route?.('/scim/directory/d/Schemas')?.template).toBe('/scim/directory/:id/Schemas');
    expect(vendor.controlRoutes?.length).toBeGreaterThan(0);
  });
});
