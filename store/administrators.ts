import type { AccountId, TargetGroupId } from '../domain/ids.ts';
import type { Policy } from '../domain/policy.ts';
import type { Store } from './connect.ts';
import { gather } from './gather.ts';
import { targetGroups } from './target-mirror.ts';

/** The active members of every privileged group of a target, by the mirror; nothing where none is configured. */
export async function activeAdministrators(
  store: Store,
  { settings, isPrivilegedGroup }: Policy,
): Promise<Map<TargetGroupId, Set<AccountId>>> {
  const { ids, patterns } = settings.privilegedGroups;
  if (ids.length + patterns.length === 0) return new Map();
  const privileged = (await targetGroups(store, settings.name)).filter(isPrivilegedGroup).map(({ id }) => id);
  if (privileged.length === 0) return new Map();
  const rows = await store
    .selectFrom('target_membership as m')
    .innerJoin('account as a', (join) => join.onRef('a.target', '=', 'm.target').onRef('a.id', '=', 'm.account_id'))
    .select(['m.group_id', 'm.account_id'])
    .where('m.target', '=', settings.name)
    .where('m.group_id', 'in', privileged)
    .where('a.is_active', '=', true)
    .execute();
  return gather(rows.map(({ group_id, account_id }) => [group_id, account_id]));
}
