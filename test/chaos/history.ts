/** Questions about Okta as it really was. */
import type { Evidence, Moment } from './evidence.ts';
import { isEntitled, isKept, protectedEmail, scopeGroup } from './world.ts';

/** Every state of Okta that was true at some time between the two instants, both included. */
export function between(timeline: readonly Moment[], from: number, to: number): Moment[] {
  return timeline.filter(({ at }, index) => at <= to && (timeline[index + 1]?.at ?? Number.POSITIVE_INFINITY) >= from);
}

function isInScope({ groups }: Moment, person: string): boolean {
  return Object.values(groups).some(({ name, members }) => name === scopeGroup && members.includes(person));
}

/** Whether policy gives this person an account. */
export const isWanted = (moment: Moment, person: string): boolean =>
  isEntitled(moment.people[person]?.status) && isInScope(moment, person);

export const isMember = ({ groups }: Moment, person: string, group: string): boolean =>
  groups[group]?.members.includes(person) ?? false;

export const isProtected = ({ timeline }: Pick<Evidence, 'timeline'>, person: string): boolean =>
  timeline.some(({ people }) => people[person]?.login === protectedEmail);

/** Okta groups by each name that they ever had; names are not used twice. */
export function groupsByName(timeline: readonly Moment[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const { groups } of timeline)
    for (const [id, { name }] of Object.entries(groups)) if (isKept(name)) found.set(name, id);
  return found;
}
