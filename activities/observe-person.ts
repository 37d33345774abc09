/** Reads one person from Okta by id, live, into the mirror: the person, their groups and their assignments. */
import { entitlementOf } from '../domain/entitlement.ts';
import type { OktaUserId } from '../domain/ids.ts';
import type { Person } from '../domain/person.ts';
import { noteRead } from '../store/changed-people.ts';
import { databaseNow } from '../store/database-clock.ts';
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
  const hasChanged = person ? await takeOver(deps, person, signal) : await takeAway(deps, id, signal);
  if (hasChanged) await raiseVersion(store, [id], person ? 'person-changed' : 'person-gone', [...deps.targets.keys()]);
  await noteRead(store, began, [id]);
  return hasChanged;
}

async function takeAway({ store, source }: Dependencies, id: OktaUserId, signal: AbortSignal): Promise<true> {
  await markMissing(store, id);
  if (await source.deletionLogged(id, { signal })) await markDeleted(store, id);
  return true;
}

async function takeOver(deps: Dependencies, person: Person, signal: AbortSignal): Promise<boolean> {
  const { store, source } = deps;
  const { id } = person;
  const snapshot = await newestSnapshotId(store, oktaSide);
  // Whoever is not entitled has nothing to gain from any group; what they were in stays as it was read last.
  const groups = entitlementOf(person) === 'entitled' ? await source.groupsOf(id, { signal }) : undefined;
  const apps = scopeApps(deps.targets);
  const assignments = await Promise.all(
    apps.map(async (appId) => ({ appId, found: await source.assignment(appId, id, { signal }) })),
  );
  let hasChanged = (await differingPeople(store, [person])).length > 0;
  await savePeople(store, snapshot, [person]);
  if (groups && (await saveGroupsOf(store, id, groups, await relevantGroupIds(deps, deps.targets.values()))))
    hasChanged = true;
  for (const { appId, found } of assignments) {
    const of = { appId, personId: id };
    if (!(await isNewAssignment(store, of, found))) continue;
    // An assignment that is not there counts only while the app itself answers.
    if (!found && !(await source.appExists(appId, { signal }))) continue;
    hasChanged = true;
    if (found) await saveAssignments(store, snapshot, [found]);
    else await dropAssignment(store, of);
  }
  return hasChanged;
}
