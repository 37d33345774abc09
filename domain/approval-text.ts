/** What an approver signs: enough to know, from the text alone, what was approved and why. */
export interface ApprovalStatement {
  readonly decision: 'approve' | 'reject';
  readonly target: string;
  readonly planId: string;
  /** The whole hash. */
  readonly hash: string;
  readonly reason: string;
  readonly ticket?: string;
}

/** Namespace of the SSH signature, so that one made for something else is none of ours (ssh-keygen(1), -n). */
export const approvalNamespace = 'lockstep-approval';

export const approvalText = ({ decision, target, planId, hash, reason, ticket }: ApprovalStatement): string =>
  [
    'lockstep decision 1',
    decision,
    `target ${target}`,
    `plan ${planId}`,
    `sha256 ${hash}`,
    `reason ${reason}`,
    `ticket ${ticket ?? '-'}`,
    '',
  ].join('\n');
