/** A directory that answers success and does not keep what it was told: found by reading back, repaired, and told. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verifyGroups } from '../../activities/verify-groups.ts';
import type { TargetDirectory } from '../../domain/directory.ts';
import type { FaultRule } from '../../sandbox/kit/faults.ts';
import { type InProcess, startInProcess } from '../activities/in-process.ts';

let lab: InProcess;
let group: { id: string; displayName: string };
beforeEach(async () => {
  lab = await startInProcess({ people: 40, groups: 5, seed: 95 });
  await lab.sync();
  const [largest] = lab.directory().groups.toSorted((a, b) => b.members.length - a.members.length);
  if (!largest || largest.members.length < 6) throw new Error('there is no group to try this with');
  group = largest;
});
afterEach(() => lab?.stop());

const patches = (from = 0) =>
  lab.sandbox.cloud.requests.since(from).filter(({ method, path }) => method === 'PATCH' && path.includes('/Groups/'));
const reads = (from: number) =>
  lab.sandbox.cloud.requests.since(from).filter(({ method, path }) => method === 'GET' && path.includes('/Groups/'));
const members = (): string[] =>
  lab
    .directory()
    .groups.find(({ id }) => id === group.id)
    ?.members.toSorted() ?? [];
const oktaGroup = async (): Promise<string> =>
  (await lab.okta.groups()).find(({ profile }) => profile.name === group.displayName)?.id ?? '';
const strike = (rules: readonly FaultRule[]) => lab.sandbox.cloud.faults.set(rules);
const patchOfGroup = { method: 'PATCH', path: '/Groups/' };
const verify = (of: { planId: string; runId: string }, more: { after?: string } = {}) =>
  lab.run(() => verifyGroups(lab.deps, { ...of, target: 'cloud', ...more }));

/** People who have an account and are not in the group yet, put into it at Okta. */
async function join(count: number): Promise<string[]> {
  const okta = await oktaGroup();
  const inside = new Set(await lab.okta.members(okta));
  const linked = await lab.deps.store.selectFrom('person_link').select('person_id').orderBy('person_id').execute();
  const outside = linked.map(({ person_id }) => person_id).filter((id) => !inside.has(id));
  const joiners = outside.slice(0, count);
  for (const person of joiners) await lab.okta.join(okta, person);
  expect(joiners).toHaveLength(count);
  return joiners;
}

const accountsOf = (people: readonly string[]): string[] =>
  lab
    .directory()
    .users.filter(({ document }) => people.includes(document['externalId'] as string))
    .map(({ id }) => id);

const repairs = () =>
  lab.deps.store
    .selectFrom('change')
    .select(['kind', 'outcome', 'detail', 'account_id'])
    .where('reason', '=', 'lost-at-target')
    .orderBy('seq')
    .execute();
const audited = () =>
  lab.deps.store
    .selectFrom('audit')
    .select(['kind', 'outcome'])
    .where('reason', '=', 'lost-at-target')
    .orderBy('id')
    .execute();
const notes = async (runId: string) =>
  (await lab.deps.store.selectFrom('run').select('notes').where('id', '=', runId).executeTakeFirstOrThrow()).notes;

describe('members that a PATCH silently loses', () => {
  it('are found, put in again and told; nobody else is written', async () => {
    const before = members();
    const joiners = accountsOf(await join(4));
    strike([{ id: 'loses', match: patchOfGroup, times: 1, action: 'lose-members' }]);
    const run = await lab.sync();
    expect(lab.sandbox.cloud.faults.fired('loses')).toBe(1);
    const lost = joiners.filter((id) => !members().includes(id));
    expect(lost).toHaveLength(2);

    const from = lab.sandbox.cloud.requests.last;
    expect(await verify(run)).toEqual({ groups: 1, unread: 0, lost: 2, repaired: 2, notKept: 0 });
    expect(members()).toEqual([...before, ...joiners].toSorted());
    expect(patches(from)).toHaveLength(1);
    expect((await repairs()).map(({ account_id }) => account_id).toSorted()).toEqual(lost.toSorted());
    expect(await audited()).toEqual(lost.map(() => ({ kind: 'add-member', outcome: 'applied' })));
    expect(await notes(run.runId)).toEqual({ lostMembers: 2 });
  });

  it('among those who were in the group before are found as well', async () => {
    const before = members();
    const joiners = accountsOf(await join(1));
    strike([{ id: 'drops', match: patchOfGroup, times: 1, action: 'drop-members' }]);
    const run = await lab.sync();
    expect(lab.sandbox.cloud.faults.fired('drops')).toBe(1);
    expect(members().length).toBeLessThan(before.length);

    const { lost, repaired } = await verify(run);
    expect(lost).toBe(Math.ceil(before.length / 2));
    expect(repaired).toBe(lost);
    expect(members()).toEqual([...before, ...joiners].toSorted());
  });

  it('again and again are tried twice, parked, and planned by the next run', async () => {
    const [joiner = ''] = accountsOf(await join(1));
    strike([{ id: 'loses', match: patchOfGroup, action: 'lose-members' }]);
    const run = await lab.sync();
    const from = lab.sandbox.cloud.requests.last;
    expect(await verify(run)).toMatchObject({ lost: 1, repaired: 0, notKept: 1 });
    expect(patches(from)).toHaveLength(2);
    expect(await repairs()).toEqual([
      { kind: 'add-member', outcome: 'parked', detail: 'UnexpectedResponse:not-kept', account_id: joiner },
    ]);
    expect(await notes(run.runId)).toEqual({ lostMembers: 1 });

    lab.sandbox.cloud.faults.clear();
    const next = await lab.sync();
    expect(members()).toContain(joiner);
    expect(await verify(next)).toMatchObject({ groups: 1, lost: 0 });
  });

  it('are left out once they no longer belong in the group', async () => {
    const okta = await oktaGroup();
    const [stays = '', goes = ''] = await join(2);
    const run = await lab.sync();
    const lost = accountsOf([stays, goes]);
    const cloud = lab.deps.targets.get('cloud')?.directory as TargetDirectory;
    await cloud.removeMembers(group.id as never, lost as never[]);
    await lab.deps.store
      .deleteFrom('okta_membership')
      .where('group_id', '=', okta as never)
      .where('user_id', '=', goes as never)
      .execute();

    expect(await verify(run)).toMatchObject({ lost: 1, repaired: 1 });
    expect(members()).toEqual(expect.arrayContaining(accountsOf([stays])));
    expect(members()).not.toEqual(expect.arrayContaining(accountsOf([goes])));
  });
});

describe('a removal that the target ignores', () => {
  const ignored = (times?: number): FaultRule => ({
    id: 'ignores',
    match: patchOfGroup,
    ...(times === undefined ? {} : { times }),
    action: { status: 204 },
  });

  async function leaveAndSync() {
    const okta = await oktaGroup();
    const linked = await lab.deps.store
      .selectFrom('person_link')
      .selectAll()
      .where('account_id', 'in', members() as never[])
      .execute();
    const [leaver] = linked;
    await lab.okta.leave(okta, leaver?.person_id ?? '');
    return { account: leaver?.account_id as string, run: await lab.sync(), okta, person: leaver?.person_id as string };
  }

  it('once is noticed and made', async () => {
    strike([ignored(1)]);
    const { account, run } = await leaveAndSync();
    expect(lab.sandbox.cloud.faults.fired('ignores')).toBe(1);
    expect(members()).toContain(account);

    expect(await verify(run)).toMatchObject({ lost: 1, repaired: 1, notKept: 0 });
    expect(members()).not.toContain(account);
    expect(await audited()).toMatchObject([{ kind: 'remove-member', outcome: 'applied' }]);
  });

  it('for good is parked, and the mirror says who is in', async () => {
    strike([ignored()]);
    const { account, run } = await leaveAndSync();
    expect(await verify(run)).toMatchObject({ lost: 1, repaired: 0, notKept: 1 });
    expect(await repairs()).toMatchObject([{ kind: 'remove-member', outcome: 'parked', account_id: account }]);
    const mirrored = lab.deps.store
      .selectFrom('target_membership')
      .select('account_id')
      .where('group_id', '=', group.id as never)
      .where('account_id', '=', account as never);
    expect(await mirrored.execute()).toHaveLength(1);
  });

  it('is not repeated when its reason is gone', async () => {
    strike([ignored(1)]);
    const { account, run, okta, person } = await leaveAndSync();
    await lab.okta.join(okta, person);
    const from = lab.sandbox.cloud.requests.last;
    expect(await verify(run)).toMatchObject({ lost: 1, repaired: 0, notKept: 0 });
    expect(await repairs()).toMatchObject([{ outcome: 'stale' }]);
    expect(patches(from)).toEqual([]);
    expect(members()).toContain(account);
  });
});

describe('reading back', () => {
  it('costs one request for each group written, and none when none was', async () => {
    const nothing = await lab.sync();
    let from = lab.sandbox.cloud.requests.last;
    expect(await verify(nothing)).toEqual({ groups: 0, unread: 0, lost: 0, repaired: 0, notKept: 0 });
    expect(lab.sandbox.cloud.requests.since(from)).toEqual([]);

    await join(3);
    const run = await lab.sync();
    from = lab.sandbox.cloud.requests.last;
    await verify(run);
    expect(lab.sandbox.cloud.requests.since(from)).toHaveLength(1);
    expect(await notes(run.runId)).toEqual({});
  });

  it('leaves members alone whom somebody else put in meanwhile', async () => {
    await join(1);
    const run = await lab.sync();
    const other = lab.directory().users.find(({ id }) => !members().includes(id))?.id ?? '';
    const cloud = lab.deps.targets.get('cloud')?.directory as TargetDirectory;
    await cloud.addMembers(group.id as never, [other] as never[]);
    const from = lab.sandbox.cloud.requests.last;
    expect(await verify(run)).toMatchObject({ groups: 1, lost: 0 });
    expect(patches(from)).toEqual([]);
    expect(members()).toContain(other);
  });

  it('looks again before it calls a member lost: a directory may be behind its own answers', async () => {
    await join(2);
    const run = await lab.sync();
    const body = {
      id: group.id,
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
      displayName: 'x',
      members: [],
    };
    strike([{ id: 'behind', match: { method: 'GET', path: '/Groups/' }, times: 1, action: { status: 200, body } }]);
    const from = lab.sandbox.cloud.requests.last;
    expect(await verify(run)).toMatchObject({ lost: 0 });
    expect(lab.sandbox.cloud.faults.fired('behind')).toBe(1);
    expect(reads(from)).toHaveLength(2);
    expect(patches(from)).toEqual([]);
  });

  it('goes on where an earlier try was when the worker died: no repair is begun twice', async () => {
    const joiners = accountsOf(await join(4));
    strike([{ id: 'loses', match: patchOfGroup, times: 1, action: 'lose-members' }]);
    const run = await lab.sync();
    // The repair takes effect, and the database is not told of it.
    strike([{ id: 'answer lost', match: patchOfGroup, times: 3, strike: 'after', action: { status: 503 } }]);
    await expect(verify(run)).rejects.toMatchObject({ kind: 'Unavailable' });
    expect((await repairs()).map(({ outcome }) => outcome)).toEqual([null, null]);

    lab.sandbox.cloud.faults.clear();
    expect(await verify(run)).toMatchObject({ lost: 2, repaired: 2 });
    expect(members()).toEqual(expect.arrayContaining(joiners));
    expect(await audited()).toHaveLength(2);
  });

  it('passes over what is verified already, and over a group that is gone', async () => {
    await join(1);
    const run = await lab.sync();
    const from = lab.sandbox.cloud.requests.last;
    expect(await verify(run, { after: group.id })).toMatchObject({ groups: 0 });
    expect(
      await lab.run(() => verifyGroups(lab.deps, { ...run, target: 'cloud' }), {
        heartbeatDetails: { verified: group.id },
      }),
    ).toMatchObject({ groups: 0 });
    expect(reads(from)).toEqual([]);

    const cloud = lab.deps.targets.get('cloud')?.directory as TargetDirectory;
    await cloud.deleteGroup(group.id as never);
    expect(await verify(run)).toMatchObject({ groups: 0, unread: 1, lost: 0 });
  });
});
