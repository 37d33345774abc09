/**
 * What an administrator finds on the first day: a company at Okta, and an Atlassian directory that others have filled by
 * hand for years. 500 accounts and 40 groups, of which most belong to somebody, and some to nobody.
 */
import type { SavedOrg } from '../../sandbox/okta/org.ts';
import { scopeGroup } from './fault-lab.ts';
import { lockstepYaml } from './lockstep-yaml.ts';

export const oktaSeed = { people: 450, groups: 30, seed: 2026 };

/** Without `guards`, so with the defaults; outside the sandbox, so the first plan waits. */
export const firstDayConfig = lockstepYaml({
  sandbox: false,
  target: { ignore: { accounts: ['/svc-.*@example\\.com/'] } },
  schedule: { every: '12h' },
});

interface SeedPerson {
  readonly email: string;
  readonly provisioned: true;
  readonly displayName?: string;
  readonly active?: boolean;
  readonly userName?: string;
  readonly externalId?: string;
}

interface SeedGroup {
  readonly displayName: string;
  readonly members: readonly string[];
}

type User = SavedOrg['users'][number];

/** By Okta id. All are entitled and in scope unless said otherwise. */
export interface Roles {
  /** With an account under their address, one of them in other capitals. */
  readonly knownByMail: readonly string[];
  /** Their accounts carry their Okta ids. */
  readonly knownById: readonly string[];
  /** Of those: with an address of before their marriage. */
  readonly renamed: readonly string[];
  /** Of those: with an account that was deactivated while they were away. */
  readonly returned: readonly string[];
  readonly withoutAccount: readonly string[];
  /** Their address stands at an account with somebody else's Okta id. */
  readonly claimed: string;
  /** Their address stands at a deactivated account of unknown origin. */
  readonly dormant: string;
  /** Of those known: members by hand of a group that Okta does not have them in, by name of the group. */
  readonly intruders: Readonly<Record<string, string>>;
}

export interface Situation {
  readonly roles: Roles;
  readonly directory: { readonly people: readonly SeedPerson[]; readonly groups: readonly SeedGroup[] };
  /** Names of groups that Okta has as well. */
  readonly sharedGroups: readonly string[];
  readonly foreignGroups: readonly string[];
}

const entitled = ['ACTIVE', 'PASSWORD_EXPIRED', 'LOCKED_OUT', 'RECOVERY', 'PROVISIONED'];
const numbers = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 1);
const [accounts, shared, foreign, services] = [500, 15, 25, 20];

/** Always the same for the same org. */
export function situationOf(org: SavedOrg): Situation {
  const idOf = new Map(org.groups.map(({ id, profile }) => [profile.name, id]));
  const membersOf = (name: string): string[] => org.members[idOf.get(name) ?? ''] ?? [];
  const kept = [...idOf.keys()].filter((name) => /.+-.+/.test(name) && name !== scopeGroup).sort();
  const inScope = new Set(membersOf(scopeGroup));
  const users = new Map(org.users.map((user) => [user.id, user]));
  const wanted = org.users.filter(({ id, status }) => inScope.has(id) && entitled.includes(status));
  const inNoGroup = wanted.filter(({ id }) => !kept.some((name) => membersOf(name).includes(id)));
  const [claimed, dormant] = [inNoGroup[0]!.id, inNoGroup[1]!.id];
  const others = wanted.map(({ id }) => id).filter((id) => id !== claimed && id !== dormant);
  const [withoutAccount, knownById, knownByMail] = [others.slice(0, 40), others.slice(40, 100), others.slice(100)];
  const [renamed, returned] = [knownById.slice(0, 6), knownById.slice(6, 9)];
  const user = (id: string): User => users.get(id)!;
  const mail = (id: string): string => String(user(id).profile['email']);
  const addressOf = (id: string): string => (renamed.includes(id) ? `old-${mail(id)}` : mail(id));

  const people: SeedPerson[] = [
    ...knownByMail.map((id, at) => byHand(at === 0 ? mail(id).toUpperCase() : mail(id), at % 3 ? 'By Hand' : user(id))),
    ...knownById.map((id) => ({
      ...byHand(addressOf(id), 'Outdated Name'),
      externalId: id,
      active: !returned.includes(id),
    })),
    { ...byHand(mail(claimed), 'Claimed'), externalId: '00uOfAnotherOrg00001' },
    { ...byHand(mail(dormant), 'Dormant'), active: false },
    // Okta says that they have left; their accounts are open, and nobody has linked them yet.
    ...org.users.filter(({ status }) => status === 'DEPROVISIONED').map(({ id }) => byHand(mail(id), 'Left Long Ago')),
    ...numbers(services).map((at) => byHand(`svc-${at}@example.com`, `Service ${at}`)),
  ];
  const strangers = numbers(accounts - people.length).map((at) => `stranger-${at}@elsewhere.example`);
  people.push(...strangers.map((email, at) => ({ ...byHand(email, `Stranger ${at}`), active: at % 9 > 0 })));

  const known = [...knownByMail, ...knownById];
  const sharedGroups = kept.slice(0, shared);
  const intruders: Record<string, string> = {};
  const groups = sharedGroups.map((displayName, at): SeedGroup => {
    const wantedHere = membersOf(displayName);
    const here = known.filter((id) => wantedHere.includes(id)).filter((_, index) => index % 4 > 0);
    const intruder = known.find((id, index) => index > at * 7 && !wantedHere.includes(id))!;
    intruders[displayName] = intruder;
    const byHandHere = [`svc-${at + 1}@example.com`, strangers[at]!, strangers[at + 1]!];
    return { displayName, members: [...[...here, intruder].map(addressOf), ...byHandHere] };
  });
  const foreignGroups = numbers(foreign).map((at) => `made-by-hand-${at}`);
  groups.push(
    ...foreignGroups.map((displayName, at) => ({
      displayName,
      members: [...known.slice(at * 5, at * 5 + 12).map(addressOf), ...strangers.slice(at, at + 3)],
    })),
  );
  const roles = { knownByMail, knownById, renamed, returned, withoutAccount, claimed, dormant, intruders };
  return { roles, directory: { people, groups }, sharedGroups, foreignGroups };
}

const byHand = (email: string, name: string | User): SeedPerson => ({
  email,
  provisioned: true,
  displayName: typeof name === 'string' ? name : String(name.profile['displayName']),
});
