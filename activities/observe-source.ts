/** Reads Okta into the mirror: everybody, all groups, the members of the groups that matter, app assignments. */
import pMap from 'p-map';
import { isFailure } from '../domain/failure.ts';
import type { OktaGroupId, OktaUserId } from '../domain/ids.ts';
import type { Group } from '../domain/person.ts';
import { resolveTarget } from '../domain/resolve-target.ts';
import {
  allGroups,
  countMissingLinkedPeople,
  dropUnseenAssignments,
  groupsToRead,
  loadPins,
  markDeleted,
  markMissingGroups,
  markMissingPeople,
  missingLinkedPeople,
  saveAssignments,
  saveGroups,
  saveMembers,
  savePeople,
} from '../store/okta-mirror.ts';
import { dropOldRecords } from '../store/retention.ts';
import { withSides } from '../store/side-lock.ts';
import { beginSnapshot, finishSnapshot, oktaSide } from '../store/snapshots.ts';
import { type Dependencies, scopeApps } from './dependencies.ts';
import { type Alive, whileAlive } from './heartbeats.ts';

export interface SourceObservation {
  readonly snapshot: string;
  readonly people: number;
  readonly groups: number;
  /** Groups whose members were read. */
  readonly groupsRead: number;
  /** Linked people whom Okta did not show and whose deletion is not proven. */
  readonly missing: number;
}

/**
 * Okta's lists come from replicas that may lag, so a membership that changed within this time is read again next
 * time, whatever its timestamp says by then.
 */
const settlingMs = 120_000;
/** More than this missing at once is not somebody leaving; they stay missing, and nothing is concluded from it. */
const confirmAtMost = 200;

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
  #snapshot = '';

  constructor(deps: Dependencies, alive: Alive) {
    this.#deps = deps;
    this.#alive = alive;
  }

  async run(): Promise<SourceObservation> {
    const { store } = this.#deps;
    this.#snapshot = await beginSnapshot(store, oktaSide);
    const people = await this.#readPeople();
    const groups = await this.#readGroups();
    const groupsRead = await this.#readMembers();
    for (const appId of scopeApps(this.#deps.targets)) await this.#readAssignments(appId);
    await this.#confirmMissing();
    const missing = await countMissingLinkedPeople(store);
    const counts = { people, groups, groupsRead, missing };
    await dropOldRecords(store);
    await finishSnapshot(store, this.#snapshot, { isComplete: true, counts });
    return { snapshot: this.#snapshot, ...counts };
  }

  get #call() {
    return { signal: this.#alive.signal };
  }

  async #readPeople(): Promise<number> {
    const { store, source } = this.#deps;
    let people = 0;
    for await (const page of source.people(this.#call)) {
      await savePeople(store, this.#snapshot, page);
      people += page.length;
      this.#alive.progress({ people });
    }
    await markMissingPeople(store, this.#snapshot);
    return people;
  }

  async #readGroups(): Promise<number> {
    const { store, source } = this.#deps;
    let groups = 0;
    for await (const page of source.groups(this.#call)) {
      await saveGroups(store, this.#snapshot, page);
      groups += page.length;
    }
    await markMissingGroups(store, this.#snapshot);
    return groups;
  }

  /** Only groups that some target's scope or selection names, and of those only the ones that changed. */
  async #readMembers(): Promise<number> {
    const { store, sourceConcurrency } = this.#deps;
    const changed = await groupsToRead(store, [...(await this.#relevantGroups())]);
    const failures: unknown[] = [];
    // The first failure must not let go of the side while other groups are still being written.
    const read = (group: Group) => this.#readGroup(group).catch((error: unknown) => failures.push(error));
    await pMap(changed, (group) => (failures.length > 0 ? undefined : read(group)), { concurrency: sourceConcurrency });
    if (failures.length > 0) throw failures[0];
    return changed.length;
  }

  async #relevantGroups(): Promise<Set<OktaGroupId>> {
    const { store, targets } = this.#deps;
    const groups = await allGroups(store);
    const pins = await loadPins(store);
    const relevant = new Set<OktaGroupId>();
    for (const { settings } of targets.values()) {
      const { scopeGroups, managedGroups } = resolveTarget(settings, groups, pins);
      for (const id of scopeGroups.union(managedGroups)) relevant.add(id);
    }
    return relevant;
  }

  async #readGroup(group: Group): Promise<void> {
    const { store, source } = this.#deps;
    const members: OktaUserId[] = [];
    try {
      for await (const page of source.members(group.id, this.#call)) members.push(...page);
    } catch (error) {
      if (isFailure(error, 'Conflict') && error.details.status === 404) return; // Deleted since it was listed.
      throw error;
    }
    const isSettled = Date.now() - Date.parse(group.lastMembershipUpdated) > settlingMs;
    await saveMembers(store, group.id, members, isSettled ? group.lastMembershipUpdated : null);
    this.#alive.progress({ group: group.id, members: members.length });
  }

  async #readAssignments(appId: Parameters<Dependencies['source']['assignments']>[0]): Promise<void> {
    const { store, source } = this.#deps;
    for await (const page of source.assignments(appId, this.#call)) await saveAssignments(store, this.#snapshot, page);
    await dropUnseenAssignments(store, this.#snapshot, appId);
  }

  /** Absence is not evidence: each one who went missing is asked for by id, and the System Log for a deletion. */
  async #confirmMissing(): Promise<void> {
    const { store, source } = this.#deps;
    for (const id of await missingLinkedPeople(store, this.#snapshot, confirmAtMost)) {
      const person = await source.person(id, this.#call);
      if (person) await savePeople(store, this.#snapshot, [person]);
      else if (await source.deletionLogged(id, this.#call)) await markDeleted(store, id);
    }
  }
}
