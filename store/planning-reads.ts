/** What bulk planning reads from the mirror, a page of people at a time, in key order. */
import { type Selectable, sql } from 'kysely';
import type { Account } from '../domain/account.ts';
import type { AccountId, OktaAppId, OktaGroupId, OktaUserId, TargetGroupId } from '../domain/ids.ts';
import type { Assignment, Person } from '../domain/person.ts';
import type { Store } from './connect.ts';
import { gather } from './gather.ts';
import { accountOf, personOf } from './rows.ts';
import type { Database } from './schema.ts';

export interface PersonRow {
  readonly id: OktaUserId;
  readonly person: Person | undefined;
  readonly isDeleted: boolean;
  readonly isHeld: boolean;
  readonly link: AccountId | undefined;
  readonly isLinkedByOperator: boolean;
  readonly account: Account | undefined;
}

/** Of everybody: only who is marked as changed at the target, or only these. */
export type OnlyPeople = 'changed' | readonly OktaUserId[];

/** Everybody whom Okta shows, and everybody who is linked here although Okta no longer shows them. */
export async function pageOfPeople(
  store: Store,
  target: string,
  after: OktaUserId | undefined,
  limit: number,
  only?: OnlyPeople,
): Promise<PersonRow[]> {
  let query = peopleQuery(store, target)
    .where('u.id', '>', after ?? ('' as OktaUserId))
    .limit(limit);
  if (only === 'changed')
    query = query.where(({ exists, selectFrom }) =>
      exists(
        selectFrom('changed_person as c')
          .select('c.person_id')
          .whereRef('c.person_id', '=', 'u.id')
          .where('c.target', '=', target),
      ),
    );
  if (typeof only === 'object') query = query.where('u.id', 'in', only.length > 0 ? only : [noId]);
  return (await query.execute()).map(toPersonRow);
}

/** `in ()` is no SQL. */
const noId = '' as OktaUserId;

export async function rowsOfPeople(store: Store, target: string, ids: readonly OktaUserId[]): Promise<PersonRow[]> {
  return ids.length === 0 ? [] : (await peopleQuery(store, target).where('u.id', 'in', ids).execute()).map(toPersonRow);
}

const peopleQuery = (store: Store, target: string) =>
  store
    .selectFrom('okta_user as u')
    .leftJoin('person_link as l', (join) => join.onRef('l.person_id', '=', 'u.id').on('l.target', '=', target))
    .leftJoin('account as a', (join) => join.onRef('a.id', '=', 'l.account_id').on('a.target', '=', target))
    .leftJoin('subject as s', 's.person_id', 'u.id')
    .selectAll('u')
    .select([
      'l.account_id as link',
      'l.origin',
      'a.id as account',
      'a.external_id',
      'a.is_active',
      'a.attributes',
      's.hold',
    ])
    .where(({ or, eb }) => or([eb('u.is_missing', '=', false), eb('l.account_id', 'is not', null)]))
    .orderBy('u.id');

function toPersonRow(
  row: Selectable<Database['okta_user']> & {
    link: AccountId | null;
    origin: string | null;
    account: AccountId | null;
    external_id: string | null;
    is_active: boolean | null;
    attributes: Account['attributes'] | null;
    hold: string | null;
  },
): PersonRow {
  const { account, external_id, is_active, attributes } = row;
  return {
    id: row.id,
    person: row.is_missing ? undefined : personOf(row),
    // Who was last seen as DEPROVISIONED has left, and deleting the user afterwards changes nothing about that.
    isHeld: row.hold !== null,
    isDeleted: row.is_deleted || (row.is_missing && row.status === 'DEPROVISIONED'),
    link: row.link ?? undefined,
    isLinkedByOperator: row.origin === 'operator',
    account:
      account === null || is_active === null || attributes === null
        ? undefined
        : accountOf({ id: account, external_id, is_active, attributes }),
  };
}

/** Which of the given groups each person is in, at Okta. */
export async function groupsOfPeople(
  store: Store,
  people: readonly OktaUserId[],
  groups: readonly OktaGroupId[],
): Promise<Map<OktaUserId, Set<OktaGroupId>>> {
  const { rows } = await sql<{ user_id: OktaUserId; group_id: OktaGroupId }>`
    select user_id, group_id from okta_membership
    where user_id = any(${people}::text[]) and group_id = any(${groups}::text[])`.execute(store);
  return gather(rows.map(({ user_id, group_id }) => [user_id, group_id]));
}

export async function assignmentsOfPeople(
  store: Store,
  people: readonly OktaUserId[],
  appId: OktaAppId,
): Promise<Map<OktaUserId, Assignment>> {
  if (people.length === 0) return new Map();
  const rows = await store
    .selectFrom('okta_assignment')
    .selectAll()
    .where('app_id', '=', appId)
    .where('user_id', 'in', people)
    .execute();
  return new Map(rows.map((row) => [row.user_id, { appId, personId: row.user_id, profile: row.profile }]));
}

/** The managed groups of a target: which Okta group keeps which target group. */
export type ManagedGroups = ReadonlyMap<TargetGroupId, OktaGroupId>;

/** In which managed groups each account is, by the Okta group that keeps them. */
export async function membershipsOfAccounts(
  store: Store,
  target: string,
  accounts: readonly AccountId[],
  managed: ManagedGroups,
): Promise<Map<AccountId, Set<OktaGroupId>>> {
  const { rows } = await sql<{ account_id: AccountId; group_id: TargetGroupId }>`
    select account_id, group_id from target_membership
    where target = ${target} and account_id = any(${accounts}::text[])
      and group_id = any(${[...managed.keys()]}::text[])`.execute(store);
  return gather(
    rows.flatMap(({ account_id, group_id }) => {
      const group = managed.get(group_id);
      return group === undefined ? [] : [[account_id, group] as const];
    }),
  );
}

export interface UnlinkedMember {
  readonly account: Account;
  /** Somebody at Okta, by the last reading, bears the account's external id, user name or e-mail. */
  readonly isKnownAtOkta: boolean;
  readonly group: OktaGroupId;
}

const membersPerPage = 2_000;

/**
 * Members of managed groups to whom nobody is linked and whom this plan does not link either, in pages, those of one
 * group together.
 */
export async function* unlinkedMembers(
  store: Store,
  target: string,
  planId: string,
  managed: ManagedGroups,
): AsyncGenerator<UnlinkedMember[]> {
  let after: { readonly group: string; readonly account: string } = { group: '', account: '' };
  for (;;) {
    const { rows } = await sql<{
      id: AccountId;
      external_id: string | null;
      is_active: boolean;
      attributes: Account['attributes'];
      group_id: TargetGroupId;
      is_known: boolean;
    }>`
      select a.id, a.external_id, a.is_active, a.attributes, m.group_id, exists (
        select from okta_user u where not u.is_missing and (u.id = a.external_id
          or lower(u.login) in (lower(a.user_name), lower(a.email))
          or lower(u.email) in (lower(a.user_name), lower(a.email)))) as is_known
      from target_membership m
      join account a on a.target = m.target and a.id = m.account_id
      where m.target = ${target} and m.group_id = any(${[...managed.keys()]}::text[])
        and (m.group_id, m.account_id) > (${after.group}, ${after.account})
        and not exists (select from person_link p where p.target = ${target} and p.account_id = a.id)
        and not exists (
          select from change c where c.plan_id = ${planId} and c.kind = 'link-account' and c.account_id = a.id)
      order by m.group_id, m.account_id
      limit ${membersPerPage}`.execute(store);
    const last = rows.at(-1);
    if (!last) return;
    after = { group: last.group_id, account: last.id };
    yield rows.flatMap((row) => {
      const group = managed.get(row.group_id);
      return group === undefined ? [] : [{ account: accountOf(row), isKnownAtOkta: row.is_known, group }];
    });
  }
}
