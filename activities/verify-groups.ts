/**
 * After a plan was carried out: each group that got or lost members is read back once, and what the target did not keep
 * is written again. One chain of pages per written group, none where none was written.
 */
import { activityInfo } from '@temporalio/activity';
import type { TargetGroupId } from '../domain/ids.ts';
import { keptAttributes } from '../domain/mapping.ts';
import { countRepairs, groupsWritten, type RepairCounts } from '../store/member-repairs.ts';
import { noteRun } from '../store/run-notes.ts';
import { createStepContext, type Effect } from './apply-context.ts';
import { Claims } from './claims.ts';
import type { ConnectedTarget, Dependencies } from './dependencies.ts';
import type { Alive } from './heartbeats.ts';
import { whileOpen } from './open-to-apply.ts';
import { isAboutThisGroup, type ReadBack, readBackGroup } from './read-back.ts';
import { recordEffects } from './record-effects.ts';
import { workThrough } from './work-through.ts';

export interface VerifyGroupsInput {
  readonly planId: string;
  readonly target: string;
  readonly runId: string;
  /** `next` of the call before. */
  readonly after?: string;
}

/** Counts of memberships are those of the whole plan so far, whichever call or try found them. */
export interface VerifyGroupsResult extends RepairCounts {
  /** Groups read back by this call. */
  readonly groups: number;
  /** Groups that could not be read back by this call, for a reason of their own; the next reading shows what is in them. */
  readonly unread: number;
  /** Set when it ended early on purpose: call again with it as `after`. */
  readonly next?: string;
}

const longestMs = 5 * 60_000;
/** Between two looks at what is left, and at whether the worker ends. */
const groupsAtOnce = 64;

/** What it writes again was approved, where that was asked for; so the approval must still hold. */
export const verifyGroups = (deps: Dependencies, input: VerifyGroupsInput): Promise<VerifyGroupsResult> =>
  whileOpen(deps, input, ({ connected, alive }) => readBackAll(deps, connected, input, alive));

async function readBackAll(
  deps: Dependencies,
  connected: ConnectedTarget,
  { planId, target, runId, after }: VerifyGroupsInput,
  alive: Alive,
): Promise<VerifyGroupsResult> {
  const { store } = deps;
  const endsAt = Date.now() + longestMs;
  const context = await createStepContext(deps, connected, { signal: alive.signal });
  const claims = new Claims(store, { target, planId }, connected.directory.requestTimeoutMs);
  const recording = { planId, target, kept: keptAttributes(connected.settings.mapping) };
  const record = async (effects: readonly Effect[]): Promise<void> => {
    deps.countOutcomes(target, await recordEffects(store, recording, claims, effects));
  };
  let [groups, unread] = [0, 0];
  let last = verifiedBefore() ?? after;
  for (;;) {
    const some = await groupsWritten(store, planId, last, groupsAtOnce);
    const isEarly = some.length > 0 && (deps.stopping.aborted || Date.now() >= endsAt);
    if (some.length === 0 || isEarly) {
      const counts = await countRepairs(store, planId);
      if (counts.lost > 0) await noteRun(store, runId, { lostMembers: counts.lost });
      return { groups, unread, ...counts, ...(isEarly ? { next: last ?? '' } : {}) };
    }
    await workThrough(some, connected.concurrency, async (group) => {
      if (await isReadBack({ context, planId, claims, record }, group)) groups += 1;
      else unread += 1;
    });
    last = some.at(-1);
    alive.progress({ verified: last ?? '' });
  }
}

/** How far an earlier try came. */
function verifiedBefore(): string | undefined {
  const details: unknown = activityInfo().heartbeatDetails;
  const isTold = typeof details === 'object' && details !== null && 'verified' in details;
  return isTold && typeof details.verified === 'string' ? details.verified : undefined;
}

/** A group that is gone, or of which no sense can be made, does not keep the others from being looked at. */
async function isReadBack(of: ReadBack, group: TargetGroupId): Promise<boolean> {
  try {
    await readBackGroup(of, group);
    return true;
  } catch (error) {
    if (!isAboutThisGroup(error)) throw error;
    const { deps, name } = of.context;
    deps.log.warn({ target: name, group, kind: error.kind }, `a group could not be read back: ${error.message}`);
    return false;
  }
}
