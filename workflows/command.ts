import { setCurrentDetails } from '@temporalio/workflow';
import { decisions } from './activity-options.ts';
import type { CommandInput, CommandResult } from './contract.ts';
import { endingOf } from './problem.ts';

/** Does what an operator asked for. A refusal is a result, not a failure of the workflow. */
export async function command(input: CommandInput): Promise<CommandResult> {
  const { kind } = input.command;
  try {
    const result = await decisions.runCommand.executeWithOptions({ summary: kind }, [input]);
    setCurrentDetails(`**${kind}**: ${result.state}`);
    return result;
  } catch (error) {
    const { problem, rethrow } = endingOf(error);
    if (rethrow !== undefined) throw rethrow;
    setCurrentDetails(`**${kind}** was refused. **${problem.kind}**: ${problem.message}`);
    return { state: 'refused', targets: [], problem };
  }
}
