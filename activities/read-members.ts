/** Reading who is in a group of Okta, for whole readings and for deltas. */
import type { CallOptions, SourceDirectory } from '../domain/directory.ts';
import { isFailure } from '../domain/failure.ts';
import type { OktaGroupId, OktaUserId } from '../domain/ids.ts';
import type { Group } from '../domain/person.ts';
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

export interface GroupMembers {
  readonly people: readonly OktaUserId[];
  /** The group's timestamp from before its members were read; null when it is too fresh to be trusted. */
  readonly asOf: string | null;
}

/** @returns undefined when the group was deleted since it was listed */
export async function readMembers(
  source: Pick<SourceDirectory, 'members'>,
  group: Group,
  call: CallOptions,
): Promise<GroupMembers | undefined> {
  const people: OktaUserId[] = [];
  try {
    for await (const page of source.members(group.id, call)) people.push(...page);
  } catch (error) {
    if (isFailure(error, 'Conflict') && error.details.status === 404) return undefined;
    throw error;
  }
  const isSettled = Date.now() - Date.parse(group.lastMembershipUpdated) > settlingMs;
  return { people, asOf: isSettled ? group.lastMembershipUpdated : null };
}
