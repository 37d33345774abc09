/** What becomes of groups that Okta says were renamed or deleted. */
import type { OktaGroupId } from '../domain/ids.ts';
import type { Log } from './log.ts';

/** @throws ReceiverProblem `unavailable` when they could not be passed on until the deadline */
export type TellGroupsChanged = (groups: readonly OktaGroupId[], deadline: number) => Promise<void>;

/** They are noted, and brought in step by the next sync of everybody: nothing is lost by waiting for it. */
export const noteChangedGroups =
  (log: Log): TellGroupsChanged =>
  async (groups) => {
    log.info({ groups }, 'groups changed at Okta; the next full sync reads them');
  };
