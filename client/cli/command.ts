/** What every command has in common: the output format, an example in its help, a context with the client. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { LockstepClient } from '../lockstep-client.ts';
import type { ExitCode, Io } from './io.ts';
import { type Format, Output } from './output.ts';

/** What commands use of the client; tests give another. */
export type Lockstep = Pick<LockstepClient, keyof LockstepClient>;

export interface Shell {
  readonly io: Io;
  /** Connects to nothing yet. @throws ConfigError */
  readonly client: () => Lockstep;
  /** Told how the command ended. */
  readonly finish: (code: ExitCode) => void;
}

export interface Context {
  readonly io: Io;
  readonly out: Output;
  readonly lockstep: Lockstep;
}

interface CommonOptions {
  readonly output: Format;
}

const common: readonly Format[] = ['text', 'json'];
const formatUse = 'text for people, json for programs';

/**
 * Gives the command its common options, an example, and what it does.
 * @param formats those that it knows, when they are more than text and JSON
 */
export function does<Options, Args extends readonly unknown[]>(
  shell: Shell,
  command: Command,
  example: string,
  work: (context: Context, options: Options, ...args: Args) => Promise<ExitCode>,
  formats: readonly Format[] = common,
): Command {
  const { io } = shell;
  return command
    .addOption(new Option('--output <format>', formatUse).choices(formats).default('text'))
    .addHelpText('after', `\nExample:\n  $ ${example}`)
    .action(async (...given: unknown[]) => {
      // Commander hands over the arguments, then the options, then the command.
      const args = given.slice(0, -2) as unknown as Args;
      const options = command.optsWithGlobals<Options & CommonOptions>();
      const out = new Output(io, options.output);
      try {
        shell.finish(await work({ io, out, lockstep: shell.client() }, options, ...args));
      } finally {
        out.clearProgress();
      }
    });
}

export interface TargetOptions {
  readonly target?: readonly string[];
}

export const withTargets = (command: Command, what: string): Command =>
  command.option(
    '--target <name>',
    `${what}, may be repeated; all when left out`,
    (name: string, before: string[] = []) => [...before, name],
  );

export function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('Write a whole number from 1 on.');
  return number;
}
