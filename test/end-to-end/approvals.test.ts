/**
 * A target treated as production: its first plan waits as a whole, guards stop their kind of change, an approval releases
 * exactly what its plan lists as far as it is still true, and whoever was not asked gets their account meanwhile.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LockstepClient } from '../../client/lockstep-client.ts';
import { plannedLine } from '../../store/plan-identity.ts';
import { temporalConnection } from '../../temporal/connection.ts';
import { type TargetRun, workflowIds } from '../../workflows/contract.ts';
import { type Lab, scopeGroup, startLab } from '../support/fault-lab.ts';
import { lockstepYaml } from '../support/lockstep-yaml.ts';
import { fullSync, preview } from '../support/requests.ts';
import { until } from '../support/until.ts';

const config = lockstepYaml({
  sandbox: false,
  target: { guards: { deactivations: { perRun: { percent: 5, atLeast: 3, atMost: 10 } } } },
});

let lab: Lab;
let client: LockstepClient;
let waiting: NonNullable<NonNullable<TargetRun['guard']>['waiting']>;

const sync = async (): Promise<TargetRun> => {
  const run = (await fullSync(lab.system)).runs.get('cloud');
  if (!run) throw new Error('the target did not run');
  return run;
};
const waitingOf = ({ guard }: TargetRun) => {
  if (!guard?.waiting) throw new Error('nothing waits');
  return guard.waiting;
};
const decide = (approves: boolean, given: { planId: string; hash: string; reason?: string }) =>
  client.decide({ target: 'cloud', approves, reason: 'test', ...given });
/** Approves, and waits for the run that carries it out. */
async function approve(given: { planId: string; hash: string }): Promise<TargetRun> {
  const { state } = await decide(true, given);
  expect(state).toBe('approved');
  return lastRun();
}
const lastRun = (): Promise<TargetRun> =>
  lab.system.client.workflow.getHandle(workflowIds.targetSync('cloud')).result();
const accountOf = (person: string) =>
  lab.directory().users.find(({ document }) => document['externalId'] === person)?.document;
const writesSince = (mark: number) => lab.writes(mark).map(({ method, path }) => `${method} ${path.split('/').at(-2)}`);

beforeAll(async () => {
  lab = await startLab({ config, seed: { people: 60, groups: 6, seed: 11 } });
  client = new LockstepClient({ temporal: temporalConnection(lab.system.env), reader: { url: 'http://127.0.0.1:9' } });
}, 180_000);
afterAll(async () => {
  await client?.close();
  await lab?.stop();
});

describe('the first plan of a target', () => {
  it('waits as a whole: nothing is written', async () => {
    const run = await sync();
    waiting = waitingOf(run);

    expect(lab.writes()).toEqual([]);
    expect(run.outcomes).toMatchObject({ applied: 0, waiting: run.plan?.changes });
    expect(run.guard).toMatchObject({ free: 0, stoppedBy: { firstPlan: run.plan?.changes } });
    expect(waiting).toMatchObject({ revision: 1, changes: run.plan?.changes });
    const open = await lab.system.client.workflow.getHandle(workflowIds.approval('cloud')).describe();
    expect(open.status.name).toBe('RUNNING');
  });

  it('waits as the same revision when the next run plans the same', async () => {
    expect(waitingOf(await sync())).toEqual(waiting);
  });

  it('is not approved and rejected at once: one of two operators is told that they are late', async () => {
    const { planId, hash } = waiting;
    const both = await Promise.allSettled([decide(false, { planId, hash }), decide(true, { planId, hash })]);
    const [approval] = await lab.system.store
      .selectFrom('approval')
      .selectAll()
      .where('plan_id', '=', planId)
      .execute();
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const kept = both.flatMap((one) => (one.status === 'fulfilled' ? one.value.state : []));
    expect([approval?.state]).toEqual(kept);
    const entries = await lab.system.store.selectFrom('audit').select('kind').where('plan_id', '=', planId).execute();
    expect(entries.map(({ kind }) => kind)).toEqual([kept[0] === 'approved' ? 'approve' : 'reject']);
    // Whichever it was: for what follows all is as it was before.
    if (kept[0] === 'approved') await lastRun();
    await lab.reset({ okta: { people: 60, groups: 6, seed: 11 } });
    waiting = waitingOf(await sync());
  });

  it.each([
    ['another hash', { hash: 'ffffffffffff' }, /another hash/],
    ['too little of the hash', { hash: 'ffff' }, /first eight characters/],
    ['a plan that there is not', { planId: randomUUID() }, /has no plan/],
    ['a reason in prose', { reason: 'because Alice said so' }, /code without spaces/],
  ])('is not approved with %s', async (_title, wrong, message) => {
    const { planId, hash } = waiting;
    await expect(decide(true, { planId, hash, ...wrong })).rejects.toThrow(message);
    expect(lab.writes()).toEqual([]);
  });

  it('is carried out exactly, once it is approved', async () => {
    const run = await approve(waiting);

    expect(run.outcomes).toMatchObject({ applied: waiting.changes, waiting: 0, parked: 0, stale: 0 });
    expect(await lab.differences()).toEqual([]);
    await until('the approval has ended', async () => {
      const handle = lab.system.client.workflow.getHandle(workflowIds.approval('cloud'));
      return (await handle.describe()).status.name === 'COMPLETED';
    });
  });

  it('is not approved twice', async () => {
    for (const approves of [true, false]) await expect(decide(approves, waiting)).rejects.toThrow(/approved already/);
  });
});

describe('a guard that trips', () => {
  let leavers: string[];
  let joiner: string;

  it('stops its kind of change only: a joiner of the same run gets an account', async () => {
    leavers = lab.members().slice(0, 6);
    for (const person of leavers) await lab.okta.lifecycle(person, 'deactivate');
    const profile = { firstName: 'Jo', lastName: 'Iner', email: 'jo@example.com', login: 'jo@example.com' };
    joiner = (await lab.okta.createUser(profile, { groupIds: [lab.groupId(scopeGroup)] })).id;
    const run = await sync();
    waiting = waitingOf(run);

    expect(run.guard?.stoppedBy).toEqual({ deactivations: 6 });
    expect(waiting).toMatchObject({ changes: 6 });
    for (const person of leavers) expect(accountOf(person)).toMatchObject({ active: true });
    expect(accountOf(joiner)).toMatchObject({ active: true });
  });

  it('lets go what is approved and still true, and nothing more', async () => {
    const [returned = ''] = leavers;
    await lab.okta.lifecycle(returned, 'activate');
    const mark = lab.system.sandbox.cloud.requests.last;
    const run = await approve(waiting);

    expect(run.outcomes).toMatchObject({ applied: 5, stale: 1, waiting: 0 });
    expect(writesSince(mark)).toEqual(Array.from({ length: 5 }, () => 'PATCH Users'));
    for (const person of leavers) expect(accountOf(person)?.['active']).toBe(person === returned);
  });

  it('is not asked again for what was rejected', async () => {
    leavers = lab.members().slice(0, 6);
    for (const person of leavers) await lab.okta.lifecycle(person, 'deactivate');
    waiting = waitingOf(await sync());
    expect((await decide(false, waiting)).state).toBe('rejected');

    const run = await sync();
    expect(run.guard).toMatchObject({ stopped: 6 });
    expect(run.guard?.waiting).toBeUndefined();
    for (const person of leavers) expect(accountOf(person)).toMatchObject({ active: true });
  });

  it('can be released by approving a previewed plan as well', async () => {
    const more = lab.members()[0] ?? '';
    await lab.okta.lifecycle(more, 'deactivate');
    const { plans } = await preview(lab.system);
    const plan = plans[0]?.plan;
    if (!plan) throw new Error('no plan was made');
    const run = await approve(plan);
    const open = await lab.system.store.selectFrom('approval').selectAll().where('state', '=', 'open').execute();
    expect(open).toEqual([]);

    expect(run.outcomes).toMatchObject({ applied: plan.changes, waiting: 0 });
    expect(await lab.differences()).toEqual([]);
  });
});

describe('what was altered in the store', () => {
  /** As whoever can write to the database could: another person in the place of the first. */
  const alter = (planId: string, bystander: string) =>
    lab.system.store
      .updateTable('change')
      .set({ person_id: bystander as never, account_id: lab.scimId(bystander) as never })
      .where('plan_id', '=', planId)
      .where('seq', '=', 0)
      .execute();
  const leave = async () => {
    for (const person of lab.members().slice(0, 6)) await lab.okta.lifecycle(person, 'deactivate');
  };

  it('is not approved', async () => {
    await leave();
    waiting = waitingOf(await sync());
    const before = await lab.system.store
      .selectFrom('change')
      .selectAll()
      .where('plan_id', '=', waiting.planId)
      .where('seq', '=', 0)
      .executeTakeFirstOrThrow();
    await alter(waiting.planId, lab.members().at(-1) ?? '');
    await expect(decide(true, waiting)).rejects.toThrow(/altered/);
    const { person_id, account_id } = before;
    await lab.system.store
      .updateTable('change')
      .set({ person_id, account_id })
      .where('plan_id', '=', waiting.planId)
      .where('seq', '=', 0)
      .execute();
  });

  it('is not carried out when it was altered after the approval, not even with a fingerprint that fits', async () => {
    const bystander = lab.members().at(-1) ?? '';
    const person = bystander as never;
    const { fingerprint } = plannedLine({
      kind: 'deactivate-account',
      person,
      account: lab.scimId(bystander) as never,
      reason: 'okta-deprovisioned',
    });
    const { store } = lab.system;
    const approved = await decide(true, waiting).then(() => lastRun());
    expect(approved.outcomes).toMatchObject({ applied: 6 });
    await leave();
    waiting = waitingOf(await sync());
    await alter(waiting.planId, bystander);
    await store
      .updateTable('change')
      .set({ fingerprint })
      .where('plan_id', '=', waiting.planId)
      .where('seq', '=', 0)
      .execute();
    // Approved as it was seen before: the decision itself is forged, too.
    await store
      .updateTable('approval')
      .set({ state: 'approved', valid_until: new Date(Date.now() + 3_600_000) })
      .where('plan_id', '=', waiting.planId)
      .execute();
    const mark = lab.system.sandbox.cloud.requests.last;
    const run = await sync();

    expect(run.problem).toMatchObject({ kind: 'GuardTripped', message: expect.stringContaining('altered') });
    expect(writesSince(mark)).toEqual([]);
    expect(accountOf(bystander)).toMatchObject({ active: true });
  });
});
