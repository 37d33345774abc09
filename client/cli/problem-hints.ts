import type { FailureKind } from '../../domain/failure.ts';
import type { Problem } from '../../workflows/contract.ts';

/** What an operator does about each kind of failure; docs/failures.md says more. */
const hints: Readonly<Record<FailureKind, string>> = {
  RateLimited: 'nothing to do: it goes on by itself; lower `pacing.share` if others need more of the limit',
  Unavailable: 'see that the system answers, and start again',
  UnexpectedResponse: 'see that the address in lockstep.yaml is right and no proxy answers in between',
  AccessDenied: 'check the credentials and their permissions with `lockstep check`; nothing was written',
  Conflict: 'start again: the target changed meanwhile',
  Rejected: 'read the message of the vendor; `lockstep report` names whom it concerns',
  GuardTripped: 'nothing was written; the message says what lets it go on, and docs/operate.md says more',
  Misconfigured: 'correct lockstep.yaml and restart the worker; `lockstep check` tells all that is wrong',
};

/** Of a command that was refused: no vendor was asked, and the message says what is wrong with it. */
export const refusalHints: Readonly<Partial<Record<FailureKind, string>>> = {
  Conflict: 'nothing was done; the message says what stands in the way',
  Rejected: 'nothing was done; correct the command as the message says',
  GuardTripped: 'nothing was done; the message says what lets it go on',
  Misconfigured:
    'nothing was done; correct the command, or lockstep.yaml if it should be there, and restart the worker',
};

/** Below the target's name, which some messages begin with themselves. */
export function targetProblemLines(
  target: string,
  { kind, message }: { readonly kind: string; readonly message: string },
): string[] {
  const itself = message.startsWith(`${target}: `) ? message.slice(target.length + 2) : message;
  const [first = '', ...more] = problemLines({ kind, message: itself });
  return [`${target}: ${first}`, ...more];
}

export const problemLines = (
  { kind, message }: { readonly kind: string; readonly message: string },
  own: Readonly<Partial<Record<FailureKind, string>>> = {},
): string[] => {
  const hint = own[kind as Problem['kind']] ?? hints[kind as Problem['kind']];
  return [`${kind}: ${message}`, ...(hint === undefined ? [] : [`    → ${hint}`])];
};
