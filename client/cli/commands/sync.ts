import type { Command } from 'commander';
import { ClientError } from '../../client-error.ts';
import { type Context, does, type Shell, type TargetOptions, withTargets } from '../command.ts';
import { findGroup } from '../find-group.ts';
import { findPerson } from '../find-person.ts';
import { type ExitCode, exitCodes } from '../io.ts';
import { codeOfPersonSync, personSyncLines } from '../person-sync-text.ts';
import { waitOptions } from '../progress.ts';
import { codeOfSync, syncLines } from '../sync-text.ts';
import { targetsOf } from '../targets.ts';

interface SyncOptions extends TargetOptions {
  readonly wait: boolean;
  readonly person?: string;
  readonly group?: string;
}

export function addSync(program: Command, shell: Shell): void {
  const command = program
    .command('sync')
    .description('Bring the targets in step with Okta and wait for it. Ctrl-C ends the waiting, not the sync.')
    .option('--no-wait', 'ask for it and return at once')
    .option('--person <who>', 'only this person, at every target: by e-mail address, login or Okta id')
    .option('--group <name>', 'read this group of Okta, and sync the targets that it matters to: by name or Okta id');
  withTargets(command, 'sync only this target');
  does(shell, command, 'lockstep sync --target cloud', sync);
}

async function sync(context: Context, options: SyncOptions): Promise<ExitCode> {
  const { lockstep, out } = context;
  const { person, group, target } = options;
  if ([person, group, target].filter((one) => one !== undefined).length > 1)
    throw new ClientError(
      'wrong-options',
      '--person, --group and --target go one at a time',
      'a person or a group is read once for every target',
    );
  if (person !== undefined) return syncPerson(context, options, person);
  if (group !== undefined) return syncGroup(context, options, group);
  const requestId = await lockstep.startSync(await targetsOf(context, options));
  if (!options.wait) {
    out.result({ requestId }, () => [`Asked for. \`lockstep runs show ${requestId}\` tells how it goes.`]);
    return exitCodes.done;
  }
  const result = await lockstep.waitForSync(requestId, waitOptions(context));
  out.result(result, () => syncLines(result));
  return codeOfSync(result);
}

async function syncGroup(context: Context, { wait }: SyncOptions, name: string): Promise<ExitCode> {
  const { lockstep, out } = context;
  const group = await findGroup(context, name);
  if (group === undefined) return exitCodes.usage;
  if (!wait) {
    await lockstep.startGroupSync(group);
    out.result({ group }, () => ['Asked for. `lockstep runs` shows what comes of it.']);
    return exitCodes.done;
  }
  const result = await lockstep.syncGroup(group, waitOptions(context));
  const { requestId, problem, isMissing } = result;
  const isOfSomebody = requestId !== undefined;
  if (isMissing && !isOfSomebody)
    throw new ClientError(
      'not-found',
      `Okta shows no group ${group}, and no target knows it`,
      'see that the id is right',
    );
  if (isMissing) out.note(`Okta does not show the group ${group} any more.`);
  out.result(result, () =>
    isOfSomebody || problem ? syncLines(result) : ['No target has anything to do with this group.'],
  );
  return codeOfSync(result);
}

async function syncPerson(context: Context, { wait }: SyncOptions, who: string): Promise<ExitCode> {
  const { lockstep, out, io } = context;
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
