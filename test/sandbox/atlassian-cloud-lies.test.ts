/** A directory that answers success to a change of members and does something else. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Control, startControl } from '../../sandbox/control.ts';
import type { FaultState } from '../../sandbox/kit/faults.ts';
import { type Group, startCloud, type User } from './atlassian-cloud-scim.ts';

let cloud: Awaited<ReturnType<typeof startCloud>>;
let control: Control;
let users: User[];

beforeEach(async () => {
  cloud = await startCloud();
  control = await startControl([cloud.simulator]);
  users = [];
  for (const name of ['ada', 'bob', 'cid', 'dee', 'eve']) users.push(await cloud.scim.user(name));
});
afterEach(async () => {
  await control.close();
  await cloud.simulator.close();
});

const ids = (...at: number[]) => at.map((n) => users[n]!.id);
const membersOf = async ({ id }: Group) =>
  (await cloud.scim.get<Group>(`/Groups/${id}`)).body.members.map(({ value }) => value);
const add = (...at: number[]) => ({ op: 'add', path: 'members', value: ids(...at).map((value) => ({ value })) });
const remove = (at: number) => ({ op: 'remove', path: `members[value eq "${users[at]!.id}"]` });

async function operate<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(`${control.origin}/atlassian-cloud${path}`, {
    method,
    body: JSON.stringify(body) ?? null,
  });
  return (await response.json()) as T;
}
const lie = (action: string, more: object = {}) =>
  operate('PUT', '/faults', [{ id: 'lie', match: { method: 'PATCH', path: '/Groups/' }, action, ...more }]);
const fired = async () => (await operate<FaultState[]>('GET', '/faults'))[0]?.fired;

describe('a PATCH that loses members', () => {
  it('answers success and adds every other one only, the first of them not', async () => {
    const group = await cloud.scim.group('engineers', [users[0]!]);
    await lie('lose-members');
    expect((await cloud.scim.patchGroup(group.id, add(0, 1, 2, 3))).status).toBe(200);
    expect(await membersOf(group)).toEqual(ids(0, 2));
    expect(await fired()).toBe(1);
    expect(cloud.scim.site().groups.find(({ name }) => name === 'engineers')?.members).toHaveLength(2);
  });

  it('does not strike a removal, nor an addition of who is a member', async () => {
    const group = await cloud.scim.group('engineers', [users[0]!, users[1]!]);
    await lie('lose-members', { times: 1 });
    await cloud.scim.patchGroup(group.id, remove(1));
    await cloud.scim.patchGroup(group.id, add(0));
    expect([await membersOf(group), await fired()]).toEqual([ids(0), 0]);
    await cloud.scim.patchGroup(group.id, add(1));
    expect([await membersOf(group), await fired()]).toEqual([ids(0), 1]);
    await cloud.scim.patchGroup(group.id, add(1));
    expect(await membersOf(group)).toEqual(ids(0, 1));
    expect(cloud.simulator.requests.since().filter(({ fault }) => fault === 'lie')).toHaveLength(1);
  });
});

describe('a PATCH that drops members', () => {
  it('answers success, does what it was asked for, and takes every other bystander away', async () => {
    const group = await cloud.scim.group('engineers', users.slice(0, 4));
    await lie('drop-members');
    expect((await cloud.scim.patchGroup(group.id, remove(3), add(4))).status).toBe(200);
    expect(await membersOf(group)).toEqual(ids(1, 4));
    expect(await fired()).toBe(1);
  });

  it('does not strike where there is nobody else', async () => {
    const group = await cloud.scim.group('engineers', [users[0]!]);
    await lie('drop-members');
    await cloud.scim.patchGroup(group.id, add(0));
    await cloud.scim.patchGroup(group.id, remove(0));
    expect([await membersOf(group), await fired()]).toEqual([[], 0]);
  });
});

describe('a list that is not whole', () => {
  it.each(['Users', 'Groups'] as const)('leaves out every other entry of /%s and keeps its total', async (resource) => {
    for (const { userName } of users) await cloud.scim.group(userName);
    const all = (await cloud.scim.list(resource)).body.Resources.map(({ id }) => id);
    await operate('PUT', '/faults', [{ id: 'lie', match: { path: `/${resource}\\?` }, action: 'half-list' }]);
    const { body } = await cloud.scim.list(resource, { startIndex: 1 });
    expect(body.totalResults).toBe(all.length);
    expect(body.Resources.map(({ id }) => id)).toEqual(all.filter((_, at) => at % 2 === 0));
    expect(await fired()).toBe(1);
  });

  it.each(['empty-list', 'half-list'] as const)('strikes the members of a single group too: %s', async (action) => {
    const group = await cloud.scim.group('engineers', users);
    await operate('PUT', '/faults', [{ id: 'lie', match: { path: `/Groups/${group.id}` }, action }]);
    expect(await membersOf(group)).toEqual(action === 'empty-list' ? [] : ids(0, 2, 4));
    expect(await fired()).toBe(1);
  });
});
