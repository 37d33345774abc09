import { SandboxError } from '../kit/vendor.ts';
import { assignGroup } from './app-groups.ts';
import { DEPARTMENTS, FIRST_NAMES, GROUP_KINDS, GROUP_SUBJECTS, LAST_NAMES, PLACES, TITLES } from './names.ts';
import { Org } from './org.ts';
import { systemCause } from './principal.ts';
import { Random } from './random.ts';
import {
  type GroupRecord,
  type GroupType,
  isoTime,
  USER_STATUSES,
  type UserRecord,
  type UserStatus,
} from './records.ts';
import { readSeedOptions, type SeedOptions } from './seed-options.ts';

export interface SeedSummary {
  people: number;
  groups: number;
  memberships: number;
  apps: { id: string; label: string; users: number }[];
  statuses: Record<string, number>;
}

const DAY_MS = 24 * 3_600_000;
// Everything happened months ago, so that nothing lies inside a consumer's settling window or the System Log's retention.
const OLDEST_DAYS = 900;
const NEWEST_DAYS = 120;
const ALL_USERS_GROUP = 'atlassian-users';
const CLOUD_APP = { name: 'atlassian', label: 'Atlassian Cloud' };
const CLOUD_FEATURES = ['PUSH_NEW_USERS', 'PUSH_PROFILE_UPDATES', 'PUSH_USER_DEACTIVATION', 'GROUP_PUSH'];

/**
 * A deterministic population: unique people, groups of Zipf-like sizes, the app "Atlassian Cloud".
 * @throws SandboxError on bad options.
 */
export function seedOrg(given: Record<string, unknown>, now: number): { org: Org; summary: SeedSummary } {
  const options = readSeedOptions(given);
  const org = new Org(String(options.seed), now);
  const random = new Random(options.seed);
  org.log.isMuted = true;
  addGroup(org, random, 'Everyone', now, 'BUILT_IN');
  const users = Array.from({ length: options.people }, (_, at) => addPerson(org, random, options, at, now));
  addGroups(org, random, options, users, now);
  addApps(org, options, now);
  org.log.isMuted = false;
  return { org, summary: summarise(org) };
}

function addPerson(org: Org, random: Random, options: SeedOptions, at: number, now: number): UserRecord {
  const created = pastTime(random, now);
  const status = statusAt(options, at);
  const changed = laterTime(random, created, now);
  const isFresh = status === 'STAGED';
  const hasPassword = !['STAGED', 'PROVISIONED'].includes(status);
  const user: UserRecord = {
    id: org.ids.create('00u'),
    status,
    created: isoTime(created),
    activated: isFresh ? null : isoTime(created + 60_000),
    statusChanged: isFresh ? null : isoTime(changed),
    lastLogin: null,
    lastUpdated: isoTime(changed),
    passwordChanged: hasPassword ? isoTime(created + 60_000) : null,
    hasPassword,
    profile: profileAt(random, at),
  };
  org.setUser(user, created);
  return user;
}

function profileAt(random: Random, at: number): UserRecord['profile'] {
  // Walks through all pairs before a name comes again; then a number keeps the login unique.
  const firstName = FIRST_NAMES[at % FIRST_NAMES.length] as string;
  const turn = Math.floor(at / FIRST_NAMES.length);
  const lastName = LAST_NAMES[(at * 7 + turn) % LAST_NAMES.length] as string;
  const round = Math.floor(turn / LAST_NAMES.length);
  const login = `${plain(firstName)}.${plain(lastName)}${round > 0 ? round + 1 : ''}@example.com`;
  const department = random.pick(DEPARTMENTS);
  const { city, countryCode, locale, timezone } = random.pick(PLACES);
  return {
    login,
    email: login,
    firstName,
    lastName,
    displayName: `${firstName} ${lastName}`,
    title: `${department} ${random.pick(TITLES)}`,
    department,
    organization: 'Example Ltd',
    employeeNumber: String(100_000 + at),
    userType: random.below(12) === 0 ? 'Contractor' : 'Employee',
    city,
    countryCode,
    locale,
    timezone,
    preferredLanguage: locale.slice(0, 2),
  };
}

/** The first of each status come early, so that every status occurs even in a small population. */
function statusAt(options: SeedOptions, at: number): UserStatus {
  const others = USER_STATUSES.filter((status) => status !== 'ACTIVE' && (options.statuses[status] ?? 0) > 0);
  let slot = options.people - 1 - at;
  for (const status of others) {
    const count = Math.max(1, Math.round((options.statuses[status] ?? 0) * options.people));
    if (slot < count) return status;
    slot -= count;
  }
  return 'ACTIVE';
}

function addGroups(org: Org, random: Random, options: SeedOptions, users: UserRecord[], now: number): void {
  const everybody = addGroup(org, random, ALL_USERS_GROUP, now);
  for (const user of users) {
    if (random.next() < options.usersShare) org.setMembership(everybody.id, user.id, true);
  }
  for (let rank = 1; rank < options.groups; rank += 1) {
    const group = addGroup(org, random, groupName(rank - 1), now);
    // Zipf: the nth group has an nth of the largest one's members.
    const size = Math.min(users.length, Math.max(1, Math.round(users.length / 2 / rank)));
    const start = users.length > 0 ? random.below(users.length) : 0;
    const stride = coprimeStride(random, users.length);
    for (let n = 0; n < size && users.length > 0; n += 1) {
      org.setMembership(group.id, (users[(start + n * stride) % users.length] as UserRecord).id, true);
    }
  }
  if (options.ambiguousGroup)
    addGroup(org, random, options.groups > 1 ? groupName(0) : ALL_USERS_GROUP, now, 'APP_GROUP');
}

function addGroup(org: Org, random: Random, name: string, now: number, type: GroupType = 'OKTA_GROUP'): GroupRecord {
  const created = pastTime(random, now);
  const changed = isoTime(laterTime(random, created, now));
  const group: GroupRecord = {
    id: org.ids.create('00g'),
    type,
    created: isoTime(created),
    lastUpdated: changed,
    lastMembershipUpdated: changed,
    profile: { name, description: type === 'BUILT_IN' ? 'All users in your organization' : `Group ${name}` },
  };
  if (type === 'APP_GROUP') {
    group.sourceAppId = org.ids.create('0oa');
    const domain = 'EXAMPLE';
    const imported = { dn: `CN=${name},OU=Groups,DC=example,DC=com`, samAccountName: name };
    Object.assign(group.profile, imported, {
      windowsDomainQualifiedName: `${domain}\\${name}`,
      externalId: group.sourceAppId,
    });
  }
  org.groups.set(group, created);
  return group;
}

function addApps(org: Org, options: SeedOptions, now: number): void {
  const cause = systemCause(now - NEWEST_DAYS * DAY_MS, 'seed');
  const apps = [
    { ...CLOUD_APP, groups: [ALL_USERS_GROUP] },
    ...options.apps.map((app) => ({ name: plain(app.label), ...app })),
  ];
  for (const [at, { name, label, groups }] of apps.entries()) {
    const time = isoTime(cause.now);
    const id = org.ids.create('0oa');
    const features = at === 0 ? CLOUD_FEATURES : [];
    const entry = org.apps.add({ id, name, label, status: 'ACTIVE', created: time, lastUpdated: time, features });
    for (const groupName of groups) {
      const group = [...org.groups.values()].find((each) => each.profile.name === groupName);
      if (!group) throw new SandboxError(`no group is named ${groupName}`, `apps: ${label}`);
      assignGroup(org, cause, entry, group);
    }
  }
}

function summarise(org: Org): SeedSummary {
  const statuses: Record<string, number> = {};
  for (const { status } of org.users.values()) statuses[status] = (statuses[status] ?? 0) + 1;
  const groups = [...org.groups.values()].filter(({ type }) => type !== 'BUILT_IN');
  return {
    people: org.users.ids.size,
    groups: groups.length,
    memberships: groups.reduce((sum, group) => sum + org.membersOf(group).size, 0),
    apps: org.apps.all().map(({ app, userIds }) => ({ id: app.id, label: app.label, users: userIds.size })),
    statuses,
  };
}

function groupName(at: number): string {
  const subject = GROUP_SUBJECTS[at % GROUP_SUBJECTS.length] as string;
  const turn = Math.floor(at / GROUP_SUBJECTS.length);
  const kind = GROUP_KINDS[turn % GROUP_KINDS.length] as string;
  const round = Math.floor(turn / GROUP_KINDS.length);
  return `${subject}-${kind}${round > 0 ? `-${round + 1}` : ''}`;
}

function pastTime(random: Random, now: number): number {
  return now - (NEWEST_DAYS + 1 + random.below(OLDEST_DAYS)) * DAY_MS - random.below(DAY_MS);
}

/** Between creation and the newest day of the past. */
function laterTime(random: Random, created: number, now: number): number {
  return created + random.below(now - NEWEST_DAYS * DAY_MS - created);
}

/** A step that visits everybody once before anybody twice. */
function coprimeStride(random: Random, count: number): number {
  if (count < 3) return 1;
  const divides = (a: number, b: number): number => (b === 0 ? a : divides(b, a % b));
  for (;;) {
    const stride = 1 + random.below(count - 1);
    if (divides(stride, count) === 1) return stride;
  }
}

/** Letters, digits and dashes only, for addresses. */
function plain(name: string): string {
  const letters: Record<string, string> = { ø: 'o', ł: 'l', ı: 'i', ß: 'ss', æ: 'ae', đ: 'd' };
  return name
    .toLowerCase()
    .replace(/[øłıßæđ]/g, (letter) => letters[letter] ?? letter)
    .normalize('NFD')
    .replace(/\p{Mark}/gu, '')
    .replace(/[^a-z0-9]+/g, '-');
}
