/** Which Okta groups a target's configuration means, and the policy made of it. */
import { Failure } from './failure.ts';
import { type GroupProblem, resolveGroups, selectGroups } from './group-selection.ts';
import { type GroupUnion, resolveUnions } from './group-union.ts';
import type { OktaGroupId } from './ids.ts';
import type { Group } from './person.ts';
import type { TargetSettings } from './settings.ts';

export interface ResolvedTarget {
  readonly scopeGroups: ReadonlySet<OktaGroupId>;
  /** Okta groups whose members are kept, each for itself or as part of a union. */
  readonly managedGroups: ReadonlySet<OktaGroupId>;
  /** Groups that would be among those, but Okta no longer shows them. */
  readonly goneGroups: ReadonlySet<OktaGroupId>;
  readonly unions: readonly GroupUnion[];
  /** False while a group may be in scope that Okta does not show: then being out of scope is not to be concluded. */
  readonly isScopeCertain: boolean;
  readonly pins: ReadonlyMap<string, OktaGroupId>;
  readonly problems: readonly GroupProblem[];
}

export function resolveTarget(
  settings: TargetSettings,
  groups: readonly Group[],
  pinned: ReadonlyMap<string, OktaGroupId>,
  missing: readonly Group[] = [],
): ResolvedTarget {
  const refs = settings.scope.by === 'groups' ? settings.scope.groups : [];
  const scope = resolveGroups(refs, groups, pinned, missing);
  // A name or an id that is gone is a problem of its own; a pattern just matches less.
  const patterns = refs.filter((ref) => 'pattern' in ref);
  const hasLostSome = resolveGroups(patterns, missing, new Map()).ids.size > 0;
  const selection = selectGroups(settings.groups, groups, pinned, missing);
  const known = [...groups, ...missing];
  const merged = resolveUnions(settings.groups.merge, known, pinned);
  // Whoever is named in a merge is kept, whatever a pattern under `exclude` says.
  const parts = new Set(merged.unions.flatMap((union) => union.parts));
  const everSelected = selectGroups(settings.groups, known, pinned).ids.union(parts);
  return {
    scopeGroups: scope.ids,
    managedGroups: selection.ids.union(parts.intersection(idsOf(groups))),
    goneGroups: everSelected.intersection(idsOf(missing)),
    unions: merged.unions,
    isScopeCertain: settings.scope.by !== 'groups' || (scope.ids.size > 0 && !hasLostSome),
    pins: new Map([...scope.pins, ...selection.pins, ...merged.pins]),
    // A kept group that was deleted at Okta is a finding about that group and stops nobody else; a scope is everybody's.
    problems: [
      ...scope.problems,
      ...[...selection.problems, ...merged.problems].filter(({ code }) => code !== 'pinned-group-gone'),
    ],
  };
}

const idsOf = (groups: readonly Group[]): ReadonlySet<OktaGroupId> => new Set(groups.map(({ id }) => id));

/** A name that means no group, or several, must not be guessed at. @throws Failure `Misconfigured` */
export function refuseProblems(target: string, problems: readonly GroupProblem[]): void {
  if (problems.length === 0) return;
  const told = problems.map(wordsOf);
  throw new Failure('Misconfigured', `${target}: ${told.join('; ')}`, { system: target, operation: 'resolve groups' });
}

function wordsOf({ code, ref, ids }: GroupProblem): string {
  switch (code) {
    case 'unknown-group':
      return `no group "${ref}" at Okta (misspelt, deleted, or not visible to this credential)`;
    case 'ambiguous-group':
      return `several groups are called "${ref}": ${ids.join(', ')}; name the one you mean by id:${ids[0]}`;
    case 'pinned-group-gone':
      return `"${ref}" meant the group ${ids[0]}, which Okta no longer shows; if another group shall take its place, name it by id:00g…`;
    case 'merged-twice':
      return `the group ${ref} is merged into more than one group; leave it in one`;
    case 'merge-name-twice':
      return `two merges make a group "${ref}"; give each a name of its own, or make one of them`;
    default:
      return code satisfies never;
  }
}
