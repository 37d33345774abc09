/** What is going on, in one line on the terminal; troubles are told once each wherever stderr goes. */
import { number } from '../../reader/client.ts';
import type { Trouble } from '../execution-watch.ts';
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
  if (trouble.kind === 'not-taken-up') {
    const line = `no worker has taken this up for ${duration(trouble.sinceMs)}: is one running? \`npm start\` starts everything`;
    return { key: trouble.kind, line };
  }
  const { activity, attempt, failure, message, nextTryInMs } = trouble;
  const when = nextTryInMs === undefined ? 'under way' : `in ${duration(Math.max(1_000, nextTryInMs))}`;
  const what = failure === undefined ? message : `${failure}: ${message}`;
  return { key: `${activity} ${attempt} ${what}`, line: `${activity}: ${what} (attempt ${attempt} ${when})` };
}

function progressLine({ stage, targets, runs }: SyncProgress): string {
  if (stage === 'reading-okta') return 'reading Okta …';
  if (stage === 'planning') return 'working …';
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
