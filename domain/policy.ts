/** A target's settings made ready to decide with: expressions and patterns compiled, group names resolved. */
import type { Account, TargetGroup } from './account.ts';
import { type SourceEvidence, wholeEvidence } from './completeness.ts';
import type { Capabilities } from './directory.ts';
import { compileExpression } from './expression.ts';
import { createAccountFilter, createPersonFilter, createTargetGroupFilter } from './filters.ts';
import { targetGroupName } from './group-selection.ts';
import { type GroupUnion, leadersOf } from './group-union.ts';
import type { OktaAppId, OktaGroupId, OktaUserId } from './ids.ts';
import { type AccountMapper, createMapper } from './mapping.ts';
import type { Assignment, Person } from './person.ts';
import type { PeopleFilter, TargetSettings } from './settings.ts';

/** What of Okta decides whether somebody is in scope; the live read of law 3 reads just this. */
export type ScopeBasis =
  | { readonly by: 'groups'; readonly groups: ReadonlySet<OktaGroupId> }
  | { readonly by: 'expression' }
  | { readonly by: 'app'; readonly appId: OktaAppId };

export interface Policy {
  readonly settings: TargetSettings;
  readonly capabilities: Capabilities;
  readonly scope: ScopeBasis;
  /** Whether somebody's being out of scope may be concluded from not being in any group of it. */
  readonly isScopeCertain: boolean;
  /** What may be concluded from who is not in the facts; whole for facts that were read live. */
  readonly evidence: SourceEvidence;
  /** Okta groups whose members are kept at the target; of a union only its leader, which stands for all of it. */
  readonly managedGroups: ReadonlySet<OktaGroupId>;
  /** Selected groups, parts of unions included, that Okta no longer shows. */
  readonly goneGroups: ReadonlySet<OktaGroupId>;
  /** Groups that were deleted at Okta, every part of them, and are to be emptied here. */
  readonly emptiedGroups: ReadonlySet<OktaGroupId>;
  /** The id under which a group is managed: its own, or that of the leader of its union. */
  leaderOf(group: OktaGroupId): OktaGroupId;
  /** The Okta groups whose members a managed group holds: itself, or all parts of its union. */
  partsOf(group: OktaGroupId): readonly OktaGroupId[];
  /** The managed groups that a member of these Okta groups belongs to. */
  managedAmong(groups: ReadonlySet<OktaGroupId>): ReadonlySet<OktaGroupId>;
  /** The name that a managed group should have at the target. */
  nameAtTarget(group: OktaGroupId, nameAtOkta: string): string;
  readonly mapAccount: AccountMapper;
  isInScope(person: Person, standing: Standing): boolean;
  /** Protected by id, which holds for somebody whom Okta no longer shows, too. */
  isProtectedId(person: OktaUserId): boolean;
  isProtected(person: Person): boolean;
  isProtectedAccount(account: Account): boolean;
  isIgnoredAccount(account: Account): boolean;
  isProtectedGroup(group: TargetGroup): boolean;
  isIgnoredGroup(group: TargetGroup): boolean;
  isPrivilegedGroup(group: TargetGroup): boolean;
}

/** Where a person stands at Okta, as far as targets care. */
export interface Standing {
  readonly groups: ReadonlySet<OktaGroupId>;
  readonly assignment?: Assignment;
}

export interface ResolvedScope {
  readonly scopeGroups: ReadonlySet<OktaGroupId>;
  /** Default true. */
  readonly isScopeCertain?: boolean;
  /** Default whole. */
  readonly evidence?: SourceEvidence;
  /** Selected groups that Okta shows, each part of a union included. */
  readonly managedGroups: ReadonlySet<OktaGroupId>;
  /** Selected groups that Okta no longer shows. */
  readonly goneGroups?: ReadonlySet<OktaGroupId>;
  /** Of those the ones that are taken to be deleted. */
  readonly deletedGroups?: ReadonlySet<OktaGroupId>;
  readonly unions?: readonly GroupUnion[];
  /** Groups that have a counterpart at the target, released ones included. */
  readonly linkedGroups?: ReadonlySet<OktaGroupId>;
  readonly releasedGroups?: ReadonlySet<OktaGroupId>;
}

/** @throws ExpressionError when an expression does not compile, which the configuration has checked before. */
export function createPolicy(settings: TargetSettings, capabilities: Capabilities, resolved: ResolvedScope): Policy {
  const { scope, isInScope } = compileScope(settings, resolved.scopeGroups);
  const supported = new Set<string>(capabilities.attributes);
  const untouchable = bothOf(settings.protectedPeople, settings.emergencyPeople);
  const mapping = Object.fromEntries(Object.entries(settings.mapping).filter(([name]) => supported.has(name)));
  return {
    settings,
    capabilities,
    scope,
    isScopeCertain: resolved.isScopeCertain ?? true,
    evidence: resolved.evidence ?? wholeEvidence,
    ...compileGroups(settings, resolved),
    mapAccount: createMapper(mapping),
    isInScope,
    isProtectedId: (id) => untouchable.oktaIds.includes(id),
    isProtected: createPersonFilter(untouchable),
    isProtectedAccount: createAccountFilter(untouchable),
    isIgnoredAccount: createAccountFilter(settings.ignoredAccounts),
    isProtectedGroup: createTargetGroupFilter(settings.protectedGroups),
    isIgnoredGroup: createTargetGroupFilter(settings.ignoredGroups),
    isPrivilegedGroup: createTargetGroupFilter(settings.privilegedGroups),
  };
}

const bothOf = (one: PeopleFilter, other: PeopleFilter): PeopleFilter => ({
  oktaIds: [...one.oktaIds, ...other.oktaIds],
  patterns: [...one.patterns, ...other.patterns],
});

type GroupRules = Pick<
  Policy,
  'managedGroups' | 'goneGroups' | 'emptiedGroups' | 'leaderOf' | 'partsOf' | 'managedAmong' | 'nameAtTarget'
>;

const none: ReadonlySet<OktaGroupId> = new Set();

function compileGroups({ groups, operations }: TargetSettings, resolved: ResolvedScope): GroupRules {
  const { managedGroups: shown, goneGroups = none, deletedGroups = none } = resolved;
  const { unions: merged = [], linkedGroups = none, releasedGroups = none } = resolved;
  const unions = leadersOf(merged, linkedGroups, releasedGroups, shown);
  const leaders = new Map([...unions].flatMap(([leader, { parts }]) => parts.map((part) => [part, leader] as const)));
  const partsOf = (group: OktaGroupId) => unions.get(group)?.parts ?? [group];
  const leaderOf = (group: OktaGroupId) => leaders.get(group) ?? group;
  const leading = (ids: ReadonlySet<OktaGroupId>) => new Set([...ids].map(leaderOf));
  const managedGroups = operations.groups ? leading(shown) : none;
  const isDeleted = (group: OktaGroupId) => partsOf(group).every((part) => deletedGroups.has(part));
  const isEmptied = operations.groups && groups.deletedAtOkta !== 'keep';
  return {
    managedGroups,
    goneGroups,
    emptiedGroups: isEmptied ? new Set([...leading(deletedGroups)].filter(isDeleted)) : none,
    leaderOf,
    partsOf,
    managedAmong: (ids) => leading(ids).intersection(managedGroups),
    nameAtTarget: (group, nameAtOkta) => unions.get(group)?.into ?? targetGroupName(nameAtOkta, groups.rename),
  };
}

/** Whether who is not among the members of this group as read, of a union not in any part of it, is no member of it. */
export const provesAbsenceFrom = (
  { evidence, goneGroups, partsOf }: Pick<Policy, 'evidence' | 'goneGroups' | 'partsOf'>,
  group: OktaGroupId,
): boolean =>
  evidence.isWhole && partsOf(group).every((part) => !evidence.doubtfulGroups.has(part) && !goneGroups.has(part));

/** Whether who is not in scope by what was read is out of it. */
export function provesOutOfScope({ evidence, scope }: Pick<Policy, 'evidence' | 'scope'>): boolean {
  if (!evidence.isWhole) return false;
  switch (scope.by) {
    case 'groups':
      return scope.groups.isDisjointFrom(evidence.doubtfulGroups);
    case 'app':
      return !evidence.doubtfulApps.has(scope.appId);
    case 'expression':
      return true;
    default:
      return scope satisfies never;
  }
}

/** The policy for planning people, once groups are planned: only groups that are ready get and lose members. */
export function withReadyGroups(policy: Policy, ready: ReadonlySet<OktaGroupId>): Policy {
  const managedGroups = policy.managedGroups.intersection(ready);
  return {
    ...policy,
    managedGroups,
    emptiedGroups: policy.emptiedGroups.intersection(ready),
    managedAmong: (groups) => policy.managedAmong(groups).intersection(managedGroups),
  };
}

function compileScope(
  { scope }: TargetSettings,
  scopeGroups: ReadonlySet<OktaGroupId>,
): Pick<Policy, 'scope' | 'isInScope'> {
  switch (scope.by) {
    case 'groups':
      return {
        scope: { by: 'groups', groups: scopeGroups },
        isInScope: (_person, { groups }) => scopeGroups.size > 0 && !groups.isDisjointFrom(scopeGroups),
      };
    case 'expression': {
      const expression = compileExpression(scope.expression);
      // Only `true` lets somebody in: a missing attribute or a text is no.
      return { scope: { by: 'expression' }, isInScope: (person) => expression.evaluate({ person }) === true };
    }
    case 'app':
      return {
        scope: { by: 'app', appId: scope.appId },
        isInScope: (_person, { assignment }) => assignment?.appId === scope.appId,
      };
    default:
      return scope satisfies never;
  }
}
