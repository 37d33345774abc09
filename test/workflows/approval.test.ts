/** The workflow in which changes wait for a human, on a real server; what it records is a test's own. */
import type { WorkflowHandle } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { sendDecision } from '../../client/decide.ts';
import { Failure } from '../../domain/failure.ts';
import {
  type ApprovalInput,
  type Decision,
  taskQueues,
  type WaitingPlan,
  waitingSignal,
  workflowIds,
} from '../../workflows/contract.ts';
import type { approval } from '../../workflows/index.ts';
import { useStage } from './shared-stage.ts';
import { attributesOf, currentDetails } from './what-operators-see.ts';

const { fakes, stage } = useStage();

const planId = '0b5f0c1e-6a63-4f8e-9d07-2f6f5c1d7d31';
const plan = (more: Partial<WaitingPlan> = {}): WaitingPlan => ({
  planId,
  revision: 1,
  hash: '3f2a9c1b3f2a9c1b',
  changes: 7,
  expiresAt: '2100-01-01T00:00:00.000Z',
  ...more,
});
const decision = (more: Partial<Decision> = {}): Decision => ({
  requestId: 'd1',
  planId,
  hash: '3f2a9c1b',
  reason: 'CHG-1',
  ...more,
});

const start = (target: string, waiting?: WaitingPlan): Promise<WorkflowHandle<typeof approval>> =>
  stage().client.workflow.start<typeof approval>('approval', {
    workflowId: workflowIds.approval(target),
    taskQueue: taskQueues.workflows,
    args: [{ target, ...(waiting ? { waiting } : {}) } satisfies ApprovalInput],
  });

describe('what waits', () => {
  it('is told with the commands that release or drop it, and ends when it is approved', async () => {
    fakes.become();
    const handle = await start('one', plan());
    expect(await currentDetails(handle)).toMatch(
      /7 changes of one wait[\s\S]*lockstep approve 0b5f0c1e\S+ --hash 3f2a9c1b/,
    );
    expect(await attributesOf(handle)).toMatchObject({ phase: 'waiting', needsAttention: true });

    const result = await sendDecision(stage().client, 'one', decision(), true);
    expect(result).toEqual({ state: 'approved', signers: [], requestId: 'd1' });
    expect(await handle.result()).toEqual({ target: 'one', ended: 'approved' });
    expect(fakes.inputsOf('recordDecision')).toEqual([{ target: 'one', decision: decision(), approves: true }]);
    expect(await attributesOf(handle)).toMatchObject({ phase: 'done', needsAttention: false });
  });

  it('goes on waiting when a decision is refused, or when another signature is needed', async () => {
    fakes.become({
      recordDecision: async ({ decision: { reason } }) => {
        if (reason === 'bad') throw new Failure('Rejected', 'plan has another hash than you gave');
        return { state: 'needs-another-signature', signers: ['ada'] };
      },
    });
    const handle = await start('two', plan());
    await expect(sendDecision(stage().client, 'two', decision({ reason: 'bad' }), true)).rejects.toThrow(
      /another hash/,
    );
    expect((await sendDecision(stage().client, 'two', decision({ requestId: 'd2' }), true)).state).toBe(
      'needs-another-signature',
    );
    expect((await handle.describe()).status.name).toBe('RUNNING');
    await handle.signal(waitingSignal, undefined);
    expect(await handle.result()).toEqual({ target: 'two', ended: 'withdrawn' });
  });

  it.each([
    ['a plan that is no id', { planId: 'latest' }],
    ['a hash that is too short', { hash: '3f2a' }],
    ['a reason in prose', { reason: 'since Bob asked' }],
    ['a ticket in prose', { ticket: 'the one from monday' }],
  ])('does not even record a decision with %s', async (title, wrong) => {
    fakes.become();
    const target = `nonsense-${title.length}`;
    const handle = await start(target, plan());
    await expect(sendDecision(stage().client, target, decision(wrong), true)).rejects.toThrow();
    expect(fakes.inputsOf('recordDecision')).toEqual([]);
    await handle.terminate();
  });

  it('is approved as an older revision without dropping the newer one', async () => {
    fakes.become();
    const handle = await start('three', plan());
    await handle.signal(waitingSignal, plan({ planId: planId.replace('0b', '1c'), revision: 2 }));
    await sendDecision(stage().client, 'three', decision(), true);
    expect(await currentDetails(handle)).toContain('revision 2');
    expect((await handle.describe()).status.name).toBe('RUNNING');
    await handle.terminate();
  });

  it('expires by itself, the newest revision only', async () => {
    fakes.become();
    const soon = new Date(Date.now() + 1_500).toISOString();
    const handle = await start('four', plan({ expiresAt: new Date(Date.now() + 86_400_000).toISOString() }));
    const newer = planId.replace('0b', '1c');
    await handle.signal(waitingSignal, plan({ planId: newer, revision: 2, expiresAt: soon }));
    expect(await handle.result()).toEqual({ target: 'four', ended: 'expired' });
    expect(fakes.inputsOf('expireApproval')).toEqual([{ target: 'four', planId: newer }]);
  });
});

describe('a previewed plan', () => {
  it('is decided although nothing waits, and leaves nothing open', async () => {
    fakes.become();
    expect((await sendDecision(stage().client, 'previewed', decision(), true)).state).toBe('approved');
    const handle = stage().client.workflow.getHandle<typeof approval>(workflowIds.approval('previewed'));
    expect(await handle.result()).toEqual({ target: 'previewed', ended: 'decided-without-waiting' });
  });

  it('leaves nothing open either when the decision was nonsense', async () => {
    fakes.become();
    await expect(sendDecision(stage().client, 'nobody', decision({ hash: '1' }), true)).rejects.toThrow(/first eight/);
    const handle = stage().client.workflow.getHandle<typeof approval>(workflowIds.approval('nobody'));
    expect(await handle.result()).toEqual({ target: 'nobody', ended: 'decided-without-waiting' });
  }, 30_000);
});
