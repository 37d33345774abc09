import type { Command } from 'commander';
import { type Context, does, type Shell, type TargetOptions, withTargets } from '../command.ts';
import { type ExitCode, exitCodes } from '../io.ts';
import { waitOptions } from '../progress.ts';
import { codeOfSync, syncLines } from '../sync-text.ts';
import { targetsOf } from '../targets.ts';

interface SyncOptions extends TargetOptions {
  readonly wait: boolean;
}

export function addSync(program: Command, shell: Shell): void {
  const command = program
    .command('sync')
    .description('Bring the targets in step with Okta and wait for it. Ctrl-C ends the waiting, not the sync.')
    .option('--no-wait', 'ask for it and return at once');
  withTargets(command, 'sync only this target');
  does(shell, command, 'lockstep sync --target cloud', sync);
}

async function sync(context: Context, options: SyncOptions): Promise<ExitCode> {
  const { lockstep, out } = context;
  const requestId = await lockstep.startSync(await targetsOf(context, options));
  if (!options.wait) {
    out.result({ requestId }, () => [`Asked for. \`lockstep runs show ${requestId}\` tells how it goes.`]);
    return exitCodes.done;
  }
  const result = await lockstep.waitForSync(requestId, waitOptions(context));
  out.result(result, () => syncLines(result));
  return codeOfSync(result);
}
