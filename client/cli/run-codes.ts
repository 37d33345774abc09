import type { FailureKind } from '../../domain/failure.ts';
import { type ExitCode, exitCodes } from './io.ts';

/** How a command ends of which nothing went right: a wrong configuration is for whoever wrote it to mend. */
export const codeOfFailure = (kinds: readonly (string | undefined)[]): ExitCode =>
  kinds.includes('Misconfigured' satisfies FailureKind) ? exitCodes.usage : exitCodes.failed;
