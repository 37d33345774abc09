/** How the sync of one person went, in words and as an exit code. */
import type { PersonAtTarget, PersonResult } from '../../workflows/contract.ts';
import type { PersonSynced } from '../sync-person.ts';
import { type ExitCode, exitCodes } from './io.ts';
import { problemLines } from './problem-hints.ts';
import { troubleLine } from './progress.ts';
import { codeOfFailure } from './run-codes.ts';
import { duration, outcomeCounts } from './words.ts';

export function* personSyncLines(synced: PersonSynced): Generator<string> {
  if (synced.state === 'answered') {
    yield* resultLines(synced.result);
    return;
  }
  const { person, afterMs, trouble } = synced;
  yield `No outcome within ${duration(afterMs)}. It is asked for all the same and goes on by itself.`;
  if (trouble) yield `  ${troubleLine(trouble)}`;
  yield `\`lockstep explain ${person}\` tells how they stand.`;
}

function* resultLines({ person, targets, problem }: PersonResult): Generator<string> {
  if (problem) yield* problemLines(problem);
  for (const one of targets) yield* targetLines(one);
  if (targets.some(({ state }) => state !== 'in-step')) yield `\`lockstep explain ${person}\` tells how they stand.`;
}

const stateTexts: Readonly<Record<PersonAtTarget['state'], string>> = {
  'in-step': 'in step',
  waiting: 'something waits for approval, which `lockstep plans` lists',
  parked: 'something could not be done, which `lockstep parked` lists',
  paused: 'paused, so nothing was done',
  failed: 'failed',
};

function* targetLines({ target, state, outcomes, problem }: PersonAtTarget): Generator<string> {
  const counts = outcomeCounts(outcomes);
  const done = state === 'paused' || state === 'failed' ? '' : `; ${counts || 'nothing to change'}`;
  yield `${target}: ${stateTexts[state]}${done}`;
  if (problem) yield* problemLines(problem).map((line) => `  ${line}`);
}

/** All targets failed, or Okta could not be read: failed, or wrong configuration. Some of it: needs attention. */
export function codeOfPersonSync(synced: PersonSynced): ExitCode {
  if (synced.state === 'asked') return exitCodes.attention;
  const { targets, problem } = synced.result;
  if (problem) return codeOfFailure([problem.kind]);
  if (targets.length > 0 && targets.every(({ state }) => state === 'failed'))
    return codeOfFailure(targets.map((one) => one.problem?.kind));
  return targets.every(({ state }) => state === 'in-step') ? exitCodes.done : exitCodes.attention;
}
