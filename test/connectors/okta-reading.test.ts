/** What is asked of Okta, and how its answers become the domain's words. */
import { expect, test } from 'vitest';
import {
  all,
  anError,
  aPacer,
  appId,
  aSource,
  aUser,
  failureOf,
  groupId,
  nextLink,
  startScripted,
  userId,
} from './okta-scripted.ts';

test('everybody is asked for in one chain, DEPROVISIONED people included', async () => {
  const okta = await startScripted(() => ({ body: [aUser(1, { status: 'DEPROVISIONED' })] }));
  const people = await all(aSource(okta, { orgUrl: `${okta.origin}/` }).people());

  expect(people).toEqual([
    {
      id: userId(1),
      status: 'DEPROVISIONED',
      isTransitioning: false,
      login: 'user1@example.com',
      email: 'user1@example.com',
      profile: { firstName: 'Given' },
      lastUpdated: '2026-01-02T03:04:05.000Z',
    },
  ]);
  expect(okta.seen[0]?.url.pathname).toBe('/api/v1/users');
  expect(Object.fromEntries(okta.seen[0]?.url.searchParams ?? [])).toEqual({
    filter: 'lastUpdated gt "1970-01-01T00:00:00.000Z"',
    limit: '200',
  });
  expect(okta.seen[0]?.headers.authorization).toBe('SSWS the-token');
});

test('only configured profile attributes are kept, whatever their type', async () => {
  const profile = {
    login: 'a@b.example',
    email: null,
    cost: 7,
    roles: ['x', 'y'],
    isBoss: true,
    title: null,
    secret: 's',
  };
  const okta = await startScripted(() => ({ body: [aUser(1, { profile })] }));
  const source = aSource(okta, { profileAttributes: ['login', 'cost', 'roles', 'isBoss', 'title', 'absent'] });
  const [person] = await all(source.people());

  expect(person?.profile).toEqual({ login: 'a@b.example', cost: 7, roles: ['x', 'y'], isBoss: true, title: null });
  expect(person?.email).toBe('');
});

test('a status that is new to Lockstep becomes UNKNOWN, and a person on the move is told as such', async () => {
  const okta = await startScripted(() => ({
    body: [aUser(1, { status: 'HIBERNATING' }), aUser(2, { transitioningToStatus: 'DEPROVISIONED' })],
  }));
  const people = await all(aSource(okta).people());
  expect(people.map(({ status, isTransitioning }) => [status, isTransitioning])).toEqual([
    ['UNKNOWN', false],
    ['ACTIVE', true],
  ]);
});

test('groups come with their count of members where Okta tells one', async () => {
  const group = (n: number, more = {}) => ({
    id: groupId(n),
    type: 'OKTA_GROUP',
    lastMembershipUpdated: '2026-01-02T03:04:05.000Z',
    profile: { name: `group ${n}`, custom: 1 },
    ...more,
  });
  const okta = await startScripted(() => ({ body: [group(1, { _embedded: { stats: { usersCount: 5 } } }), group(2)] }));
  const groups = await all(aSource(okta).groups());
  expect(groups.map(({ name, memberCount }) => [name, memberCount])).toEqual([
    ['group 1', 5],
    ['group 2', undefined],
  ]);
  expect(okta.seen[0]?.url.search).toBe('?expand=stats&limit=200');
});

test('a delta asks for all that changed at or after the instant, in the one notation that Okta documents', async () => {
  const okta = await startScripted(() => ({ body: [] }));
  const source = aSource(okta);
  await all(source.peopleChangedSince('2026-01-02T04:04:05.000+01:00'));
  await all(source.groupsChangedSince('2026-01-02T03:04:05Z'));
  expect(okta.seen.map(({ url }) => [url.pathname, Object.fromEntries(url.searchParams)])).toEqual([
    ['/api/v1/users', { filter: 'lastUpdated gt "2026-01-02T03:04:04.999Z"', limit: '200' }],
    [
      '/api/v1/groups',
      {
        filter: 'lastUpdated gt "2026-01-02T03:04:04.999Z" or lastMembershipUpdated gt "2026-01-02T03:04:04.999Z"',
        expand: 'stats',
        limit: '200',
      },
    ],
  ]);
});

test.each(['yesterday', '', '2026-01-02', '2026-01-02T03:04:05', '1" or id pr'])(
  'a delta since %j is refused before anything is asked',
  async (since) => {
    const okta = await startScripted(() => ({ body: [] }));
    const source = aSource(okta);
    expect(await failureOf(all(source.peopleChangedSince(since)))).toMatchObject({ kind: 'Rejected' });
    expect(await failureOf(all(source.groupsChangedSince(since)))).toMatchObject({ kind: 'Rejected' });
    expect(okta.seen).toHaveLength(0);
  },
);

test('assignments keep the app profile and leave out records of people who have no access', async () => {
  const okta = await startScripted(() => ({
    body: [
      { id: userId(1), status: 'ACTIVE', scope: 'USER', profile: { role: 'admin', nested: { a: 1 } } },
      { id: userId(2), status: 'DEPROVISIONED', scope: 'USER', profile: {} },
      { id: userId(3), status: 'PROVISIONED', scope: 'GROUP', profile: null },
    ],
  }));
  expect(await all(aSource(okta).assignments(appId(1)))).toEqual([
    { appId: appId(1), personId: userId(1), profile: { role: 'admin' } },
    { appId: appId(1), personId: userId(3), profile: {} },
  ]);
  expect(okta.seen[0]?.url.pathname + (okta.seen[0]?.url.search ?? '')).toBe(
    `/api/v1/apps/${appId(1)}/users?limit=500`,
  );
});

test('what Okta says is not there is undefined for a single read, and a Conflict for a list', async () => {
  const okta = await startScripted(() => ({ status: 404, body: anError('E0000007') }));
  const source = aSource(okta);
  expect(await source.person(userId(1))).toBeUndefined();
  expect(await source.group(groupId(1))).toBeUndefined();
  expect(await source.assignment(appId(1), userId(1))).toBeUndefined();
  expect(await source.appExists(appId(1))).toBe(false);

  const failure = await failureOf(all(source.members(groupId(1))));
  expect(failure).toMatchObject({ kind: 'Conflict', details: { status: 404, subject: groupId(1), requestId: 'req1' } });
  expect(await failureOf(source.groupsOf(userId(1)))).toMatchObject({ kind: 'Conflict' });
});

test('a 404 of something that is not Okta says nothing about a person', async () => {
  const okta = await startScripted(() => ({ status: 404, headers: { 'content-type': 'text/html' }, body: '<html>' }));
  expect(await failureOf(aSource(okta).person(userId(1)))).toMatchObject({ kind: 'UnexpectedResponse' });
});

test('a person is read by id only, since Okta would answer for a login as well', async () => {
  const okta = await startScripted(() => ({ body: aUser(1) }));
  for (const id of ['somebody@example.com', 'me', '../users', groupId(1)]) {
    const failure = await failureOf(aSource(okta).person(id as ReturnType<typeof userId>));
    expect(failure.kind).toBe('Rejected');
    expect(failure.message).not.toContain(id);
  }
  expect(okta.seen).toHaveLength(0);
  expect(await failureOf(aSource(okta).person(userId(2)))).toMatchObject({ kind: 'UnexpectedResponse' });
  expect(await aSource(okta).person(userId(1))).toMatchObject({ id: userId(1) });
});

test('a person whom somebody else deactivated meanwhile is not answered from a cache', async () => {
  const self = (url: URL) => ({ _links: { self: { href: url.href } } });
  const okta = await startScripted(({ url }, count) => ({
    body: aUser(1, { status: count === 1 ? 'ACTIVE' : 'DEPROVISIONED', ...self(url) }),
  }));
  const source = aSource(okta);
  expect(await source.person(userId(1))).toMatchObject({ status: 'ACTIVE' });
  expect(await source.person(userId(1))).toMatchObject({ status: 'DEPROVISIONED' });
});

test('the groups of one person are read to the end of the chain', async () => {
  const okta = await startScripted(({ url }) =>
    url.searchParams.has('after')
      ? { body: [{ id: groupId(2) }] }
      : { body: [{ id: groupId(1) }], headers: nextLink(`${url.href}?after=1`) },
  );
  expect(await aSource(okta).groupsOf(userId(1))).toEqual([groupId(1), groupId(2)]);
});

test('a deletion counts only if the System Log shows that it succeeded for this very person', async () => {
  const event = (id: string, result: string) => ({
    uuid: `${id}-${result}`,
    eventType: 'user.lifecycle.delete.completed',
    outcome: { result },
    target: [{ id, type: 'User' }],
  });
  const okta = await startScripted(({ url }) => {
    const after = url.searchParams.get('after');
    if (after === '1') return { body: [event(userId(1), 'SUCCESS')] };
    if (url.searchParams.get('filter')?.includes(userId(2))) return { body: [event(userId(2), 'FAILURE')] };
    // An empty page in the middle of a chain.
    return { body: [], headers: nextLink(`${url.origin}/api/v1/logs?after=1`) };
  });
  const source = aSource(okta);
  expect(await source.deletionLogged(userId(1))).toBe(true);
  expect(await source.deletionLogged(userId(2))).toBe(false);

  const { searchParams } = okta.seen[0]?.url ?? new URL(okta.origin);
  expect(searchParams.get('filter')).toBe(
    `eventType eq "user.lifecycle.delete.completed" and target.id eq "${userId(1)}"`,
  );
  const [since, until] = [searchParams.get('since') ?? '', searchParams.get('until') ?? ''].map(Date.parse);
  expect(until! - since!).toBe(90 * 24 * 60 * 60 * 1000);
});

test('people are found by login or e-mail without regard to case, and never by half a match', async () => {
  const okta = await startScripted(() => ({
    body: [
      aUser(1, { profile: { login: 'ANN@Example.com', email: 'other@example.com' } }),
      aUser(2, { status: 'DEPROVISIONED', profile: { login: 'old', email: 'ann@example.com' } }),
      aUser(3, { profile: { login: 'ann@example.com.au', email: 'x@example.com' } }),
    ],
  }));
  const found = await aSource(okta).findPeople('ann@example.COM');
  expect(found.map(({ id }) => id)).toEqual([userId(1), userId(2)]);
});

test('quotes and backslashes in what is looked for stay inside the quotes', async () => {
  const okta = await startScripted(() => ({ body: [] }));
  const source = aSource(okta);
  await source.findPeople('a" or profile.login pr or "\\');
  const quoted = '"a\\" or profile.login pr or \\"\\\\"';
  expect(okta.seen[0]?.url.searchParams.get('search')).toBe(`profile.login eq ${quoted} or profile.email eq ${quoted}`);
  expect(await source.findPeople(' ')).toEqual([]);
  expect(await source.findPeople('\ud800')).toEqual([]);
  expect(okta.seen).toHaveLength(1);
});

test('each request asks the pacer for the bucket of its path', async () => {
  const okta = await startScripted(({ url }) =>
    url.pathname.endsWith(userId(1))
      ? { body: aUser(1), headers: { 'x-rate-limit-limit': '2000', 'x-rate-limit-remaining': '1999' } }
      : { body: [] },
  );
  const pacer = aPacer();
  const source = aSource(okta, { pacer });
  await source.person(userId(1));
  await all(source.members(groupId(1)));
  await source.groupsOf(userId(1));
  expect(pacer.acquired).toEqual(['okta /users/{id}', 'okta /groups', 'okta other']);
  expect(pacer.learned[0]).toEqual({
    bucket: 'okta /users/{id}',
    answer: { status: 200, limit: 2000, remaining: 1999 },
  });
});
