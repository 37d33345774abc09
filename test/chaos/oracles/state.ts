/**
 * Both sides at rest: the directory holds what the written policy says of Okta as it is and of what HR ordered, and keeps
 * what is not ours.
 */
import type { Account, Evidence, Moment, TargetGroup } from '../evidence.ts';
import { groupsByName, isProtected, isWanted } from '../history.ts';
import { isOffboarded } from '../order-history.ts';
import { isKept } from '../world.ts';

type Seen = Pick<Evidence, 'at' | 'timeline' | 'directory' | 'orders'>;

export function state(evidence: Seen): string[] {
  const now = evidence.timeline.at(-1);
  if (!now) return ['Okta was never seen'];
  const isOurs = (person: string): boolean => now.people[person] !== undefined && !isProtected(evidence, person);
  const people = Object.keys(now.people).filter(isOurs);
  const { accounts, groups } = evidence.directory;
  return [
    ...people.flatMap((person) => accountProblems(evidence, now, person, accounts)),
    ...accounts.flatMap((account) => strayProblems(evidence, now, account)),
    ...groupProblems(evidence, now, groups),
  ];
}

/** By policy, and by HR, whose word is above Okta's. */
const isEntitled = (evidence: Seen, now: Moment, person: string): boolean =>
  isWanted(now, person) && !isOffboarded(evidence, person);

const attributes = ['displayName', 'givenName', 'familyName', 'title'] as const;

function accountProblems(evidence: Seen, now: Moment, person: string, accounts: readonly Account[]): string[] {
  const profile = now.people[person];
  const own = accounts.filter((account) => account.person === person);
  if (!isEntitled(evidence, now, person))
    return own.filter(({ isActive }) => isActive).map(({ id }) => `${person} should not have the active account ${id}`);
  const [account] = own;
  if (!profile || !account || own.length > 1) return [`${person} has ${own.length} accounts instead of one`];
  const wrong = attributes.filter((name) => account[name] !== profile[name]);
  const named = [account.userName, account.email].some((name) => name.toLowerCase() !== profile.email.toLowerCase());
  return [
    ...(account.isActive ? [] : [`${person} should be active`]),
    ...wrong.map((name) => `${person}: ${name} is ${account[name]} instead of ${profile[name]}`),
    ...(named ? [`${person}: is named ${account.userName}, ${account.email} instead of ${profile.email}`] : []),
  ];
}

/** Accounts of people whom Okta deleted are inactive; those of nobody are as they were. */
function strayProblems({ timeline }: Seen, now: Moment, { id, person, isActive }: Account): string[] {
  if (person === undefined || now.people[person] !== undefined || !isActive) return [];
  const wasThere = timeline.some(({ people }) => people[person] !== undefined);
  return wasThere ? [`${person} was deleted at Okta and still has the active account ${id}`] : [];
}

function groupProblems(evidence: Seen, now: Moment, targetGroups: readonly TargetGroup[]): string[] {
  const byName = groupsByName(evidence.timeline);
  const personOf = new Map(evidence.directory.accounts.map(({ id, person }) => [id, person]));
  // Members whom nobody at Okta is linked to, and protected ones, stay as whoever put them there left them.
  const isOurs = (person: string | undefined): person is string =>
    person !== undefined &&
    evidence.timeline.some(({ people }) => people[person] !== undefined) &&
    !isProtected(evidence, person);
  const membersOf = ({ members }: TargetGroup): string[] =>
    members
      .map((id) => personOf.get(id))
      .filter(isOurs)
      .sort();
  const found: string[] = [];
  for (const [id, { name, members }] of Object.entries(now.groups)) {
    if (!isKept(name)) continue;
    const [group, ...more] = targetGroups.filter((one) => byName.get(one.name) === id);
    if (!group || more.length > 0) {
      found.push(`group ${name} exists ${more.length + (group ? 1 : 0)} times`);
      continue;
    }
    const expected = members
      .filter((person) => isEntitled(evidence, now, person) && !isProtected(evidence, person))
      .sort();
    const actual = membersOf(group);
    const lacking = expected.filter((person) => !actual.includes(person));
    const extra = actual.filter((person) => !expected.includes(person));
    if (lacking.length > 0) found.push(`group ${name} lacks ${lacking.join(', ')}`);
    if (extra.length > 0) found.push(`group ${name} holds ${extra.join(', ')} too many`);
  }
  for (const group of targetGroups) {
    const okta = byName.get(group.name);
    if (okta === undefined) found.push(`group ${group.name} should not exist`);
    // Emptied, by the configuration's default.
    else if (now.groups[okta] === undefined && membersOf(group).length > 0)
      found.push(`group ${group.name} was deleted at Okta and still has members: ${membersOf(group).join(', ')}`);
  }
  return found;
}
