import type { Account } from './account.ts';
import type { AccountId, OktaGroupId, OktaUserId } from './ids.ts';
import type { Person } from './person.ts';
import type { Standing } from './policy.ts';

/** Everything that bears on one person at one target. */
export interface PersonFacts {
  readonly id: OktaUserId;
  /** Undefined when Okta did not show them. */
  readonly person: Person | undefined;
  /** Okta's System Log shows that the user was deleted; only then does absence mean anything. */
  readonly isDeleted: boolean;
  /** HR or an operator has put them beyond re-activation until they are released. */
  readonly isHeld?: boolean;
  readonly standing: Standing;
  /** Id of the linked account, if there is a link. */
  readonly link: AccountId | undefined;
  /** The link was made by an operator, not by matching or creating. */
  readonly isLinkedByOperator?: boolean;
  /** The linked account as last read; undefined with a link means that the target no longer shows it. */
  readonly account: Account | undefined;
  /** Accounts at the target that carry this person's Okta id, user name or e-mail, the linked one excepted. */
  readonly candidates: readonly CandidateAccount[];
  /** Other entitled people in scope who would have the same user name or e-mail. */
  readonly rivals: readonly OktaUserId[];
  /** Managed groups that the linked account is a member of. */
  readonly memberships: Memberships;
}

/** Target groups that an account is a member of, by the Okta group that they are linked to, or will be by this plan. */
export type Memberships = ReadonlySet<OktaGroupId>;

export interface CandidateAccount {
  readonly account: Account;
  /** The person that it is linked to already. */
  readonly linkedTo?: OktaUserId;
  /** Other entitled people in scope without a link whose user name or e-mail it bears as well. */
  readonly wantedBy: readonly OktaUserId[];
  /** An operator said that it is not this person's. */
  readonly isKeptApart?: boolean;
  /** What it is a member of already, so that adopting it plans neither what it has nor leaves what it should not. */
  readonly memberships: Memberships;
}
