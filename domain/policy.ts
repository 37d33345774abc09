/** A target's settings made ready to decide with: expressions and patterns compiled, group names resolved. */
import type { Account, TargetGroup } from './account.ts';
import { type SourceEvidence, wholeEvidence } from './completeness.ts';
import type { Capabilities } from './directory.ts';
import { compileExpression } from './expression.ts';
import { createAccountFilter, createPersonFilter, createTargetGroupFilter } from './filters.ts';
import type { OktaAppId, OktaGroupId } from './ids.ts';
import { type AccountMapper, createMapper } from './mapping.ts';
import type { Assignment, Person } from './person.ts';
import type { TargetSettings } from './settings.ts';

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
  /** Okta groups whose members are kept at the target. */
  readonly managedGroups: ReadonlySet<OktaGroupId>;
  readonly mapAccount: AccountMapper;
  isInScope(person: Person, standing: Standing): boolean;
  isProtected(person: Person): boolean;
  isProtectedAccount(account: Account): boolean;
  isIgnoredAccount(account: Account): boolean;
  isProtectedGroup(group: TargetGroup): boolean;
  isIgnoredGroup(group: TargetGroup): boolean;
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
  readonly managedGroups: ReadonlySet<OktaGroupId>;
}

/** @throws ExpressionError when an expression does not compile, which the configuration has checked before. */
export function createPolicy(settings: TargetSettings, capabilities: Capabilities, resolved: ResolvedScope): Policy {
  const { scope, isInScope } = compileScope(settings, resolved.scopeGroups);
  const supported = new Set<string>(capabilities.attributes);
  const mapping = Object.fromEntries(Object.entries(settings.mapping).filter(([name]) => supported.has(name)));
  return {
    settings,
    capabilities,
    scope,
    isScopeCertain: resolved.isScopeCertain ?? true,
    evidence: resolved.evidence ?? wholeEvidence,
    managedGroups: settings.operations.groups ? resolved.managedGroups : new Set(),
    mapAccount: createMapper(mapping),
    isInScope,
    isProtected: createPersonFilter(settings.protectedPeople),
    isProtectedAccount: createAccountFilter(settings.protectedPeople),
    isIgnoredAccount: createAccountFilter(settings.ignoredAccounts),
    isProtectedGroup: createTargetGroupFilter(settings.protectedGroups),
    isIgnoredGroup: createTargetGroupFilter(settings.ignoredGroups),
  };
}

/** Whether who is not among the members of this group as read is no member of it. */
export const provesAbsenceFrom = ({ evidence }: Pick<Policy, 'evidence'>, group: OktaGroupId): boolean =>
  evidence.isWhole && !evidence.doubtfulGroups.has(group);

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
export const withReadyGroups = (policy: Policy, ready: ReadonlySet<OktaGroupId>): Policy => ({
  ...policy,
  managedGroups: policy.managedGroups.intersection(ready),
});

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
