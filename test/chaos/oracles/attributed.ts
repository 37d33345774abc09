/** Which run did what: a target's newest, or one for that very person that was under way. */
import type { Call, Effect, Evidence, Run } from '../evidence.ts';

export interface Done {
  readonly call: Call;
  readonly effect: Effect;
  /** Those that may have done it, the likeliest first. */
  readonly runs: readonly Run[];
}

/** Between the end of a run and its being on record. */
const recordMs = 1_000;

export function done(evidence: Evidence): Done[] {
  return evidence.calls
    .filter(({ by }) => by === 'lockstep')
    .flatMap((call) => call.effects.map((effect) => ({ call, effect, runs: runsOf(evidence, call, effect) })));
}

function runsOf({ runs }: Evidence, { at }: Call, effect: Effect): Run[] {
  const person = 'person' in effect ? effect.person : undefined;
  const own = runs.filter(
    (run) =>
      run.person !== undefined &&
      run.person === person &&
      run.startedAt <= at &&
      (run.finishedAt ?? Number.POSITIVE_INFINITY) + recordMs >= at,
  );
  const ofTarget = runs.findLast(({ kind, startedAt }) => kind === 'target-sync' && startedAt <= at);
  return [...own, ...(ofTarget ? [ofTarget] : [])];
}
