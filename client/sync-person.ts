/** Asks one person's workflow, which is started if it does not run, to bring them in step now, and for the outcome. */
import { randomUUID } from 'node:crypto';
import { type Client, WorkflowUpdateFailedError } from '@temporalio/client';
import { syncPersonNow, tellPersonChanged } from '../temporal/ask.ts';
import { type PersonResult, workflowIds } from '../workflows/contract.ts';
import { ClientError } from './client-error.ts';
import { lookAt, type Trouble } from './execution-watch.ts';

export interface SyncPersonOptions {
  /** How long to wait for the outcome. Default 60 s. */
  readonly patienceMs?: number;
  /** Ends the waiting, not what was asked for. */
  readonly signal?: AbortSignal;
}

/** `asked`: the outcome did not come in time; what was asked for goes on. `trouble`: what keeps it, if that is known. */
export type PersonSynced =
  | { readonly state: 'answered'; readonly result: PersonResult }
  | { readonly state: 'asked'; readonly person: string; readonly afterMs: number; readonly trouble?: Trouble };

/** @throws ClientError `interrupted` */
export async function syncPerson(
  client: Client,
  person: string,
  { patienceMs = 60_000, signal = new AbortController().signal }: SyncPersonOptions,
): Promise<PersonSynced> {
  const deadline = AbortSignal.timeout(patienceMs);
  const began = Date.now();
  try {
    const result = await client.withAbortSignal(AbortSignal.any([deadline, signal]), () =>
      syncPersonNow(client, person, randomUUID()),
    );
    return { state: 'answered', result };
  } catch (error) {
    const hasEnded = deadline.aborted || signal.aborted || error instanceof WorkflowUpdateFailedError;
    if (!hasEnded) throw error;
  }
  // An update that no worker has accepted yet is forgotten; a signal is not.
  await tellPersonChanged(client, person);
  if (signal.aborted)
    throw new ClientError(
      'interrupted',
      'not waiting any longer; what was started goes on',
      `\`lockstep explain ${person}\` tells how they stand`,
    );
  const now = await lookAt(client, workflowIds.personLifecycle(person));
  const trouble = now.state === 'running' ? now.trouble : undefined;
  return { state: 'asked', person, afterMs: Date.now() - began, ...(trouble ? { trouble } : {}) };
}
