/**
 * What news of groups means to the targets. A group matters by its name before and after, so both are looked at before the
 * mirror takes over what was read; what matters is on record by then, so that a try that dies in between tells it all the same.
 */
import { isFailure, isTransient } from '../domain/failure.ts';
import type { OktaGroupId } from '../domain/ids.ts';
import type { Group } from '../domain/person.ts';
import { forgetGroupsOfNobody, markedGroups, markGroupsThatMatter } from '../store/changed-groups.ts';
import { differingGroups } from '../store/okta-delta.ts';
import { markDoubtful, markMissingGroup, saveGroups } from '../store/okta-mirror.ts';
import { concernedGroups } from './concerned-groups.ts';
import type { Dependencies } from './dependencies.ts';

/** Groups that matter and that no list shows any more: asked for by id, so many in a reading; the others in the next. */
const readByIdAtMost = 200;

export interface GroupReading {
  readonly snapshot: string;
  /** By the database's clock: when it began. */
  readonly asOf: Date;
  /** As a list of what changed shows them. */
  readonly listed: readonly Group[];
  /** Those of which there was news are looked at, too; else they are left to a later reading. */
  readonly isForMarked: boolean;
  readonly signal: AbortSignal;
}

/** @returns the groups that are in the mirror as they are now */
export async function takeOverGroups(deps: Dependencies, reading: GroupReading): Promise<readonly Group[]> {
  const { store } = deps;
  const { snapshot, asOf, listed, isForMarked } = reading;
  const marked = isForMarked ? await markedGroups(store) : [];
  if (listed.length === 0 && marked.length === 0) return [];
  const before = await concernedGroups(deps);
  const isListed = new Set(listed.map(({ id }) => id));
  const isKnown = (id: OktaGroupId) => [...before.values()].some((groups) => groups.has(id));
  const unlisted = marked.filter((id) => !isListed.has(id));
  const found = await readById(deps, unlisted.filter(isKnown).slice(0, readByIdAtMost), reading.signal);

  const groups = [...listed, ...found.groups];
  const after = await concernedGroups(deps, groups);
  const isMarked = new Set(marked);
  const isDifferent = new Set(await differingGroups(store, groups));
  const news = groups.flatMap(({ id }) => (isMarked.has(id) || isDifferent.has(id) ? [id] : []));
  for (const target of deps.targets.keys()) {
    const matters = (id: OktaGroupId) => before.get(target)?.has(id) || after.get(target)?.has(id);
    await markGroupsThatMatter(store, target, [...news, ...found.deleted, ...found.outOfSight].filter(matters), asOf);
  }
  await saveGroups(store, snapshot, groups);
  for (const id of found.deleted) await markMissingGroup(store, id);
  await markDoubtful(store, found.outOfSight);
  const seen = [...isListed, ...found.groups.map(({ id }) => id), ...found.deleted, ...found.outOfSight];
  await forgetGroupsOfNobody(store, asOf, [...seen, ...unlisted.filter((id) => !isKnown(id))]);
  return groups;
}

/** What Okta does not answer about now keeps nothing else from being read, and is left for the next reading. */
async function readById({ source, log }: Dependencies, ids: readonly OktaGroupId[], signal: AbortSignal) {
  const found = { groups: [] as Group[], deleted: [] as OktaGroupId[], outOfSight: [] as OktaGroupId[] };
  for (const id of ids) {
    try {
      const group = await source.group(id, { signal });
      if (group) found.groups.push(group);
      // An answer that leaves it out proves nothing; its deletion in the log does (law 4).
      else if (await source.deletionLogged(id, { signal })) found.deleted.push(id);
      else found.outOfSight.push(id);
    } catch (error) {
      signal.throwIfAborted();
      if (!isFailure(error)) throw error;
      log.warn({ group: id, error }, 'news of a group could not be read, and are left for the next reading');
      if (isTransient(error.kind)) break;
    }
  }
  return found;
}
