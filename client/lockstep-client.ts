/**
 * Lockstep for programs; the command line is built on it. Acting goes through Temporal with ids only, reading asks the
 * reader.
 */
import { randomUUID } from 'node:crypto';
import { type Client, WorkflowFailedError } from '@temporalio/client';
import type { Config } from '../config/config.ts';
import type { EncryptionKey } from '../config/encryption-keys.ts';
import { type PlanView, ReaderClient, type RunView } from '../reader/client.ts';
import { tellGroupChanged, tellPersonChanged } from '../temporal/ask.ts';
import type { TemporalConnection } from '../temporal/connection.ts';
import {
  type CheckInput,
  type CheckReport,
  type Command,
  type CommandInput,
  type CommandResult,
  type Decision,
  type DecisionResult,
  type FullSyncInput,
  type FullSyncResult,
  type GroupResult,
  type PreviewInput,
  type PreviewResult,
  type Problem,
  searchAttributes,
  taskQueues,
  workflowIds,
} from '../workflows/contract.ts';
import { headsInTemporal } from './audit-heads.ts';
import { sendDecision } from './decide.ts';
import { endedBadly } from './ended-badly.ts';
import { type OffboardingOrder, type OrderOutcome, type SentOrder, sendOrder, waitForOrder } from './offboard.ts';
import {
  applySchedule,
  pauseSchedule,
  type ScheduleView,
  showSchedule,
  triggerSchedule,
  unpauseSchedule,
} from './schedule.ts';
import { type PersonSynced, type SyncPersonOptions, syncPerson } from './sync-person.ts';
import { TemporalAccess } from './temporal-access.ts';
import type { HeadOfRun } from './verify-audit.ts';
import { Waiting, type WaitOptions } from './wait.ts';

export interface LockstepClientOptions {
  readonly temporal: TemporalConnection;
  /** Asked for when the connection is opened; without it, encrypted payloads cannot be read and none are encrypted. */
  readonly encryptionKeys?: () => readonly EncryptionKey[];
  readonly reader: { readonly url: string; readonly token?: string };
}

export interface Targets {
  /** All configured ones when absent. */
  readonly targets?: readonly string[];
}

export interface DecisionRequest extends Omit<Decision, 'requestId'> {
  readonly target: string;
  readonly approves: boolean;
}

export interface CommandAnswer extends CommandResult {
  readonly requestId: string;
}

export interface SyncResult {
  readonly requestId: string;
  readonly targets: readonly TargetResult[];
  /** Set when Okta could not be read; then no target was asked. */
  readonly problem?: Problem;
}

/** Without a request id, no target has to do with the group, or it could not be read. */
export interface GroupSynced extends Omit<SyncResult, 'requestId'> {
  /** Okta id. */
  readonly group: string;
  readonly requestId?: string;
  /** Okta does not show it (any more). */
  readonly isMissing?: true;
}

export interface TargetResult {
  readonly target: string;
  /** Absent when the target's workflow ended without answering, as when somebody terminated it. */
  readonly run?: RunView;
  readonly plan?: PlanView;
}

export interface PlanRequest extends Targets {
  /** Reads only the targets, and compares with Okta as it was last read. */
  readonly isOktaAsLastRead?: boolean;
}

export interface PlanResult extends PreviewResult {
  readonly requestId: string;
}

export class LockstepClient {
  /** Everything that only reads. */
  readonly reader: ReaderClient;
  readonly #temporal: TemporalAccess;

  /** Opens no connection before one is needed. */
  constructor({ temporal, encryptionKeys, reader }: LockstepClientOptions) {
    this.reader = new ReaderClient(reader);
    this.#temporal = new TemporalAccess(temporal, encryptionKeys);
  }

  async close(): Promise<void> {
    await this.#temporal.close();
  }

  /** Asks for a sync and does not wait. @returns the id of the request. @throws ClientError */
  async startSync({ targets }: Targets = {}): Promise<string> {
    const requestId = randomUUID();
    const input: FullSyncInput = { requestId, ...(targets ? { targets } : {}) };
    await this.#temporal.use((client) =>
      client.workflow.start<(input: FullSyncInput) => Promise<FullSyncResult>>('fullSync', {
        workflowId: workflowIds.fullSync(requestId),
        taskQueue: taskQueues.workflows,
        args: [input],
        staticSummary: 'Full sync on request',
      }),
    );
    return requestId;
  }

  /** Asks for a sync and waits for the runs that cover it. @throws ClientError, ReaderError */
  async sync({ targets, ...options }: Targets & WaitOptions = {}): Promise<SyncResult> {
    return this.waitForSync(await this.startSync(targets ? { targets } : {}), options);
  }

  async waitForSync(requestId: string, options: WaitOptions = {}): Promise<SyncResult> {
    return this.#temporal.use(async (client) => {
      const waiting = new Waiting(client, this.reader, requestId, options);
      const workflowId = workflowIds.fullSync(requestId);
      await waiting.forExecution(workflowId, 'reading-okta');
      const asked = await resultOf<FullSyncResult>(client, workflowId);
      if (asked.problem) return { requestId, targets: [], problem: asked.problem };
      const runs = await waiting.forTargets(asked.targets);
      return { requestId, targets: await Promise.all(asked.targets.map((target) => this.#resultOf(target, runs))) };
    });
  }

  async #resultOf(target: string, runs: readonly RunView[]): Promise<TargetResult> {
    const run = runs.find((one) => one.target === target && one.finishedAt !== undefined);
    if (!run) return { target };
    return { target, run, ...(run.planId === undefined ? {} : { plan: await this.reader.plan(run.planId) }) };
  }

  /** Waits for the run of one target that covers a request made of it alone. */
  async waitForTarget(requestId: string, target: string, options: WaitOptions = {}): Promise<SyncResult> {
    return this.#temporal.use(async (client) => {
      const runs = await new Waiting(client, this.reader, requestId, options).forTargets([target]);
      return { requestId, targets: [await this.#resultOf(target, runs)] };
    });
  }

  /** Releases or drops what a plan lists. @throws ClientError `refused` */
  async decide({ target, approves, ...decision }: DecisionRequest): Promise<DecisionResult> {
    return this.#temporal.use((client) =>
      sendDecision(client, target, { requestId: randomUUID(), ...decision }, approves),
    );
  }

  /** Reads both sides and plans, and writes nothing. The plans' rows are the reader's to show. @throws ClientError */
  async plan({ targets, isOktaAsLastRead, ...options }: PlanRequest & WaitOptions = {}): Promise<PlanResult> {
    const requestId = randomUUID();
    const input: PreviewInput = {
      requestId,
      ...(targets ? { targets } : {}),
      ...(isOktaAsLastRead ? { isOktaAsLastRead } : {}),
    };
    const workflowId = workflowIds.previewSync(requestId);
    return this.#temporal.use(async (client) => {
      await client.workflow.start<(input: PreviewInput) => Promise<PreviewResult>>('previewSync', {
        workflowId,
        taskQueue: taskQueues.workflows,
        args: [input],
        staticSummary: 'Plan without carrying out',
      });
      await new Waiting(client, this.reader, requestId, options).forExecution(workflowId, 'planning');
      return { requestId, ...(await resultOf<PreviewResult>(client, workflowId)) };
    });
  }

  /** Credentials, permissions, clock, groups; writes nothing. @throws ClientError */
  async check({ targets, ...options }: Targets & WaitOptions = {}): Promise<CheckReport> {
    const requestId = randomUUID();
    const workflowId = workflowIds.check(requestId);
    return this.#temporal.use(async (client) => {
      await client.workflow.start<(input: CheckInput) => Promise<CheckReport>>('check', {
        workflowId,
        taskQueue: taskQueues.workflows,
        args: [targets ? { targets } : {}],
        staticSummary: 'Check of credentials and settings',
      });
      await new Waiting(client, this.reader, requestId, options).forExecution(workflowId, 'planning');
      return resultOf<CheckReport>(client, workflowId);
    });
  }

  /** Heads of audit chains in the results of runs that Temporal still holds. @throws ClientError */
  auditHeads(): Promise<HeadOfRun[]> {
    return this.#temporal.use(headsInTemporal);
  }

  /** Does what an operator asks for; a refusal is an answer. @throws ClientError */
  async command(command: Command, options: WaitOptions = {}): Promise<CommandAnswer> {
    const requestId = randomUUID();
    const workflowId = workflowIds.command(requestId);
    return this.#temporal.use(async (client) => {
      await client.workflow.start<(input: CommandInput) => Promise<CommandResult>>('command', {
        workflowId,
        taskQueue: taskQueues.workflows,
        args: [{ requestId, command }],
        ...(command.target === undefined
          ? {}
          : { typedSearchAttributes: [{ key: searchAttributes.target, value: command.target }] }),
        staticSummary: `An operator's ${command.kind}`,
      });
      await new Waiting(client, this.reader, requestId, options).forExecution(workflowId, 'planning');
      return { requestId, ...(await resultOf<CommandResult>(client, workflowId)) };
    });
  }

  /** Orders an offboarding, withdraws it or ends a hold, and does not wait. @throws ClientError */
  sendOrder(order: OffboardingOrder): Promise<SentOrder> {
    return this.#temporal.use((client) => sendOrder(client, order));
  }

  /** Waits for what came of it. @throws ClientError, ReaderError */
  waitForOrder(sent: SentOrder, options: WaitOptions = {}): Promise<OrderOutcome> {
    return this.#temporal.use((client) => waitForOrder(client, this.reader, sent, options));
  }

  /** Asks for one person to be brought in step, and does not wait. @throws ClientError */
  startPersonSync(person: string): Promise<void> {
    return this.#temporal.use((client) => tellPersonChanged(client, person));
  }

  /** Brings one person in step now, at every target. @throws ClientError */
  syncPerson(person: string, options: SyncPersonOptions = {}): Promise<PersonSynced> {
    return this.#temporal.use((client) => syncPerson(client, person, options));
  }

  /** Asks for one group to be read and brought in step, and does not wait. @throws ClientError */
  startGroupSync(group: string): Promise<void> {
    return this.#temporal.use((client) => tellGroupChanged(client, group));
  }

  /** Brings one group in step where it matters, and waits for the runs that do. @throws ClientError, ReaderError */
  async syncGroup(group: string, options: WaitOptions = {}): Promise<GroupSynced> {
    return this.#temporal.use(async (client) => {
      await tellGroupChanged(client, group);
      const workflowId = workflowIds.groupSync(group);
      // Which request its runs answer is known only once it has been read.
      await new Waiting(client, this.reader, group, options, 'lockstep runs').forExecution(workflowId, 'reading-okta');
      const { requestId, targets: asked, ...found } = await resultOf<GroupResult>(client, workflowId);
      if (requestId === undefined) return { ...found, targets: [] };
      const runs = await new Waiting(client, this.reader, requestId, options).forTargets(asked);
      const targets = await Promise.all(asked.map((target) => this.#resultOf(target, runs)));
      return { ...found, requestId, targets };
    });
  }

  /** Creates the schedule of full syncs or brings it in line with the configuration. */
  applySchedule({ schedule, catchUp }: Pick<Config, 'schedule' | 'catchUp'>): Promise<ScheduleView> {
    return this.#temporal.use((client) => applySchedule(client, schedule, { followsLog: catchUp !== undefined }));
  }

  showSchedule(): Promise<ScheduleView> {
    return this.#temporal.use(showSchedule);
  }

  pauseSchedule(reason: string): Promise<void> {
    return this.#temporal.use((client) => pauseSchedule(client, reason));
  }

  unpauseSchedule(reason: string): Promise<void> {
    return this.#temporal.use((client) => unpauseSchedule(client, reason));
  }

  triggerSchedule(): Promise<void> {
    return this.#temporal.use(triggerSchedule);
  }
}

async function resultOf<T>(client: Client, workflowId: string): Promise<T> {
  try {
    return (await client.workflow.getHandle(workflowId).result()) as T;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    throw endedBadly(workflowId, error);
  }
}
