/** A reading of a target that began before somebody was written there does not set the mirror back to how it was. */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TargetReading } from '../../activities/drift.ts';
import { observePerson } from '../../activities/observe-person.ts';
import { offboardAtTarget } from '../../activities/offboard-at-target.ts';
import { beginRun } from '../../activities/report.ts';
import { syncPersonAtTarget } from '../../activities/sync-person.ts';
import type { Account } from '../../domain/account.ts';
import type { AccountId, OktaUserId, TargetGroupId } from '../../domain/ids.ts';
import type { SavedOrg } from '../../sandbox/okta/org.ts';
import { lockChain } from '../../store/audit.ts';
import { beginSnapshot } from '../../store/snapshots.ts';
import { offboarded } from '../support/offboarding-order.ts';
import { until } from '../support/until.ts';
import { type InProcess, startInProcess } from './in-process.ts';

const target = 'cloud';
let lab: InProcess;
beforeAll(async () => {
  lab = await startInProcess({ people: 40, groups: 4, seed: 37 });
  await lab.sync();
}, 60_000);
afterAll(() => lab?.stop());

const connected = () => {
  const found = lab.deps.targets.get(target);
  if (!found) throw new Error('the target is not connected');
  return found;
};

/** All accounts, and the members of all groups that have any, as the target lists them now. */
async function listed() {
  const { directory } = connected();
  const accounts: Account[] = [];
  for await (const page of directory.accounts()) accounts.push(...page);
  const members: { group: TargetGroupId; accounts: AccountId[] }[] = [];
  for (const { id } of lab.directory().groups) {
    const group = id as TargetGroupId;
    const ids: AccountId[] = [];
    for await (const page of directory.members(group)) ids.push(...page);
    if (ids.length > 0) members.push({ group, accounts: ids });
  }
  return { accounts, members };
}

async function offboard(person: OktaUserId): Promise<void> {
  const offboardingId = await offboarded(lab.deps.store, person, { targets: [target] });
  await lab.run(() => beginRun(lab.deps, { runId: offboardingId, kind: 'offboarding', covers: [] }));
  const done = lab.run(() => offboardAtTarget(lab.deps, { offboardingId, planId: randomUUID(), target, person }));
  expect(await done).toEqual({ state: 'done' });
}

/** How many wait for a lock of somebody else. */
async function waiters(): Promise<number> {
  const { rows } = await sql<{ n: string }>`
    select count(distinct pid) as n from pg_locks where not granted and pid in (
      select pid from pg_stat_activity where datname = current_database())`.execute(lab.deps.store);
  return Number(rows[0]?.n);
}

const inMirror = async (account: AccountId) => {
  const { store } = lab.deps;
  const row = await store.selectFrom('account').select('is_active').where('id', '=', account).executeTakeFirst();
  const groups = await store
    .selectFrom('target_membership')
    .select('group_id')
    .where('account_id', '=', account)
    .execute();
  return { isActive: row?.is_active, groups: groups.length };
};

it.each(['recorded before the page is saved', 'in a run that has ended by then'])('%s', async (when) => {
  const { store } = lab.deps;
  const snapshot = await beginSnapshot(store, target);
  const reading = await TargetReading.begin(store, snapshot, connected());
  const before = await listed();
  const active = new Set(before.accounts.filter(({ isActive }) => isActive).map(({ id }) => id));
  const account = before.members.flatMap(({ accounts }) => accounts).find((id) => active.has(id));
  if (account === undefined) throw new Error('nobody is active in a group');
  const person = before.accounts.find(({ id }) => id === account)?.externalId as OktaUserId;
  expect(await inMirror(account)).toMatchObject({ isActive: true });
  await offboard(person);
  if (when.includes('ended')) await store.updateTable('run').set({ finished_at: new Date() }).execute();
  await reading.saveAccounts(before.accounts);
  await reading.saveMembers(before.members);
  expect(await inMirror(account)).toEqual({ isActive: false, groups: 0 });
  const others = before.members.flatMap(({ group, accounts }) =>
    accounts.filter((id) => id !== account).map((id) => `${group} ${id}`),
  );
  const kept = await store.selectFrom('target_membership').select(['group_id', 'account_id']).execute();
  expect(kept.map(({ group_id, account_id }) => `${group_id} ${account_id}`).sort()).toEqual(others.sort());
});

it('recorded in the very moment in which the page is saved', async () => {
  const { store } = lab.deps;
  const snapshot = await beginSnapshot(store, target);
  const reading = await TargetReading.begin(store, snapshot, connected());
  const before = await listed();
  const { group, account } =
    before.members
      .flatMap(({ group, accounts }) =>
        accounts.map((id) => ({ group, account: before.accounts.find((one) => one.id === id && one.isActive) })),
      )
      .find(({ account }) => account !== undefined) ?? {};
  if (!account) throw new Error('nobody is active in a group');
  const person = account.externalId as OktaUserId;
  const name = lab.directory().groups.find(({ id }) => id === group)?.displayName;
  const { groups } = lab.sandbox.okta.vendor.dump() as SavedOrg;
  await lab.okta.leave(groups.find(({ profile }) => profile.name === name)?.id ?? '', person);
  await lab.run(() => observePerson(lab.deps, { person }));
  const runId = randomUUID();
  await lab.run(() => beginRun(lab.deps, { runId, kind: 'person', covers: [] }));

  // Whoever records waits for its chain, with all else that it writes written and not committed.
  const holder = await store.startTransaction().execute();
  await lockChain(holder, runId);
  const syncing = lab.run(() => syncPersonAtTarget(lab.deps, { runId, planId: randomUUID(), target, person }));
  await until('the removal is being recorded', async () => (await waiters()) === 1, 20_000);
  let isSaved = false;
  const saving = reading.saveMembers(before.members).finally(() => {
    isSaved = true;
  });
  await until('the page is being saved', async () => isSaved || (await waiters()) === 2, 20_000);
  await holder.commit().execute();
  await saving;
  expect(await syncing).toMatchObject({ state: 'in-step', outcomes: { applied: 1 } });
  const kept = await store
    .selectFrom('target_membership')
    .select('group_id')
    .where('account_id', '=', account.id)
    .where('group_id', '=', group as TargetGroupId)
    .execute();
  expect(kept).toEqual([]);
});
