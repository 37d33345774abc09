/** Waits for executions and runs, telling what is going on, until they end, the worker is missed or the caller stops. */
import type { Client } from '@temporalio/client';
import { type ReaderClient, ReaderError, type RunView } from '../reader/client.ts';
import { taskQueues, workflowIds } from '../workflows/contract.ts';
import { ClientError } from './client-error.ts';
import { type ExecutionState, lookAt, type Trouble } from './execution-watch.ts';

export interface SyncProgress {
  readonly requestId: string;
  readonly stage: 'reading-okta' | 'planning' | 'targets' | 'offboarding';
  /** Runs of targets that answer the request, as far as they have begun. */
  readonly runs: readonly RunView[];
  /** All targets that were asked; empty while Okta is being read. */
  readonly targets: readonly string[];
  readonly trouble?: Trouble;
}

export interface WaitOptions {
  readonly onProgress?: (progress: SyncProgress) => void;
  /** Ends the waiting, not what is waited for. */
  readonly signal?: AbortSignal;
  /** How long to wait for a worker to take things up. Default 60 s. */
  readonly workerPatienceMs?: number;
}

const pauseMs = 500;
/** The reader may be restarted in the middle. */
const readerPatienceMs = 30_000;

export class Waiting {
  readonly #client: Client;
  readonly #reader: ReaderClient;
  readonly #requestId: string;
  readonly #options: WaitOptions;
  readonly #whereToLook: string;
  #readerAwaySince: number | undefined;

  /** @param whereToLook the command that tells how it went, for whoever stops waiting */
  constructor(
    client: Client,
    reader: ReaderClient,
    requestId: string,
    options: WaitOptions,
    whereToLook = `lockstep runs show ${requestId}`,
  ) {
    this.#client = client;
    this.#reader = reader;
    this.#requestId = requestId;
    this.#options = options;
    this.#whereToLook = whereToLook;
  }

  /** Until the execution has ended, however it did. @throws ClientError `no-worker`, `interrupted` */
  async forExecution(workflowId: string, stage: SyncProgress['stage']): Promise<void> {
    for (;;) {
      const now = await lookAt(this.#client, workflowId);
      if (now.state !== 'running') return;
      this.#tell(stage, [], [], [now]);
      await this.#pause();
    }
  }

  /** Until the reader tells what is waited for. @param answerIn undefined: not yet */
  async forAnswer<Told, Answer>(
    { workflowId, stage }: { readonly workflowId: string; readonly stage: SyncProgress['stage'] },
    ask: (reader: ReaderClient) => Promise<Told>,
    answerIn: (told: Told, now: ExecutionState) => Answer | undefined,
  ): Promise<Answer> {
    for (;;) {
      const now = await lookAt(this.#client, workflowId);
      // Read after the look: what had ended by then has left its word before.
      const told = await this.#fromReader(ask);
      const answer = told && answerIn(told.value, now);
      if (answer !== undefined) return answer;
      this.#tell(stage, [], [], [now]);
      await this.#pause();
    }
  }

  /** Until each target has a finished run that covers the request; those whose workflow ended without are left out. */
  async forTargets(targets: readonly string[]): Promise<RunView[]> {
    const given = new Set<string>();
    for (;;) {
      const states = new Map<string, ExecutionState>();
      for (const target of targets) states.set(target, await lookAt(this.#client, workflowIds.targetSync(target)));
      // Read after the look: a workflow that had ended by then has recorded its run before.
      const runs = await this.#runs();
      const isDone = (target: string): boolean => runs?.some((run) => run.target === target && isEnded(run)) ?? false;
      const open = targets.filter((target) => !isDone(target));
      for (const target of open) if (runs && states.get(target)?.state !== 'running') given.add(target);
      this.#tell('targets', targets, runs ?? [], [...states.values()]);
      if (open.every((target) => given.has(target))) return runs ?? [];
      await this.#pause();
    }
  }

  async #runs(): Promise<RunView[] | undefined> {
    const told = await this.#fromReader((reader) => reader.request(this.#requestId));
    return told?.value.runs.filter(({ kind }) => kind === 'target-sync');
  }

  /** Undefined while the reader is away for a moment. */
  async #fromReader<T>(ask: (reader: ReaderClient) => Promise<T>): Promise<{ readonly value: T } | undefined> {
    try {
      const value = await ask(this.#reader);
      this.#readerAwaySince = undefined;
      return { value };
    } catch (error) {
      const isAway = error instanceof ReaderError && ['unreachable', 'unavailable'].includes(error.code);
      this.#readerAwaySince ??= Date.now();
      if (!isAway || Date.now() - this.#readerAwaySince > readerPatienceMs) throw error;
      return undefined;
    }
  }

  #tell(
    stage: SyncProgress['stage'],
    targets: readonly string[],
    runs: readonly RunView[],
    states: readonly ExecutionState[],
  ): void {
    const trouble = states.map((one) => (one.state === 'running' ? one.trouble : undefined)).find(Boolean);
    const { onProgress, workerPatienceMs = 60_000 } = this.#options;
    onProgress?.({ requestId: this.#requestId, stage, targets, runs, ...(trouble ? { trouble } : {}) });
    if (trouble?.kind === 'not-taken-up' && trouble.sinceMs > workerPatienceMs) throw noWorker(trouble.sinceMs);
  }

  async #pause(): Promise<void> {
    const { signal } = this.#options;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, pauseMs);
      signal?.addEventListener('abort', end, { once: true });
    });
    if (signal?.aborted) {
      const hint = `\`${this.#whereToLook}\` tells how it went`;
      throw new ClientError('interrupted', 'not waiting any longer; what was started goes on', hint);
    }
  }
}

const isEnded = ({ finishedAt }: RunView): boolean => finishedAt !== undefined;

function noWorker(sinceMs: number): ClientError {
  const queues = Object.values(taskQueues).join(', ');
  return new ClientError(
    'no-worker',
    `no worker has taken this up for ${Math.round(sinceMs / 1000)} s`,
    `start a worker for the task queues ${queues} (\`npm start\` starts everything); it will do what was asked`,
  );
}
