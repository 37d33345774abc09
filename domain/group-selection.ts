import type { OktaGroupId } from './ids.ts';
import type { Group } from './person.ts';
import type { GroupRef, GroupSelection } from './settings.ts';

/** A group in the configuration that does not lead to exactly one group, or to one too often. */
export interface GroupProblem {
  readonly code: 'unknown-group' | 'ambiguous-group' | 'pinned-group-gone' | 'merged-twice' | 'merge-name-twice';
  readonly ref: string;
  /** The groups that share the name, in order; or the one that the name was pinned to. */
  readonly ids: readonly OktaGroupId[];
}

export interface ResolvedGroups {
  readonly ids: ReadonlySet<OktaGroupId>;
  /** Names that led to one group, to be pinned: later the id counts, whatever the group is called by then. */
  readonly pins: ReadonlyMap<string, OktaGroupId>;
  readonly problems: readonly GroupProblem[];
}

/** By case: Okta tells `Eng` from `eng`. */
const wholeName = (pattern: string): RegExp => new RegExp(`^(?:${pattern})$`);

/**
 * Turns references into ids. Patterns may match nothing or many; a name must mean exactly one group. `missing`: groups
 * that Okta once showed and no longer does; whoever is named among them is gone and not misspelt.
 */
export function resolveGroups(
  refs: readonly GroupRef[],
  groups: readonly Group[],
  pinned: ReadonlyMap<string, OktaGroupId>,
  missing: readonly Group[] = [],
): ResolvedGroups {
  const known = new Set(groups.map((group) => group.id));
  const ids = new Set<OktaGroupId>();
  const pins = new Map<string, OktaGroupId>();
  const problems: GroupProblem[] = [];
  for (const ref of refs) {
    if ('pattern' in ref) {
      const pattern = wholeName(ref.pattern);
      for (const group of groups) if (pattern.test(group.name)) ids.add(group.id);
    } else if ('id' in ref) {
      if (known.has(ref.id)) ids.add(ref.id);
      else if (missing.some(({ id }) => id === ref.id))
        problems.push({ code: 'pinned-group-gone', ref: ref.id, ids: [ref.id] });
      else problems.push({ code: 'unknown-group', ref: ref.id, ids: [] });
    } else {
      const pin = pinned.get(ref.name);
      const named = pin === undefined ? idsOfName(ref.name, groups) : [pin];
      const [only] = named;
      if (only === undefined) problems.push({ code: 'unknown-group', ref: ref.name, ids: [] });
      else if (named.length > 1) problems.push({ code: 'ambiguous-group', ref: ref.name, ids: named });
      // Another group that bears the name by now was never meant.
      else if (!known.has(only)) problems.push({ code: 'pinned-group-gone', ref: ref.name, ids: named });
      else {
        ids.add(only);
        pins.set(ref.name, only);
      }
    }
  }
  return { ids, pins, problems };
}

const idsOfName = (name: string, groups: readonly Group[]): OktaGroupId[] =>
  groups
    .filter((group) => group.name === name)
    .map((group) => group.id)
    .sort();

/** The Okta groups that a target keeps: those included and not excluded. */
export function selectGroups(
  selection: GroupSelection,
  groups: readonly Group[],
  pinned: ReadonlyMap<string, OktaGroupId>,
  missing: readonly Group[] = [],
): ResolvedGroups {
  const included = resolveGroups(selection.include, groups, pinned, missing);
  const excluded = resolveGroups(selection.exclude, groups, pinned, missing);
  return {
    ids: included.ids.difference(excluded.ids),
    pins: new Map([...included.pins, ...excluded.pins]),
    // A group that does not exist needs no keeping out.
    problems: [...included.problems, ...excluded.problems.filter(({ code }) => code !== 'unknown-group')],
  };
}

/** The name that a group should have at the target: the first renaming pattern that matches, else Okta's own. */
export function targetGroupName(oktaName: string, rename: GroupSelection['rename']): string {
  for (const { pattern, to } of rename) {
    const expression = wholeName(pattern);
    if (expression.test(oktaName)) return oktaName.replace(expression, to);
  }
  return oktaName;
}
