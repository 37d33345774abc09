/** What the commands of operators have in common: a reason, an entry in the audit log, and an answer in words. */
import { InvalidArgumentError, type Command as Program } from 'commander';
import { isReasonCode } from '../../domain/reason-code.ts';
import type { Command, CommandResult } from '../../workflows/contract.ts';
import type { Context } from './command.ts';
import { type ExitCode, exitCodes } from './io.ts';
import { problemLines, refusalHints } from './problem-hints.ts';
import { waitOptions } from './progress.ts';

export interface ReasonOptions {
  readonly reason: string;
  readonly ticket?: string;
}

export const withReason = (command: Program): Program =>
  command
    .requiredOption('--reason <code>', 'why, as a code without spaces; it stands in the audit log', reasonCode)
    .option('--ticket <number>', 'where it was asked for', reasonCode);

/** Told before anything is asked of the worker, which judges by the same rule. */
export function reasonCode(text: string): string {
  if (!isReasonCode(text))
    throw new InvalidArgumentError('Write a code without spaces: letters, digits and . _ : / # -, such as CHG-1234.');
  return text;
}

export const reasonOf = ({ reason, ticket }: ReasonOptions): ReasonOptions => ({
  reason,
  ...(ticket === undefined ? {} : { ticket }),
});

/** Sends the command and tells what came of it. @param words of a command that was not refused */
export async function carryOut(
  context: Context,
  command: Command,
  words: (result: CommandResult) => Iterable<string>,
): Promise<ExitCode> {
  const { lockstep, out } = context;
  const result = await lockstep.command(command, waitOptions(context));
  const { problem } = result;
  out.result({ command, ...result }, () => (problem ? problemLines(problem, refusalHints) : words(result)));
  if (!problem) return exitCodes.done;
  return problem.kind === 'Misconfigured' ? exitCodes.usage : exitCodes.failed;
}
