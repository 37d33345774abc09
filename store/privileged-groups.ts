/** Which of the groups that are kept give power over a target. */
import { createTargetGroupFilter } from '../domain/filters.ts';
import type { OktaGroupId } from '../domain/ids.ts';
import type { TargetSettings } from '../domain/settings.ts';
import type { Store } from './connect.ts';
import { groupLinks } from './links.ts';
import { targetGroups } from './target-mirror.ts';

/**
 * Okta groups kept on a group that gives power, by the mirror.
 *
 * @param planId of a plan that is judged before it is carried out: with those that it puts on such a group, or makes one
 */
export async function privilegedGroups(
  store: Store,
  { name: target, privilegedGroups: filter }: TargetSettings,
  planId?: string,
): Promise<OktaGroupId[]> {
  if (filter.ids.length + filter.patterns.length === 0) return [];
  const isPrivileged = createTargetGroupFilter(filter);
  const privileged = new Set((await targetGroups(store, target)).filter(isPrivileged).map(({ id }) => id));
  const linked = [...(await groupLinks(store, target))].flatMap(([group, id]) => (privileged.has(id) ? [group] : []));
  const coming = planId === undefined ? [] : (await namedBy(store, planId)).filter(isPrivileged);
  return [...new Set([...linked, ...coming.map(({ group }) => group)])];
}

/** Groups to which a plan gives a counterpart or a name; one that is still to be made has no id. */
async function namedBy(store: Store, planId: string) {
  const rows = await store
    .selectFrom('change')
    .select(['group_id', 'target_group_id', 'after'])
    .where('plan_id', '=', planId)
    .where('kind', 'in', ['create-group', 'link-group', 'rename-group'])
    .execute();
  return rows.flatMap(({ group_id, target_group_id, after }) =>
    group_id === null ? [] : [{ group: group_id, id: target_group_id ?? undefined, name: after?.['name'] ?? '' }],
  );
}
