/** Brings one person in step at one target, through the same planner, guards, claims and audit as a run of everybody. */
import type { OktaUserId } from '../domain/ids.ts';
import type { ChangeRow } from '../store/plans.ts';
import { latestSnapshot } from '../store/snapshots.ts';
import { pausedTargets } from '../store/target-state.ts';
import { noOutcomes, type OutcomeCounts, type PersonAtTarget } from '../workflows/contract.ts';
import { carryOutForPerson, type ForPerson } from './carry-out-for-person.ts';
import type { Dependencies } from './dependencies.ts';
import { whileAlive } from './heartbeats.ts';
import { connectedTarget } from './observe-target.ts';
import { readAccount } from './read-account.ts';
import { askTarget } from './start-target-syncs.ts';

export interface SyncPersonInput {
  readonly runId: string;
  /** The same in each try. */
  readonly planId: string;
  readonly target: string;
  readonly person: string;
}

/** What waits for approval is listed by a run of everybody, which is asked for. */
export const syncPersonAtTarget = (deps: Dependencies, input: SyncPersonInput): Promise<PersonAtTarget> =>
  whileAlive(async (alive) => {
    const { store } = deps;
    const { target, runId } = input;
    const person: ForPerson = { ...input, person: input.person as OktaUserId };
    connectedTarget(deps, target);
    if ((await pausedTargets(store)).some((pause) => pause.target === target))
      return { target, state: 'paused', outcomes: noOutcomes };
    // Whom a first run has not read yet comes with it.
    if (!(await latestSnapshot(store, target))) return { target, state: 'in-step', outcomes: noOutcomes };
    await readAccount(deps, person, alive.signal);
    const { changes, approvable } = await carryOutForPerson(deps, person, alive);
    if (approvable > 0) await askTarget(target, { requestId: runId });
    return { target, state: stateOf(changes, approvable), outcomes: countOf(changes) };
  });

function stateOf(changes: readonly ChangeRow[], approvable: number): PersonAtTarget['state'] {
  if (approvable > 0) return 'waiting';
  return changes.some(({ outcome }) => outcome === 'parked') ? 'parked' : 'in-step';
}

function countOf(changes: readonly ChangeRow[]): OutcomeCounts {
  const counts = { ...noOutcomes };
  for (const { outcome } of changes) if (outcome) counts[outcome] += 1;
  return counts;
}
