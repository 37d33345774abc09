/** What is going on, in one line on the terminal; troubles are told once each wherever stderr goes. */
import { number } from '../../reader/client.ts';
import type { Retrying, Trouble } from '../execution-watch.ts';
import type { SyncProgress, WaitOptions } from '../wait.ts';
import type { Context } from './command.ts';
import { duration } from './words.ts';

export function waitOptions({ io, out }: Pick<Context, 'io' | 'out'>): WaitOptions {
  const told = new Set<string>();
  return {
    signal: io.interrupt,
    onProgress: (progress) => {
      if (progress.trouble) {
        const { key, line } = troubleTold(progress.trouble);
        if (!told.has(key)) out.note(line);
        told.add(key);
      }
      out.progress(progressLine(progress));
    },
  };
}

function troubleTold(trouble: Trouble): { key: string; line: string } {
  const line = troubleLine(trouble);
  if (trouble.kind === 'not-taken-up') return { key: trouble.kind, line };
  const { activity, attempt } = trouble;
  return { key: `${activity} ${attempt} ${whatFailed(trouble)}`, line };
}

export function troubleLine(trouble: Trouble): string {
  if (trouble.kind === 'not-taken-up')
    return `no worker has taken this up for ${duration(trouble.sinceMs)}: is one running? \`npm start\` starts everything`;
  const { activity, attempt, nextTryInMs } = trouble;
  const when = nextTryInMs === undefined ? 'under way' : `in ${duration(Math.max(1_000, nextTryInMs))}`;
  return `${activity}: ${whatFailed(trouble)} (attempt ${attempt} ${when})`;
}

const whatFailed = ({ failure, message }: Retrying): string =>
  failure === undefined ? message : `${failure}: ${message}`;

function progressLine({ stage, targets, runs }: SyncProgress): string {
  if (stage === 'reading-okta') return 'reading Okta …';
  if (stage === 'planning') return 'working …';
  if (stage === 'offboarding') return 'access is being taken …';
  return targets
    .map((target) => {
      const run = runs.findLast((one) => one.target === target);
      if (!run) return `${target}: waiting for its turn`;
      if (run.finishedAt !== undefined) return `${target}: ${run.phase}`;
      const { progress } = run;
      return `${target}: ${run.phase}${progress ? ` ${number(progress.done)} of ${number(progress.total)}` : ''}`;
    })
    .join('   ');
}
