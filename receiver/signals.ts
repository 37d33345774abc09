/** All that the receiver asks of Temporal. Each call either was accepted, or raises `unavailable` at its deadline. */
import { randomUUID } from 'node:crypto';
import { type Client, isGrpcServiceError, WorkflowUpdateFailedError } from '@temporalio/client';
import type { OktaGroupId, OktaUserId } from '../domain/ids.ts';
import type { OffboardingCommand } from '../domain/offboarding.ts';
import {
  sendOffboardingCommand,
  syncPersonNow,
  tellGroupChanged,
  tellManyChanged,
  tellPersonChanged,
} from '../temporal/ask.ts';
import type { Subjects } from '../temporal/tell-changes.ts';
import type { PersonResult } from '../workflows/contract.ts';
import { askingTogether } from './asking-together.ts';
import { unavailable } from './problems.ts';
import { resourceExhausted } from './temporal-client.ts';

/** Deadlines are milliseconds since 1970. */
export interface Signals {
  /** Something about the person may have changed. */
  personChanged(person: OktaUserId, deadline: number): Promise<void>;
  /** Something about so many may have changed that they go over together. */
  manyChanged(many: Subjects, deadline: number): Promise<void>;
  /** The group itself was renamed or deleted. */
  groupChanged(group: OktaGroupId, deadline: number): Promise<void>;
  order(person: OktaUserId, command: OffboardingCommand, deadline: number): Promise<void>;
  /** @returns the outcome; undefined when it did not come before `waitEnds`, and then `personChanged` still holds */
  syncNow(person: OktaUserId, waitEnds: AbortSignal, patienceMs: number): Promise<PersonResult | undefined>;
  isReachable(patienceMs: number): Promise<boolean>;
}

export function createSignals(client: Client): Signals {
  const until = <T>(deadline: number, ask: () => Promise<T>): Promise<T> =>
    client.withDeadline(deadline, ask).catch((error: unknown) => {
      throw unavailable('Temporal has not accepted it', 'send the same again', error);
    });
  const reach = (deadline: number) => until(deadline, () => client.workflowService.getSystemInfo({}));
  const personChanged = (person: OktaUserId, deadline: number): Promise<void> =>
    until(deadline, () => tellPersonChanged(client, person));
  const sync = askingTogether((person, signal) =>
    client.withAbortSignal(signal, () => syncPersonNow(client, person, randomUUID())),
  );
  return {
    personChanged,
    manyChanged: (many, deadline) => until(deadline, () => tellManyChanged(client, many)),
    groupChanged: (group, deadline) => until(deadline, () => tellGroupChanged(client, group)),
    order: (person, command, deadline) => until(deadline, () => sendOffboardingCommand(client, person, command)),
    async syncNow(person, waitEnds, patienceMs) {
      // Who waits for an outcome must not wait for a Temporal that is away.
      await reach(Date.now() + patienceMs);
      const result = await outcome(sync, person, waitEnds);
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

async function outcome(
  sync: (person: string, waitEnds: AbortSignal) => Promise<PersonResult | undefined>,
  person: OktaUserId,
  waitEnds: AbortSignal,
): Promise<PersonResult | undefined> {
  try {
    return await sync(person, waitEnds);
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError || isTooMany(error)) return undefined;
    throw unavailable('Temporal has not accepted it', 'send the same again', error);
  }
}

/** Updates of this person that no worker has seen yet: the outcome cannot be waited for, but the person is told of. */
const isTooMany = (error: unknown): boolean => isGrpcServiceError(error) && error.code === resourceExhausted;
