import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { defaultSwitches } from '../../sandbox/atlassian-cloud/switches.ts';
import { type Group, type Scim, scimError, startCloud, type User } from './atlassian-cloud-scim.ts';

let cloud: Awaited<ReturnType<typeof startCloud>>;
let scim: Scim;
beforeAll(async () => {
  cloud = await startCloud({}, { people: 250, provisioned: true, groups: 3 });
  scim = cloud.scim;
});
afterEach(() => cloud.turn({ ...structuredClone(defaultSwitches), siteDelayMs: 0 }));
afterAll(() => cloud.simulator.close());

async function readAll(count: number): Promise<User[]> {
  const all: User[] = [];
  for (;;) {
    const { body } = await scim.list('Users', { startIndex: all.length + 1, count });
    if (body.Resources.length === 0) return all;
    all.push(...body.Resources);
  }
}

describe('a page of users', () => {
  it('holds 100 by default and 100 at most, and repeats the requested count', async () => {
    const { status, body } = await scim.list('Users');
    expect(status).toBe(200);
    expect({ ...body, Resources: body.Resources.length }).toEqual({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
      totalResults: 250,
      startIndex: 1,
      itemsPerPage: 100,
      Resources: 100,
    });
    const larger = (await scim.list('Users', { startIndex: 201, count: 200 })).body;
    expect([larger.startIndex, larger.itemsPerPage, larger.Resources.length]).toEqual([201, 200, 50]);
    const first = (await scim.list('Users', { count: 200 })).body;
    expect([first.itemsPerPage, first.Resources.length]).toEqual([200, 100]);
  });

  it('can be larger and can count what it returns where the switches say so', async () => {
    cloud.turn({ maxCount: 10_000, itemsPerPage: 'returned' });
    const { body } = await scim.list('Users', { count: 1000 });
    expect([body.itemsPerPage, body.Resources.length]).toEqual([250, 250]);
  });

  it('follows another without gap or repetition', async () => {
    const all = await readAll(100);
    expect(new Set(all.map(({ id }) => id)).size).toBe(250);
    expect(await readAll(37)).toEqual(all);
  });

  it('is empty beyond the end and for a count of 0 or less', async () => {
    for (const query of [{ startIndex: 251 }, { count: 0 }, { count: -5 }]) {
      const { body } = await scim.list('Users', query);
      expect([body.totalResults, body.Resources]).toEqual([250, []]);
    }
  });

  it('takes a startIndex below 1 for 1, or refuses it', async () => {
    expect((await scim.list('Users', { startIndex: 0, count: 1 })).body.startIndex).toBe(1);
    cloud.turn({ startIndexZero: 'bad-request' });
    expect((await scim.list('Users', { startIndex: 0 })).body).toEqual(scimError(400, 'invalidValue'));
    expect((await scim.list('Users', { count: 'many' })).body).toEqual(scimError(400, 'invalidValue'));
  });

  it('repeats entries while others are created, where the newest come first', async () => {
    cloud.turn({ listOrder: 'newest-first' });
    const before = (await scim.list('Users', { count: 2 })).body.Resources;
    const { id } = await scim.user('newcomer');
    const after = (await scim.list('Users', { count: 3 })).body.Resources;
    expect(after.map((user) => user.id)).toEqual([id, ...before.map((user) => user.id)]);
    await scim.send('DELETE', `/Users/${id}`);
    expect((await scim.list('Users')).body.totalResults).toBe(250);
  });

  it('shows a new record later where lists lag', async () => {
    cloud.turn({ listDelayMs: 60_000 });
    cloud.simulator.advanceClock(60_000);
    const { id } = await scim.user('lagging');
    const filter = 'userName eq "lagging@example.com"';
    expect((await scim.list('Users')).body.totalResults).toBe(250);
    expect((await scim.list('Users', { filter })).body.totalResults).toBe(0);
    expect((await scim.get(`/Users/${id}`)).status).toBe(200);
    cloud.simulator.advanceClock(60_000);
    expect((await scim.list('Users')).body.totalResults).toBe(251);
    expect((await scim.list('Users', { filter })).body.totalResults).toBe(1);
    await scim.send('DELETE', `/Users/${id}`);
  });

  it('selects attributes of each user', async () => {
    const { body } = await scim.list('Users', { count: 1, attributes: 'userName' });
    expect(Object.keys(body.Resources[0]!)).toEqual(['schemas', 'userName', 'id']);
  });
});

describe('a page of groups', () => {
  it('holds the members inline', async () => {
    const { body } = await scim.list<Group>('Groups');
    expect([body.totalResults, body.itemsPerPage, body.Resources.length]).toEqual([3, 100, 3]);
    expect(body.Resources.map(({ displayName, members }) => [displayName, members.length])).toEqual([
      ['team-1', 250],
      ['team-2', 125],
      ['team-3', 84],
    ]);
    const single = await scim.get<Group>(`/Groups/${body.Resources[0]!.id}`);
    expect(single.body).toEqual(body.Resources[0]);
  });
});

describe('a filter', () => {
  it('finds exactly one by userName, externalId or displayName', async () => {
    const user = await scim.user('Find.Me', { externalId: '00uFind' });
    const queries = [
      'userName eq "find.me@EXAMPLE.com"',
      'externalId eq "00uFind"',
      'USERNAME EQ "Find.Me@example.com"',
    ];
    for (const filter of queries) {
      const { body } = await scim.list('Users', { filter });
      expect([body.totalResults, body.Resources]).toEqual([1, [user]]);
    }
    expect((await scim.list('Users', { filter: 'externalId eq "00ufind"' })).body.Resources).toEqual([]);
    for (const filter of ['displayName eq "TEAM-2"', "displayName eq 'team-2'"]) {
      expect((await scim.list<Group>('Groups', { filter })).body.Resources.map((group) => group.displayName)).toEqual([
        'team-2',
      ]);
    }
    expect((await scim.list('Users', { filter: 'userName eq "nobody"' })).body).toMatchObject({
      totalResults: 0,
      startIndex: 1,
      Resources: [],
    });
  });

  it('minds case and single quotes where the switches say so', async () => {
    cloud.turn({ isFilterCaseInsensitive: false, acceptsSingleQuotedFilter: false });
    expect((await scim.list('Groups', { filter: 'displayName eq "TEAM-2"' })).body.totalResults).toBe(0);
    expect((await scim.list('Groups', { filter: 'displayName eq "team-2"' })).body.totalResults).toBe(1);
    expect((await scim.list('Groups', { filter: "displayName eq 'team-2'" })).status).toBe(400);
  });

  it.each([
    ['Users', 'userName co "a"'],
    ['Users', 'userName sw "a"'],
    ['Users', 'userName eq "a" and externalId eq "b"'],
    ['Users', 'userName eq "a" or userName eq "b"'],
    ['Users', 'displayName eq "a"'],
    ['Users', 'emails.value eq "a@example.com"'],
    ['Users', 'active eq true'],
    ['Users', ''],
    ['Groups', 'members eq "a"'],
    ['Groups', 'displayName pr'],
  ] as const)('on %s of any other kind answers 400: %s', async (resource, filter) => {
    const { status, body } = await scim.list(resource, { filter });
    expect([status, body]).toEqual([400, scimError(400, 'invalidFilter')]);
    cloud.turn({ badFilterScimType: 'none' });
    expect((await scim.list(resource, { filter })).body).toEqual(scimError(400));
  });
});
