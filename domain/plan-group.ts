/** Decides what one managed group needs at one target: to be found, made or renamed. Members are planned per person. */
import type { TargetGroup } from './account.ts';
import type { Finding, FindingCode, GroupChange } from './change.ts';
import { finding } from './finding.ts';
import { targetGroupName } from './group-selection.ts';
import type { OktaGroupId, TargetGroupId } from './ids.ts';
import type { Group } from './person.ts';
import type { Policy } from './policy.ts';

/** Everything that bears on one Okta group at one target. */
export interface GroupFacts {
  readonly id: OktaGroupId;
  /** Undefined when Okta did not show it. */
  readonly group: Group | undefined;
  readonly link: TargetGroupId | undefined;
  /** The linked group as last read. */
  readonly targetGroup: TargetGroup | undefined;
  /** Groups at the target with the wanted name, the linked one excepted, and what they are linked to. */
  readonly sameName: readonly { readonly targetGroup: TargetGroup; readonly linkedTo?: OktaGroupId }[];
  /** Other managed Okta groups that want the same name here. */
  readonly rivals: readonly OktaGroupId[];
}

export interface GroupPlan {
  readonly changes: readonly GroupChange[];
  readonly findings: readonly Finding[];
  /**
   * Whether the group is ours at the target, or will be once the changes are applied. Only then may members be planned
   * (`withReadyGroups`), else every plan would list additions that nobody can make.
   */
  readonly isReady: boolean;
}

export function planGroup(facts: GroupFacts, policy: Policy): GroupPlan {
  const { group } = facts;
  if (!policy.settings.operations.groups) return nothing;
  if (!group) return facts.link ? told(facts, 'group-gone-at-okta') : nothing;
  if (!policy.managedGroups.has(facts.id)) return nothing;
  const name = targetGroupName(group.name, policy.settings.groups.rename);
  return facts.link === undefined ? planUnlinked(facts, policy, name) : planLinked(facts, policy, name);
}

const nothing: GroupPlan = { changes: [], findings: [], isReady: false };

const told = ({ id }: GroupFacts, code: FindingCode, subjects: readonly string[] = []): GroupPlan => ({
  ...nothing,
  findings: [finding({ group: id }, code, subjects)],
});

const change = (one: GroupChange): GroupPlan => ({ changes: [one], findings: [], isReady: true });

function planUnlinked(facts: GroupFacts, policy: Policy, name: string): GroupPlan {
  if (facts.rivals.length > 0) return told(facts, 'group-name-shared', facts.rivals);
  const [found, ...more] = facts.sameName;
  if (!found) {
    if (isNameOffLimits(name, policy)) return told(facts, 'group-protected');
    if (!policy.capabilities.createGroups) return told(facts, 'switched-off');
    return change({ kind: 'create-group', group: facts.id, name, reason: 'group-selected' });
  }
  if (more.length > 0 || found.linkedTo !== undefined)
    return told(
      facts,
      'group-name-shared',
      facts.sameName.map(({ targetGroup }) => targetGroup.id),
    );
  if (isOffLimits(found.targetGroup, policy)) return told(facts, 'group-protected', [found.targetGroup.id]);
  const { id } = found.targetGroup;
  return change({ kind: 'link-group', group: facts.id, targetGroup: id, name, reason: 'group-matched-by-name' });
}

/** Trouble with the name of a group that is linked stops the renaming, not its members. */
function planLinked(facts: GroupFacts, policy: Policy, name: string): GroupPlan {
  const { targetGroup } = facts;
  if (!targetGroup) return told(facts, 'group-missing-at-target', facts.link ? [facts.link] : []);
  if (isOffLimits(targetGroup, policy)) return told(facts, 'group-protected', [targetGroup.id]);
  if (targetGroup.name.toLowerCase() === name.toLowerCase()) return { ...nothing, isReady: true };
  if (facts.rivals.length > 0) return { ...told(facts, 'group-name-shared', facts.rivals), isReady: true };
  if (!policy.capabilities.renameGroups || facts.sameName.length > 0 || isNameOffLimits(name, policy))
    return { ...told(facts, 'group-name-kept'), isReady: true };
  const { id: group } = facts;
  return change({
    kind: 'rename-group',
    group,
    targetGroup: targetGroup.id,
    before: targetGroup.name,
    after: name,
    reason: 'group-renamed',
  });
}

const isOffLimits = (group: TargetGroup, policy: Policy): boolean =>
  policy.isProtectedGroup(group) || policy.isIgnoredGroup(group);

/** A group must not be made, nor given a name, that the next run would have to leave alone. */
const isNameOffLimits = (name: string, policy: Policy): boolean =>
  isOffLimits({ id: '' as TargetGroupId, name }, policy);
