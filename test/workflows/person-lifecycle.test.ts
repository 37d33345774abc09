/** One person's round while Okta cannot be read: the news is on record before the workflow ends. */
import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { Failure } from '../../domain/failure.ts';
import { changedSignal, taskQueues, workflowIds } from '../../workflows/contract.ts';
import { personLifecycle } from '../../workflows/index.ts';
import { useStage } from './shared-stage.ts';

const { fakes, stage } = useStage();

const tell = async () => {
  const person = `00u${randomUUID().replaceAll('-', '').slice(0, 17)}`;
  const run = await stage().client.workflow.signalWithStart(personLifecycle, {
    workflowId: workflowIds.personLifecycle(person),
    taskQueue: taskQueues.event,
    args: [{ person }],
    signal: changedSignal,
    signalArgs: [],
  });
  return { person, result: run.result() };
};

it('the news of whom Okta does not show is kept for the next reading, and is its result', async () => {
  fakes.become({
    observePerson: async () => {
      throw new Failure('AccessDenied', 'okta: read user failed: 403', { system: 'okta' });
    },
  });
  const { person, result } = await tell();
  const problem = { kind: 'AccessDenied', message: 'okta: read user failed: 403' };
  expect(await result).toEqual({ person, targets: [], problem });
  expect(fakes.inputsOf('markNews')).toEqual([{ people: [person], isUnread: true }]);
});

it('also where reading them fails by a bug, which the workflow fails with', async () => {
  fakes.become({
    observePerson: async () => {
      throw new TypeError('a bug');
    },
  });
  const { person, result } = await tell();
  await expect(result).rejects.toThrow();
  expect(fakes.inputsOf('markNews')).toEqual([{ people: [person], isUnread: true }]);
}, 60_000);

it('whoever was read is not marked on top', async () => {
  const { result } = await tell();
  await result;
  expect(fakes.inputsOf('markNews')).toEqual([]);
});
