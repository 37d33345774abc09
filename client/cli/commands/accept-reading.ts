import { type Command, InvalidArgumentError } from 'commander';
import { type Context, does, type Shell } from '../command.ts';
import type { ExitCode } from '../io.ts';
import { carryOut, type ReasonOptions, reasonOf, withReason } from '../operator-command.ts';

interface AcceptOptions extends ReasonOptions {
  readonly target?: string;
  readonly found: number;
}

export function addAcceptReading(program: Command, shell: Shell): void {
  const command = program
    .command('accept-reading')
    .description(
      'Say that the latest reading is right although it was empty or half as large as before. Removes nothing.',
    )
    .requiredOption('--found <number>', 'how many it found, as `lockstep plan` or `sync` told you', wholeNumberOrNone)
    .option('--target <name>', 'the reading of this target; of Okta when left out');
  does(
    shell,
    withReason(command),
    'lockstep accept-reading --found 480 --reason subsidiary-sold --ticket CHG-1234',
    accept,
  );
}

const accept = (context: Context, { target, found, ...options }: AcceptOptions): Promise<ExitCode> =>
  carryOut(
    context,
    { kind: 'accept-reading', found, ...(target === undefined ? {} : { target }), ...reasonOf(options) },
    ({ state }) =>
      state === 'unchanged'
        ? [`The latest reading of ${target ?? 'Okta'} did not fall short.`]
        : [
            `Later readings of ${target ?? 'Okta'} are measured by this one.`,
            '`lockstep plan` shows what follows; guards and approval stand before it as always.',
          ],
  );

function wholeNumberOrNone(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Write the number that was found; 0 if it was empty.');
  return Number(text);
}
