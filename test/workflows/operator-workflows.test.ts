import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../domain/failure.ts';
import { taskQueues, workflowIds } from '../../workflows/contract.ts';
import { command, dueWork } from '../../workflows/index.ts';
import { useStage } from './shared-stage.ts';
import { currentDetails } from './what-operators-see.ts';

const { fakes, stage } = useStage();
const taskQueue = taskQueues.workflows;

describe('dueWork', () => {
  const start = () =>
    stage().client.workflow.start(dueWork, { workflowId: workflowIds.dueWork(randomUUID()), taskQueue, args: [] });

  it('asks for what is due, then tells people, and says what it did', async () => {
    fakes.become({
      askForDueWork: async () => ({ targets: ['cloud'] }),
      sendNotices: async () => ({ told: 2, failed: 1 }),
    });
    const run = await start();
    expect(await run.result()).toEqual({ targets: ['cloud'], notices: { told: 2, failed: 1 } });
    expect(fakes.calls.map(({ activity }) => activity)).toEqual(['askForDueWork', 'sendNotices']);
    expect(await currentDetails(run)).toBe('Asked: `target-sync/cloud`. Notices told: 2, to be tried again: 1.');
  });
});

describe('command', () => {
  const input = { requestId: randomUUID(), command: { kind: 'pause', target: 'cloud', reason: 'CHG-1' } } as const;
  const start = () =>
    stage().client.workflow.start(command, { workflowId: workflowIds.command(randomUUID()), taskQueue, args: [input] });

  it('does what was asked for, once', async () => {
    const run = await start();
    expect(await run.result()).toEqual({ state: 'done', targets: [] });
    expect(fakes.inputsOf('runCommand')).toEqual([input]);
    expect(await currentDetails(run)).toBe('**pause**: done');
  });

  it('has a refusal as its result', async () => {
    fakes.become({
      runCommand: async () => {
        throw new Failure('Conflict', 'account a-1 is already linked to 00u1: unlink 00u1 first', { system: 'cloud' });
      },
    });
    const run = await start();
    const problem = { kind: 'Conflict', message: 'account a-1 is already linked to 00u1: unlink 00u1 first' };
    expect(await run.result()).toEqual({ state: 'refused', targets: [], problem });
    expect(fakes.inputsOf('runCommand')).toHaveLength(1);
    expect((await run.describe()).status.name).toBe('COMPLETED');
    expect(await currentDetails(run)).toContain('**Conflict**: account a-1');
  });

  it('is tried again while the database is away', async () => {
    let tries = 0;
    fakes.become({
      runCommand: async () => {
        tries += 1;
        if (tries === 1) throw new Failure('Unavailable', 'store: the database cannot be reached', { system: 'store' });
        return { state: 'done', targets: [] };
      },
    });
    expect(await (await start()).result()).toEqual({ state: 'done', targets: [] });
    expect(tries).toBe(2);
  });
});
