/** Reads one group from Okta by id, live, into the mirror, with its members where some target has to do with it. */
import type { OktaGroupId } from '../domain/ids.ts';
import { targetsWithGroup } from '../store/links.ts';
import { differingMembers } from '../store/okta-delta.ts';
import { markDoubtful, markMissingGroup, saveGroups } from '../store/okta-mirror.ts';
import { withSides } from '../store/side-lock.ts';
import { newestSnapshotId, oktaSide } from '../store/snapshots.ts';
import { raiseVersion } from '../store/subjects.ts';
import type { Dependencies } from './dependencies.ts';
import { type Alive, whileAlive } from './heartbeats.ts';
import { MemberReading } from './member-reading.ts';
import { relevantGroupIds } from './read-members.ts';

export interface ObserveGroupInput {
  readonly group: string;
}

export interface ObservedGroup {
  /** Targets whose scope or selection names it or named it, and those that have a group linked to it. */
  readonly targets: readonly string[];
  /** Okta does not show it, which by itself proves nothing. */
  readonly isMissing?: true;
}

export const observeGroup = (deps: Dependencies, input: ObserveGroupInput): Promise<ObservedGroup> =>
  whileAlive((alive) =>
    withSides(deps.store, [oktaSide], 'observe', alive.signal, (signal) =>
      read(deps, input.group as OktaGroupId, { ...alive, signal }),
    ),
  );

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
  await saveGroups(store, snapshot, [group]);
  const targets = [...before.union(await concerned(deps, id))].sort();
  if (targets.length > 0)
    await new MemberReading(deps, snapshot, alive, async (of, members, isWhole) =>
      raiseVersion(store, await differingMembers(store, of, members, isWhole), 'membership-changed', targets),
    ).run([group]);
  return { targets };
}

async function concerned(deps: Dependencies, id: OktaGroupId): Promise<Set<string>> {
  const targets = new Set(await targetsWithGroup(deps.store, id));
  for (const [name, target] of deps.targets) if ((await relevantGroupIds(deps, [target])).has(id)) targets.add(name);
  return targets.intersection(new Set(deps.targets.keys()));
}
