import { SandboxError } from '../kit/vendor.ts';
import { USER_STATUSES, type UserStatus } from './records.ts';

interface SeedApp {
  label: string;
  /** Names of the groups that are assigned. */
  groups: string[];
}

export interface SeedOptions {
  people: number;
  /** OKTA_GROUPs, "atlassian-users" among them; Everyone comes on top. */
  groups: number;
  seed: number;
  /** Apps beside "Atlassian Cloud". */
  apps: SeedApp[];
  /** Share of the people in each status other than ACTIVE, from 0 to 1. */
  statuses: Partial<Record<UserStatus, number>>;
  /** Share of the people in "atlassian-users". */
  usersShare: number;
  /** An imported group (APP_GROUP) with the name of an OKTA_GROUP. */
  ambiguousGroup: boolean;
}

const FEW = 0.01;
const STANDARD: SeedOptions = {
  people: 300,
  groups: 30,
  seed: 1,
  apps: [],
  statuses: {
    STAGED: FEW,
    PROVISIONED: FEW,
    RECOVERY: FEW,
    PASSWORD_EXPIRED: FEW,
    LOCKED_OUT: FEW,
    SUSPENDED: FEW,
    DEPROVISIONED: 0.02,
  },
  usersShare: 0.95,
  ambiguousGroup: false,
};

/** @throws SandboxError naming the option. */
export function readSeedOptions(given: Record<string, unknown>): SeedOptions {
  for (const key of Object.keys(given)) {
    if (!(key in STANDARD)) fail(`unknown option; known are ${Object.keys(STANDARD).join(', ')}`, key);
  }
  const options = { ...STANDARD, ...given } as SeedOptions;
  checkCount(options.people, 'people', 0);
  checkCount(options.groups, 'groups', 1);
  checkCount(options.seed, 'seed', 0);
  checkShare(options.usersShare, 'usersShare');
  if (typeof options.ambiguousGroup !== 'boolean') fail('true or false is expected', 'ambiguousGroup');
  checkStatuses(options.statuses);
  checkApps(options.apps);
  return options;
}

function checkStatuses(statuses: unknown): void {
  if (typeof statuses !== 'object' || statuses === null) fail('an object of shares is expected', 'statuses');
  for (const [status, share] of Object.entries(statuses as object)) {
    if (!USER_STATUSES.some((known) => known === status))
      fail(`known are ${USER_STATUSES.join(', ')}`, `statuses.${status}`);
    checkShare(share, `statuses.${status}`);
  }
  const sum = Object.values(statuses as Record<string, number>).reduce((total, share) => total + share, 0);
  if (sum > 1) fail('the shares exceed 1', 'statuses');
}

function checkApps(apps: unknown): void {
  if (!Array.isArray(apps)) fail('a list of {label, groups} is expected', 'apps');
  for (const [at, app] of (apps as Partial<SeedApp>[]).entries()) {
    if (typeof app?.label !== 'string') fail('text is expected', `apps[${at}].label`);
    if (!Array.isArray(app?.groups)) fail('a list of group names is expected', `apps[${at}].groups`);
  }
}

function checkCount(value: unknown, where: string, minimum: number): void {
  if (!Number.isInteger(value) || Number(value) < minimum) fail(`a whole number from ${minimum} on is expected`, where);
}

function checkShare(value: unknown, where: string): void {
  if (typeof value !== 'number' || !(value >= 0 && value <= 1)) fail('a share from 0 to 1 is expected', where);
}

function fail(message: string, where: string): never {
  throw new SandboxError(message, where);
}
