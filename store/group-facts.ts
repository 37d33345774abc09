/** What bears on the groups of a target, completed from the mirror to the facts that the planner decides on. */
import type { TargetGroup } from '../domain/account.ts';
import { targetGroupName } from '../domain/group-selection.ts';
import type { OktaGroupId } from '../domain/ids.ts';
import type { Group } from '../domain/person.ts';
import type { GroupFacts } from '../domain/plan-group.ts';
import type { Policy } from '../domain/policy.ts';
import type { Store } from './connect.ts';
import { groupLinks } from './links.ts';
import { targetGroups } from './target-mirror.ts';

/** Facts of every group that is selected or linked. `groups`: all that Okta shows. */
export async function groupFacts(store: Store, policy: Policy, groups: readonly Group[]): Promise<GroupFacts[]> {
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
