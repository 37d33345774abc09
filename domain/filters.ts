/** Who and what is protected or ignored, compiled from patterns once. Patterns match the whole value. */
import type { Account, TargetGroup } from './account.ts';
import type { Person } from './person.ts';
import type { GroupFilter, PeopleFilter } from './settings.ts';

const wholeValue = (pattern: string): RegExp => new RegExp(`^(?:${pattern})$`, 'i');

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
