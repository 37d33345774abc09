/**
 * What an administrator decides per target, as plain data. `config/` reads it from lockstep.yaml; everything below
 * works from this and never from the file.
 */
import type { AccountAttribute } from './account.ts';
import type { GuardSettings } from './guard.ts';
import type { OktaAppId, OktaGroupId, OktaUserId, TargetGroupId, TargetName } from './ids.ts';

/** One Okta group, as the configuration may name it. Names are resolved once and pinned to the id. */
export type GroupRef = { readonly name: string } | { readonly id: OktaGroupId } | { readonly pattern: string };

/** Who should have an account at this target. */
export type Scope =
  | { readonly by: 'groups'; readonly groups: readonly GroupRef[] }
  | { readonly by: 'expression'; readonly expression: string }
  | { readonly by: 'app'; readonly appId: OktaAppId };

/** A source of one account attribute: a profile attribute (`title`, `app.department`) or a CEL expression. */
export type ValueSource = { readonly attribute: string } | { readonly expression: string };

/** The first source that yields something wins, else the default, else the attribute is cleared. */
export interface MappingRule {
  readonly from: readonly ValueSource[];
  readonly default?: string;
}

/** Attributes without a rule are left as they are at the target. */
export type Mapping = Readonly<Partial<Record<AccountAttribute, MappingRule>>>;

export interface GroupSelection {
  readonly include: readonly GroupRef[];
  readonly exclude: readonly GroupRef[];
  /** Applied in order to the Okta name; the first pattern that matches renames (JavaScript `replace` notation). */
  readonly rename: readonly { readonly pattern: string; readonly to: string }[];
  /** Several Okta groups that share one group at the target, which holds the members of all of them. */
  readonly merge: readonly GroupMerge[];
  /** Whether a group that is renamed at Okta is renamed at the target, or keeps its name there. */
  readonly followRenames: boolean;
  readonly deletedAtOkta: DeletedGroupAction;
}

export interface GroupMerge {
  /** Name at the target. */
  readonly into: string;
  readonly from: readonly GroupRef[];
}

export const deletedGroupActions = ['keep', 'empty', 'delete'] as const;
/** What becomes of the target's group when Okta's was deleted. */
export type DeletedGroupAction = (typeof deletedGroupActions)[number];

export const driftActions = ['repair', 'report'] as const;
/** What a sync does about what somebody changed at the target: puts it right, or only tells. */
export type DriftAction = (typeof driftActions)[number];

export const membershipAuthorities = ['linked-exact', 'exact', 'add-only'] as const;
/**
 * `linked-exact`: linked people are added and removed, other members only reported. `exact`: other members are removed
 * too, if Okta shows whose accounts they are. `add-only`: nobody is removed.
 */
export type MembershipAuthority = (typeof membershipAuthorities)[number];

export const leaverActions = ['deactivate', 'keep'] as const;
export type LeaverAction = (typeof leaverActions)[number];

export interface LeaverPolicy {
  readonly action: LeaverAction;
  /** Whether a leaver's memberships in managed groups are removed as well. */
  readonly removeMemberships: boolean;
}

/** Kinds of work that can be switched off for a target. */
export interface Operations {
  readonly create: boolean;
  readonly update: boolean;
  readonly deactivate: boolean;
  readonly reactivate: boolean;
  readonly groups: boolean;
}

/** Identifies people or accounts by any of their marks; patterns are JavaScript regular expressions, case ignored. */
export interface PeopleFilter {
  readonly oktaIds: readonly OktaUserId[];
  /** Matched against login, user name and e-mail, whole value. */
  readonly patterns: readonly string[];
}

export interface GroupFilter {
  readonly ids: readonly TargetGroupId[];
  /** Matched against the name at the target, whole value. */
  readonly patterns: readonly string[];
}

export interface TargetSettings {
  readonly name: TargetName;
  readonly scope: Scope;
  readonly mapping: Mapping;
  readonly groups: GroupSelection;
  readonly membershipAuthority: MembershipAuthority;
  readonly leaver: LeaverPolicy;
  readonly operations: Operations;
  /** Never changed, whatever Okta says. */
  readonly protectedPeople: PeopleFilter;
  readonly protectedGroups: GroupFilter;
  /** Accounts that are neither orphans nor adopted: service accounts, portal customers. */
  readonly ignoredAccounts: PeopleFilter;
  readonly ignoredGroups: GroupFilter;
  /** Never changed like protected people, and expected to have an active account. */
  readonly emergencyPeople: PeopleFilter;
  /** Groups that give power over the product: additions are decided on a live read and counted by a guard of their own. */
  readonly privilegedGroups: GroupFilter;
  readonly guards: GuardSettings;
  readonly drift: DriftAction;
  /** The target pauses itself when more than this share of a run's changes fail (0 to 1), once `atLeast` failed. */
  readonly pauseWhenFailing: { readonly share: number; readonly atLeast: number };
}
