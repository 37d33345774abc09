/** A day's changes at Okta: 1 % of the people, made through its API as an administrator or HR system would. */
import type { Known, Sides } from './sides.ts';
import { scopeGroup } from './sides.ts';
import type { VendorApis } from './vendor-apis.ts';

export interface Changes {
  readonly retitled: readonly string[];
  readonly joins: readonly Membership[];
  readonly leaves: readonly Membership[];
  readonly leavers: readonly string[];
  readonly joiners: number;
}

interface Membership {
  readonly group: string;
  readonly person: string;
}

/** Of the changes: 40 % titles, 30 % memberships, 15 % leavers, 15 % joiners. Nobody is changed twice. */
export function chooseChanges(sides: Sides, count: number): Changes {
  const people = [...sides.entitled].sort();
  // Spread over the whole population, always the same.
  const stride = Math.max(1, Math.floor(people.length / count));
  const chosen = people.filter((_, at) => at % stride === 0).slice(0, count);
  const take = (share: number): string[] => chosen.splice(0, Math.max(1, Math.round(count * share)));
  const retitled = take(0.4);
  const movers = take(0.3);
  const groups = sides.relevant.filter(({ isScope }) => !isScope);
  const memberships = movers.map((person, at) => ({ person, group: groups[(at * 7) % groups.length] }));
  const split = { joins: [] as Membership[], leaves: [] as Membership[] };
  for (const { person, group } of memberships) {
    if (!group) continue;
    (group.members.includes(person) ? split.leaves : split.joins).push({ group: group.id, person });
  }
  return { retitled, ...split, leavers: take(0.15), joiners: Math.max(1, Math.round(count * 0.15)) };
}

export async function applyChanges(api: VendorApis, sides: Sides, changes: Changes): Promise<void> {
  for (const id of changes.retitled) await api.updateUser(id, { title: 'Chief of Something New' });
  for (const { group, person } of changes.joins) await api.join(group, person);
  for (const { group, person } of changes.leaves) await api.leave(group, person);
  for (const id of changes.leavers) await api.deactivate(id);
  const scope = sides.relevant.find(({ isScope }) => isScope)?.id ?? scopeGroup;
  for (let at = 0; at < changes.joiners; at += 1) {
    const login = `joiner.${at}@example.com`;
    const { id } = await api.createUser({ login, email: login, firstName: 'Joiner', lastName: `Number ${at}` });
    await api.join(scope, id);
    await api.join(groupOfJoiner(sides, at), id);
  }
}

/** A leaver stays in Okta's groups, so only joins and leaves change those. */
export function knownOf(sides: Sides, changes: Changes): Known {
  const joined = Array.from({ length: changes.joiners }, (_, at) => groupOfJoiner(sides, at));
  const changed = new Set([...changes.joins, ...changes.leaves].map(({ group }) => group).concat(joined));
  return {
    changedGroups: ({ id, isScope }) => isScope || changed.has(id),
    attributeChanges: changes.retitled.length,
  };
}

function groupOfJoiner(sides: Sides, at: number): string {
  const groups = sides.relevant.filter(({ isScope }) => !isScope);
  return groups[(at * 11) % groups.length]?.id ?? scopeGroup;
}
