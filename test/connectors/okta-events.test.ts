/** Polling the System Log: one page per call, ids only, from where the last one ended. */
import { expect, onTestFinished, test } from 'vitest';
import { assignmentEvents, cursorInvalid, eventTypes, signInEvent } from '../../domain/okta-event.ts';
import { type Control, startControl } from '../../sandbox/control.ts';
import { startSimulator } from '../../sandbox/kit/simulator.ts';
import { createOkta } from '../../sandbox/okta/vendor.ts';
import { documentedTypes, hookTypes } from '../sandbox/okta-event-types.ts';
import { oktaApi } from '../support/okta-api.ts';
import {
  anError,
  appId,
  aSource,
  failureOf,
  groupId,
  nextLink,
  type Reply,
  startScripted,
  userId,
} from './okta-scripted.ts';

const since = '2026-01-01T00:00:00Z';
const token = '00T-of-the-sandbox';

const anEvent = (n: number, more: Record<string, unknown> = {}) => ({
  uuid: `uuid-${n}`,
  eventType: 'user.lifecycle.suspend',
  published: '2026-01-02T03:04:05.678Z',
  outcome: { result: 'SUCCESS', reason: 'secret words' },
  actor: { id: userId(99), type: 'User', alternateId: 'admin@example.com', displayName: 'Admin' },
  target: [{ id: userId(n), type: 'User', alternateId: `user${n}@example.com`, displayName: 'Some Body' }],
  ...more,
});

async function startOkta() {
  const okta = await startSimulator(createOkta({ apiToken: token }), { secret: 's' });
  const control: Control = await startControl([okta]);
  onTestFinished(async () => {
    await control.close();
    await okta.close();
  });
  await okta.seed({ people: 20, groups: 4 });
  const tell = (path: string, body: unknown) =>
    fetch(`${control.origin}/okta${path}`, { method: 'POST', body: JSON.stringify(body) });
  const source = aSource(okta, { credentials: { apiToken: token } });
  const begin = new Date(okta.now() - 1_000).toISOString();
  return { okta, api: oktaApi(okta.origin, token), source, tell, begin };
}

const startPage = (page: (origin: string) => Reply) => startScripted(({ url }) => page(`http://${url.host}`));

test('each change that matters comes once, in order, with ids of what it is about, from call to call', async () => {
  const { api, source, begin } = await startOkta();
  const start = await source.events(undefined, begin);
  expect(start.events).toEqual([]);
  const [user] = (await api.users()).filter(({ status }) => status === 'ACTIVE');
  const group = await api.createGroup('Watched');
  await api.join(group.id, user!.id);
  await api.lifecycle(user!.id, 'suspend');
  await api.renameGroup(group.id, 'Renamed');
  const first = await source.events(start.next, begin);
  const person = { kind: 'person', id: user!.id };
  const ofGroup = { kind: 'group', id: group.id };
  expect(first.events.map(({ type, targets }) => [type, targets])).toEqual([
    ['group.user_membership.add', [person, ofGroup]],
    ['user.lifecycle.suspend', [person]],
    ['group.profile.update', [ofGroup]],
  ]);
  expect(first.events[1]).toMatchObject({ outcome: 'SUCCESS', id: expect.any(String), published: expect.any(String) });
  expect((await source.events(first.next, begin)).events).toEqual([]);
  // The same cursor again, as after a crash before it was kept.
  expect((await source.events(start.next, begin)).events).toEqual(first.events);
  expect((await source.events(undefined, begin)).events).toEqual(first.events);
});

test('a long list comes in pages, and late and repeated events are all there', async () => {
  const { okta, api, source, begin } = await startOkta();
  Object.assign(okta.vendor.settings, { logDisorderMs: 1_000, logDuplicateEvery: 5 });
  const { next } = await source.events(undefined, begin);
  const people = (await api.users()).filter(({ status }) => status === 'ACTIVE');
  const rounds = Math.ceil(600 / people.length / 2);
  for (let round = 0; round < rounds; round += 1) {
    for (const { id } of people) await api.lifecycle(id, 'suspend');
    for (const { id } of people) await api.lifecycle(id, 'unsuspend');
  }
  okta.advanceClock(1_001);
  const first = await source.events(next, begin);
  const second = await source.events(first.next, begin);
  expect(first.events).toHaveLength(500);
  const ids = [...first.events, ...second.events].map(({ id }) => id);
  expect(new Set(ids).size).toBe(rounds * people.length * 2);
  expect(ids.length).toBeGreaterThan(new Set(ids).size);
});

test('sign-ins are told only if asked for, as of the person who signs in', async () => {
  const { okta, api, source, tell, begin } = await startOkta();
  const [user] = (await api.users()).filter(({ status }) => status === 'ACTIVE');
  expect((await tell(`/users/${user!.id}/sign-in`, {})).status).toBe(200);
  expect((await source.events(undefined, begin)).events).toEqual([]);
  const [event] = (await source.events(undefined, begin, { signIns: true })).events;
  expect(event).toMatchObject({ type: signInEvent, targets: [{ kind: 'app' }, { kind: 'person', id: user!.id }] });
  expect(okta.requests.since().at(-1)?.status).toBe(200);
});

test('assignments are told of the apps that are asked for only', async () => {
  const { okta, api, source, begin } = await startOkta();
  const headers = { authorization: `SSWS ${token}` };
  const [app] = (await (await fetch(`${okta.origin}/api/v1/apps`, { headers })).json()) as { id: string }[];
  const user = await api.createUser({
    firstName: 'Uma',
    lastName: 'X',
    login: 'uma@example.com',
    email: 'uma@example.com',
  });
  const group = (await api.groups()).find(({ profile }) => profile.name === 'atlassian-users');
  await api.join(group!.id, user.id);
  const typesFor = async (apps: string[]) =>
    (await source.events(undefined, begin, { apps: apps as ReturnType<typeof appId>[] })).events.map(
      ({ type }) => type,
    );
  expect(await typesFor([app!.id])).toContain('application.user_membership.add');
  expect(await typesFor([appId(1)])).not.toContain('application.user_membership.add');
  expect(await typesFor([])).not.toContain('application.user_membership.add');
});

test('the log is asked for by filter, with since or a cursor but never both', async () => {
  const okta = await startPage((origin) => ({ headers: nextLink(`${origin}/api/v1/logs?after=two&limit=500`) }));
  const source = aSource(okta);
  expect(await source.events(undefined, since)).toEqual({ events: [], next: 'two' });
  await source.events('two', since);
  const [first, second] = okta.seen.map(({ url }) => Object.fromEntries(url.searchParams));
  expect(first).toMatchObject({ since: '2026-01-01T00:00:00.000Z', limit: '500', sortOrder: 'ASCENDING' });
  expect(first).not.toHaveProperty('until');
  expect(second).toMatchObject({ after: 'two', filter: first?.['filter'] });
  expect(second).not.toHaveProperty('since');
});

test('events without targets, of unknown things or odd outcomes are read, and no name is kept', async () => {
  const body = [
    anEvent(1, { target: null, outcome: null, actor: null, published: null }),
    anEvent(2, { target: [{ id: null }, { id: '0ua0000000000000000a' }, { id: 'unknown' }, { id: groupId(3) }] }),
    anEvent(3, { outcome: { result: 'DEFERRED' }, target: [{ id: userId(3) }, { id: userId(3) }, { id: appId(4) }] }),
  ];
  const okta = await startPage((origin) => ({ body, headers: nextLink(`${origin}/api/v1/logs?after=n`) }));
  const { events } = await aSource(okta).events(undefined, since);
  expect(events.map(({ targets }) => targets)).toEqual([
    [],
    [{ kind: 'group', id: groupId(3) }],
    [
      { kind: 'person', id: userId(3) },
      { kind: 'app', id: appId(4) },
    ],
  ]);
  expect(events.map(({ outcome }) => outcome)).toEqual([undefined, 'SUCCESS', 'DEFERRED']);
  expect(JSON.stringify(events)).not.toMatch(/example\.com|Some Body|secret/);
});

test('an odd event, or an odd target in one, hides neither the others nor the place in the log', async () => {
  const body = [
    anEvent(1, { target: [null, { id: userId(1) }, 7, { id: 8 }] }),
    anEvent(2, { target: 'ada@example.com' }),
    anEvent(3, { eventType: 7, uuid: 'ada@example.com', outcome: 'bad', actor: 'x', published: 3 }),
    null,
    'ada@example.com',
    anEvent(4),
  ];
  const okta = await startPage((origin) => ({ body, headers: nextLink(`${origin}/api/v1/logs?after=n`) }));
  const { events, next } = await aSource(okta).events(undefined, since);
  expect(next).toBe('n');
  const type = 'user.lifecycle.suspend';
  expect(events.map(({ id, type, targets }) => [id, type, targets])).toEqual([
    ['uuid-1', type, [{ kind: 'person', id: userId(1) }]],
    ['uuid-2', type, []],
    ['unreadable', 'unreadable', [{ kind: 'person', id: userId(3) }]],
    ['unreadable', 'unreadable', []],
    ['unreadable', 'unreadable', []],
    ['uuid-4', type, [{ kind: 'person', id: userId(4) }]],
  ]);
  expect(JSON.stringify(events)).not.toContain('example.com');
});

test.each([
  ['of another kind of list', 'E0000054'],
  ['that Okta calls invalid', 'E0000001'],
  ['that Okta takes for a bad filter', 'E0000053'],
])('a cursor %s (400 %s) is told by a code of its own, and without a cursor it is not', async (_, code) => {
  const okta = await startScripted(() => ({ status: 400, body: anError(code) }));
  const failure = await failureOf(aSource(okta).events('old', since));
  expect(failure).toMatchObject({ kind: 'Rejected', details: { code: cursorInvalid, status: 400 } });
  expect(failure.message).toContain(code);
  expect(failure.message).not.toContain('example.com');
  expect((await failureOf(aSource(okta).events(undefined, since))).details.code).toBe(code);
});

test("the simulator's expired cursor is told, and a new beginning works", async () => {
  const { okta, source, begin } = await startOkta();
  okta.vendor.settings['logCursorTtlMs'] = 1_000;
  const { next } = await source.events(undefined, begin);
  okta.advanceClock(1_001);
  expect((await failureOf(source.events(next, begin))).details.code).toBe(cursorInvalid);
  expect((await source.events(undefined, begin)).next).not.toBe(next);
});

test.each([
  ['401', { status: 401, body: anError('E0000011') }, 'AccessDenied', 'E0000011'],
  ['403', { status: 403, body: anError('E0000006') }, 'AccessDenied', 'E0000006'],
  ['no next link', { body: [] }, 'UnexpectedResponse', 'page-unreadable'],
  [
    'a next link without a cursor',
    { headers: nextLink('/api/v1/logs?limit=1') },
    'UnexpectedResponse',
    'page-unreadable',
  ],
  [
    'a next link to elsewhere',
    { headers: nextLink('https://elsewhere.example.com/api/v1/logs?after=n') },
    'UnexpectedResponse',
    'page-elsewhere',
  ],
  [
    'events that lead to themselves',
    { body: [anEvent(1)], headers: nextLink('/api/v1/logs?after=now') },
    'UnexpectedResponse',
    'page-loop',
  ],
  ['no list', { body: {}, headers: nextLink('/api/v1/logs?after=n') }, 'UnexpectedResponse', 'page-unreadable'],
] as const)('%s is a failure, and no place in the log is given', async (_, reply, kind, code) => {
  const okta = await startScripted(() => reply as Reply);
  expect(await failureOf(aSource(okta).events('now', since))).toMatchObject({ kind, details: { code } });
});

test('an empty page may lead to itself', async () => {
  const okta = await startScripted(() => ({ headers: nextLink('/api/v1/logs?after=now') }));
  expect(await aSource(okta).events('now', since)).toEqual({ events: [], next: 'now' });
});

test('all types that are asked for are types that Okta documents, and all but three go by hooks as well', () => {
  const asked = [...Object.keys(eventTypes), signInEvent, `${assignmentEvents}add`, `${assignmentEvents}remove`];
  expect(asked.filter((type) => !documentedTypes.has(type))).toEqual([]);
  expect(asked.filter((type) => !hookTypes.has(type))).toEqual([
    'user.lifecycle.delete.completed',
    'user.account.update_primary_email',
    'user.account.update_user_type',
  ]);
});
