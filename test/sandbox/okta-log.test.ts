import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Answer, aProfile, type OktaUnderTest, startOkta } from './okta-client.ts';

const DAY_MS = 86_400_000;
let okta: OktaUnderTest;
beforeEach(async () => {
  okta = await startOkta({ people: 20, groups: 3 });
});
afterEach(() => okta.close());

const typesOf = (events: Answer[]) => events.map((event) => String(event.eventType));
const time = (offsetMs = 0) => new Date(okta.sim.now() + offsetMs).toISOString();

async function newUser(name: string): Promise<string> {
  return String((await okta.call('POST', '/api/v1/users', aProfile(name))).body.id);
}

async function refusal(path: string) {
  const reply = await okta.call('GET', path);
  return [reply.status, reply.body.errorCode];
}

test('polling always has a next link, also behind an empty page, and it goes on where it stopped', async () => {
  const start = await okta.call('GET', '/api/v1/logs');
  expect([start.items, start.next !== undefined]).toEqual([[], true]);
  await newUser('Lena');
  const first = await okta.call('GET', start.next ?? '');
  expect(typesOf(first.items)).toEqual(['user.lifecycle.create', 'user.lifecycle.activate']);
  const second = await okta.call('GET', first.next ?? '');
  expect([second.items, second.next !== undefined]).toEqual([[], true]);
  await newUser('Mona');
  const paged: string[] = [];
  let next = second.next;
  for (let page = 0; page < 3; page += 1) {
    const reply = await okta.call('GET', `${next}&limit=1`);
    paged.push(...typesOf(reply.items));
    next = reply.next;
  }
  expect(paged).toEqual(['user.lifecycle.create', 'user.lifecycle.activate']);
});

test('since stays in force behind the next link', async () => {
  await newUser('Early');
  okta.sim.advanceClock(10_000);
  const poll = await okta.call('GET', `/api/v1/logs?since=${time()}`);
  expect(poll.items).toEqual([]);
  expect((await okta.call('GET', poll.next ?? '')).items).toEqual([]);
  okta.sim.advanceClock(10);
  await newUser('Late');
  expect((await okta.call('GET', poll.next ?? '')).items).toHaveLength(2);
});

test('a bounded query ends, both ways round', async () => {
  for (const name of ['A-first', 'B-second', 'C-third']) await newUser(name);
  const window = `since=${time(-60_000)}&until=${time(1_000)}&limit=2`;
  const ascending = await okta.all(`/api/v1/logs?${window}`);
  expect(ascending).toHaveLength(6);
  const descending = await okta.all(`/api/v1/logs?${window}&sortOrder=DESCENDING`);
  expect(descending.map((event) => event.uuid)).toEqual(ascending.map((event) => event.uuid).reverse());
  expect(await okta.all(`/api/v1/logs?since=${time(-60_000)}&until=${time(-30_000)}`)).toEqual([]);
});

test('each change writes its event with the targets and the token that made it', async () => {
  const { body: group } = await okta.call('POST', '/api/v1/groups', { profile: { name: 'Watched' } });
  const [app] = await okta.all('/api/v1/apps');
  const user = await newUser('Nele');
  const path = `/api/v1/users/${user}`;
  await okta.call('PUT', `/api/v1/groups/${group.id}/users/${user}`);
  await okta.call('PUT', `/api/v1/apps/${app?.id}/groups/${group.id}`);
  await okta.call('POST', path, { profile: { email: 'nele.new@example.com' } });
  await okta.call('PUT', `/api/v1/groups/${group.id}`, { profile: { name: 'Renamed' } });
  await okta.call('DELETE', `/api/v1/groups/${group.id}/users/${user}`);
  await okta.call('DELETE', `/api/v1/groups/${group.id}`);
  await okta.call('DELETE', path);
  await okta.call('DELETE', path);
  const events = (await okta.call('GET', '/api/v1/logs')).items;
  const seen = events.map((event) => [
    event.eventType,
    (event.target as unknown as Answer[]).map((target) => target.type).join(),
  ]);
  expect(seen).toEqual([
    ['group.lifecycle.create', 'UserGroup'],
    ['user.lifecycle.create', 'User'],
    ['user.lifecycle.activate', 'User'],
    ['group.user_membership.add', 'User,UserGroup'],
    ['group.application_assignment.add', 'UserGroup,AppInstance'],
    ['application.user_membership.add', 'AppUser,AppInstance,User'],
    ['user.account.update_profile', 'User'],
    ['user.account.update_primary_email', 'User'],
    ['group.profile.update', 'UserGroup'],
    ['group.user_membership.remove', 'User,UserGroup'],
    ['application.user_membership.remove', 'AppUser,AppInstance,User'],
    ['group.lifecycle.delete', 'UserGroup'],
    ['user.lifecycle.deactivate', 'User'],
    ['user.lifecycle.delete.initiated', 'User'],
    ['user.lifecycle.delete.completed', 'User'],
  ]);
  const added = events[3] as Answer;
  expect([added.target?.['0']?.id, added.target?.['1']?.id]).toEqual([user, group.id]);
  expect(added.debugContext?.debugData?.requestUri).toBe(`/api/v1/groups/${group.id}/users/${user}`);
  const tokens = new Set(events.map((event) => String(event.transaction?.detail?.requestApiTokenId)));
  expect([...tokens]).toEqual([expect.stringMatching(/^00T\w{17}$/)]);
  expect(new Set(events.map((event) => String(event.uuid))).size).toBe(events.length);
});

test('events are found by filter and by keywords', async () => {
  const user = await newUser('Olaf');
  await newUser('Pia');
  const query = (text: string) => okta.all(`/api/v1/logs?until=${time(1_000)}&${text}`);
  expect(await query(`filter=${encodeURIComponent(`target.id eq "${user}"`)}`)).toHaveLength(2);
  expect(await query(`filter=${encodeURIComponent('eventType sw "user.lifecycle.cre"')}`)).toHaveLength(2);
  expect(await query(`filter=${encodeURIComponent('eventType ew "activate" and not (actor.id eq "x")')}`)).toHaveLength(
    2,
  );
  expect(await query('q=olaf%20create')).toHaveLength(1);
});

test.each([
  ['filter=eventType', 'E0000053'],
  [`filter=${encodeURIComponent('published gt "2020"')}`, 'E0000031'],
  [`filter=${encodeURIComponent('debugContext.debugData.requestUri co "x"')}`, 'E0000031'],
  ['since=yesterday', 'E0000001'],
  ['until=2020-13-99', 'E0000001'],
  ['limit=-1', 'E0000001'],
  ['after=%25%25', 'E0000054'],
  [`since=${new Date(Date.now() - 181 * DAY_MS).toISOString()}`, 'E0000053'],
  [`since=2026-01-01T00:00:00Z&after=azoxQDE`, 'E0000001'],
])('%s is refused with %s', async (query, code) => {
  expect(await refusal(`/api/v1/logs?${query}`)).toEqual([400, code]);
});

test('events are kept for ninety days and can come late', async () => {
  await newUser('Quirin');
  okta.sim.advanceClock(91 * DAY_MS);
  expect((await okta.call('GET', `/api/v1/logs?since=${time(-100 * DAY_MS)}`)).items).toEqual([]);
  okta.set({ logLagMs: 3_000 });
  await newUser('Rita');
  const poll = await okta.call('GET', '/api/v1/logs');
  expect(poll.items).toEqual([]);
  okta.sim.advanceClock(3_001);
  expect((await okta.call('GET', poll.next ?? '')).items).toHaveLength(2);
});
