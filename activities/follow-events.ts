/** Follows Okta's System Log, and tells the workflows of whoever it names. */
import { setTimeout as delay } from 'node:timers/promises';
import { activityInfo, getClient } from '@temporalio/activity';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { isFailure } from '../domain/failure.ts';
import { FloodGate } from '../domain/flood.ts';
import type { OktaGroupId, OktaUserId } from '../domain/ids.ts';
import {
  concernOf,
  cursorInvalid,
  isUnclear,
  type SourceEvent,
  type Unlisted,
  unlistedIn,
} from '../domain/okta-event.ts';
import { markUnread } from '../store/changed-people.ts';
import { inTransaction } from '../store/in-transaction.ts';
import { assignedOf } from '../store/okta-delta.ts';
import { markManyDeleted } from '../store/okta-mirror.ts';
import { latestSnapshot, oktaSide } from '../store/snapshots.ts';
import { type LogPosition, logPosition, moveLogPosition } from '../store/source-positions.ts';
import { raiseVersion } from '../store/subjects.ts';
import { tellGroupChanged, tellManyChanged, tellPersonChanged } from '../temporal/ask.ts';
import { type Tellers, tellChanges } from '../temporal/tell-changes.ts';
import { taskQueues, workflowIds } from '../workflows/contract.ts';
import { type Dependencies, scopeApps } from './dependencies.ts';
import { type Alive, whileAlive } from './heartbeats.ts';

export interface Followed {
  readonly state: 'followed' | 'switched-off';
  /** ISO 8601: when the log was asked last and read to its end; absent when it was not. */
  readonly readUntil?: string;
  /** Of whom workflows were told, one by one. */
  readonly people: number;
  readonly groups: number;
  /** People and groups that were too many for that. */
  readonly together: number;
}

/** A round ends after this, so that what the log told is on record in between, and a worker that stops is not waited for. */
const roundMs = 5 * 60_000;

/** Where nothing has been read yet, a first reading brings everything. */
const firstLookBackMs = 60_000;

/** Each is up to half a minute after the one before: a delta about every five minutes. */
const triesBetweenDeltas = 10;

export const followEvents = (deps: Dependencies): Promise<Followed> =>
  whileAlive(async (alive) => {
    const { catchUp } = deps;
    if (!catchUp) return { state: 'switched-off', people: 0, groups: 0, together: 0 };
    try {
      return await new Following(deps, catchUp, alive).run();
    } catch (error) {
      // The second net must not hang on the first: a log that cannot be read is tried again and again.
      if (!alive.signal.aborted && activityInfo().attempt % triesBetweenDeltas === 5) await askForDelta();
      throw error;
    }
  });

/** Reads once more what changed, for what no event told. */
export const askForDelta = (): Promise<void> => tellManyChanged(getClient());

class Following {
  readonly #deps: Dependencies;
  readonly #settings: NonNullable<Dependencies['catchUp']>;
  readonly #alive: Alive;
  readonly #gate = new FloodGate<OktaUserId | OktaGroupId>();
  #told = { people: 0, groups: 0, together: 0 };

  constructor(deps: Dependencies, settings: NonNullable<Dependencies['catchUp']>, alive: Alive) {
    this.#deps = deps;
    this.#settings = settings;
    this.#alive = alive;
  }

  async run(): Promise<Followed> {
    const { stopping } = this.#deps;
    const endsAt = Date.now() + roundMs;
    let readUntil: string | undefined;
    do {
      const now = new Date().toISOString();
      if (await this.#readOn()) readUntil = now;
      await this.#rest();
    } while (Date.now() < endsAt && !stopping.aborted);
    return { state: 'followed', ...(readUntil === undefined ? {} : { readUntil }), ...this.#told };
  }

  /**
   * All that there is by now, a page at a time; the position moves once everybody on it has been told of.
   * @returns whether it came to the end
   */
  async #readOn(): Promise<boolean> {
    const { store, stopping } = this.#deps;
    while (!stopping.aborted) {
      const position = await logPosition(store);
      const page = await this.#page(position);
      if (!page) return false;
      await this.#tell(page.events);
      // Another worker that took over meanwhile has told the same, and is further on.
      await moveLogPosition(store, position, page.next);
      this.#alive.progress({ ...this.#told });
      if (page.events.length === 0) return true;
    }
    return false;
  }

  async #page(position: LogPosition | undefined) {
    const { source, targets } = this.#deps;
    const options = { signal: this.#alive.signal, signIns: this.#settings.signIns, apps: scopeApps(targets) };
    try {
      return await source.events(position?.cursor, await this.#since(), options);
    } catch (error) {
      if (!isFailure(error, 'Rejected') || error.details.code !== cursorInvalid) throw error;
      await this.#beginAgain(position);
      return undefined;
    }
  }

  /** Without a cursor: what happened since the last whole reading began. */
  async #since(): Promise<string> {
    const { store, source } = this.#deps;
    const from = (await latestSnapshot(store, oktaSide))?.startedAt.getTime() ?? Date.now() - firstLookBackMs;
    return new Date(from - source.lagMs).toISOString();
  }

  /** What happened since is unknown, and only a reading of everything brings it. */
  async #beginAgain(position: LogPosition | undefined): Promise<void> {
    const { store, log } = this.#deps;
    log.warn({}, 'Okta does not take the position in its log any more; a full sync brings what happened since');
    const { runId = '' } = activityInfo().workflowExecution ?? {};
    const requestId = `log-lost-${runId}-${position?.movedAt.getTime() ?? 0}`;
    try {
      await getClient().workflow.start('fullSync', {
        workflowId: workflowIds.fullSync(requestId),
        taskQueue: taskQueues.workflows,
        args: [{ requestId }],
        staticSummary: 'Full sync, since the log was lost',
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    await moveLogPosition(store, position, undefined);
  }

  async #tell(events: readonly SourceEvent[]): Promise<void> {
    const people = new Set<OktaUserId>();
    const groups = new Set<OktaGroupId>();
    for (const { type, targets } of events) {
      const concern = concernOf(type);
      for (const subject of targets) {
        if (concern === 'people' && subject.kind === 'person') people.add(subject.id);
        if (concern === 'groups' && subject.kind === 'group') groups.add(subject.id);
      }
    }
    const client = getClient();
    const unclear = events.filter(isUnclear);
    for (const { id: event, type: eventType } of unclear)
      this.#deps.log.warn({ event, eventType }, 'an event of Okta does not tell whom it is about; asked what changed');
    if (unclear.length > 0) await tellManyChanged(client);
    const tellers: Tellers = {
      personChanged: (person) => tellPersonChanged(client, person),
      groupChanged: (group) => tellGroupChanged(client, group),
      manyChanged: async (many) => {
        await this.#keepUnlisted(many.people, unlistedIn(events));
        await tellManyChanged(client, many);
      },
    };
    const told = await tellChanges(tellers, this.#gate, { people: [...people], groups: [...groups] });
    this.#told.people += told.people;
    this.#told.groups += told.groups;
    this.#told.together += told.together;
  }

  /** What the lists that a flood is read from do not show. Whoever goes one by one is asked for by id anyway. */
  async #keepUnlisted(people: readonly OktaUserId[], { deleted, unassigned }: Unlisted): Promise<void> {
    const { store, targets } = this.#deps;
    const names = [...targets.keys()];
    const gone = people.filter((person) => deleted.has(person));
    await inTransaction(store, async (tx) => raiseVersion(tx, await markManyDeleted(tx, gone), 'person-gone', names));
    const mayHaveLost = people.filter((person) => unassigned.has(person));
    await markUnread(store, names, await assignedOf(store, mayHaveLost));
  }

  /** Until the log is looked at again, or the worker is asked to stop. */
  async #rest(): Promise<void> {
    const signal = AbortSignal.any([this.#alive.signal, this.#deps.stopping]);
    await delay(this.#settings.everyMs, undefined, { signal }).catch(() => undefined);
    this.#alive.signal.throwIfAborted();
  }
}
