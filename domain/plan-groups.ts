/** Plans all groups of a target, and tells which of them people can be planned into. */
import type { Finding, GroupChange } from './change.ts';
import type { OktaGroupId, TargetGroupId } from './ids.ts';
import { type GroupFacts, planGroup } from './plan-group.ts';
import { type Policy, withReadyGroups } from './policy.ts';

export interface PlannedGroups {
  readonly changes: readonly GroupChange[];
  readonly findings: readonly Finding[];
  /** The policy to plan people with: its managed groups are those that are ready. */
  readonly policy: Policy;
  /** Which Okta group each target group is kept by, or will be once the changes are applied. */
  readonly managed: ReadonlyMap<TargetGroupId, OktaGroupId>;
  /** Groups whose links are of no more use. */
  readonly over: ReadonlySet<OktaGroupId>;
}

export function planGroups(facts: readonly GroupFacts[], policy: Policy): PlannedGroups {
  const plans = facts.map((one) => ({ facts: one, plan: planGroup(one, policy) }));
  const ready = plans.filter(({ plan }) => plan.isReady || plan.isEmptied);
  const managed = new Map<TargetGroupId, OktaGroupId>();
  for (const { facts: one, plan } of ready) {
    if (one.targetGroup) managed.set(one.targetGroup.id, one.id);
    for (const change of plan.changes) if (change.kind === 'link-group') managed.set(change.targetGroup, one.id);
  }
  return {
    changes: plans.flatMap(({ plan }) => plan.changes),
    findings: plans.flatMap(({ plan }) => plan.findings),
    policy: withReadyGroups(policy, new Set(ready.map(({ facts: one }) => one.id))),
    managed,
    over: new Set(plans.filter(({ plan }) => plan.isOver).map(({ facts: one }) => one.id)),
  };
}
