/** Which Okta groups a target's configuration means, and the policy made of it. */
import { Failure } from './failure.ts';
import { type GroupProblem, resolveGroups, selectGroups } from './group-selection.ts';
import type { OktaGroupId } from './ids.ts';
import type { Group } from './person.ts';
import type { TargetSettings } from './settings.ts';

export interface ResolvedTarget {
  readonly scopeGroups: ReadonlySet<OktaGroupId>;
  readonly managedGroups: ReadonlySet<OktaGroupId>;
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
  const scope = resolveGroups(refs, groups, pinned);
  // A name or an id that is gone is a problem of its own; a pattern just matches less.
  const patterns = refs.filter((ref) => 'pattern' in ref);
  const hasLostSome = resolveGroups(patterns, missing, new Map()).ids.size > 0;
  const selection = selectGroups(settings.groups, groups, pinned);
  return {
    scopeGroups: scope.ids,
    managedGroups: selection.ids,
    isScopeCertain: settings.scope.by !== 'groups' || (scope.ids.size > 0 && !hasLostSome),
    pins: new Map([...scope.pins, ...selection.pins]),
    // A kept group that was deleted at Okta is a finding about that group and stops nobody else; a scope is everybody's.
    problems: [...scope.problems, ...selection.problems.filter(({ code }) => code !== 'pinned-group-gone')],
  };
}

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
    default:
      return code satisfies never;
  }
}
