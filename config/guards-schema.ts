/** `guards` of a target in lockstep.yaml: how much goes without approval. */
import { z } from 'zod';
import type { Guard, GuardLimits, Limit } from '../domain/guard.ts';
import { advice } from './problems.ts';

interface Default extends Limit {
  readonly counts: string;
}

/**
 * They must suit 20 people as well as 200,000: a share of what there is, but at least a handful, since a share of
 * little is nothing, and at most what somebody would still notice in time.
 */
const defaults: Readonly<Record<Guard, Default>> = {
  deactivations: { percent: 5, atLeast: 3, atMost: 500, counts: 'accounts deactivated, of linked active accounts' },
  deletions: { percent: 1, atLeast: 1, atMost: 50, counts: 'accounts and groups deleted, of those linked' },
  memberRemovals: { percent: 5, atLeast: 10, atMost: 2_000, counts: 'members removed, of members of kept groups' },
  emptiedGroups: { percent: 0, atLeast: 0, atMost: 10, counts: 'groups of three or more left empty, of kept groups' },
  nameChanges: { percent: 5, atLeast: 3, atMost: 200, counts: 'user names or addresses changed, of linked accounts' },
  reactivations: { percent: 5, atLeast: 3, atMost: 200, counts: 'accounts activated again, of linked accounts' },
  creations: { percent: 10, atLeast: 20, atMost: 2_000, counts: 'accounts created or adopted, of linked accounts' },
  privilegedAdditions: { percent: 0, atLeast: 1, atMost: 10, counts: 'additions to `privilegedGroups`' },
};

/** A day may see twice what one run may. */
const perDay = ({ percent, atLeast, atMost }: Limit): Limit => ({
  percent: percent * 2,
  atLeast: atLeast * 2,
  atMost: atMost * 2,
});

export const limitOf = ({ percent, atLeast, atMost }: Limit, when: string) =>
  z
    .strictObject({
      percent: z.number().min(0).max(100).default(percent).describe('Share of what there is, in percent.'),
      atLeast: z.int().min(0).default(atLeast).describe('So many always go, however little there is.'),
      atMost: z.int().min(0).default(atMost).describe('More never go, however much there is.'),
    })
    .refine((limit) => limit.atLeast <= limit.atMost, {
      message: advice('has an atLeast above its atMost', 'atMost is the end of what goes without approval'),
    })
    .prefault({})
    .describe(`Within ${when}.`);

const guardOf = ({ counts, ...limit }: Default) =>
  z
    .strictObject({ perRun: limitOf(limit, 'one run'), perDay: limitOf(perDay(limit), '24 hours, all runs together') })
    .prefault({})
    .describe(`Counts ${counts}. More than the limit waits for approval.`)
    .transform((given): GuardLimits => given);

export const guards = z.strictObject({
  deactivations: guardOf(defaults.deactivations),
  deletions: guardOf(defaults.deletions),
  memberRemovals: guardOf(defaults.memberRemovals),
  emptiedGroups: guardOf(defaults.emptiedGroups),
  nameChanges: guardOf(defaults.nameChanges),
  reactivations: guardOf(defaults.reactivations),
  creations: guardOf(defaults.creations),
  privilegedAdditions: guardOf(defaults.privilegedAdditions),
});
