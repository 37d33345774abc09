/** What bears on the groups of a target, completed from the mirror to the facts that the planner decides on. */
import type { TargetGroup } from '../domain/account.ts';
import type { OktaGroupId, TargetGroupId } from '../domain/ids.ts';
import type { Group } from '../domain/person.ts';
import type { GroupFacts } from '../domain/plan-group.ts';
import type { Policy } from '../domain/policy.ts';
import type { Store } from './connect.ts';
import { groupLinkRows } from './links.ts';
import { targetGroups } from './target-mirror.ts';

/**
 * Facts of every group that is kept: selected, or linked and gone from Okta; a union under its leader's id. Links of
 * other groups are released: whoever wants the name of such a group finds it free.
 *
 * @param groups all that Okta shows
 */
export async function groupFacts(store: Store, policy: Policy, groups: readonly Group[]): Promise<GroupFacts[]> {
  const target = policy.settings.name;
  const rows = await groupLinkRows(store, target);
  const atTarget = await targetGroups(store, target);
  const standing = rows.filter(({ origin }) => origin !== 'released').map(({ group_id }) => group_id);
  const kept = keptGroups(policy, new Set(standing));
  const links = new Map(rows.map((row) => [row.group_id, row]));
  const linkedTo = new Map(
    rows.flatMap(({ group_id, target_group_id }) => (kept.has(group_id) ? [[target_group_id, group_id] as const] : [])),
  );
  const byId = new Map(groups.map((group) => [group.id, group]));
  const shownOf = (id: OktaGroupId) => policy.partsOf(id).flatMap((part) => byId.get(part) ?? [])[0];
  const wantedName = (id: OktaGroupId, group: Group) => policy.nameAtTarget(id, group.name).toLowerCase();
  const targetById = new Map(atTarget.map((group) => [group.id, group]));
  const targetByName = Map.groupBy(atTarget, ({ name }) => name.toLowerCase());
  const managedByName = Map.groupBy(policy.managedGroups, (id) => {
    const group = shownOf(id);
    return group && wantedName(id, group);
  });
  const gone = [...kept].flatMap((id) => (policy.managedGroups.has(id) ? [] : (links.get(id)?.target_group_id ?? [])));
  const counts = await memberCounts(store, target, gone);

  return [...kept].sort().map((id) => {
    const group = shownOf(id);
    const link = links.get(id);
    const targetGroup = link && targetById.get(link.target_group_id);
    const name = group && wantedName(id, group);
    const namesakes = name === undefined ? [] : (targetByName.get(name) ?? []);
    const rivals = name === undefined ? [] : (managedByName.get(name) ?? []);
    return {
      id,
      group,
      link: link?.target_group_id,
      isCreated: link?.origin === 'created',
      targetGroup,
      ...(targetGroup && !group ? { memberCount: counts.get(targetGroup.id) ?? 0 } : {}),
      sameName: namesakes
        .filter((one) => one.id !== link?.target_group_id)
        .map((one) => withLink(one, linkedTo.get(one.id))),
      rivals: rivals.filter((other) => other !== id),
    };
  });
}

/**
 * The groups whose links stand; all others are released.
 *
 * @param standing groups whose links were not released before: one that is gone from Okta does not come back by itself
 */
export function keptGroups(policy: Policy, standing: ReadonlySet<OktaGroupId>): ReadonlySet<OktaGroupId> {
  const gone = [...policy.goneGroups].filter((id) => policy.leaderOf(id) === id && standing.has(id));
  return policy.managedGroups.union(new Set(gone));
}

const withLink = (targetGroup: TargetGroup, linkedTo: OktaGroupId | undefined) =>
  linkedTo === undefined ? { targetGroup } : { targetGroup, linkedTo };

async function memberCounts(
  store: Store,
  target: string,
  groups: readonly TargetGroupId[],
): Promise<Map<TargetGroupId, number>> {
  if (groups.length === 0) return new Map();
  const rows = await store
    .selectFrom('target_membership')
    .select(({ fn }) => ['group_id', fn.countAll<string>().as('count')])
    .where('target', '=', target)
    .where('group_id', 'in', groups)
    .groupBy('group_id')
    .execute();
  return new Map(rows.map(({ group_id, count }) => [group_id, Number(count)]));
}
