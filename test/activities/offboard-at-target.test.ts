/** An offboarding's part at a target, on a simulated one: what is done whatever comes in between, and what is on record. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judgePlan } from '../../activities/guard-plan.ts';
import { observeSource } from '../../activities/observe-source.ts';
import { offboardAtTarget } from '../../activities/offboard-at-target.ts';
import { makePlan } from '../../activities/plan-target.ts';
import { beginRun } from '../../activities/report.ts';
import type { AccountId, OktaUserId } from '../../domain/ids.ts';
import type { SavedOrg } from '../../sandbox/okta/org.ts';
import { claimSubjects, personSubject } from '../../store/claims.ts';
import { hasFirstPlan } from '../../store/first-plan.ts';
import { linkedAccount, linkPeople } from '../../store/links.ts';
import { stepsOf } from '../../store/offboarding-steps.ts';
import { raiseVersion } from '../../store/subjects.ts';
import { pauseTarget, resumeTarget } from '../../store/target-state.ts';
import { offboarded } from '../support/offboarding-order.ts';
import { type InProcess, startInProcess } from './in-process.ts';

const target = 'cloud';
let lab: InProcess;
beforeAll(async () => {
  lab = await startInProcess({ people: 60, groups: 6, seed: 33 });
  await lab.sync();
}, 60_000);
afterAll(() => lab?.stop());

const taken = new Set<string>();
const accountOf = (person: string) =>
  lab.directory().users.find(({ document }) => document['externalId'] === person && document['active'] === true);
const groupsOf = (account: string | undefined) =>
  lab.directory().groups.filter(({ members }) => members.includes(account ?? '')).length;

/** Somebody with an account in at least two groups, whom no other test has touched. */
function somebody(): { person: OktaUserId; account: string } {
  for (const { id, document } of lab.directory().users) {
    const person = String(document['externalId']);
    if (taken.has(person) || document['active'] !== true || groupsOf(id) < 2) continue;
    taken.add(person);
    return { person: person as OktaUserId, account: id };
  }
  throw new Error('nobody is left');
}

const ordered = (person: OktaUserId): Promise<string> => offboarded(lab.deps.store, person, { targets: [target] });

/** A plan for the person that is judged and not carried out yet. */
async function planned(runId: string, person: OktaUserId): Promise<string> {
  const planId = randomUUID();
  const scope = { only: 'people', people: [person] } as const;
  await lab.run(async () => {
    const alive = { signal: new AbortController().signal, progress() {} };
    await makePlan(lab.deps, { planId, runId, target, kind: 'run', scope }, alive);
    await judgePlan(lab.deps, { planId, target, scope });
  });
  return planId;
}

const act = (offboardingId: string, person: OktaUserId, planId: string = randomUUID(), deps = lab.deps) =>
  lab.run(() => offboardAtTarget(deps, { offboardingId, planId, target, person }));
const evidence = async (offboardingId: string) =>
  (await stepsOf(lab.deps.store, offboardingId))
    .filter(({ step }) => step !== 'find-others')
    .map(({ step, state, detail }) => [step, state, detail].filter(Boolean).join(' '))
    .sort();
const done = (groups: number) => ['confirm done', 'deactivate done', `remove-memberships done ${groups}/${groups}`];

it('takes the account and every membership', async () => {
  const { person, account } = somebody();
  const groups = groupsOf(account);
  const id = await ordered(person);
  expect(await act(id, person)).toEqual({ state: 'done' });
  expect([accountOf(person), groupsOf(account)]).toEqual([undefined, 0]);
  expect(await evidence(id)).toEqual(done(groups));
});

it('is done above every guard, at a paused target, and before its first plan was approved', async () => {
  const outside = { ...lab.deps, isSandbox: false };
  await pauseTarget(lab.deps.store, { target, by: 'operator', reason: 'INC-1' });
  try {
    // The guards let three deactivations of these sixty go in one run, and six in a day.
    for (const { person, account } of Array.from({ length: 7 }, somebody)) {
      expect(await act(await ordered(person), person, randomUUID(), outside)).toEqual({ state: 'done' });
      expect([accountOf(person), groupsOf(account)]).toEqual([undefined, 0]);
    }
    expect(await hasFirstPlan(lab.deps.store, target)).toBe(false);
  } finally {
    await resumeTarget(lab.deps.store, target);
  }
});

it('takes the membership of a group that was deleted at Okta as well, while Okta is away', async () => {
  const { person, account } = somebody();
  const groups = groupsOf(account);
  const [left] = lab.directory().groups.filter(({ members }) => members.includes(account));
  const org = lab.sandbox.okta.vendor.dump() as SavedOrg;
  const group = org.groups.find(({ profile }) => profile.name === left?.displayName);
  await lab.okta.deleteGroup(group?.id ?? '');
  await lab.run(() => observeSource(lab.deps));
  lab.sandbox.okta.faults.set([{ id: 'away', match: { path: '/api/' }, action: { status: 503 } }]);
  try {
    const id = await ordered(person);
    expect(await act(id, person)).toEqual({ state: 'done' });
    expect([accountOf(person), groupsOf(account)]).toEqual([undefined, 0]);
    expect(await evidence(id)).toEqual(done(groups));
  } finally {
    lab.sandbox.okta.faults.clear();
  }
});

it('leaves a protected account as it is, and the evidence says so', async () => {
  const { person, account } = somebody();
  const connected = lab.deps.targets.get(target);
  if (!connected) throw new Error('the target is not connected');
  const settings = {
    ...connected.settings,
    protectedPeople: { ...connected.settings.protectedPeople, oktaIds: [person] },
  };
  const protecting = { ...lab.deps, targets: new Map([[target, { ...connected, settings }]]) };
  const id = await ordered(person);
  expect(await act(id, person, randomUUID(), protecting)).toEqual({ state: 'done' });
  expect(accountOf(person)?.id).toBe(account);
  expect(await evidence(id)).toEqual(['confirm not-possible protected']);
});

it('is not told as done by a worker that ends, and is gone on with by the next under the same plan', async () => {
  const { person, account } = somebody();
  const groups = groupsOf(account);
  const [id, planId] = [await ordered(person), randomUUID()];
  const ending = { ...lab.deps, stopping: AbortSignal.abort() };
  await expect(act(id, person, planId, ending)).rejects.toMatchObject({ kind: 'Unavailable' });
  expect(accountOf(person)).toBeDefined();
  expect(await evidence(id)).toEqual([]);
  expect(await act(id, person, planId)).toEqual({ state: 'done' });
  expect([accountOf(person), groupsOf(account)]).toEqual([undefined, 0]);
  expect(await evidence(id)).toEqual(done(groups));
});

it('whoever changes between plan and change is planned again at once', async () => {
  const { person, account } = somebody();
  const id = await ordered(person);
  const planId = await planned(id, person);
  await raiseVersion(lab.deps.store, [person], 'read-again', [target]);
  expect(await act(id, person, planId)).toEqual({ state: 'done' });
  expect([accountOf(person), groupsOf(account)]).toEqual([undefined, 0]);
  const outcomes = await lab.deps.store
    .selectFrom('change')
    .select('outcome')
    .distinct()
    .where('plan_id', '=', planId)
    .execute();
  expect(outcomes).toEqual([{ outcome: 'stale' }]);
  expect((await evidence(id)).filter((line) => line.includes('failed'))).toEqual([]);
});

it('what another plan did while a try of this one was lost is told once', async () => {
  const { store } = lab.deps;
  const { person } = somebody();
  const id = await ordered(person);
  const planId = await planned(id, person);
  await lab.run(() => beginRun(lab.deps, { runId: id, kind: 'offboarding', covers: [] }));
  await store.updateTable('change').set({ attempts: 1 }).where('plan_id', '=', planId).execute();
  await act(id, person);
  expect(await act(id, person, planId)).toEqual({ state: 'done' });
  const told = await store
    .selectFrom('audit')
    .select(['outcome'])
    .where('person_id', '=', person)
    .where('kind', '=', 'deactivate-account')
    .where('outcome', '=', 'applied')
    .execute();
  expect(told).toHaveLength(1);
});

it('waits until nobody else writes the person', async () => {
  const { person } = somebody();
  const id = await ordered(person);
  const from = lab.sandbox.cloud.requests.last;
  const freeAt = Date.now() + 1_000;
  await claimSubjects(lab.deps.store, target, randomUUID(), [personSubject(person)], 1_000);
  expect(await act(id, person)).toEqual({ state: 'done' });
  const [first] = lab.sandbox.cloud.requests.since(from).filter(({ method }) => method !== 'GET');
  expect(first?.at).toBeGreaterThanOrEqual(freeAt);
});

describe('a change that the target refuses', () => {
  it('is told as failed, and as done once it was', async () => {
    const { person, account } = somebody();
    const id = await ordered(person);
    lab.sandbox.cloud.faults.set([
      { id: 'no', match: { method: 'PATCH', path: `/Users/${account}` }, times: 1, action: { status: 400 } },
    ]);
    expect(await act(id, person)).toMatchObject({ state: 'failed' });
    lab.sandbox.cloud.faults.clear();
    expect((await evidence(id)).some((line) => line.startsWith('deactivate failed'))).toBe(true);
    expect(await act(id, person)).toEqual({ state: 'done' });
    expect((await evidence(id)).filter((line) => line.includes('failed'))).toEqual([]);
    expect(accountOf(person)).toBeUndefined();
  });

  it('and that somebody does by hand meanwhile is told as so already', async () => {
    const { person, account } = somebody();
    const id = await ordered(person);
    lab.sandbox.cloud.faults.set([
      { id: 'no', match: { method: 'PATCH', path: `/Users/${account}` }, action: { status: 400 } },
    ]);
    expect(await act(id, person)).toMatchObject({ state: 'failed' });
    lab.sandbox.cloud.faults.clear();
    await lab.deps.targets.get(target)?.directory.setActive(account as AccountId, false);
    expect(await act(id, person)).toEqual({ state: 'done' });
    const lines = await evidence(id);
    expect(lines).toContain('deactivate already-so');
    expect(lines.filter((line) => line.includes('failed'))).toEqual([]);
  });
});

it('says so where nobody is linked', async () => {
  const person = '00u0000000000nobody2' as OktaUserId;
  const id = await ordered(person);
  expect(await linkedAccount(lab.deps.store, target, person)).toBeUndefined();
  expect(await act(id, person)).toEqual({ state: 'done' });
  expect(await evidence(id)).toEqual(['confirm nothing-there not-linked']);
});

describe('of somebody to whom nothing is linked yet', () => {
  it('is not done while the target was never read, nor while an account bears their id: it is once that is linked', async () => {
    const fresh = await startInProcess({ people: 10, groups: 2, seed: 34 });
    try {
      const { store } = fresh.deps;
      const [someone] = (fresh.sandbox.okta.vendor.dump() as SavedOrg).users;
      const person = someone?.id as OktaUserId;
      const offboardingId = await offboarded(store, person, { targets: [target] });
      const go = () =>
        fresh.run(() => offboardAtTarget(fresh.deps, { offboardingId, planId: randomUUID(), target, person }));
      const confirmed = async () =>
        (await stepsOf(store, offboardingId))
          .filter(({ step }) => step === 'confirm')
          .map(({ state, detail }) => [state, detail].filter(Boolean).join(' '));
      expect(await go()).toMatchObject({ state: 'failed', problem: { kind: 'Conflict' } });
      expect(await confirmed()).toEqual(['failed never-read']);

      const attributes = { userName: 'someone@example.com', email: 'someone@example.com' };
      const { directory } = fresh.deps.targets.get(target) ?? {};
      const made = await directory?.createAccount({ externalId: person, attributes });
      const account = made?.value.id as AccountId;
      await fresh.sync();
      expect(await go()).toMatchObject({ state: 'failed', problem: { kind: 'Conflict' } });
      expect(await confirmed()).toEqual(['failed unlinked-account']);

      await linkPeople(store, target, [{ person, account, origin: 'operator' }]);
      expect(await go()).toEqual({ state: 'done' });
      expect(await confirmed()).toEqual(['done']);
      expect(fresh.directory().users.find(({ id }) => id === account)?.document['active']).toBe(false);
    } finally {
      await fresh.stop();
    }
  });
});
