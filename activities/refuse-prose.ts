import { Failure } from '../domain/failure.ts';
import { isReasonCode } from '../domain/reason-code.ts';

interface Ordered {
  readonly kind: string;
  readonly reason: string;
  readonly ticket?: string;
}

/** Reason and ticket go into histories and the audit log, where no name and no prose may be. @throws Failure `Rejected` */
export function refuseProse({ kind, reason, ticket }: Ordered): void {
  if (isReasonCode(reason) && (ticket === undefined || isReasonCode(ticket))) return;
  throw new Failure('Rejected', 'reason and ticket must be codes: letters, digits and . _ : / # -', {
    system: 'lockstep',
    operation: kind,
  });
}
