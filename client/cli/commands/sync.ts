import type { Command } from 'commander';
import { ClientError } from '../../client-error.ts';
import { type Context, does, type Shell, type TargetOptions, withTargets } from '../command.ts';
import { findPerson } from '../find-person.ts';
import { type ExitCode, exitCodes } from '../io.ts';
import { codeOfPersonSync, personSyncLines } from '../person-sync-text.ts';
import { waitOptions } from '../progress.ts';
import { codeOfSync, syncLines } from '../sync-text.ts';
import { targetsOf } from '../targets.ts';

interface SyncOptions extends TargetOptions {
  readonly wait: boolean;
  readonly person?: string;
}

export function addSync(program: Command, shell: Shell): void {
  const command = program
    .command('sync')
    .description('Bring the targets in step with Okta and wait for it. Ctrl-C ends the waiting, not the sync.')
    .option('--no-wait', 'ask for it and return at once')
    .option('--person <who>', 'only this person, at every target: by e-mail address, login or Okta id');
  withTargets(command, 'sync only this target');
  does(shell, command, 'lockstep sync --target cloud', sync);
}

async function sync(context: Context, options: SyncOptions): Promise<ExitCode> {
  const { lockstep, out } = context;
  if (options.person !== undefined) return syncPerson(context, options, options.person);
  const requestId = await lockstep.startSync(await targetsOf(context, options));
  if (!options.wait) {
    out.result({ requestId }, () => [`Asked for. \`lockstep runs show ${requestId}\` tells how it goes.`]);
    return exitCodes.done;
  }
  const result = await lockstep.waitForSync(requestId, waitOptions(context));
  out.result(result, () => syncLines(result));
  return codeOfSync(result);
}

async function syncPerson(context: Context, { target, wait }: SyncOptions, who: string): Promise<ExitCode> {
  const { lockstep, out, io } = context;
  if (target !== undefined)
    throw new ClientError('wrong-options', '--person goes without --target', 'a person is read once for every target');
  const person = await findPerson(context, who);
  if (person === undefined) return exitCodes.usage;
  if (!wait) {
    await lockstep.startPersonSync(person);
    out.result({ person }, () => [`Asked for. \`lockstep explain ${person}\` tells how they stand.`]);
    return exitCodes.done;
  }
  out.progress('syncing one person …');
  const synced = await lockstep.syncPerson(person, { signal: io.interrupt });
  out.result(synced, () => personSyncLines(synced));
  return codeOfPersonSync(synced);
}
