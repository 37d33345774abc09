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

export const problemLines = ({ kind, message }: { readonly kind: string; readonly message: string }): string[] => {
  const hint = hints[kind as Problem['kind']];
  return [`${kind}: ${message}`, ...(hint === undefined ? [] : [`    → ${hint}`])];
};
