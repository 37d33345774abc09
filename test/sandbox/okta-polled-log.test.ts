// The System Log as a consumer polls it, with what may go wrong on the way.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Control, startControl } from '../../sandbox/control.ts';
import { type Answer, aProfile, type OktaUnderTest, startOkta } from './okta-client.ts';
import { documentedTypes } from './okta-event-types.ts';

let okta: OktaUnderTest;
let control: Control;
beforeEach(async () => {
  okta = await startOkta({ people: 20, groups: 3 });
  control = await startControl([okta.sim]);
});
afterEach(async () => {
  await control.close();
  await okta.close();
});

const uuidsOf = (events: Answer[]) => events.map((event) => String(event.uuid));
const typesOf = (events: Answer[]) => events.map((event) => String(event.eventType));
const publishedOf = (events: Answer[]) => events.map((event) => String(event.published));

/** One user staged per name, each a tick after the one before: one event each. */
async function stage(...names: string[]): Promise<void> {
  for (const name of names) {
    okta.sim.advanceClock(10);
    await okta.call('POST', '/api/v1/users?activate=false', aProfile(name));
  }
}

async function tell(method: string, path: string, body?: unknown): Promise<number> {
  const init = { method, ...(body !== undefined && { body: JSON.stringify(body) }) };
  return (await fetch(`${control.origin}/okta${path}`, init)).status;
}

async function active(): Promise<Answer> {
  const found = await okta.all(`/api/v1/users?filter=${encodeURIComponent('status eq "ACTIVE"')}`);
  return found[0] as Answer;
}

test('a filter by kinds of events and by target holds behind each cursor', async () => {
  const filter = encodeURIComponent('eventType sw "user.lifecycle.cr" or eventType eq "group.lifecycle.create"');
  const start = await okta.call('GET', `/api/v1/logs?filter=${filter}`);
  await okta.call('POST', '/api/v1/users', aProfile('Nora'));
  await okta.call('POST', '/api/v1/groups', { profile: { name: 'Watched' } });
  const page = await okta.call('GET', start.next ?? '');
  expect(typesOf(page.items)).toEqual(['user.lifecycle.create', 'group.lifecycle.create']);
  const ofOne = encodeURIComponent(`target.id eq "${page.items[0]?.target?.['0']?.id}"`);
  const { items } = await okta.call('GET', `/api/v1/logs?filter=${ofOne}`);
  expect(typesOf(items)).toEqual(['user.lifecycle.create', 'user.lifecycle.activate']);
});

test('late events come behind younger ones when polled, and no poll misses one', async () => {
  okta.set({ logDisorderMs: 1_000 });
  let { next } = await okta.call('GET', '/api/v1/logs?limit=1');
  await stage('A-late', 'B-soon', 'C-late', 'D-soon');
  const seen: Answer[] = [];
  for (let page = 0; page < 4; page += 1) {
    const reply = await okta.call('GET', next ?? '');
    seen.push(...reply.items);
    next = reply.next;
  }
  expect(seen).toHaveLength(2);
  okta.sim.advanceClock(1_001);
  for (let page = 0; page < 3; page += 1) {
    const reply = await okta.call('GET', next ?? '');
    seen.push(...reply.items);
    next = reply.next;
  }
  expect(new Set(uuidsOf(seen)).size).toBe(4);
  expect(publishedOf(seen)).not.toEqual(publishedOf(seen).sort());
});

test('a bounded query is in the order of publication whatever the order of persistence, both ways round', async () => {
  okta.set({ logDisorderMs: 1_000 });
  await stage('A-late', 'B-soon', 'C-late', 'D-soon');
  okta.sim.advanceClock(1_001);
  const window = `since=${new Date(okta.sim.now() - 60_000).toISOString()}&until=${new Date(okta.sim.now()).toISOString()}`;
  const up = await okta.all(`/api/v1/logs?${window}&limit=1`);
  const down = await okta.all(`/api/v1/logs?${window}&limit=3&sortOrder=DESCENDING`);
  expect(up).toHaveLength(4);
  expect(publishedOf(up)).toEqual(publishedOf(up).sort());
  expect(uuidsOf(down)).toEqual(uuidsOf(up).reverse());
});

test('an event can stand in the log twice with one uuid', async () => {
  okta.set({ logDuplicateEvery: 2 });
  await stage('Ada', 'Bob');
  const uuids = uuidsOf((await okta.call('GET', '/api/v1/logs')).items);
  expect([uuids.length, new Set(uuids).size]).toEqual([3, 2]);
});

test('a cursor is refused when it is too old, or of another log', async () => {
  okta.set({ logCursorTtlMs: 60_000 });
  const { next } = await okta.call('GET', '/api/v1/logs');
  okta.sim.advanceClock(59_000);
  const kept = await okta.call('GET', next ?? '');
  expect(kept.status).toBe(200);
  okta.sim.advanceClock(2_000);
  expect((await okta.call('GET', next ?? '')).body.errorCode).toBe('E0000054');
  expect((await okta.call('GET', kept.next ?? '')).status).toBe(200);
  await stage('Cleo');
  const late = (await okta.call('GET', '/api/v1/logs')).next ?? '';
  await okta.sim.seed({ people: 3, groups: 2 });
  expect((await okta.call('GET', late)).body.errorCode).toBe('E0000054');
});

test('a sign-in by the control server is an event of the person towards the app', async () => {
  const user = await active();
  expect(await tell('POST', `/users/${user.id}/sign-in`, {})).toBe(200);
  const [event] = (await okta.call('GET', '/api/v1/logs')).items;
  expect(event).toMatchObject({
    eventType: 'user.authentication.sso',
    actor: { id: user.id, type: 'User' },
    target: [{ type: 'AppInstance' }, { type: 'AppUser', id: expect.stringMatching(/^0ua/) }],
  });
  expect((await okta.call('GET', `/api/v1/users/${user.id}`)).body.lastLogin).toEqual(expect.any(String));
  expect(await tell('POST', `/users/${user.id}/sign-in`, { app: 'none such' })).toBe(409);
  await okta.call('POST', `/api/v1/users/${user.id}/lifecycle/suspend`);
  expect(await tell('POST', `/users/${user.id}/sign-in`, {})).toBe(409);
});

test('what the control server changes is told like what the API changes, in types that Okta has', async () => {
  const user = await active();
  const group = (await okta.all('/api/v1/groups')).find(({ type }) => String(type) === 'OKTA_GROUP');
  await tell('POST', `/users/${user.id}/status`, { status: 'LOCKED_OUT' });
  await tell('DELETE', `/groups/${group?.id}/users/${user.id}`);
  await tell('PUT', `/groups/${group?.id}/users/${user.id}`);
  await okta.call('DELETE', `/api/v1/users/${user.id}/sessions`);
  for (const step of ['unlock', 'suspend', 'unsuspend', 'deactivate', 'activate']) {
    await okta.call('POST', `/api/v1/users/${user.id}/lifecycle/${step}`);
  }
  const types = typesOf((await okta.call('GET', '/api/v1/logs')).items);
  expect(types.filter((type) => !type.startsWith('application.'))).toEqual([
    'user.account.lock',
    'group.user_membership.remove',
    'group.user_membership.add',
    'user.session.clear',
    'user.account.unlock_by_admin',
    'user.lifecycle.suspend',
    'user.lifecycle.unsuspend',
    'user.lifecycle.deactivate',
    'user.lifecycle.activate',
  ]);
  expect(types.filter((type) => !documentedTypes.has(type))).toEqual([]);
});

test('late events and cursors outlive a restart from the state file', async () => {
  okta.set({ logDisorderMs: 1_000 });
  const { next } = await okta.call('GET', '/api/v1/logs');
  await stage('Dora');
  okta.sim.vendor.restore(JSON.parse(JSON.stringify(okta.sim.vendor.dump())));
  okta.sim.advanceClock(1_001);
  expect((await okta.call('GET', next ?? '')).items).toHaveLength(1);
});
