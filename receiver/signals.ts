/** All that the receiver asks of Temporal. Each call either was accepted, or raises `unavailable` at its deadline. */
import { type Client, WithStartWorkflowOperation, WorkflowUpdateFailedError } from '@temporalio/client';
import type { OktaUserId } from '../domain/ids.ts';
import type { OffboardingCommand } from '../domain/offboarding.ts';
import {
  cancelSignal,
  changedSignal,
  type OffboardingInput,
  type OffboardingResult,
  type PersonInput,
  type PersonResult,
  releaseSignal,
  requestSignal,
  syncNowUpdate,
  taskQueues,
  workflowIds,
} from '../workflows/contract.ts';
import { unavailable } from './problems.ts';

/** Deadlines are milliseconds since 1970. */
export interface Signals {
  /** Something about the person may have changed. */
  personChanged(person: OktaUserId, deadline: number): Promise<void>;
  order(person: OktaUserId, command: OffboardingCommand, deadline: number): Promise<void>;
  /** @returns the outcome; undefined when it did not come until `waitUntil`, and then `personChanged` still holds */
  syncNow(
    person: OktaUserId,
    requestId: string,
    waitUntil: number,
    patienceMs: number,
  ): Promise<PersonResult | undefined>;
  isReachable(patienceMs: number): Promise<boolean>;
}

const orderSignals = { request: requestSignal, cancel: cancelSignal, release: releaseSignal };

export function createSignals(client: Client): Signals {
  const until = <T>(deadline: number, ask: () => Promise<T>): Promise<T> =>
    client.withDeadline(deadline, ask).catch((error: unknown) => {
      throw unavailable('Temporal has not accepted it', 'send the same again', error);
    });
  const reach = (deadline: number) => until(deadline, () => client.workflowService.getSystemInfo({}));
  const personChanged = async (person: OktaUserId, deadline: number): Promise<void> => {
    await until(deadline, () =>
      client.workflow.signalWithStart<Person>('personLifecycle', { ...start(person), signal: changedSignal }),
    );
  };
  return {
    personChanged,
    async order(person, command, deadline) {
      await until(deadline, () =>
        client.workflow.signalWithStart<Offboarding, [OffboardingCommand]>('offboarding', {
          workflowId: workflowIds.offboarding(person),
          taskQueue: taskQueues.urgent,
          args: [{ person }],
          signal: orderSignals[command.kind],
          signalArgs: [command],
          staticSummary: 'Offboarding',
        }),
      );
    },
    async syncNow(person, requestId, waitUntil, patienceMs) {
      // Who waits for an outcome must not wait for a Temporal that is away.
      await reach(Date.now() + patienceMs);
      const result = await outcome(client, person, requestId, waitUntil);
      // An update that no worker has accepted yet is forgotten; a signal is not.
      if (!result) await personChanged(person, Date.now() + patienceMs);
      return result;
    },
    isReachable: (patienceMs) =>
      reach(Date.now() + patienceMs).then(
        () => true,
        () => false,
      ),
  };
}

type Person = (input: PersonInput) => Promise<PersonResult>;
type Offboarding = (input: OffboardingInput) => Promise<OffboardingResult>;

const start = (person: OktaUserId) =>
  ({
    workflowId: workflowIds.personLifecycle(person),
    taskQueue: taskQueues.event,
    args: [{ person }] as [PersonInput],
    staticSummary: 'One person in step',
  }) as const;

async function outcome(
  client: Client,
  person: OktaUserId,
  requestId: string,
  waitUntil: number,
): Promise<PersonResult | undefined> {
  const deadline = AbortSignal.timeout(Math.max(waitUntil - Date.now(), 1));
  try {
    return await client.withAbortSignal(deadline, () =>
      client.workflow.executeUpdateWithStart(syncNowUpdate, {
        startWorkflowOperation: new WithStartWorkflowOperation<Person>('personLifecycle', {
          ...start(person),
          workflowIdConflictPolicy: 'USE_EXISTING',
        }),
        args: [{ requestId }],
      }),
    );
  } catch (error) {
    if (deadline.aborted || error instanceof WorkflowUpdateFailedError) return undefined;
    throw unavailable('Temporal has not accepted it', 'send the same again', error);
  }
}
