/** An Okta that answers with success and does not tell the whole truth. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Control, startControl } from '../../sandbox/control.ts';
import type { FaultState } from '../../sandbox/kit/faults.ts';
import { type Answer, type OktaUnderTest, startOkta } from './okta-client.ts';

let okta: OktaUnderTest;
let control: Control;

beforeEach(async () => {
  okta = await startOkta({ people: 20, groups: 5, seed: 3 });
  control = await startControl([okta.sim]);
});
afterEach(async () => {
  await control.close();
  await okta.close();
});

async function operate<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(`${control.origin}/okta${path}`, { method, body: JSON.stringify(body) ?? null });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}
const lie = (action: string, path: string) => operate('PUT', '/faults', [{ id: 'lie', match: { path }, action }]);
const fired = async () => (await operate<FaultState[]>('GET', '/faults'))[0]?.fired;

const everybody = `/api/v1/users?filter=${encodeURIComponent('lastUpdated gt "1970-01-01T00:00:00.000Z"')}`;
const withStats = '/api/v1/groups?expand=stats';
const idsOf = (items: readonly Answer[]) => items.map(({ id }) => String(id));
const ofType = (groups: readonly Answer[], type: string) => groups.filter((group) => String(group.type) === type);
const countOf = (group: Answer | undefined) => Number(group?._embedded?.stats?.usersCount);

/** A group of Okta's own with at least three members. */
async function aGroup(): Promise<Answer> {
  const group = ofType(await okta.all(withStats), 'OKTA_GROUP').find((each) => countOf(each) >= 3);
  if (!group) throw new Error('the seed has no such group');
  return group;
}

describe('lists that lie', () => {
  test.each([everybody, withStats])('an empty list has status 200 and no next page: %s', async (path) => {
    await lie('empty-list', `^${path.split('?')[0]}\\?`);
    const reply = await okta.call('GET', `${path}&limit=2`);
    expect([reply.status, reply.items, reply.next]).toEqual([200, [], undefined]);
    expect(await fired()).toBe(1);
  });

  test.each([1, 3, 200])(
    'half of the people are missing, the same ones at each reading, with %i a page',
    async (limit) => {
      const all = idsOf(await okta.all(everybody));
      await lie('half-list', '^/api/v1/users\\?');
      const seen = idsOf(await okta.all(`${everybody}&limit=${limit}`));
      expect(seen).toEqual(all.filter((_, at) => at % 2 === 0));
      expect(idsOf(await okta.all(`${everybody}&limit=7`))).toEqual(seen);
      expect(await fired()).toBeGreaterThan(0);
      const hidden = all.find((id) => !seen.includes(id));
      expect((await okta.call('GET', `/api/v1/users/${hidden}`)).status).toBe(200);
      await operate('PUT', '/faults', []);
      expect(idsOf(await okta.all(everybody))).toEqual(all);
    },
  );

  test('half of a list of one is that one, and nothing struck', async () => {
    await lie('half-list', '^/api/v1/users\\?');
    expect(await okta.all(`${everybody}&limit=1`)).toHaveLength(10);
    const [first] = okta.sim.requests.since();
    expect(first).not.toHaveProperty('fault');
    expect(await fired()).toBe(10);
  });

  test('a page comes twice while the chain goes on', async () => {
    await operate('PUT', '/faults', [
      { id: 'lie', match: { path: '^/api/v1/users\\?', attempt: 2 }, action: 'repeat-page' },
    ]);
    const first = await okta.call('GET', `${everybody}&limit=4`);
    const second = await okta.call('GET', first.next ?? '');
    expect(idsOf(second.items)).toEqual(idsOf(first.items));
    expect(await fired()).toBe(1);
  });

  test("one group's members are gone from its list, while its count and each member's groups still know them", async () => {
    const group = await aGroup();
    const members = `/api/v1/groups/${group.id}/users`;
    const [member] = await okta.all(members);
    await lie('empty-list', `^${members}`);
    expect(await okta.all(members)).toEqual([]);
    expect(await fired()).toBe(1);
    expect(countOf((await okta.all(withStats)).find(({ id }) => id === group.id))).toBe(countOf(group));
    expect(idsOf(await okta.all(`/api/v1/users/${member?.id}/groups`))).toContain(group.id);
  });
});

describe('a token that sees less', () => {
  test('does not find hidden groups by list, delta, id, members, nor among the groups of a person', async () => {
    const group = await aGroup();
    const [member] = await okta.all(`/api/v1/groups/${group.id}/users`);
    const before = idsOf(await okta.all('/api/v1/groups'));
    await operate('PATCH', '/settings', { hiddenGroups: [group.id] });

    const visible = before.filter((id) => id !== String(group.id));
    expect(idsOf(await okta.all('/api/v1/groups'))).toEqual(visible);
    expect(idsOf(await okta.all(`/api/v1/groups?filter=${encodeURIComponent(`id eq "${group.id}"`)}`))).toEqual([]);
    expect((await okta.call('GET', `/api/v1/groups/${group.id}`)).body.errorCode).toBe('E0000007');
    expect((await okta.call('GET', `/api/v1/groups/${group.id}/users`)).status).toBe(404);
    expect(idsOf(await okta.all(`/api/v1/users/${member?.id}/groups`))).not.toContain(group.id);
    expect((await okta.call('GET', `/api/v1/users/${member?.id}`)).status).toBe(200);

    await operate('PATCH', '/settings', { hiddenGroups: [] });
    expect(idsOf(await okta.all('/api/v1/groups'))).toEqual(before);
  });

  test('knows groups by their names too, and Everyone can be hidden', async () => {
    await operate('PATCH', '/settings', { hiddenGroups: ['Everyone'] });
    expect(ofType(await okta.all('/api/v1/groups'), 'BUILT_IN')).toEqual([]);
  });

  test('limited to the members of groups it finds nobody else, by list, id, other groups, nor app', async () => {
    const group = await aGroup();
    const members = idsOf(await okta.all(`/api/v1/groups/${group.id}/users`)).sort();
    const all = idsOf(await okta.all(everybody));
    const [app] = await okta.all('/api/v1/apps');
    const outsider = idsOf(await okta.all('/api/v1/users')).find((id) => !members.includes(id));
    await okta.call('POST', `/api/v1/apps/${app?.id}/users`, { id: outsider });
    const assigned = idsOf(await okta.all(`/api/v1/apps/${app?.id}/users`));
    expect(assigned).toContain(outsider);
    await operate('PATCH', '/settings', { visibleMembersOf: [group.id] });

    expect(idsOf(await okta.all(everybody)).sort()).toEqual(members);
    expect((await okta.call('GET', `/api/v1/users/${outsider}`)).body.errorCode).toBe('E0000007');
    expect((await okta.call('GET', `/api/v1/users/${outsider}/groups`)).status).toBe(404);
    expect((await okta.call('GET', `/api/v1/users/${members[0]}`)).status).toBe(200);
    const others = ofType(await okta.all('/api/v1/groups'), 'OKTA_GROUP').filter(({ id }) => id !== group.id);
    for (const { id } of others) {
      const seen = idsOf(await okta.all(`/api/v1/groups/${id}/users`));
      expect(members).toEqual(expect.arrayContaining(seen));
    }
    const users = idsOf(await okta.all(`/api/v1/apps/${app?.id}/users`));
    expect(users).toEqual(assigned.filter((id) => members.includes(id)));
    expect((await okta.call('GET', `/api/v1/apps/${app?.id}/users/${outsider}`)).status).toBe(404);

    await operate('PATCH', '/settings', { visibleMembersOf: null });
    expect(idsOf(await okta.all(everybody))).toEqual(all);
  });

  test('does not see groups of an app that are hidden', async () => {
    const [app] = await okta.all('/api/v1/apps');
    const group = await aGroup();
    await okta.call('PUT', `/api/v1/apps/${app?.id}/groups/${group.id}`, {});
    expect(idsOf(await okta.all(`/api/v1/apps/${app?.id}/groups`))).toContain(group.id);
    await operate('PATCH', '/settings', { hiddenGroups: [group.profile?.name] });
    expect(idsOf(await okta.all(`/api/v1/apps/${app?.id}/groups`))).not.toContain(group.id);
    expect((await okta.call('GET', `/api/v1/apps/${app?.id}/groups/${group.id}`)).status).toBe(404);
  });
});
