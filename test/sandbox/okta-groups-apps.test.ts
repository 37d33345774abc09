import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Answer, aProfile, type OktaUnderTest, startOkta } from './okta-client.ts';

let okta: OktaUnderTest;
beforeEach(async () => {
  okta = await startOkta({
    people: 40,
    groups: 12,
    seed: 3,
    ambiguousGroup: true,
    apps: [{ label: 'Wiki', groups: [] }],
  });
});
afterEach(() => okta.close());

const idsOf = (items: Answer[]) => items.map((item) => item.id);
const query = (text: string) => encodeURIComponent(text);

async function refusal(method: string, path: string, body?: unknown) {
  const reply = await okta.call(method, path, body);
  return [reply.status, reply.body.errorCode];
}

async function groupNamed(name: string): Promise<Answer> {
  return (await okta.call('GET', `/api/v1/groups?search=${query(`profile.name eq "${name}"`)}`)).items[0] as Answer;
}

async function newUser(name: string): Promise<Answer> {
  return (await okta.call('POST', '/api/v1/users', aProfile(name))).body;
}

describe('groups', () => {
  test('a seeded org has Everyone, groups of falling size, and on request two groups of one name', async () => {
    const groups = await okta.all('/api/v1/groups?limit=5&expand=stats');
    expect(groups).toHaveLength(14);
    const byType = Object.groupBy(groups, (group) => String(group.type));
    expect([byType.BUILT_IN?.length, byType.APP_GROUP?.length, byType.OKTA_GROUP?.length]).toEqual([1, 1, 12]);
    const twin = byType.APP_GROUP?.[0]?.profile?.name;
    expect(groups.filter((group) => group.profile?.name === twin)).toHaveLength(2);
    const sizes = (byType.OKTA_GROUP ?? []).map((group) => Number(group._embedded?.stats?.usersCount));
    expect(sizes.slice(1, 4)).toEqual([20, 10, 7]);
    expect(Number(byType.BUILT_IN?.[0]?._embedded?.stats?.usersCount)).toBe(40);
  });

  test('filter finds what changed by its two times, and refuses other attributes', async () => {
    const group = await groupNamed('atlassian-users');
    const member = await newUser('Gesa');
    const since = new Date(okta.sim.now()).toISOString();
    okta.sim.advanceClock(1_000);
    await okta.call('PUT', `/api/v1/groups/${group.id}/users/${member.id}`);
    const delta = `type eq "OKTA_GROUP" and (lastUpdated gt "${since}" or lastMembershipUpdated gt "${since}")`;
    expect(idsOf(await okta.all(`/api/v1/groups?filter=${query(delta)}`))).toEqual([group.id]);
    expect((await groupNamed('atlassian-users')).lastUpdated).toEqual(group.lastUpdated);
    expect(await refusal('GET', `/api/v1/groups?filter=${query('profile.name eq "x"')}`)).toEqual([400, 'E0000031']);
  });

  test('members are paged by id, and a member removed meanwhile neither repeats nor hides another', async () => {
    const group = await groupNamed('atlassian-users');
    const path = `/api/v1/groups/${group.id}/users?limit=10`;
    const whole = idsOf(await okta.all(path));
    const first = await okta.call('GET', path);
    const last = idsOf(first.items).at(-1);
    await okta.call('DELETE', `/api/v1/groups/${group.id}/users/${last}`);
    const rest = idsOf(await okta.all(first.next ?? ''));
    expect([...idsOf(first.items), ...rest]).toEqual(whole);
  });

  test('adding and removing twice answers 204 and changes nothing the second time', async () => {
    const group = (await okta.call('POST', '/api/v1/groups', { profile: { name: 'New', description: 'd' } })).body;
    const user = await newUser('Hedwig');
    const path = `/api/v1/groups/${group.id}/users`;
    for (let i = 0; i < 2; i += 1) expect((await okta.call('PUT', `${path}/${user.id}`)).status).toBe(204);
    expect(idsOf(await okta.all(path))).toEqual([user.id]);
    for (let i = 0; i < 2; i += 1) expect((await okta.call('DELETE', `${path}/${user.id}`)).status).toBe(204);
    expect(await okta.all(path)).toEqual([]);
    expect(await refusal('PUT', `${path}/00u00000000000000000`)).toEqual([404, 'E0000007']);
  });

  test('only groups of type OKTA_GROUP can be changed', async () => {
    const [imported] = await okta.all(`/api/v1/groups?filter=${query('type eq "APP_GROUP"')}`);
    const [everyone] = await okta.all(`/api/v1/groups?filter=${query('type eq "BUILT_IN"')}`);
    const user = await newUser('Ida');
    for (const group of [imported, everyone]) {
      expect(await refusal('PUT', `/api/v1/groups/${group?.id}/users/${user.id}`)).toEqual([403, 'E0000006']);
      expect(await refusal('PUT', `/api/v1/groups/${group?.id}`, { profile: { name: 'x' } })).toEqual([
        403,
        'E0000006',
      ]);
    }
    expect(await refusal('DELETE', `/api/v1/groups/${everyone?.id}`)).toEqual([403, 'E0000006']);
  });

  test('a group is created, replaced and deleted; a name is used once', async () => {
    const made = (await okta.call('POST', '/api/v1/groups', { profile: { name: 'One' } })).body;
    expect(await refusal('POST', '/api/v1/groups', { profile: { name: 'One' } })).toEqual([400, 'E0000001']);
    expect(await refusal('POST', '/api/v1/groups', { profile: {} })).toEqual([400, 'E0000001']);
    const renamed = await okta.call('PUT', `/api/v1/groups/${made.id}`, { profile: { name: 'Two', custom: 'kept' } });
    expect(renamed.body.profile).toMatchObject({ name: 'Two', custom: 'kept' });
    expect((await okta.call('DELETE', `/api/v1/groups/${made.id}`)).status).toBe(204);
    expect(await refusal('GET', `/api/v1/groups/${made.id}`)).toEqual([404, 'E0000007']);
  });

  test('a role for some groups sees those only, and never Everyone', async () => {
    okta.set({ visibleGroups: ['atlassian-users'] });
    expect((await okta.all('/api/v1/groups')).map((group) => group.profile?.name)).toEqual(['atlassian-users']);
    const [user] = await okta.all('/api/v1/users?limit=1');
    expect((await okta.all(`/api/v1/users/${user?.id}/groups`)).map((group) => group.type)).not.toContain('BUILT_IN');
  });

  test("a user's groups come in one page, or paged where switched", async () => {
    const [user] = await okta.all('/api/v1/users?limit=1');
    const whole = await okta.call('GET', `/api/v1/users/${user?.id}/groups`);
    expect(whole.next).toBeUndefined();
    okta.set({ userGroupsPageSize: 1 });
    expect(await okta.all(`/api/v1/users/${user?.id}/groups`)).toEqual(whole.items);
  });
});

describe('apps', () => {
  let app: Answer;
  beforeEach(async () => {
    [app] = (await okta.all('/api/v1/apps')) as [Answer];
  });

  test('the org has the app Atlassian Cloud with its group and members of scope GROUP', async () => {
    expect(app).toMatchObject({ label: 'Atlassian Cloud', status: 'ACTIVE' });
    expect((await okta.call('GET', `/api/v1/apps/${app.id}`)).body).toEqual(app);
    const [assigned] = await okta.all(`/api/v1/apps/${app.id}/groups?expand=group`);
    expect(assigned?._embedded?.group?.profile?.name).toBe('atlassian-users');
    const users = await okta.all(`/api/v1/apps/${app.id}/users?limit=10`);
    expect(new Set(users.map((user) => user.scope))).toEqual(new Set(['GROUP']));
    const members = await okta.all(`/api/v1/groups/${assigned?.id}/users`);
    const entitled = members.filter((user) => !['STAGED', 'DEPROVISIONED'].includes(String(user.status)));
    expect(idsOf(users)).toEqual(idsOf(entitled));
    expect(idsOf(await okta.all(`/api/v1/groups/${assigned?.id}/apps`))).toEqual([app.id]);
  });

  test('expand is lost on the way to the second page', async () => {
    const first = await okta.call('GET', `/api/v1/apps/${app.id}/users?limit=5&expand=user`);
    expect(first.items[0]?._embedded?.user?.id).toBe(first.items[0]?.id);
    expect(first.next).not.toContain('expand');
    expect((await okta.call('GET', first.next ?? '')).body[0]).not.toHaveProperty('_embedded');
  });

  test('a direct assignment outlives the group, one by group goes with it', async () => {
    const group = await groupNamed('atlassian-users');
    const direct = await newUser('Jutta');
    const grouped = await newUser('Kuno');
    const path = `/api/v1/apps/${app.id}/users`;
    for (const user of [direct, grouped]) await okta.call('PUT', `/api/v1/groups/${group.id}/users/${user.id}`);
    const assigned = await okta.call('POST', path, { id: direct.id, profile: { role: 'admin' } });
    expect(assigned.body).toMatchObject({
      scope: 'USER',
      profile: { role: 'admin' },
      credentials: { userName: 'jutta@example.com' },
    });
    expect(await refusal('POST', path, { id: direct.id })).toEqual([409, 'E0000062']);
    const updated = await okta.call('POST', `${path}/${grouped.id}`, { profile: { role: 'guest' } });
    expect(updated.body).toMatchObject({ scope: 'GROUP', profile: { role: 'guest' } });
    for (const user of [direct, grouped]) await okta.call('DELETE', `/api/v1/groups/${group.id}/users/${user.id}`);
    expect((await okta.call('GET', `${path}/${direct.id}`)).body.scope).toBe('USER');
    expect(await refusal('GET', `${path}/${grouped.id}`)).toEqual([404, 'E0000007']);
    expect((await okta.call('DELETE', `${path}/${direct.id}`)).status).toBe(204);
  });

  test('assigning and unassigning a group moves its members', async () => {
    const [, wiki] = await okta.all('/api/v1/apps');
    const group = await groupNamed('atlassian-users');
    const path = `/api/v1/apps/${wiki?.id}`;
    expect((await okta.call('PUT', `${path}/groups/${group.id}`, { priority: 3 })).body.priority).toBe(3);
    expect((await okta.call('GET', `${path}/groups/${group.id}`)).status).toBe(200);
    expect((await okta.all(`${path}/users?limit=500`)).length).toBeGreaterThan(20);
    expect((await okta.call('DELETE', `${path}/groups/${group.id}`)).status).toBe(204);
    expect(await okta.all(`${path}/users`)).toEqual([]);
    expect(await refusal('GET', `${path}/groups/${group.id}`)).toEqual([404, 'E0000007']);
  });

  test('apps are found by the beginning of their label and by filter', async () => {
    expect(await okta.all('/api/v1/apps?q=atl&limit=1')).toHaveLength(1);
    expect(await okta.all(`/api/v1/apps?filter=${query('status eq "INACTIVE"')}`)).toEqual([]);
    expect(await refusal('GET', '/api/v1/apps/0oa00000000000000000')).toEqual([404, 'E0000007']);
  });
});
