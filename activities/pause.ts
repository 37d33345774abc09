/** A target that fails widely, or whose credential is refused, pauses itself: more tries would help nobody. */
import { failureKinds, isFailure } from '../domain/failure.ts';
import { recordCommand } from '../store/audit.ts';
import { countFailed } from '../store/failed-share.ts';
import { inTransaction } from '../store/in-transaction.ts';
import { pauseTarget } from '../store/target-state.ts';
import type { Problem } from '../workflows/contract.ts';
import type { ConnectedTarget, Dependencies } from './dependencies.ts';
import { connectedTarget } from './observe-target.ts';

/** Somebody waits for the run to end. */
const probeMs = 10_000;

export interface EndedRunOf {
  readonly runId: string;
  readonly target: string;
  /** Absent when it did not come to plan. */
  readonly planId?: string;
  readonly problem?: Problem;
}

/** At the end of a run. @returns whether the target was paused by it */
export async function pauseIfFailing(deps: Dependencies, ended: EndedRunOf): Promise<boolean> {
  const { store, log } = deps;
  const connected = connectedTarget(deps, ended.target);
  const { runId, target } = ended;
  const by = await whyToPause(deps, connected, ended);
  if (by === undefined) return false;
  const hasPaused = await inTransaction(store, async (tx) => {
    if (!(await pauseTarget(tx, { target, by, reason: by }))) return false;
    await recordCommand(tx, { runId, kind: 'pause', target, reason: by });
    return true;
  });
  if (hasPaused) log.error({ target, reason: by }, 'the target has paused itself');
  return hasPaused;
}

async function whyToPause(
  { store }: Dependencies,
  { settings, directory }: ConnectedTarget,
  { planId, problem }: EndedRunOf,
): Promise<'failures' | 'credentials' | undefined> {
  // One refusal may be about one subject, or about Okta; the target's own credential is asked.
  if (problem?.kind === 'AccessDenied' && (await isRefused(directory))) return 'credentials';
  if (planId === undefined) return undefined;
  const { failed, carriedOut } = await countFailed(store, planId, failureKinds);
  const { share, atLeast } = settings.pauseWhenFailing;
  return failed >= atLeast && failed > share * carriedOut ? 'failures' : undefined;
}

async function isRefused(directory: ConnectedTarget['directory']): Promise<boolean> {
  const signal = AbortSignal.timeout(probeMs);
  try {
    const results = await directory.check({ signal });
    return results.some(({ check, status }) => check === 'credentials' && status === 'failed');
  } catch (error) {
    if (signal.aborted || isFailure(error)) return false; // No answer is no refusal.
    throw error;
  }
}
