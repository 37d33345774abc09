/** Kinds and outcomes of changes in a few words, for the command line and the pages alike. */
import type { ChangeKind, Outcome } from '../domain/change.ts';

export const kindWords: Readonly<Record<ChangeKind, string>> = {
  'deactivate-account': 'deactivate account',
  'link-group': 'adopt group',
  'link-account': 'adopt account',
  'remove-member': 'remove from group',
  'create-group': 'create group',
  'rename-group': 'rename group',
  'delete-group': 'delete group',
  'create-account': 'create account',
  'reactivate-account': 'reactivate account',
  'update-account': 'update account',
  'add-member': 'add to group',
};

export const outcomeWords: Readonly<Record<Outcome, string>> = {
  applied: 'done',
  unchanged: 'was so already',
  stale: 'no longer needed',
  waiting: 'waits for approval',
  parked: 'needs attention',
};
