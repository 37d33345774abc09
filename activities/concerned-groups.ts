import type { OktaGroupId } from '../domain/ids.ts';
import type { Group } from '../domain/person.ts';
import { resolveTarget } from '../domain/resolve-target.ts';
import { linkedGroups } from '../store/links.ts';
import { allGroups, loadPins } from '../store/okta-mirror.ts';
import type { Dependencies } from './dependencies.ts';

/**
 * By target, Okta's groups that it has to do with: its scope or selection names them, or they have a counterpart there.
 * @param asRead groups as they are by now, where the mirror has not taken that over yet
 */
export async function concernedGroups(
  { store, targets }: Pick<Dependencies, 'store' | 'targets'>,
  asRead: readonly Group[] = [],
): Promise<ReadonlyMap<string, ReadonlySet<OktaGroupId>>> {
  const known = new Map((await allGroups(store)).map((group) => [group.id, group]));
  for (const group of asRead) known.set(group.id, group);
  const groups = [...known.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  const pins = await loadPins(store);
  const concerned = new Map<string, ReadonlySet<OktaGroupId>>();
  for (const [name, { settings }] of targets) {
    const { scopeGroups, managedGroups } = resolveTarget(settings, groups, pins);
    concerned.set(name, scopeGroups.union(managedGroups).union(await linkedGroups(store, name)));
  }
  return concerned;
}
