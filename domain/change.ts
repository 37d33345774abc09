import type { AccountAttributes } from './account.ts';
import type { FailureKind } from './failure.ts';
import type { AccountId, OktaGroupId, OktaUserId, TargetGroupId } from './ids.ts';

/** Why a change is wanted. Codes are stable: the audit log and reports keep them. */
export type Reason =
  | 'entitled-in-scope'
  | 'matched-by-external-id'
  | 'matched-by-user-name'
  | 'matched-by-email'
  | 'attributes-differ'
  | 'returned'
  | 'okta-deprovisioned'
  | 'okta-deleted'
  | 'okta-suspended'
  | 'okta-staged'
  | 'offboarded'
  | 'out-of-scope'
  | 'in-okta-group'
  | 'not-in-okta-group'
  | 'unlinked-member'
  | 'group-selected'
  | 'group-matched-by-name'
  | 'group-renamed'
  | 'group-gone-at-okta'
  | 'lost-at-target'
  | 'linked-by-operator';

/** Okta's own word that somebody may not get in any more. */
export const saidByOkta: ReadonlySet<Reason> = new Set(['okta-deprovisioned', 'okta-deleted', 'okta-suspended']);

/** Said of one person by name, by HR or an operator: no guard counts it and nothing keeps it waiting. */
export const orderedReason = 'offboarded' satisfies Reason;

/** Why something is taken away although Okta does not say that anybody has left: concluded from where somebody is not. */
export const inferredReasons: readonly Reason[] = ['out-of-scope', 'not-in-okta-group', 'unlinked-member'];

/**
 * The closed set of what can be written at a target, in the order in which a plan is carried out: first what takes
 * access, then links, since nothing but a deactivation may come before an account or group is known to be ours.
 */
export const changeKinds = [
  'deactivate-account',
  'link-group',
  'link-account',
  'remove-member',
  'create-group',
  'rename-group',
  'delete-group',
  'create-account',
  'reactivate-account',
  'update-account',
  'add-member',
] as const;
export type ChangeKind = (typeof changeKinds)[number];

/** What takes something away. */
export const removalKinds: ReadonlySet<ChangeKind> = new Set(['deactivate-account', 'remove-member', 'delete-group']);

/** What gives somebody access, or makes an account theirs. */
export const givingKinds: ReadonlySet<ChangeKind> = new Set([
  'create-account',
  'link-account',
  'reactivate-account',
  'add-member',
]);

export const memberKinds: ReadonlySet<ChangeKind> = new Set(['add-member', 'remove-member']);

export const groupKinds: ReadonlySet<ChangeKind> = new Set([
  'create-group',
  'link-group',
  'rename-group',
  'delete-group',
]);

interface About {
  readonly person: OktaUserId;
  readonly reason: Reason;
}

export type AccountChange = About &
  (
    | { readonly kind: 'link-account'; readonly account: AccountId }
    | { readonly kind: 'create-account'; readonly after: AccountAttributes }
    | { readonly kind: 'reactivate-account'; readonly account: AccountId }
    | { readonly kind: 'deactivate-account'; readonly account: AccountId }
    | {
        readonly kind: 'update-account';
        readonly account: AccountId;
        readonly before: AccountAttributes;
        readonly after: AccountAttributes;
      }
  );

export type MembershipChange = {
  readonly group: OktaGroupId;
  readonly reason: Reason;
} & (
  | { readonly kind: 'add-member'; readonly person: OktaUserId }
  | { readonly kind: 'remove-member'; readonly person: OktaUserId; readonly account: AccountId }
  /** A member that no person is linked to; only under `exact`. */
  | { readonly kind: 'remove-member'; readonly person?: undefined; readonly account: AccountId }
);

export type GroupChange = { readonly group: OktaGroupId; readonly reason: Reason } & (
  | { readonly kind: 'link-group'; readonly targetGroup: TargetGroupId; readonly name: string }
  | { readonly kind: 'create-group'; readonly name: string }
  | {
      readonly kind: 'rename-group';
      readonly targetGroup: TargetGroupId;
      readonly before: string;
      readonly after: string;
    }
  /** Only where an operator says so, of a group that was deleted at Okta. */
  | { readonly kind: 'delete-group'; readonly targetGroup: TargetGroupId; readonly name: string }
);

export type Change = AccountChange | MembershipChange | GroupChange;

/** What was seen and is deliberately not acted on. `attention` ones make a run end with exit code 3. */
export const findingCodes = {
  'status-unclear': { attention: false },
  'missing-at-okta': { attention: true },
  'scope-unclear': { attention: true },
  'removal-unproven': { attention: true },
  'account-missing': { attention: true },
  'two-people-one-name': { attention: true },
  'several-candidates': { attention: true },
  'candidate-inactive': { attention: true },
  'candidate-carries-other-id': { attention: true },
  'kept-apart': { attention: true },
  'name-taken': { attention: true },
  'user-name-empty': { attention: true },
  'expression-failed': { attention: true },
  'rename-impossible': { attention: true },
  'leaver-not-linked': { attention: true },
  'deactivate-impossible': { attention: true },
  'last-administrator': { attention: true },
  protected: { attention: false },
  'switched-off': { attention: false },
  'leaver-kept': { attention: false },
  'group-name-kept': { attention: false },
  'group-name-shared': { attention: true },
  'group-missing-at-target': { attention: true },
  'group-gone-at-okta': { attention: true },
  'group-deleted-at-okta': { attention: false },
  'group-protected': { attention: false },
  'unlinked-members': { attention: false },
} as const;
export type FindingCode = keyof typeof findingCodes;

export interface Finding {
  readonly code: FindingCode;
  readonly person?: OktaUserId;
  readonly group?: OktaGroupId;
  /** Accounts or other subjects involved, by id. */
  readonly subjects?: readonly string[];
}

export const outcomes = ['applied', 'unchanged', 'stale', 'waiting', 'parked'] as const;
/** What became of a change. */
export type Outcome = (typeof outcomes)[number];

/** What else is known about an outcome that no failure explains; see docs/failures.md. */
export const outcomeCodes = [
  'found-after-lost-answer',
  'found-after-conflict',
  'account-gone',
  'group-gone',
  'account-not-linked',
  'group-not-linked',
  'linked-to-something-else',
  'person-busy',
  'person-changed',
  'person-held',
  'approval-over',
] as const;
/** A code of the list, or the kind of the failure, with the vendor's own code if there was one: `Rejected:invalidValue`. */
export type OutcomeDetail = (typeof outcomeCodes)[number] | FailureKind | `${FailureKind}:${string}`;
