/** What builds on what: as long as one change waits or could not be made, those that build on it do not go either. */
import type { ChangeKind } from './change.ts';

export interface Dependency {
  readonly bases: readonly ChangeKind[];
  /** What a change and the one that it builds on have in common. */
  readonly same: 'person' | 'group';
  readonly dependents: readonly ChangeKind[];
}

/**
 * Nobody is put into a group before there is an account, and nothing of an account or group is changed before it is
 * known to be ours.
 */
export const dependencies: readonly Dependency[] = [
  {
    bases: ['create-account', 'link-account', 'reactivate-account'],
    same: 'person',
    dependents: ['update-account', 'add-member'],
  },
  { bases: ['link-account'], same: 'person', dependents: ['reactivate-account', 'remove-member'] },
  {
    bases: ['create-group', 'link-group'],
    same: 'group',
    dependents: ['add-member', 'remove-member', 'rename-group'],
  },
];
