import type { Command } from 'commander';
import type { Shell } from '../command.ts';
import { exitCodes } from '../io.ts';

/** `bin/lockstep.mjs` takes care of it before the command line is loaded; here is its place in the help. */
export function addUp(program: Command, { io, finish }: Shell): void {
  program
    .command('up')
    .description('Start everything on this machine and run a first full sync; Ctrl-C stops it. Same as `npm start`.')
    .addHelpText('after', '\nExample:\n  $ lockstep up')
    .action(() => {
      io.stderr('`lockstep up` starts other processes and has to be run by bin/lockstep.mjs.\n');
      finish(exitCodes.usage);
    });
}
