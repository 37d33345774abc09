/** The durable pairing of Okta's ids with a target's. Unique both ways; the database refuses anything else. */
import { sql } from 'kysely';
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

/**
 * Links groups; repeating a link is fine, and a released link gives way. Returns those that, or whose counterpart, are
 * linked to something else.
 */
export async function linkGroups(store: Store, target: string, links: readonly GroupLink[]): Promise<Set<OktaGroupId>> {
  if (links.length === 0) return new Set();
  await store
    .deleteFrom('group_link')
    .where('target', '=', target)
    .where('origin', '=', 'released')
    .where(
      'target_group_id',
      'in',
      links.map(({ targetGroup }) => targetGroup),
    )
    .execute();
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
  const rows = await groupLinkRows(store, target);
  return new Map(rows.map((row) => [row.group_id, row.target_group_id]));
}

/** Released ones included. */
export const groupLinkRows = (store: Store, target: string) =>
  store
    .selectFrom('group_link')
    .select(['group_id', 'target_group_id', 'origin'])
    .where('target', '=', target)
    .orderBy('group_id')
    .execute();

/**
 * Releases the links of groups that are not `kept` any more: nothing is done by them, but should the group be selected
 * again, its counterpart is found by them. It counts as adopted then, since nobody knows what happened to it meanwhile:
 * the first removals need approval again.
 */
export async function settleGroupLinks(store: Store, target: string, kept: ReadonlySet<OktaGroupId>): Promise<void> {
  const ids = [...kept];
  await sql`
    update group_link set removals_approved_at = null,
      origin = case when group_id = any(${ids}::text[]) then 'adopted' else 'released' end
    where target = ${target} and (group_id = any(${ids}::text[])) = (origin = 'released')`.execute(store);
}

/** Groups that were deleted at the target, with all that is known about them. */
export async function forgetTargetGroups(
  store: Store,
  target: string,
  groups: readonly TargetGroupId[],
): Promise<void> {
  if (groups.length === 0) return;
  await store.deleteFrom('group_link').where('target', '=', target).where('target_group_id', 'in', groups).execute();
  await store.deleteFrom('target_membership').where('target', '=', target).where('group_id', 'in', groups).execute();
  await store.deleteFrom('target_group').where('target', '=', target).where('id', 'in', groups).execute();
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

/** Okta's groups that have a counterpart at the target. */
export async function linkedGroups(store: Store, target: string): Promise<Set<OktaGroupId>> {
  const rows = await groupLinkRows(store, target);
  return new Set(rows.flatMap(({ group_id, origin }) => (origin === 'released' ? [] : [group_id])));
}
