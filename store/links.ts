/** The durable pairing of Okta's ids with a target's. Unique both ways; the database refuses anything else. */
import type { AccountId, OktaGroupId, OktaUserId, TargetGroupId } from '../domain/ids.ts';
import type { Store } from './connect.ts';

/** How a link came about. What was not created by Lockstep is never deleted. */
export type LinkOrigin = 'created' | 'adopted' | 'operator';

export interface PersonLink {
  readonly person: OktaUserId;
  readonly account: AccountId;
  readonly origin: LinkOrigin;
}

/** Links people; repeating a link is fine. Returns those who, or whose account, are linked to something else. */
export async function linkPeople(store: Store, target: string, links: readonly PersonLink[]): Promise<Set<OktaUserId>> {
  if (links.length === 0) return new Set();
  await store
    .insertInto('person_link')
    .values(links.map(({ person, account, origin }) => ({ target, person_id: person, account_id: account, origin })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const now = await linkedAccounts(
    store,
    target,
    links.map(({ person }) => person),
  );
  return new Set(links.filter(({ person, account }) => now.get(person) !== account).map(({ person }) => person));
}

export async function linkedAccount(store: Store, target: string, person: OktaUserId): Promise<AccountId | undefined> {
  const links = await linkedAccounts(store, target, [person]);
  return links.get(person);
}

export async function linkedAccounts(
  store: Store,
  target: string,
  people: readonly OktaUserId[],
): Promise<Map<OktaUserId, AccountId>> {
  if (people.length === 0) return new Map();
  const rows = await store
    .selectFrom('person_link')
    .select(['person_id', 'account_id'])
    .where('target', '=', target)
    .where('person_id', 'in', people)
    .execute();
  return new Map(rows.map((row) => [row.person_id, row.account_id]));
}

export interface GroupLink {
  readonly group: OktaGroupId;
  readonly targetGroup: TargetGroupId;
  readonly origin: LinkOrigin;
}

/** Links groups; repeating a link is fine. Returns those that, or whose counterpart, are linked to something else. */
export async function linkGroups(store: Store, target: string, links: readonly GroupLink[]): Promise<Set<OktaGroupId>> {
  if (links.length === 0) return new Set();
  await store
    .insertInto('group_link')
    .values(
      links.map(({ group, targetGroup, origin }) => ({
        target,
        group_id: group,
        target_group_id: targetGroup,
        origin,
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const rows = await store
    .selectFrom('group_link')
    .select(['group_id', 'target_group_id'])
    .where('target', '=', target)
    .where(
      'group_id',
      'in',
      links.map(({ group }) => group),
    )
    .execute();
  const now = new Map(rows.map((row) => [row.group_id, row.target_group_id]));
  return new Set(links.filter(({ group, targetGroup }) => now.get(group) !== targetGroup).map(({ group }) => group));
}

export async function groupLinks(store: Store, target: string): Promise<Map<OktaGroupId, TargetGroupId>> {
  const rows = await store
    .selectFrom('group_link')
    .select(['group_id', 'target_group_id'])
    .where('target', '=', target)
    .execute();
  return new Map(rows.map((row) => [row.group_id, row.target_group_id]));
}

/** Who an account is linked to. */
export async function linkedPerson(store: Store, target: string, account: AccountId): Promise<OktaUserId | undefined> {
  const row = await store
    .selectFrom('person_link')
    .select('person_id')
    .where('target', '=', target)
    .where('account_id', '=', account)
    .executeTakeFirst();
  return row?.person_id;
}
