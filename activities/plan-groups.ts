/** Plans the managed groups of a target, and tells which of them people can be planned into. */
import type { TargetGroup } from '../domain/account.ts';
import type { Finding } from '../domain/change.ts';
import type { Capabilities } from '../domain/directory.ts';
import { targetGroupName } from '../domain/group-selection.ts';
import type { OktaGroupId, TargetGroupId } from '../domain/ids.ts';
import type { Group } from '../domain/person.ts';
import { type GroupFacts, planGroup } from '../domain/plan-group.ts';
import { createPolicy, type Policy } from '../domain/policy.ts';
import { refuseProblems, resolveTarget } from '../domain/resolve-target.ts';
import type { TargetSettings } from '../domain/settings.ts';
import type { Store } from '../store/connect.ts';
import { groupLinks } from '../store/links.ts';
import { allGroups, loadPins, savePins } from '../store/okta-mirror.ts';
import type { ManagedGroups } from '../store/planning-reads.ts';
import { targetGroups } from '../store/target-mirror.ts';
import type { PlanDraft } from './plan-draft.ts';

/** The policy of the run, and which target group each managed Okta group keeps or is about to adopt. */
export interface PlannedGroups {
  readonly policy: Policy;
  readonly managed: ManagedGroups;
}

/** @throws Failure `Misconfigured` when a configured name means no group, or several. */
export async function planGroups(
  store: Store,
  settings: TargetSettings,
  capabilities: Capabilities,
  draft: PlanDraft,
): Promise<PlannedGroups> {
  const groups = await allGroups(store);
  const { problems, pins, ...resolved } = resolveTarget(settings, groups, await loadPins(store));
  refuseProblems(settings.name, problems);
  await savePins(store, pins);
  const policy = createPolicy(settings, capabilities, resolved);
  const managed = new Map<TargetGroupId, OktaGroupId>();
  const plannable = new Set<OktaGroupId>();
  for (const facts of await groupFacts(store, policy, groups)) {
    const { changes, findings } = planGroup(facts, policy);
    draft.take(changes, findings);
    if (!policy.managedGroups.has(facts.id) || isBlocked(findings)) continue;
    for (const change of changes) if (change.kind === 'link-group') managed.set(change.targetGroup, facts.id);
    if (facts.targetGroup) managed.set(facts.targetGroup.id, facts.id);
    if (changes.length > 0 || facts.targetGroup) plannable.add(facts.id);
  }
  await draft.flush();
  return { managed, policy: createPolicy(settings, capabilities, { ...resolved, managedGroups: plannable }) };
}

/** A group that only keeps its old name is managed all the same; any other finding means hands off. */
const isBlocked = (findings: readonly Finding[]): boolean => findings.some(({ code }) => code !== 'group-name-kept');

/** Facts of every group that is selected or linked. */
async function groupFacts(store: Store, policy: Policy, groups: readonly Group[]): Promise<GroupFacts[]> {
  const target = policy.settings.name;
  const links = await groupLinks(store, target);
  const atTarget = await targetGroups(store, target);
  const wantedName = (group: Group): string => targetGroupName(group.name, policy.settings.groups.rename).toLowerCase();
  const byId = new Map(groups.map((group) => [group.id, group]));
  const targetById = new Map(atTarget.map((group) => [group.id, group]));
  const targetByName = Map.groupBy(atTarget, ({ name }) => name.toLowerCase());
  const managedByName = Map.groupBy(
    groups.filter(({ id }) => policy.managedGroups.has(id)),
    wantedName,
  );
  const linkedTo = new Map([...links].map(([group, targetGroup]) => [targetGroup, group]));

  return [...policy.managedGroups.union(new Set(links.keys()))].sort().map((id) => {
    const group = byId.get(id);
    const link = links.get(id);
    const name = group && wantedName(group);
    const namesakes = name === undefined ? [] : (targetByName.get(name) ?? []);
    const rivals = name === undefined ? [] : (managedByName.get(name) ?? []);
    return {
      id,
      group,
      link,
      targetGroup: link === undefined ? undefined : targetById.get(link),
      sameName: namesakes.filter((one) => one.id !== link).map((one) => withLink(one, linkedTo.get(one.id))),
      rivals: rivals.filter((other) => other.id !== id).map((other) => other.id),
    };
  });
}

const withLink = (targetGroup: TargetGroup, linkedTo: OktaGroupId | undefined) =>
  linkedTo === undefined ? { targetGroup } : { targetGroup, linkedTo };
