/** Reads one person from Okta by id, live, into the mirror: the person, their groups and their assignments. */
import { entitlementOf } from '../domain/entitlement.ts';
import type { OktaUserId } from '../domain/ids.ts';
import type { Person } from '../domain/person.ts';
import { noteRead } from '../store/changed-people.ts';
import type { Store } from '../store/connect.ts';
import { databaseNow } from '../store/database-clock.ts';
import { inTransaction } from '../store/in-transaction.ts';
import { differingPeople, dropAssignment, isNewAssignment } from '../store/okta-delta.ts';
import { markDeleted, markMissing, saveAssignments, savePeople } from '../store/okta-mirror.ts';
import { saveGroupsOf } from '../store/person-groups.ts';
import { newestSnapshotId, oktaSide } from '../store/snapshots.ts';
import { raiseVersion } from '../store/subjects.ts';
import { type Dependencies, scopeApps } from './dependencies.ts';
import { whileAlive } from './heartbeats.ts';
import { relevantGroupIds } from './read-members.ts';

export interface ObservePersonInput {
  readonly person: string;
}

export interface ObservedPerson {
  /** Targets where the person is to be brought in step. */
  readonly targets: readonly string[];
}

export const observePerson = (deps: Dependencies, input: ObservePersonInput): Promise<ObservedPerson> =>
  whileAlive(async ({ signal }) => {
    await readPerson(deps, input.person as OktaUserId, signal);
    return { targets: [...deps.targets.keys()] };
  });

/**
 * What differs from the mirror raises the person's version, so that whatever was planned of them before is stale.
 * Okta's word is the same as in a whole reading; so is its silence, which proves nothing (law 4).
 *
 * @returns whether anything differs
 */
export async function readPerson(deps: Dependencies, id: OktaUserId, signal: AbortSignal): Promise<boolean> {
  const { store, source } = deps;
  const began = await databaseNow(store);
  const person = await source.person(id, { signal });
  return person ? takeOver(deps, person, began, signal) : takeAway(deps, id, began, signal);
}

async function takeAway(deps: Dependencies, id: OktaUserId, began: Date, signal: AbortSignal): Promise<boolean> {
  const isDeleted = await deps.source.deletionLogged(id, { signal });
  return saveNews(deps, { id, began, why: 'person-gone' }, async (tx) => {
    const isNewlyMissing = await markMissing(tx, id);
    const isNewlyDeleted = isDeleted && (await markDeleted(tx, id));
    return isNewlyMissing || isNewlyDeleted;
  });
}

async function takeOver(deps: Dependencies, person: Person, began: Date, signal: AbortSignal): Promise<boolean> {
  const { store, source, targets } = deps;
  const { id } = person;
  const snapshot = await newestSnapshotId(store, oktaSide);
  // Whoever is not entitled has nothing to gain from any group; what they were in stays as it was read last.
  const groups = entitlementOf(person) === 'entitled' ? await source.groupsOf(id, { signal }) : [];
  const relevant = await relevantGroupIds(deps, targets.values());
  const assignments = await Promise.all(
    scopeApps(targets).map(async (appId) => {
      const found = await source.assignment(appId, id, { signal });
      const isNews = await isNewAssignment(store, { appId, personId: id }, found);
      // An assignment that is not there counts only while the app itself answers.
      return { appId, found, isNews: isNews && (found !== undefined || (await source.appExists(appId, { signal }))) };
    }),
  );
  return saveNews(deps, { id, began, why: 'person-changed' }, async (tx) => {
    let hasChanged = (await differingPeople(tx, [person])).length > 0;
    await savePeople(tx, snapshot, [person]);
    if (await saveGroupsOf(tx, id, groups, relevant)) hasChanged = true;
    for (const { appId, found } of assignments.filter(({ isNews }) => isNews)) {
      hasChanged = true;
      if (found) await saveAssignments(tx, snapshot, [found]);
      else await dropAssignment(tx, { appId, personId: id });
    }
    return hasChanged;
  });
}

/**
 * In one transaction, so that no plan from before outlives what is new in the mirror.
 *
 * @param save tells whether anything differs
 */
const saveNews = (
  { store, targets }: Dependencies,
  { id, began, why }: { readonly id: OktaUserId; readonly began: Date; readonly why: string },
  save: (tx: Store) => Promise<boolean>,
): Promise<boolean> =>
  inTransaction(store, async (tx) => {
    const hasChanged = await save(tx);
    if (hasChanged) await raiseVersion(tx, [id], why, [...targets.keys()]);
    await noteRead(tx, began, [id]);
    return hasChanged;
  });
