/** What all scripts have in common: the configuration, and the people and groups that are not Okta's to decide about. */
import { defaultSwitches, type Switches } from '../../sandbox/atlassian-cloud/switches.ts';
import { lockstepYaml } from '../support/lockstep-yaml.ts';

export const scopeGroup = 'atlassian-users';
export const isKept = (name: string): boolean => /^.+-.+$/.test(name) && name !== scopeGroup;
const entitled: ReadonlySet<string> = new Set(['ACTIVE', 'PASSWORD_EXPIRED', 'LOCKED_OUT', 'RECOVERY', 'PROVISIONED']);
export const isEntitled = (status: string | undefined): boolean => status !== undefined && entitled.has(status);

/** In scope and linked by her id, but `protect` names her: nothing of hers is ever written. */
export const protectedEmail = 'protected.person@example.com';
/** An account of nobody at Okta, in a kept group. */
export const robotEmail = 'robot@example.com';

/** Changes that go without approval. */
export const guardLimits = {
  deactivations: { perRun: 3, perDay: 8 },
  memberRemovals: { perRun: 8, perDay: 200 },
  reactivations: { perRun: 3, perDay: 8 },
  nameChanges: { perRun: 3, perDay: 8 },
} as const;

const limit = (count: number) => ({ percent: 0, atLeast: count, atMost: count });
const limits = ({ perRun, perDay }: { perRun: number; perDay: number }) => ({
  perRun: limit(perRun),
  perDay: limit(perDay),
});

/** @param followsLog whether Okta's log is followed all the time, or nobody but syncs, hooks and people tell of changes */
export const configurationOf = (followsLog: boolean): string =>
  lockstepYaml({
    sandbox: false,
    // As many as a script draws.
    offboarding: { limit: limit(1_000) },
    ...(followsLog ? { catchUp: { every: '1s' } } : {}),
    target: {
      protect: { people: [protectedEmail] },
      guards: {
        ...Object.fromEntries(Object.entries(guardLimits).map(([guard, given]) => [guard, limits(given)])),
        creations: limits({ perRun: 1000, perDay: 10_000 }),
      },
      memberBatch: 5,
      pacing: { concurrency: 8 },
    },
  });

/**
 * What Atlassian's documents leave open, one way or the other: a script gets one of these. A worker learns which form of
 * removal is understood and keeps to it, so there are not two that contradict each other.
 */
const moods: readonly Partial<Switches>[] = [
  {},
  { listOrder: 'newest-first', itemsPerPage: 'returned' },
  { memberRemoval: 'list-only', emptyMembers: 'omitted' },
  { groupRename: 'ignored' },
  { externalIdUniqueness: 'not-enforced', listDelayMs: 400 },
  { mediaType: 'application/scim+json', errorDetail: 'vague', userNameCase: 'lower-cased' },
];
/** Small pages, so that the second one can go wrong as well. */
export const switchesOf = (seed: number): Switches => ({
  ...defaultSwitches,
  maxCount: 20,
  defaultCount: 20,
  ...moods[seed % moods.length],
});
/** How Okta's log is told, where it is followed: in order and once, or neither. */
export const logMannersOf = (seed: number): { logLagMs: number; logDisorderMs: number; logDuplicateEvery: number } =>
  seed % 2 === 0
    ? { logLagMs: 0, logDisorderMs: 0, logDuplicateEvery: 0 }
    : { logLagMs: 300, logDisorderMs: 1_500, logDuplicateEvery: 3 };

/** How far Okta's lists are behind what it answers by id, in milliseconds. */
export const lagOf = (seed: number): number => (seed % 3 === 0 ? 1_500 : 0);
