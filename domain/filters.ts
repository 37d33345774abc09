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

/** A group of a target; one that is still to be made has no id. */
interface NamedGroup {
  readonly id?: TargetGroup['id'] | undefined;
  readonly name: string;
}

export function createTargetGroupFilter(filter: GroupFilter): (group: NamedGroup) => boolean {
  const ids = new Set<string>(filter.ids);
  const matches = anyOf(filter.patterns);
  return ({ id, name }) => (id !== undefined && ids.has(id)) || matches(name);
}
