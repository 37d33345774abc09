/** Who has power over a target, and who is kept for emergencies. */
import type { Account } from '../domain/account.ts';
import type { AccountId, OktaUserId, TargetGroupId } from '../domain/ids.ts';
import type { Policy } from '../domain/policy.ts';
import type { Store } from './connect.ts';
import { gather } from './gather.ts';
import { accountOf } from './rows.ts';
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

const accountsPerPage = 5_000;

/** All accounts of a target with whom they are linked to, a page at a time. */
export async function* mirroredAccounts(
  store: Store,
  target: string,
): AsyncGenerator<{ readonly account: Account; readonly linkedTo: OktaUserId | undefined }[]> {
  let last = '' as AccountId;
  for (;;) {
    const rows = await store
      .selectFrom('account as a')
      .leftJoin('person_link as l', (join) => join.onRef('l.account_id', '=', 'a.id').on('l.target', '=', target))
      .select(['a.id', 'a.external_id', 'a.is_active', 'a.attributes', 'l.person_id'])
      .where('a.target', '=', target)
      .where('a.id', '>', last)
      .orderBy('a.id')
      .limit(accountsPerPage)
      .execute();
    const end = rows.at(-1);
    if (!end) return;
    last = end.id;
    yield rows.map((row) => ({ account: accountOf(row), linkedTo: row.person_id ?? undefined }));
  }
}
