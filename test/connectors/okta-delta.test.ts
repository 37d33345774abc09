/** Reading what changed, against the simulated org. */
import { expect, onTestFinished, test } from 'vitest';
import type { Group, Person } from '../../domain/person.ts';
import { startSimulator } from '../../sandbox/kit/simulator.ts';
import { createOkta } from '../../sandbox/okta/vendor.ts';
import { all, aSource } from './okta-scripted.ts';

const apiToken = '00T-of-the-sandbox';
const minute = 60_000;

async function startOkta(pageSize: number) {
  const vendor = createOkta({ apiToken });
  const okta = await startSimulator(vendor, { secret: 's' });
  onTestFinished(() => okta.close());
  await okta.seed({ people: 30, groups: 6, seed: 5 });
  // Whatever the seed did lies well in the past.
  okta.advanceClock(60 * minute);
  const source = aSource(okta, { credentials: { apiToken }, pageSize });
  const call = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${okta.origin}/api/v1${path}`, {
      method,
      headers: { authorization: `SSWS ${apiToken}`, accept: 'application/json', 'content-type': 'application/json' },
      body: JSON.stringify(body ?? {}),
    });
    expect(response.ok).toBe(true);
  };
  return {
    okta,
    source,
    turn: (settings: Record<string, unknown>) => Object.assign(vendor.settings, settings),
    now: () => new Date(okta.now()).toISOString(),
    active: (await all(source.people())).filter(({ status }) => status === 'ACTIVE'),
    groups: (await all(source.groups())).filter(({ type }) => type === 'OKTA_GROUP'),
    rename: ({ id }: Person) => call('POST', `/users/${id}`, { profile: { firstName: 'Renamed' } }),
    deactivate: ({ id }: Person) => call('POST', `/users/${id}/lifecycle/deactivate`),
    join: (group: Group, person: Person) => call('PUT', `/groups/${group.id}/users/${person.id}`),
    renameGroup: (group: Group) => call('PUT', `/groups/${group.id}`, { profile: { name: `${group.name} renamed` } }),
  };
}

const idsOf = (items: readonly { readonly id: string }[]): string[] => items.map(({ id }) => id).sort();

test.each([1, 200])(
  'with %i a page a delta has everybody who changed, leavers included, and nobody else',
  async (size) => {
    const { source, now, active, rename, deactivate, groups, join } = await startOkta(size);
    const [renamed, left, joined] = active;
    const since = now();
    expect(await all(source.peopleChangedSince(since))).toEqual([]);
    await rename(renamed!);
    await deactivate(left!);
    await join(groups[0]!, joined!);

    const changed = await all(source.peopleChangedSince(since));
    expect(idsOf(changed)).toEqual(idsOf([renamed!, left!]));
    expect(changed.find(({ id }) => id === left!.id)?.status).toBe('DEPROVISIONED');
    expect(await all(source.people())).toEqual(expect.arrayContaining(changed));
  },
);

test.each([1, 200])(
  'with %i a page a delta has the groups with other members or another name, with counts',
  async (size) => {
    const { source, now, active, groups, join, renameGroup } = await startOkta(size);
    const since = now();
    expect(await all(source.groupsChangedSince(since))).toEqual([]);
    const [first, second] = groups;
    const members = new Set(await all(source.members(first!.id)));
    await join(first!, active.find(({ id }) => !members.has(id))!);
    await renameGroup(second!);

    const changed = await all(source.groupsChangedSince(since));
    expect(idsOf(changed)).toEqual(idsOf([first!, second!]));
    expect(changed.find(({ id }) => id === first!.id)?.memberCount).toBe(first!.memberCount! + 1);
    expect(await all(source.groups())).toEqual(expect.arrayContaining(changed));
  },
);

test('who changed at the very instant is in the delta since that instant, and not in the one a millisecond later', async () => {
  const { source, okta, active, groups, rename, join, now } = await startOkta(200);
  const since = now();
  await rename(active[0]!);
  const members = new Set(await all(source.members(groups[0]!.id)));
  await join(groups[0]!, active.find(({ id }) => !members.has(id))!);
  okta.advanceClock(minute);

  const person = (await all(source.peopleChangedSince(since)))[0]!;
  const group = (await all(source.groupsChangedSince(since)))[0]!;
  const later = (iso: string) => new Date(Date.parse(iso) + 1).toISOString();
  expect(idsOf(await all(source.peopleChangedSince(person.lastUpdated)))).toEqual([person.id]);
  expect(await all(source.peopleChangedSince(later(person.lastUpdated)))).toEqual([]);
  expect(idsOf(await all(source.groupsChangedSince(group.lastMembershipUpdated)))).toEqual([group.id]);
  expect(await all(source.groupsChangedSince(later(group.lastMembershipUpdated)))).toEqual([]);
});

test('what a lagging replica does not show yet comes with a delta that begins that much earlier', async () => {
  const { source, okta, active, groups, rename, join, now, turn } = await startOkta(1);
  const filterLagMs = source.lagMs - 1_000;
  turn({ filterLagMs });
  const members = new Set(await all(source.members(groups[0]!.id)));
  await rename(active[0]!);
  await join(groups[0]!, active.find(({ id }) => !members.has(id))!);
  okta.advanceClock(500);
  const readAt = now();
  const before = new Date(Date.parse(readAt) - minute).toISOString();
  expect(await all(source.peopleChangedSince(before))).toEqual([]);
  expect(await all(source.groupsChangedSince(before))).toEqual([]);
  expect(await source.person(active[0]!.id)).toMatchObject({ id: active[0]!.id });

  okta.advanceClock(filterLagMs);
  expect(await all(source.peopleChangedSince(readAt))).toEqual([]);
  const since = new Date(Date.parse(readAt) - source.lagMs).toISOString();
  expect(idsOf(await all(source.peopleChangedSince(since)))).toEqual([active[0]!.id]);
  expect(idsOf(await all(source.groupsChangedSince(since)))).toEqual([groups[0]!.id]);
});
