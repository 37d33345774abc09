/** Which groups of Okta have their members read, by whole readings and by deltas, and how long they stay uncertain. */
import type { OktaGroupId } from '../domain/ids.ts';
import { resolveTarget } from '../domain/resolve-target.ts';
import { allGroups, loadPins } from '../store/okta-mirror.ts';
import type { ConnectedTarget, Dependencies } from './dependencies.ts';

/**
 * Okta's lists come from replicas that may lag, so a membership that changed within this time is read again next
 * time, whatever its timestamp says by then.
 */
export const settlingMs = 120_000;

/** Groups that the scope or the selection of one of these targets names. The others are not ours to know. */
export async function relevantGroupIds(
  { store }: Pick<Dependencies, 'store'>,
  targets: Iterable<ConnectedTarget>,
): Promise<Set<OktaGroupId>> {
  const groups = await allGroups(store);
  const pins = await loadPins(store);
  const relevant = new Set<OktaGroupId>();
  for (const { settings } of targets) {
    const { scopeGroups, managedGroups } = resolveTarget(settings, groups, pins);
    for (const id of scopeGroups.union(managedGroups)) relevant.add(id);
  }
  return relevant;
}
