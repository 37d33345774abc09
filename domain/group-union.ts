/** Several Okta groups on one group of the target, which holds the members of all of them. */
import { type GroupProblem, resolveGroups } from './group-selection.ts';
import type { OktaGroupId } from './ids.ts';
import type { Group } from './person.ts';
import type { GroupMerge } from './settings.ts';

export interface GroupUnion {
  /** Name at the target. */
  readonly into: string;
  /** In the order of the configuration; those that Okta no longer shows included. */
  readonly parts: readonly OktaGroupId[];
}

export interface ResolvedUnions {
  readonly unions: readonly GroupUnion[];
  readonly pins: ReadonlyMap<string, OktaGroupId>;
  readonly problems: readonly GroupProblem[];
}

/** `groups`: all that are known, shown or not, so that a part that went missing is not simply left out. */
export function resolveUnions(
  merges: readonly GroupMerge[],
  groups: readonly Group[],
  pinned: ReadonlyMap<string, OktaGroupId>,
): ResolvedUnions {
  const resolved = merges.map(({ into, from }) => ({ into, ...resolveGroups(from, groups, pinned) }));
  const unions = resolved.map(({ into, ids }) => ({ into, parts: [...ids] }));
  return {
    unions,
    pins: new Map(resolved.flatMap(({ pins }) => [...pins])),
    problems: [...resolved.flatMap(({ problems }) => problems), ...clashes(unions)],
  };
}

function clashes(unions: readonly GroupUnion[]): GroupProblem[] {
  const names = Map.groupBy(unions, ({ into }) => into.toLowerCase());
  const parts = Map.groupBy(
    unions.flatMap((union) => union.parts.map((part) => ({ part, union }))),
    ({ part }) => part,
  );
  return [
    ...[...names.values()].flatMap(([first, ...more]) =>
      first && more.length > 0 ? [{ code: 'merge-name-twice' as const, ref: first.into, ids: [] }] : [],
    ),
    ...[...parts].flatMap(([part, { length }]) =>
      length > 1 ? [{ code: 'merged-twice' as const, ref: part, ids: [part] }] : [],
    ),
  ];
}

/**
 * A union counts as one managed group under the id of one of its parts: the one that is linked, else one whose link was
 * released, else the first that Okta shows. So it keeps its link when parts come, go, change places or are deleted.
 */
export function leadersOf(
  unions: readonly GroupUnion[],
  linked: ReadonlySet<OktaGroupId>,
  released: ReadonlySet<OktaGroupId>,
  shown: ReadonlySet<OktaGroupId>,
): ReadonlyMap<OktaGroupId, GroupUnion> {
  const leaderOf = ({ parts }: GroupUnion): OktaGroupId | undefined =>
    parts.find((part) => linked.has(part) && !released.has(part)) ??
    parts.find((part) => linked.has(part)) ??
    parts.find((part) => shown.has(part)) ??
    parts[0];
  return new Map(
    unions.flatMap((union) => {
      const leader = leaderOf(union);
      return leader === undefined ? [] : [[leader, union] as const];
    }),
  );
}
