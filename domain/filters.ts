/** Who and what is protected, ignored or selected, compiled from patterns once. Patterns match the whole value. */
import type { Account, TargetGroup } from './account.ts';
import type { Group, Person } from './person.ts';
import type { GroupFilter, GroupRef, PeopleFilter } from './settings.ts';

export const wholeValue = (pattern: string): RegExp => new RegExp(`^(?:${pattern})$`, 'i');

const anyOf = (patterns: readonly string[]): ((text: string | undefined) => boolean) => {
  const compiled = patterns.map(wholeValue);
  return (text) => text !== undefined && compiled.some((pattern) => pattern.test(text));
};

export function createPersonFilter(filter: PeopleFilter): (person: Person) => boolean {
  const ids = new Set<string>(filter.oktaIds);
  const matches = anyOf(filter.patterns);
  return (person) => ids.has(person.id) || matches(person.login) || matches(person.email);
}

export function createAccountFilter(filter: PeopleFilter): (account: Account) => boolean {
  const ids = new Set<string>(filter.oktaIds);
  const matches = anyOf(filter.patterns);
  return ({ externalId, attributes }) =>
    (externalId !== undefined && ids.has(externalId)) || matches(attributes.userName) || matches(attributes.email);
}

export function createTargetGroupFilter(filter: GroupFilter): (group: TargetGroup) => boolean {
  const ids = new Set<string>(filter.ids);
  const matches = anyOf(filter.patterns);
  return (group) => ids.has(group.id) || matches(group.name);
}

/** Names and patterns are matched by Okta's group name, exactly by case: Okta tells `Eng` from `eng`. */
export function createGroupMatcher(refs: readonly GroupRef[]): (group: Group) => boolean {
  const names = new Set(refs.flatMap((ref) => ('name' in ref ? [ref.name] : [])));
  const ids = new Set<string>(refs.flatMap((ref) => ('id' in ref ? [ref.id] : [])));
  const patterns = refs.flatMap((ref) => ('pattern' in ref ? [new RegExp(`^(?:${ref.pattern})$`)] : []));
  return (group) => ids.has(group.id) || names.has(group.name) || patterns.some((pattern) => pattern.test(group.name));
}
