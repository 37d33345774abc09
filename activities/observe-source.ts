/** Reads Okta into the mirror: everybody, all groups, the members of the groups that matter, app assignments. */
import { type Shortfall, shortfallOf, unseenGroups } from '../domain/completeness.ts';
import type { OktaAppId, OktaGroupId } from '../domain/ids.ts';
import { shortfallLines } from '../domain/shortfall-texts.ts';
import { noteRead } from '../store/changed-people.ts';
import { databaseNow } from '../store/database-clock.ts';
import {
  countKnown,
  countMissingLinkedPeople,
  dropUnseenAssignments,
  groupsToRead,
  markDoubtful,
  markMissingGroups,
  markMissingPeople,
  saveAssignments,
  saveGroups,
  savePeople,
  unseenGroupIds,
} from '../store/okta-mirror.ts';
import { dropOldRecords } from '../store/retention.ts';
import { withSides } from '../store/side-lock.ts';
import { beginSnapshot, finishSnapshot, lastWholeSnapshotId, oktaSide, snapshotById } from '../store/snapshots.ts';
import { chooseCanaries, confirmPeople } from './confirm-people.ts';
import { type Dependencies, scopeApps } from './dependencies.ts';
import { type Alive, whileAlive } from './heartbeats.ts';
import { MemberReading } from './member-reading.ts';
import { readList } from './read-list.ts';
import { relevantGroupIds, settlingMs } from './read-members.ts';

export interface SourceObservation {
  readonly snapshot: string;
  readonly people: number;
  readonly groups: number;
  /** Groups whose members were read. */
  readonly groupsRead: number;
  /** Linked people whom Okta did not show and whose deletion is not proven. */
  readonly missing: number;
  /** Why the reading is not complete, a sentence or two for each kind of shortfall; absent when it is. */
  readonly shortfalls?: readonly string[];
}

/** More groups than this out of sight are not asked for one by one, nor taken for deleted. */
const confirmGroupsAtMost = 200;

export async function observeSource(deps: Dependencies): Promise<SourceObservation> {
  return whileAlive((alive) =>
    withSides(deps.store, [oktaSide], 'observe', alive.signal, (signal) =>
      new SourceReading(deps, { ...alive, signal }).run(),
    ),
  );
}

class SourceReading {
  readonly #deps: Dependencies;
  readonly #alive: Alive;
  readonly #shortfalls: Shortfall[] = [];
  #outOfSight: ReadonlySet<OktaGroupId> = new Set();
  #snapshot = '';

  constructor(deps: Dependencies, alive: Alive) {
    this.#deps = deps;
    this.#alive = alive;
  }

  async run(): Promise<SourceObservation> {
    const { store, source } = this.#deps;
    const began = await databaseNow(store);
    this.#snapshot = await beginSnapshot(store, oktaSide);
    const people = await this.#readPeople();
    const groups = await this.#readGroups();
    const groupsRead = await this.#readMembers();
    for (const appId of scopeApps(this.#deps.targets)) await this.#readAssignments(appId);
    const missing = await countMissingLinkedPeople(store);
    const counts = { people, groups, groupsRead, missing };
    await dropOldRecords(store);
    const shortfalls = this.#shortfalls;
    // Lists may be behind what was told before they began.
    if (shortfalls.length === 0) await noteRead(store, new Date(began.getTime() - source.lagMs));
    await finishSnapshot(store, this.#snapshot, { isComplete: shortfalls.length === 0, shortfalls, counts });
    return {
      snapshot: this.#snapshot,
      ...counts,
      ...(shortfalls.length > 0 ? { shortfalls: shortfallLines(shortfalls) } : {}),
    };
  }

  get #call() {
    return { signal: this.#alive.signal };
  }

  /** @returns whether the list is whole */
  #judge(shortfall: Shortfall | undefined): boolean {
    if (shortfall) this.#shortfalls.push(shortfall);
    return shortfall === undefined;
  }

  /** Those whom an incomplete list leaves out stay as they were, but for those whom Okta, asked by id, does not know. */
  async #readPeople(): Promise<number> {
    const { store, source, log } = this.#deps;
    const canaries = await chooseCanaries(this.#deps);
    const reading = await readList(
      log,
      { list: 'people', before: await countKnown(store, 'people') },
      () => source.people(this.#call),
      async (page, people) => {
        await savePeople(store, this.#snapshot, page);
        this.#alive.progress({ people });
      },
    );
    const shortfall = shortfallOf(reading);
    if (shortfall) await this.#readChanges();
    const unseen = await confirmPeople(this.#deps, this.#snapshot, canaries, this.#call);
    if (!shortfall && unseen) await this.#readChanges();
    if (this.#judge(shortfall ?? unseen)) await markMissingPeople(store, this.#snapshot);
    return reading.found;
  }

  /** Where the list of everybody falls short, the short one of who changed since the last whole reading may still come. */
  async #readChanges(): Promise<void> {
    const { store, source, log } = this.#deps;
    const whole = await snapshotById(store, await lastWholeSnapshotId(store, oktaSide));
    if (!whole) return;
    const since = new Date(whole.startedAt.getTime() - source.lagMs - settlingMs).toISOString();
    await readList(
      log,
      { list: 'people', before: 1 },
      () => source.peopleChangedSince(since, this.#call),
      (page) => savePeople(store, this.#snapshot, page),
    );
  }

  async #readGroups(): Promise<number> {
    const { store, source, log } = this.#deps;
    const reading = await readList(
      log,
      { list: 'groups', before: await countKnown(store, 'groups') },
      () => source.groups(this.#call),
      (page) => saveGroups(store, this.#snapshot, page),
    );
    if (!this.#judge(shortfallOf(reading))) return reading.found;
    this.#outOfSight = await this.#groupsOutOfSight();
    await markDoubtful(store, [...this.#outOfSight]);
    await markMissingGroups(store, this.#snapshot, this.#outOfSight);
    return reading.found;
  }

  /** Groups that matter and are not listed any more, unless Okta's log has their deletion. */
  async #groupsOutOfSight(): Promise<ReadonlySet<OktaGroupId>> {
    const { store, source } = this.#deps;
    const relevant = await this.#relevantGroups();
    const unseen = (await unseenGroupIds(store, this.#snapshot)).filter((id) => relevant.has(id));
    const outOfSight = new Set(unseen);
    for (const id of unseen.slice(0, confirmGroupsAtMost)) {
      const isThere = (await source.group(id, this.#call)) !== undefined;
      if (!isThere && (await source.deletionLogged(id, this.#call))) outOfSight.delete(id);
    }
    this.#judge(unseenGroups([...outOfSight], relevant.size));
    return outOfSight;
  }

  /** Only groups that some target's scope or selection names, and of those only the ones that changed. */
  async #readMembers(): Promise<number> {
    const { store } = this.#deps;
    const inSight = (await this.#relevantGroups()).difference(this.#outOfSight);
    const changed = await groupsToRead(store, [...inSight]);
    this.#shortfalls.push(...(await new MemberReading(this.#deps, this.#snapshot, this.#alive).run(changed)));
    return changed.length;
  }

  #relevantGroups(): Promise<Set<OktaGroupId>> {
    return relevantGroupIds(this.#deps, this.#deps.targets.values());
  }

  async #readAssignments(appId: OktaAppId): Promise<void> {
    const { store, source, log } = this.#deps;
    const reading = await readList(
      log,
      { list: 'assignments', subject: appId, before: await countKnown(store, appId) },
      () => source.assignments(appId, this.#call),
      (page) => saveAssignments(store, this.#snapshot, page),
    );
    if (this.#judge(shortfallOf(reading))) await dropUnseenAssignments(store, this.#snapshot, appId);
  }
}
