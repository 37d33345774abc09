/** How a plan is approved or rejected, to the letter: notices, pages, the command line and Temporal tell the same. */

/** So much of a hash is shown and asked for; approving takes eight or more. */
export const hashPrefix = (hash: string): string => hash.slice(0, 12);

export interface ApprovalCommands {
  readonly approve: string;
  readonly reject: string;
}

export function approvalCommands(planId: string, hash: string): ApprovalCommands {
  const named = `${planId} --hash ${hashPrefix(hash)} --reason CODE`;
  return { approve: `lockstep approve ${named}`, reject: `lockstep reject ${named}` };
}

/** Ends a sentence. */
export const keyHint = 'where approvers are configured, add --key with your SSH key.';
