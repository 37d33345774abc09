import type { Command } from 'commander';
import { defaultOf } from '../../../config/environment.ts';
import { loadConfig } from '../../../config/load.ts';
import type { ScheduleView } from '../../schedule.ts';
import { type Context, does, type Shell } from '../command.ts';
import { type ExitCode, exitCodes } from '../io.ts';
import { moment } from '../words.ts';

interface Reasoned {
  readonly reason: string;
}

export function addSchedule(program: Command, shell: Shell): void {
  const schedule = program.command('schedule').description('Show and change the schedule of full syncs.');
  does(
    shell,
    schedule.command('apply').description('Create the schedule, or bring it in line with lockstep.yaml.'),
    'lockstep schedule apply',
    apply,
  );
  does(shell, schedule.command('show').description('Show when full syncs run.'), 'lockstep schedule show', show);
  const reason = ['--reason <text>', 'why, for whoever looks at it later'] as const;
  does(
    shell,
    schedule
      .command('pause')
      .description('Start no more full syncs until unpaused.')
      .requiredOption(...reason),
    'lockstep schedule pause --reason CHG-1234',
    pause,
  );
  does(
    shell,
    schedule
      .command('unpause')
      .description('Let full syncs run again.')
      .requiredOption(...reason),
    'lockstep schedule unpause --reason CHG-1234',
    unpause,
  );
  does(
    shell,
    schedule.command('trigger').description('Start a full sync now, unless one is under way.'),
    'lockstep schedule trigger',
    trigger,
  );
}

async function apply({ io, lockstep, out }: Context): Promise<ExitCode> {
  const path = io.env['LOCKSTEP_CONFIG']?.trim() || defaultOf('LOCKSTEP_CONFIG') || '';
  const view = await lockstep.applySchedule(loadConfig(path));
  out.result(view, () => lines(view));
  return exitCodes.done;
}

async function show({ lockstep, out }: Context): Promise<ExitCode> {
  const view = await lockstep.showSchedule();
  out.result(view, () => lines(view));
  return exitCodes.done;
}

async function pause(context: Context, { reason }: Reasoned): Promise<ExitCode> {
  await context.lockstep.pauseSchedule(reason);
  return show(context);
}

async function unpause(context: Context, { reason }: Reasoned): Promise<ExitCode> {
  await context.lockstep.unpauseSchedule(reason);
  return show(context);
}

async function trigger({ lockstep, out }: Context): Promise<ExitCode> {
  await lockstep.triggerSchedule();
  out.result({ triggered: true }, () => ['Asked for. `lockstep runs` shows it as soon as it has begun.']);
  return exitCodes.done;
}

function* lines({ id, when, isPaused, note, nextRuns, lastRuns }: ScheduleView): Generator<string> {
  yield `${id}: ${when}${isPaused ? ', paused' : ''}${note === undefined ? '' : ` (${note})`}`;
  if (nextRuns[0] !== undefined) yield `  next  ${moment(nextRuns[0])}`;
  const last = lastRuns.at(-1);
  if (last) yield `  last  ${moment(last.at)}  ${last.workflowId}`;
}
