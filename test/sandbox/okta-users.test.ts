import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Answer, aProfile, type OktaUnderTest, startOkta } from './okta-client.ts';

const SEED = { people: 60, groups: 6, seed: 7 };
let okta: OktaUnderTest;
beforeEach(async () => {
  okta = await startOkta(SEED);
});
afterEach(() => okta.close());

const statusesOf = (users: Answer[]) => [...new Set(users.map((user) => String(user.status)))].sort();
const idsOf = (items: Answer[]) => items.map((item) => item.id);

async function create(name: string, query = '', more = {}) {
  return (await okta.call('POST', `/api/v1/users${query}`, { ...aProfile(name), ...more })).body;
}

async function refusal(method: string, path: string, body?: unknown) {
  const reply = await okta.call(method, path, body);
  return [reply.status, reply.body.errorCode];
}

describe('lists', () => {
  test('the plain list hides the DEPROVISIONED, a search for everybody shows them', async () => {
    const plain = await okta.all('/api/v1/users?limit=7');
    expect(statusesOf(plain)).not.toContain('DEPROVISIONED');
    const everybody = await okta.all(`/api/v1/users?limit=7&search=${encodeURIComponent('id pr')}`);
    expect(everybody).toHaveLength(60);
    expect(statusesOf(everybody)).toHaveLength(8);
    expect(plain.length).toBe(60 - everybody.filter((user) => String(user.status) === 'DEPROVISIONED').length);
  });

  test('pages are absolute links to this server with self and next, each person once, and the last page has no next', async () => {
    const first = await okta.call('GET', '/api/v1/users?limit=20');
    expect(first.next).toMatch(new RegExp(`^${okta.sim.origin}/api/v1/users\\?limit=20&after=`));
    expect(first.headers.get('link')).toContain(`<${okta.sim.origin}/api/v1/users?limit=20>; rel="self"`);
    const all = await okta.all('/api/v1/users?limit=20');
    expect(new Set(idsOf(all)).size).toBe(all.length);
    const whole = await okta.call('GET', '/api/v1/users');
    expect([whole.items.length, whole.next]).toEqual([all.length, undefined]);
  });

  test('a page that is exactly full at the end has no next link', async () => {
    const count = (await okta.all('/api/v1/users')).length;
    expect((await okta.call('GET', `/api/v1/users?limit=${count}`)).next).toBeUndefined();
    expect((await okta.call('GET', `/api/v1/users?limit=${count - 1}`)).next).toBeDefined();
  });

  test('q matches beginnings of names, gives ten at most and is not paged', async () => {
    const found = await okta.call('GET', '/api/v1/users?q=a');
    expect(found.items.length).toBeLessThanOrEqual(10);
    expect(found.next).toBeUndefined();
  });

  test('search sorts by any property and then by id, and pages through the order', async () => {
    const query = `search=${encodeURIComponent('status eq "active"')}&sortBy=profile.lastName&sortOrder=desc&limit=9`;
    const names = (await okta.all(`/api/v1/users?${query}`)).map((user) =>
      String(user.profile?.lastName).toLowerCase(),
    );
    expect(names.length).toBeGreaterThan(40);
    expect(names).toEqual([...names].sort((a, b) => (a < b ? 1 : a > b ? -1 : 0)));
  });

  test('filter takes seven attributes with eq and times in order, search many more', async () => {
    const [user] = await okta.all('/api/v1/users');
    const find = async (kind: string, text: string) =>
      idsOf(await okta.all(`/api/v1/users?${kind}=${encodeURIComponent(text)}`));
    const email = String(user?.profile?.email);
    expect(await find('filter', `profile.email eq "${email}"`)).toEqual([user?.id]);
    expect(await find('filter', `profile.email eq "${email.toUpperCase()}"`)).toEqual([]);
    expect(await find('search', `profile.email eq "${email.toUpperCase()}"`)).toEqual([user?.id]);
    expect(
      await find('search', `profile.department eq "nobody" or (profile.login sw "${email}" and status pr)`),
    ).toEqual([user?.id]);
    const [latest] = (await okta.all(`/api/v1/users?filter=${encodeURIComponent('status eq "ACTIVE"')}`)).sort((a, b) =>
      String(b.lastUpdated).localeCompare(String(a.lastUpdated)),
    );
    expect(await find('filter', `lastUpdated ge "${latest?.lastUpdated}" and status eq "ACTIVE"`)).toEqual([
      latest?.id,
    ]);
  });

  test.each([
    ['filter', 'profile.department eq "Sales"'],
    ['filter', 'profile.email sw "a"'],
    ['filter', 'status gt "A"'],
    ['search', 'status ne "ACTIVE"'],
    ['search', 'not (status eq "ACTIVE")'],
    ['search', 'profile.city co "li"'],
    ['search', 'Status eq "ACTIVE"'],
    ['search', 'status eq'],
    ['filter', 'status eq "ACTIVE'],
  ])('%s=%s is refused with E0000031', async (kind, text) => {
    expect(await refusal('GET', `/api/v1/users?${kind}=${encodeURIComponent(text)}`)).toEqual([400, 'E0000031']);
  });

  test('fields project to what is named, and the id', async () => {
    const { items } = await okta.call(
      'GET',
      `/api/v1/users?limit=1&fields=${encodeURIComponent('status,profile:(firstName, city)')}`,
    );
    expect(Object.keys(items[0] ?? {})).toEqual(['id', 'status', 'profile']);
    expect(Object.keys(items[0]?.profile ?? {})).toEqual(['firstName', 'city']);
  });

  test('the okta-response hint leaves out credentials', async () => {
    const hint = 'application/json; okta-response="omitCredentials,omitCredentialsLinks, omitTransitioningToStatus"';
    const { items } = await okta.call('GET', '/api/v1/users?limit=1', undefined, { 'content-type': hint });
    expect(items[0]).not.toHaveProperty('credentials');
  });

  test('a lagging search shows the past, a read by id does not', async () => {
    okta.set({ searchLagMs: 5_000 });
    const made = await create('Newcomer');
    const search = `/api/v1/users?search=${encodeURIComponent('profile.firstName eq "Newcomer"')}`;
    expect(await okta.all(search)).toEqual([]);
    expect((await okta.call('GET', `/api/v1/users/${made.id}`)).status).toBe(200);
    okta.sim.advanceClock(5_001);
    expect(idsOf(await okta.all(search))).toEqual([made.id]);
    await okta.call('POST', `/api/v1/users/${made.id}/lifecycle/deactivate`);
    await okta.call('DELETE', `/api/v1/users/${made.id}`);
    expect(statusesOf(await okta.all(search))).toEqual(['PROVISIONED']);
    okta.sim.advanceClock(5_001);
    expect(await okta.all(search)).toEqual([]);
  });

  test('a role that does not cover users answers an empty list with status 200', async () => {
    okta.set({ visibleUsers: [] });
    expect(await okta.all('/api/v1/users')).toEqual([]);
  });
});

describe('one user', () => {
  test('is found by id, login without regard to case, short name, and as owner of the token', async () => {
    const made = await create('Amalia');
    for (const key of [made.id, 'AMALIA@example.com', 'amalia']) {
      expect((await okta.call('GET', `/api/v1/users/${encodeURIComponent(String(key))}`)).body.id).toBe(made.id);
    }
    expect((await okta.call('GET', '/api/v1/users/me')).body.status).toBe('ACTIVE');
    expect(await refusal('GET', '/api/v1/users/nobody@example.com')).toEqual([404, 'E0000007']);
  });

  test('is created staged, provisioned or active, with groups', async () => {
    const [group] = await okta.all(`/api/v1/groups?q=atlassian-users`);
    const active = await create('Active', '', { credentials: { password: { value: 'x' } }, groupIds: [group?.id] });
    expect(active.status).toBe('ACTIVE');
    expect((await okta.all(`/api/v1/users/${active.id}/groups`)).map((each) => each.profile?.name)).toContain(
      'atlassian-users',
    );
    expect((await create('Staged', '?activate=false')).status).toBe('STAGED');
    expect((await create('Provisioned')).status).toBe('PROVISIONED');
    const expired = await create('Expired', '?nextLogin=changePassword', { credentials: { password: { value: 'x' } } });
    expect(expired.status).toBe('PASSWORD_EXPIRED');
  });

  test.each([
    ['a login that exists', { login: 'ada.abbott@example.com' }, 'login'],
    ['a login that is no address', { login: 'ada' }, 'login'],
    ['no e-mail', { email: undefined }, 'email'],
    ['a first name that is too long', { firstName: 'x'.repeat(51) }, 'firstName'],
    ['an emoji', { lastName: '😀' }, 'lastName'],
  ])('%s is refused with E0000001 and its cause', async (_, more, field) => {
    const { status, body } = await okta.call('POST', '/api/v1/users', aProfile('Bad', more));
    expect([status, body.errorCode]).toEqual([400, 'E0000001']);
    expect(body.errorCauses?.['0']?.errorSummary).toMatch(new RegExp(`^${field}: `));
  });

  test('POST changes what is named, PUT loses what is not, and a login moves with it', async () => {
    const made = await create('Berta', '', aProfile('Berta', { department: 'Sales', title: 'Lead' }));
    const updated = await okta.call('POST', `/api/v1/users/${made.id}`, {
      profile: { title: 'Boss', email: 'b@example.com' },
    });
    expect(updated.body.profile).toMatchObject({ title: 'Boss', department: 'Sales', email: 'b@example.com' });
    expect(updated.headers.get('etag')).toMatch(/^W\/"/);
    const replaced = await okta.call(
      'PUT',
      `/api/v1/users/${made.id}`,
      aProfile('Berta', { login: 'berta2@example.com' }),
    );
    expect(replaced.body.profile).not.toHaveProperty('department');
    expect((await okta.call('GET', '/api/v1/users/berta2@example.com')).status).toBe(200);
    expect((await okta.call('GET', '/api/v1/users/berta@example.com')).status).toBe(404);
  });

  test('If-Match protects against a change in between', async () => {
    const made = await create('Cara');
    const path = `/api/v1/users/${made.id}`;
    const etag = (await okta.call('GET', path)).headers.get('etag') ?? '';
    okta.sim.advanceClock(10);
    expect((await okta.call('POST', path, { profile: { title: 'A' } }, { 'if-match': etag })).status).toBe(200);
    expect((await okta.call('POST', path, { profile: { title: 'B' } }, { 'if-match': etag })).status).toBe(412);
  });

  test('the first DELETE deactivates, the second deletes', async () => {
    const path = `/api/v1/users/${(await create('Dora')).id}`;
    expect((await okta.call('DELETE', path)).status).toBe(204);
    expect((await okta.call('GET', path)).body.status).toBe('DEPROVISIONED');
    expect(await refusal('POST', path, { profile: { title: 'x' } })).toEqual([403, 'E0000038']);
    expect((await okta.call('DELETE', path)).status).toBe(204);
    expect(await refusal('GET', path)).toEqual([404, 'E0000007']);
    expect((await create('Dora')).id).not.toBe(path.split('/').at(-1));
  });
});

describe('lifecycle', () => {
  test('walks through the documented statuses and refuses the wrong ones', async () => {
    const made = await create('Emil', '?activate=false', { credentials: { password: { value: 'x' } } });
    const path = `/api/v1/users/${made.id}`;
    const step = (name: string) => refusal('POST', `${path}/lifecycle/${name}`);
    const status = async () => (await okta.call('GET', path)).body.status;
    expect(await step('suspend')).toEqual([400, 'E0000001']);
    expect(await step('activate')).toEqual([200, undefined]);
    expect(await step('activate')).toEqual([403, 'E0000016']);
    expect(await step('unlock')).toEqual([403, 'E0000032']);
    expect(await step('reactivate')).toEqual([403, 'E0000038']);
    expect(await step('suspend')).toEqual([200, undefined]);
    expect(await status()).toBe('SUSPENDED');
    expect(await step('unsuspend')).toEqual([200, undefined]);
    expect(await step('unsuspend')).toEqual([400, 'E0000001']);
    expect(await step('deactivate')).toEqual([200, undefined]);
    expect(await step('deactivate')).toEqual([403, 'E0000038']);
    expect(await step('activate')).toEqual([200, undefined]);
    expect(await status()).toBe('ACTIVE');
  });

  test('activation without mail hands out a token', async () => {
    const made = await create('Finn', '?activate=false');
    const { body } = await okta.call('POST', `/api/v1/users/${made.id}/lifecycle/activate?sendEmail=false`);
    expect(Object.keys(body)).toEqual(['activationUrl', 'activationToken']);
  });

  test('slow deactivation shows where it goes and forbids changes until it is there', async () => {
    okta.set({ transitionMs: 2_000 });
    const [user] = await okta.all(`/api/v1/users?filter=${encodeURIComponent('status eq "ACTIVE"')}`);
    const path = `/api/v1/users/${user?.id}`;
    await okta.call('POST', `${path}/lifecycle/deactivate`, undefined, { prefer: 'respond-async' });
    expect((await okta.call('GET', path)).body).toMatchObject({
      status: 'ACTIVE',
      transitioningToStatus: 'DEPROVISIONED',
    });
    expect(await refusal('POST', path, { profile: { title: 'x' } })).toEqual([409, 'E0000112']);
    okta.sim.advanceClock(2_001);
    const after = (await okta.call('GET', path)).body;
    expect(after.status).toBe('DEPROVISIONED');
    expect(after).not.toHaveProperty('transitioningToStatus');
  });

  test('a deactivated user stays in the groups, unless switched, and leaves the apps', async () => {
    const [group] = await okta.all(`/api/v1/groups?q=atlassian-users`);
    const [app] = await okta.all('/api/v1/apps?q=Atlassian');
    const [first, second] = (await okta.all(`/api/v1/groups/${group?.id}/users`)).filter(
      (user) => String(user.status) === 'ACTIVE',
    );
    const groupsOf = async (id: unknown) => (await okta.all(`/api/v1/users/${id}/groups`)).map((each) => each.type);
    const before = await groupsOf(first?.id);
    expect((await okta.call('GET', `/api/v1/apps/${app?.id}/users/${first?.id}`)).status).toBe(200);
    await okta.call('POST', `/api/v1/users/${first?.id}/lifecycle/deactivate`);
    expect(await groupsOf(first?.id)).toEqual(before);
    expect(await refusal('GET', `/api/v1/apps/${app?.id}/users/${first?.id}`)).toEqual([404, 'E0000007']);
    okta.set({ deactivationDropsGroups: true });
    await okta.call('POST', `/api/v1/users/${second?.id}/lifecycle/deactivate`);
    expect(await groupsOf(second?.id)).toEqual(['BUILT_IN']);
  });
});
