import { createGroupMatcher } from './filters.ts';
import type { OktaGroupId } from './ids.ts';
import type { Group } from './person.ts';
import type { GroupRef, GroupSelection } from './settings.ts';

/** A group name in the configuration that does not lead to exactly one group. */
export interface GroupProblem {
  readonly code: 'unknown-group' | 'ambiguous-group';
  readonly ref: string;
  /** The groups that share the name. */
  readonly ids: readonly OktaGroupId[];
}

export interface ResolvedGroups {
  readonly ids: ReadonlySet<OktaGroupId>;
  /** Names that led to one group, to be pinned: later the id counts, whatever the group is called by then. */
  readonly pins: ReadonlyMap<string, OktaGroupId>;
  readonly problems: readonly GroupProblem[];
}

/** Turns references into ids. Patterns may match nothing or many; a name must mean exactly one group. */
export function resolveGroups(
  refs: readonly GroupRef[],
  groups: readonly Group[],
  pinned: ReadonlyMap<string, OktaGroupId>,
): ResolvedGroups {
  const known = new Set(groups.map((group) => group.id));
  const ids = new Set<OktaGroupId>();
  const pins = new Map<string, OktaGroupId>();
  const problems: GroupProblem[] = [];
  for (const ref of refs) {
    if ('pattern' in ref) {
      const matches = createGroupMatcher([ref]);
      for (const group of groups) if (matches(group)) ids.add(group.id);
    } else if ('id' in ref) {
      if (known.has(ref.id)) ids.add(ref.id);
      else problems.push({ code: 'unknown-group', ref: ref.id, ids: [] });
    } else {
      const pin = pinned.get(ref.name);
      const named = pin !== undefined && known.has(pin) ? [pin] : idsOfName(ref.name, groups);
      const [only] = named;
      if (named.length === 1 && only !== undefined) {
        ids.add(only);
        pins.set(ref.name, only);
      } else {
        const code = named.length === 0 ? 'unknown-group' : 'ambiguous-group';
        problems.push({ code, ref: ref.name, ids: named });
      }
    }
  }
  return { ids, pins, problems };
}

const idsOfName = (name: string, groups: readonly Group[]): OktaGroupId[] =>
  groups.filter((group) => group.name === name).map((group) => group.id);

/** The Okta groups that a target keeps: those included and not excluded. */
export function selectGroups(
  selection: GroupSelection,
  groups: readonly Group[],
  pinned: ReadonlyMap<string, OktaGroupId>,
): ResolvedGroups {
  const included = resolveGroups(selection.include, groups, pinned);
  const isExcluded = createGroupMatcher(selection.exclude);
  const excluded = new Set(groups.filter(isExcluded).map((group) => group.id));
  return { ...included, ids: new Set([...included.ids].filter((id) => !excluded.has(id))) };
}

/** The name that a group should have at the target: the first renaming pattern that matches, else Okta's own. */
export function targetGroupName(oktaName: string, rename: GroupSelection['rename']): string {
  for (const { pattern, to } of rename) {
    const expression = new RegExp(`^(?:${pattern})$`);
    if (expression.test(oktaName)) return oktaName.replace(expression, to);
  }
  return oktaName;
}
