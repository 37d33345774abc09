import { createHash } from 'node:crypto';
import { z } from 'zod';
import { SandboxError } from '../kit/vendor.ts';
import type { Directory } from './directory.ts';
import { createGroup } from './groups.ts';
import { createUser } from './users.ts';

const seedOptions = z.strictObject({
  /** Changes the names and ids that are made up. */
  seed: z.union([z.number(), z.string()]).default(1),
  /** Domains whose accounts the organisation manages, and may therefore deactivate. */
  claimedDomains: z.array(z.string().min(1)).default(['example.com']),
  /** Atlassian accounts that exist already: so many made-up ones, or these. */
  people: z
    .union([
      z.int().min(0).max(1_000_000),
      z.array(
        z.strictObject({
          email: z.email(),
          displayName: z.string().optional(),
          active: z.boolean().default(true),
          /** Also a user of this SCIM directory, made by another client. */
          provisioned: z.boolean().optional(),
          userName: z.string().optional(),
          externalId: z.string().optional(),
        }),
      ),
    ])
    .default(0),
  /** Whether people are users of this SCIM directory where they do not say. */
  provisioned: z.boolean().default(false),
  /** SCIM groups that exist already: so many made-up ones, or these. Members by e-mail, who must be provisioned. */
  groups: z
    .union([
      z.int().min(0).max(250_000),
      z.array(z.strictObject({ displayName: z.string().min(1), members: z.array(z.string()).default([]) })),
    ])
    .default(0),
  /** Groups made in Atlassian's administration. */
  nativeGroups: z
    .array(
      z.union([
        z.string().min(1),
        z.strictObject({
          name: z.string().min(1),
          members: z.array(z.string()).default([]),
          isDefaultAccess: z.boolean().default(false),
        }),
      ]),
    )
    .default([]),
});

type SeedOptions = z.infer<typeof seedOptions>;
type SeedPerson = Exclude<SeedOptions['people'], number>[number];
type SeedGroup = Exclude<SeedOptions['groups'], number>[number];

const givenNames = [
  'Ada',
  'Grace',
  'Alan',
  'Edsger',
  'Barbara',
  'Donald',
  'Frances',
  'John',
  'Radia',
  'Tim',
  'Joan',
  'Ken',
];
const familyNames = [
  'Byron',
  'Hopper',
  'Mathison',
  'Wybe',
  'Liskov',
  'Ervin',
  'Allen',
  'Backus',
  'Perlman',
  'Lee',
  'Clarke',
];

export interface SeedSummary {
  accounts: number;
  users: number;
  groups: number;
  nativeGroups: number;
}

/**
 * Fills an empty directory; the same options always make the same ids.
 * @throws SandboxError naming the option that is wrong.
 */
export function seedDirectory(directory: Directory, given: Record<string, unknown>, nowMs: number): SeedSummary {
  const parsed = seedOptions.safeParse(given);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new SandboxError(issue.message, ['seed', ...issue.path].join('.'));
  }
  const options = parsed.data;
  const newId = idMaker(options.seed);
  directory.nowMs = nowMs;
  directory.accounts.claimDomains(options.claimedDomains);
  const people = typeof options.people === 'number' ? makeUpPeople(options.people) : options.people;
  for (const person of people) seedPerson(directory, person, options.provisioned, newId);
  const groups = typeof options.groups === 'number' ? makeUpGroups(directory, options.groups) : options.groups;
  for (const group of groups) {
    const memberIds = group.members.map((email) => provisionedUser(directory, group.displayName, email));
    createGroup(directory, { displayName: group.displayName, memberIds }, newId('group'));
  }
  for (const group of options.nativeGroups) seedNativeGroup(directory, group);
  // What was there before has long reached the sites.
  directory.site.settle(Number.POSITIVE_INFINITY);
  return {
    accounts: [...directory.accounts.values()].length,
    users: directory.users.size,
    groups: directory.groups.size,
    nativeGroups: directory.nativeGroups.size,
  };
}

type IdMaker = (kind: string) => string;

function idMaker(seed: number | string): IdMaker {
  let count = 0;
  return (kind) => {
    count += 1;
    const hex = createHash('sha256').update(`${seed} ${kind} ${count}`).digest('hex');
    return [
      hex.slice(0, 8),
      hex.slice(8, 12),
      `4${hex.slice(13, 16)}`,
      `8${hex.slice(17, 20)}`,
      hex.slice(20, 32),
    ].join('-');
  };
}

function makeUpPeople(count: number): SeedPerson[] {
  return Array.from({ length: count }, (_, index) => {
    const givenName = givenNames[index % givenNames.length]!;
    const familyName = familyNames[Math.floor(index / givenNames.length) % familyNames.length]!;
    const email = `${givenName}.${familyName}.${index + 1}@example.com`.toLowerCase();
    return { email, displayName: `${givenName} ${familyName}`, active: true };
  });
}

/** Sizes fall as in real organisations: the nth group has an nth of the people. */
function makeUpGroups(directory: Directory, count: number): SeedGroup[] {
  const emails = directory.users.values().map((user) => directory.accountOf(user).email);
  return Array.from({ length: count }, (_, index) => {
    const size = Math.min(emails.length, Math.ceil(emails.length / (index + 1)));
    const members = Array.from({ length: size }, (_unused, offset) => emails[(index * 7 + offset) % emails.length]!);
    return { displayName: `team-${index + 1}`, members };
  });
}

function seedPerson(directory: Directory, person: SeedPerson, isProvisionedByDefault: boolean, newId: IdMaker): void {
  const { email, displayName, active, externalId, userName } = person;
  if (directory.accounts.byEmail(email)) throw new SandboxError(`${email} occurs twice`, 'seed.people');
  const accountId = `712020:${newId('account')}`;
  directory.accounts.add({ accountId, email, active, profile: displayName === undefined ? {} : { displayName } });
  if (!(person.provisioned ?? isProvisionedByDefault)) return;
  const document = {
    userName: userName ?? email,
    emails: [{ value: email, type: 'work', primary: true }],
    ...(displayName === undefined ? {} : { displayName }),
    ...(externalId === undefined ? {} : { externalId }),
    active,
  };
  createUser(directory, document, newId('user'));
}

function provisionedUser(directory: Directory, group: string, email: string): string {
  const userId = directory.emails.get(email.toLowerCase())[0];
  if (userId === undefined) throw new SandboxError(`${email} is not provisioned`, `seed.groups.${group}.members`);
  return userId;
}

function seedNativeGroup(directory: Directory, group: SeedOptions['nativeGroups'][number]): void {
  const { name, members, isDefaultAccess } =
    typeof group === 'string' ? { name: group, members: [], isDefaultAccess: false } : group;
  const accountIds = members.map((email) => {
    const account = directory.accounts.byEmail(email);
    if (account === undefined) throw new SandboxError(`${email} has no account`, `seed.nativeGroups.${name}.members`);
    return account.accountId;
  });
  directory.addNativeGroup({ name, isDefaultAccess, accountIds });
}
