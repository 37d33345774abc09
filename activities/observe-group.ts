/** Reads one group from Okta by id, live, into the mirror, with its members where some target has to do with it. */
import type { OktaGroupId } from '../domain/ids.ts';
import type { Group } from '../domain/person.ts';
import { differingMembers } from '../store/okta-delta.ts';
import { markDoubtful, markMissingGroup, saveGroups } from '../store/okta-mirror.ts';
import { withSides } from '../store/side-lock.ts';
import { newestSnapshotId, oktaSide } from '../store/snapshots.ts';
import { raiseVersion } from '../store/subjects.ts';
import { concernedGroups } from './concerned-groups.ts';
import type { Dependencies } from './dependencies.ts';
import { type Alive, whileAlive } from './heartbeats.ts';
import { MemberReading } from './member-reading.ts';

export interface ObserveGroupInput {
  readonly group: string;
}

export interface ObservedGroup {
  /** Targets whose scope or selection names it or named it, and those that have a group linked to it. */
  readonly targets: readonly string[];
  /** Okta does not show it, which by itself proves nothing. */
  readonly isMissing?: true;
}

/** Bulk readings hold the side for minutes; meanwhile others need the slot. */
const lockWait = { atMostMs: 2_000, retryAfterMs: 30_000 };

export const observeGroup = (deps: Dependencies, input: ObserveGroupInput): Promise<ObservedGroup> =>
  whileAlive(async (alive) => {
    const id = input.group as OktaGroupId;
    return (
      (await passOver(deps, id, alive)) ??
      withSides(
        deps.store,
        [oktaSide],
        'observe',
        alive.signal,
        (signal) => read(deps, id, { ...alive, signal }),
        lockWait,
      )
    );
  });

/** A group that is nobody's, by the name that it had and the one that it has, is not waited for. */
async function passOver(deps: Dependencies, id: OktaGroupId, { signal }: Alive): Promise<ObservedGroup | undefined> {
  if ((await concerned(deps, id)).size > 0) return undefined;
  const group = await deps.source.group(id, { signal });
  if (!group) return { targets: [], isMissing: true };
  if ((await concerned(deps, id, [group])).size > 0) return undefined;
  await saveGroups(deps.store, await newestSnapshotId(deps.store, oktaSide), [group]);
  return { targets: [] };
}

/** Its name decides what it is to whom, so what it was is looked at before. */
async function read(deps: Dependencies, id: OktaGroupId, alive: Alive): Promise<ObservedGroup> {
  const { store, source } = deps;
  const call = { signal: alive.signal };
  const before = await concerned(deps, id);
  const group = await source.group(id, call);
  if (!group) {
    // A list or an answer that leaves it out proves nothing; its deletion in the log does (law 4).
    if (await source.deletionLogged(id, call)) await markMissingGroup(store, id);
    else await markDoubtful(store, [id]);
    return { targets: [...before].sort(), isMissing: true };
  }
  const snapshot = await newestSnapshotId(store, oktaSide);
  const targets = [...before.union(await concerned(deps, id, [group]))].sort();
  await saveGroups(store, snapshot, [group]);
  if (targets.length > 0)
    await new MemberReading(deps, snapshot, alive, async (of, members, isWhole) =>
      raiseVersion(store, await differingMembers(store, of, members, isWhole), 'membership-changed', targets),
    ).run([group]);
  return { targets };
}

async function concerned(deps: Dependencies, id: OktaGroupId, asRead: readonly Group[] = []): Promise<Set<string>> {
  const byTarget = await concernedGroups(deps, asRead);
  return new Set([...byTarget].flatMap(([target, groups]) => (groups.has(id) ? [target] : [])));
}
