import type { Command } from 'commander';
import { ClientError } from '../../client-error.ts';
import type { SyncResult } from '../../lockstep-client.ts';
import { type Context, does, type Shell } from '../command.ts';
import { type ExitCode, exitCodes } from '../io.ts';
import { reasonCode } from '../operator-command.ts';
import { problemLines, refusalHints } from '../problem-hints.ts';
import { waitOptions } from '../progress.ts';
import { codeOfSync, syncLines } from '../sync-text.ts';
import { counted } from '../words.ts';

interface RetryOptions {
  readonly all?: boolean;
  readonly target?: string;
  readonly reason: string;
  readonly wait: boolean;
}

export function addRetry(program: Command, shell: Shell): void {
  const command = program
    .command('retry [ids...]')
    .description('Try parked changes now, not at their next time, and wait for it. `lockstep parked` lists their ids.')
    .option('--all', 'all parked changes')
    .option('--target <name>', 'only at this target')
    .option('--reason <code>', 'why, as a code without spaces; it stands in the audit log', reasonCode, 'retry-now')
    .option('--no-wait', 'ask for it and return at once');
  does(shell, command, 'lockstep retry 12', retry);
}

async function retry(context: Context, options: RetryOptions, ids: readonly string[]): Promise<ExitCode> {
  const { lockstep, out } = context;
  const { all = false, target, reason } = options;
  if (all === ids.length > 0)
    throw new ClientError('wrong-options', 'either name ids or say --all', '`lockstep parked` lists the ids');
  if (ids.some((id) => !/^\d+$/.test(id))) throw notParked(ids, target);
  const command = {
    kind: 'retry' as const,
    reason,
    ...(all ? {} : { ids }),
    ...(target === undefined ? {} : { target }),
  };
  const result = await lockstep.command(command, waitOptions(context));
  const { requestId, problem, targets, count = 0 } = result;
  if (!problem && !all && count === 0) throw notParked(ids, target);
  if (problem || targets.length === 0 || !options.wait) {
    out.result(result, () => (problem ? problemLines(problem, refusalHints) : [answer(count, targets)]));
    return problem ? exitCodes.failed : exitCodes.done;
  }
  out.note(answer(count, targets));
  const runs: SyncResult[] = [];
  for (const name of targets) runs.push(await lockstep.waitForTarget(requestId, name, waitOptions(context)));
  const done: SyncResult = { requestId, targets: runs.flatMap((run) => run.targets) };
  out.result({ ...result, runs: done.targets }, () => syncLines(done));
  return codeOfSync(done);
}

const notParked = (ids: readonly string[], target: string | undefined): ClientError =>
  new ClientError(
    'unknown-parked',
    `no parked ${ids.length === 1 ? 'change' : 'changes'} ${ids.join(', ')}${target === undefined ? '' : ` at ${target}`}`,
    '`lockstep parked` lists the ids',
  );

const answer = (count: number, targets: readonly string[]): string =>
  count === 0
    ? 'Nothing is parked.'
    : `${counted(count, 'parked change')} of ${targets.join(', ')}: tried again by a run that was asked for.`;
