/** Decides what one managed group needs at one target: to be found, made, renamed or deleted; members are planned per person. */
import type { TargetGroup } from './account.ts';
import type { Finding, FindingCode, GroupChange } from './change.ts';
import { finding } from './finding.ts';
import type { OktaGroupId, TargetGroupId } from './ids.ts';
import type { Group } from './person.ts';
import type { Policy } from './policy.ts';

/** Everything that bears on one managed group, a union under its leader's id, at one target. */
export interface GroupFacts {
  readonly id: OktaGroupId;
  /** Of a union the first that Okta showed. Undefined when Okta showed none. */
  readonly group: Group | undefined;
  readonly link: TargetGroupId | undefined;
  /** Whether Lockstep made the linked group; one that existed before is never deleted. */
  readonly isCreated?: boolean;
  /** The linked group as last read. */
  readonly targetGroup: TargetGroup | undefined;
  /** How many accounts the linked group held when last read, whoever is linked to them. */
  readonly memberCount?: number;
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
  /** Whether members are only to be taken out, since the group was deleted at Okta. */
  readonly isEmptied?: boolean;
  /** It was deleted at Okta and nothing is left to do here: its link may be released, so that it is told no more. */
  readonly isOver?: boolean;
}

export function planGroup(facts: GroupFacts, policy: Policy): GroupPlan {
  const { group } = facts;
  if (!policy.settings.operations.groups) return nothing;
  if (!group) return planGone(facts, policy);
  if (!policy.managedGroups.has(facts.id)) return nothing;
  const name = policy.nameAtTarget(facts.id, group.name);
  const plan = facts.link === undefined ? planUnlinked(facts, policy, name) : planLinked(facts, policy, name);
  const lost = policy.partsOf(facts.id).filter((part) => policy.goneGroups.has(part));
  return lost.length === 0 ? plan : { ...plan, findings: [...plan.findings, gone(facts, lost)] };
}

const gone = ({ id }: GroupFacts, subjects: readonly string[] = []): Finding =>
  finding({ group: id }, 'group-gone-at-okta', subjects);

/**
 * That Okta does not show a group proves nothing. Only one that was deleted there is emptied: person by person, so that
 * guards count them; then, where the configuration says so, deleted, if Lockstep made it and nobody else is left in it.
 */
function planGone(facts: GroupFacts, policy: Policy): GroupPlan {
  const { id, link, targetGroup, isCreated, memberCount } = facts;
  if (link === undefined) return nothing;
  if (!policy.emptiedGroups.has(id)) return told(facts, 'group-gone-at-okta');
  if (!targetGroup) return { ...nothing, isOver: true };
  if (isOffLimits(targetGroup, policy)) return told(facts, 'group-protected', [targetGroup.id]);
  const isDeletable =
    isCreated && policy.settings.groups.deletedAtOkta === 'delete' && policy.capabilities.deleteGroups;
  const plan = { ...told(facts, 'group-deleted-at-okta'), isEmptied: true };
  if (memberCount !== 0) return plan;
  if (!isDeletable) return { ...plan, isOver: true };
  const { name } = targetGroup;
  const deletion = { kind: 'delete-group', group: id, targetGroup: link, name, reason: 'group-gone-at-okta' } as const;
  return { ...plan, changes: [deletion] };
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
  // The name of a union is the configuration's own, not Okta's.
  const isFollowed = policy.settings.groups.followRenames || policy.partsOf(facts.id).length > 1;
  if (!isFollowed || !policy.capabilities.renameGroups || facts.sameName.length > 0 || isNameOffLimits(name, policy))
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
