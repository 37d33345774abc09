/** Where the configuration names approvers, a plan is carried out only with their signatures; and it does not wait for ever. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signed } from '../../client/cli/sign.ts';
import { LockstepClient } from '../../client/lockstep-client.ts';
import { temporalConnection } from '../../temporal/connection.ts';
import { type TargetRun, workflowIds } from '../../workflows/contract.ts';
import { type Lab, startLab } from '../support/fault-lab.ts';
import { lockstepYaml } from '../support/lockstep-yaml.ts';
import { fullSync } from '../support/requests.ts';

interface Key {
  readonly file: string;
  readonly publicKey: string;
}

let folder: string;
let keys: Record<'ada' | 'grace' | 'mallory', Key>;
let lab: Lab;
let client: LockstepClient;

const makeKey = (name: string): Key => {
  const file = join(folder, name);
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', file]);
  return { file, publicKey: readFileSync(`${file}.pub`, 'utf8').trim() };
};
const configOf = (expireAfter: string) =>
  lockstepYaml({
    sandbox: false,
    approvals: {
      expireAfter,
      signatures: 2,
      approvers: (['ada', 'grace'] as const).map((id) => ({ id, publicKey: keys[id].publicKey })),
    },
    target: { groups: undefined },
  });

async function waitingPlan() {
  const run = (await fullSync(lab.system)).runs.get('cloud');
  if (!run?.guard?.waiting) throw new Error('nothing waits');
  return run.guard.waiting;
}
type Waiting = Awaited<ReturnType<typeof waitingPlan>>;

const statement = ({ planId, hash }: Waiting, reason = 'first-plan') => ({
  decision: 'approve' as const,
  target: 'cloud',
  planId,
  hash,
  reason,
});
const approve = (waiting: Waiting, signature?: string, reason = 'first-plan') =>
  client.decide({
    target: 'cloud',
    approves: true,
    planId: waiting.planId,
    hash: waiting.hash,
    reason,
    ...(signature === undefined ? {} : { signature }),
  });
const lastRun = (): Promise<TargetRun> =>
  lab.system.client.workflow.getHandle(workflowIds.targetSync('cloud')).result();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-test-approvers-'));
  keys = { ada: makeKey('ada'), grace: makeKey('grace'), mallory: makeKey('mallory') };
  lab = await startLab({ config: configOf('1h'), seed: { people: 12, groups: 2, seed: 5 } });
  client = new LockstepClient({ temporal: temporalConnection(lab.system.env), reader: { url: 'http://127.0.0.1:9' } });
}, 180_000);
afterAll(async () => {
  await client?.close();
  await lab?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('a plan that two approvers must sign', () => {
  let waiting: Waiting;
  const signature = (who: Key, reason?: string) => signed(statement(waiting, reason), who.file);

  it('is refused unsigned, signed by a stranger, or signed with another reason than the one given', async () => {
    waiting = await waitingPlan();
    await expect(approve(waiting)).rejects.toThrow(/needs the signature/);
    await expect(approve(waiting, signature(keys.mallory))).rejects.toThrow(/not signed by any approver/);
    await expect(approve(waiting, signature(keys.ada, 'another'))).rejects.toThrow(/not signed by any approver/);
    expect(lab.writes()).toEqual([]);
  });

  it('is not approved by the signature of somebody who rejects it', async () => {
    const rejecting = signed({ ...statement(waiting), decision: 'reject' }, keys.grace.file);
    await expect(approve(waiting, rejecting)).rejects.toThrow(/not for this decision/);
    await expect(approve(waiting, `${signature(keys.ada)}${'x'.repeat(10_000)}`)).rejects.toThrow(/not signed/);
    expect(await lab.system.store.selectFrom('approval_signature').selectAll().execute()).toEqual([]);
  });

  it('still waits when one of them has signed, even twice', async () => {
    for (const _time of [1, 2])
      expect(await approve(waiting, signature(keys.ada))).toMatchObject({
        state: 'needs-another-signature',
        signers: ['ada'],
      });
    expect(lab.writes()).toEqual([]);
  });

  it('is carried out when the other one signs', async () => {
    const result = await approve(waiting, signature(keys.grace));

    expect(result).toMatchObject({ state: 'approved', signers: ['ada', 'grace'] });
    expect((await lastRun()).outcomes).toMatchObject({ applied: waiting.changes });
  });
});

describe('an approval', () => {
  it('whose signature was taken out of the store does not hold', async () => {
    const people = lab.members().slice(0, 5);
    for (const person of people) await lab.okta.lifecycle(person, 'deactivate');
    const waiting = await waitingPlan();
    await approve(waiting, signed(statement(waiting), keys.ada.file));
    const { store } = lab.system;
    await store
      .updateTable('approval')
      .set({ state: 'approved', valid_until: new Date(Date.now() + 3_600_000) })
      .where('plan_id', '=', waiting.planId)
      .execute();
    const mark = lab.system.sandbox.cloud.requests.last;
    const run = (await fullSync(lab.system)).runs.get('cloud');

    expect(run?.problem).toMatchObject({ kind: 'GuardTripped', message: expect.stringContaining('signatures') });
    expect(lab.writes(mark)).toEqual([]);
    await store.updateTable('approval').set({ state: 'expired' }).where('plan_id', '=', waiting.planId).execute();
  });

  it('is asked for again after it has expired, and the expired plan is refused', async () => {
    await lab.restart({ config: configOf('2s') });
    const waiting = await waitingPlan();
    await lab.system.client.workflow.getHandle(workflowIds.approval('cloud')).result();

    await expect(approve(waiting, signed(statement(waiting), keys.ada.file))).rejects.toThrow(/expired/);
    const next = await waitingPlan();
    expect(next.planId).not.toBe(waiting.planId);
    expect(next.hash).toBe(waiting.hash);
  });
});
