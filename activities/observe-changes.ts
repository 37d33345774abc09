/**
 * Reads from Okta only what changed since a reading, and marks whom it is about, so that they are planned again. What a
 * delta does not show proves nothing: nobody is marked missing by it, and people deleted at Okta wait for the next whole
 * reading, unless the log told of it or there was news of them that could not be read.
 */
import { Failure, isFailure, isTransient } from '../domain/failure.ts';
import type { OktaAppId, OktaUserId } from '../domain/ids.ts';
import type { Group } from '../domain/person.ts';
import { targetsOfMarkedGroups } from '../store/changed-groups.ts';
import { countChangedPeople, markChanged, markedPeople, markStale, unreadPeople } from '../store/changed-people.ts';
import { databaseNow } from '../store/database-clock.ts';
import { differingMembers, differingPeople, dropAssignment, isNewAssignment } from '../store/okta-delta.ts';
import { groupsToRead, saveAssignments, savePeople } from '../store/okta-mirror.ts';
import { withSides } from '../store/side-lock.ts';
import { latestSnapshot, newestSnapshotId, oktaSide } from '../store/snapshots.ts';
import { lastDelta, noteDelta } from '../store/source-positions.ts';
import { raiseVersion } from '../store/subjects.ts';
import { type Dependencies, scopeApps } from './dependencies.ts';
import { takeOverGroups } from './group-news.ts';
import { type Alive, whileAlive } from './heartbeats.ts';
import { MemberReading } from './member-reading.ts';
import { readPerson } from './observe-person.ts';
import { connectedTarget } from './observe-target.ts';
import { relevantGroupIds, settlingMs } from './read-members.ts';
import { workThrough } from './work-through.ts';

export interface ObserveChangesInput {
  /**
   * ISO 8601; `lastReading`: since the last whole reading of Okta began; `lastDelta`: since the last reading of what changed
   * for all targets began, if that is later.
   */
  readonly since: string;
  /** Whose groups and apps are read; all when absent. Who changed is marked at every target all the same. */
  readonly targets?: readonly string[];
  /** A plan that was carried out: whoever had a stale change is marked as well. */
  readonly staleOf?: string;
  /** Who is to be planned again whatever is read of them. */
  readonly people?: readonly string[];
}

export interface SourceChanges {
  /** People and groups that Okta listed; many of them are as they were, since deltas overlap. */
  readonly people: number;
  readonly groups: number;
  /** Targets that groups which changed matter to: a run of everything is to decide about these. */
  readonly regrouped?: {
    readonly targets: readonly string[];
    /** ISO 8601: news of groups that came until then is dealt with once the targets have been asked. */
    readonly asOf: string;
  };
  /** Groups whose members were read. */
  readonly groupsRead: number;
  /** People of whom something is different from what was known. */
  readonly changed: number;
  /** People who are to be planned again by now, by target, whoever marked them. Targets without any are left out. */
  readonly marked: Readonly<Record<string, number>>;
}

/** Assignments to an app have no delta. Of more people than this, the app's own list is read; it has 500 to a page. */
const assignmentsById = 200;

/** In one reading, which keeps every other reading of Okta waiting; the others have their turn in later ones. */
const unreadAtOnce = 200;

/** Costs two requests when nothing changed. */
export async function observeChanges(deps: Dependencies, input: ObserveChangesInput): Promise<SourceChanges> {
  if (input.staleOf !== undefined) await markStale(deps.store, input.staleOf);
  const named = (input.people ?? []) as readonly OktaUserId[];
  for (const target of [...deps.targets.keys()].sort()) await markChanged(deps.store, target, named, 'event');
  return whileAlive((alive) =>
    withSides(deps.store, [oktaSide], 'observe', alive.signal, (signal) =>
      new DeltaReading(deps, input, { ...alive, signal }).run(),
    ),
  );
}

class DeltaReading {
  readonly #deps: Dependencies;
  readonly #since: string;
  readonly #targets: Dependencies['targets'];
  readonly #alive: Alive;
  readonly #changed = new Set<OktaUserId>();
  /** What a delta brings belongs to the reading that the mirror is of. */
  #snapshot = '';

  constructor(deps: Dependencies, { since, targets }: ObserveChangesInput, alive: Alive) {
    this.#deps = deps;
    this.#since = since;
    this.#targets = targets ? new Map(targets.map((name) => [name, connectedTarget(deps, name)])) : deps.targets;
    this.#alive = alive;
  }

  async run(): Promise<SourceChanges> {
    const { store } = this.#deps;
    const beganAt = new Date();
    const since = await this.#beginning();
    this.#snapshot = await newestSnapshotId(store, oktaSide);
    // Groups first: whoever was made and put into one meanwhile is then found among the people.
    const asOf = await databaseNow(store);
    const listed = await this.#listGroups(since);
    const { signal } = this.#alive;
    const groups = await takeOverGroups(this.#deps, {
      snapshot: this.#snapshot,
      asOf,
      listed,
      isForMarked: this.#isForAll,
      signal,
    });
    const groupsRead = await this.#readMembers(groups);
    const people = await this.#readPeople(since);
    for (const appId of scopeApps(this.#targets)) await this.#readAssignments(appId);
    await this.#readUnread();
    if (this.#isForAll) await noteDelta(store, beganAt);
    const regrouped = await this.#regrouped(asOf);
    return {
      people,
      groups: groups.length,
      ...(regrouped ? { regrouped } : {}),
      groupsRead,
      changed: this.#changed.size,
      marked: await countChangedPeople(store, this.#allTargets),
    };
  }

  get #isForAll(): boolean {
    return this.#targets.size === this.#deps.targets.size;
  }

  get #call() {
    return { signal: this.#alive.signal };
  }

  /** The difference from the mirror shows once, so everybody is told who builds on it. */
  get #allTargets(): string[] {
    return [...this.#deps.targets.keys()];
  }

  /** Before the mirror takes it over: a try that dies in between is told the same again. */
  async #tell(people: readonly OktaUserId[], why: string): Promise<void> {
    await raiseVersion(this.#deps.store, people, why, this.#allTargets);
    for (const id of people) this.#changed.add(id);
  }

  /** Earlier by as much as Okta's lists may lag and clocks differ; who comes again is compared and found the same. */
  async #beginning(): Promise<string> {
    const { store, source } = this.#deps;
    const latest = await latestSnapshot(store, oktaSide);
    if (!latest) throw new Failure('UnexpectedResponse', 'okta: nothing has been read yet that could have changed');
    const since = await this.#sinceWhen(latest.startedAt);
    return new Date(since.getTime() - source.lagMs - settlingMs).toISOString();
  }

  async #sinceWhen(lastReading: Date): Promise<Date> {
    if (this.#since === 'lastReading') return lastReading;
    if (this.#since !== 'lastDelta') return new Date(this.#since);
    const delta = await lastDelta(this.#deps.store);
    return delta && delta > lastReading ? delta : lastReading;
  }

  async #listGroups(since: string): Promise<Group[]> {
    const groups: Group[] = [];
    for await (const page of this.#deps.source.groupsChangedSince(since, this.#call)) groups.push(...page);
    return groups;
  }

  async #regrouped(asOf: Date): Promise<SourceChanges['regrouped']> {
    const targets = (await targetsOfMarkedGroups(this.#deps.store)).filter((name) => this.#targets.has(name));
    return targets.length > 0 ? { targets, asOf: asOf.toISOString() } : undefined;
  }

  /** In the groups that fall short nobody is taken for gone, as after a whole reading. */
  async #readMembers(listed: readonly Group[]): Promise<number> {
    if (listed.length === 0) return 0;
    const { store } = this.#deps;
    const relevant = await relevantGroupIds(this.#deps, this.#targets.values());
    const ids = listed.map(({ id }) => id).filter((id) => relevant.has(id));
    const groups = await groupsToRead(store, ids);
    const reading = new MemberReading(this.#deps, this.#snapshot, this.#alive, async (group, members, isWhole) =>
      this.#tell(await differingMembers(store, group, members, isWhole), 'membership-changed'),
    );
    await reading.run(groups);
    return groups.length;
  }

  async #readPeople(since: string): Promise<number> {
    const { store, source } = this.#deps;
    let people = 0;
    for await (const page of source.peopleChangedSince(since, this.#call)) {
      await this.#tell(await differingPeople(store, page), 'person-changed');
      await savePeople(store, this.#snapshot, page);
      people += page.length;
      this.#alive.progress({ changedPeople: people });
    }
    return people;
  }

  /**
   * Of everybody who is marked, so that a repeated try goes on with those whom an earlier one found. By id, an assignment
   * that is not there is taken away only while the app itself answers (law 4); the list takes none away.
   */
  async #readAssignments(appId: OktaAppId): Promise<void> {
    const { store, source, sourceConcurrency } = this.#deps;
    const marked = await markedPeople(store, [...this.#targets.keys()], assignmentsById + 1);
    if (marked.length > assignmentsById) {
      for await (const page of source.assignments(appId, this.#call))
        await saveAssignments(store, this.#snapshot, page);
      return;
    }
    await workThrough(marked, sourceConcurrency, async (personId) => {
      const of = { appId, personId };
      const assignment = await source.assignment(appId, personId, this.#call);
      if (!(await isNewAssignment(store, of, assignment))) return;
      if (!assignment && !(await source.appExists(appId, this.#call))) return;
      await this.#tell([personId], 'assignment-changed');
      if (assignment) await saveAssignments(store, this.#snapshot, [assignment]);
      else await dropAssignment(store, of);
    });
  }

  /**
   * By id: whoever could not be read when there was news of them, deletions among it, which no list tells. Whom Okta does
   * not answer about now keeps nobody else from being read, and stays marked.
   */
  async #readUnread(): Promise<void> {
    const { store, log, sourceConcurrency } = this.#deps;
    const { signal } = this.#alive;
    let isOktaAway = false;
    const unread = await unreadPeople(store, [...this.#targets.keys()], unreadAtOnce);
    await workThrough(unread, sourceConcurrency, async (person) => {
      if (isOktaAway) return;
      try {
        if (await readPerson(this.#deps, person, signal)) this.#changed.add(person);
      } catch (error) {
        signal.throwIfAborted();
        if (!isFailure(error)) throw error;
        log.warn({ person, error }, 'news of a person could not be read, and are left for the next reading');
        isOktaAway = isTransient(error.kind);
      }
    });
  }
}
