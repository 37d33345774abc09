/** What bulk planning reads from the mirror, a page of people at a time, in key order. */
import { type Selectable, sql } from 'kysely';
import type { Account } from '../domain/account.ts';
import type { AccountId, OktaAppId, OktaGroupId, OktaUserId, TargetGroupId } from '../domain/ids.ts';
import type { Assignment, Person } from '../domain/person.ts';
import type { CandidateAccount } from '../domain/person-facts.ts';
import type { Store } from './connect.ts';
import { jsonText } from './json-text.ts';
import { accountOf, personOf } from './rows.ts';
import type { Database } from './schema.ts';

export interface PersonRow {
  readonly id: OktaUserId;
  readonly person: Person | undefined;
  readonly isDeleted: boolean;
  readonly link: AccountId | undefined;
  readonly account: Account | undefined;
}

/** Everybody whom Okta shows, and everybody who is linked here although Okta no longer shows them. */
export async function pageOfPeople(
  store: Store,
  target: string,
  after: OktaUserId | undefined,
  limit: number,
): Promise<PersonRow[]> {
  return (
    await peopleQuery(store, target)
      .where('u.id', '>', after ?? ('' as OktaUserId))
      .limit(limit)
      .execute()
  ).map(toPersonRow);
}

export async function rowsOfPeople(store: Store, target: string, ids: readonly OktaUserId[]): Promise<PersonRow[]> {
  return ids.length === 0 ? [] : (await peopleQuery(store, target).where('u.id', 'in', ids).execute()).map(toPersonRow);
}

const peopleQuery = (store: Store, target: string) =>
  store
    .selectFrom('okta_user as u')
    .leftJoin('person_link as l', (join) => join.onRef('l.person_id', '=', 'u.id').on('l.target', '=', target))
    .leftJoin('account as a', (join) => join.onRef('a.id', '=', 'l.account_id').on('a.target', '=', target))
    .selectAll('u')
    .select(['l.account_id as link', 'a.id as account', 'a.external_id', 'a.is_active', 'a.attributes'])
    .where(({ or, eb }) => or([eb('u.is_missing', '=', false), eb('l.account_id', 'is not', null)]))
    .orderBy('u.id');

function toPersonRow(
  row: Selectable<Database['okta_user']> & {
    link: AccountId | null;
    account: AccountId | null;
    external_id: string | null;
    is_active: boolean | null;
    attributes: Account['attributes'] | null;
  },
): PersonRow {
  const { account, external_id, is_active, attributes } = row;
  return {
    id: row.id,
    person: row.is_missing ? undefined : personOf(row),
    // Who was last seen as DEPROVISIONED has left, and deleting the user afterwards changes nothing about that.
    isDeleted: row.is_deleted || (row.is_missing && row.status === 'DEPROVISIONED'),
    link: row.link ?? undefined,
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

export interface WantedNames {
  readonly person: OktaUserId;
  readonly userName?: string | undefined;
  readonly email?: string | undefined;
}

const wantedTable = (wanted: readonly WantedNames[]) => sql`
  jsonb_to_recordset(${jsonText(
    wanted.map(({ person, userName, email }) => ({
      person_id: person,
      user_name: userName?.toLowerCase() || null,
      email: email?.toLowerCase() || null,
    })),
  )}::jsonb) as wanted (person_id text, user_name text, email text)`;

/** A candidate before it is known what it is a member of and who else wants it. */
export type FoundCandidate = Omit<CandidateAccount, 'memberships' | 'wantedBy'>;

/** Accounts that carry a person's Okta id, or a name they want; their own linked account excepted. */
export async function candidatesFor(
  store: Store,
  target: string,
  wanted: readonly WantedNames[],
): Promise<Map<OktaUserId, FoundCandidate[]>> {
  if (wanted.length === 0) return new Map();
  const { rows } = await sql<{
    person_id: OktaUserId;
    id: AccountId;
    external_id: string | null;
    is_active: boolean;
    attributes: Account['attributes'];
    linked_to: OktaUserId | null;
  }>`
    with wanted as (select * from ${wantedTable(wanted)}),
    hit as (
      select w.person_id, a.id from wanted w join account a on a.target = ${target} and a.external_id = w.person_id
      union
      select w.person_id, a.id from wanted w join account a on a.target = ${target} and lower(a.user_name) = w.user_name
      union
      select w.person_id, a.id from wanted w join account a on a.target = ${target} and lower(a.email) = w.email
    )
    select hit.person_id, a.id, a.external_id, a.is_active, a.attributes, l.person_id as linked_to
    from hit
    join account a on a.target = ${target} and a.id = hit.id
    left join person_link l on l.target = ${target} and l.account_id = a.id
    where l.person_id is distinct from hit.person_id
    order by hit.person_id, a.id`.execute(store);
  const found = new Map<OktaUserId, FoundCandidate[]>();
  for (const row of rows) {
    const candidate = { account: accountOf(row), ...(row.linked_to === null ? {} : { linkedTo: row.linked_to }) };
    found.set(row.person_id, [...(found.get(row.person_id) ?? []), candidate]);
  }
  return found;
}

/**
 * People without a link who would take each account for theirs: those who want the user name or e-mail that it bears,
 * and anybody at Okta who has that login or address, whether they should have an account or not: a leaver's account must
 * not go to the joiner who got the leaver's address. `desired_name` must be current.
 */
export async function wantersOf(
  store: Store,
  target: string,
  accounts: readonly AccountId[],
): Promise<Map<AccountId, Set<OktaUserId>>> {
  const { rows } = await sql<{ id: AccountId; person_id: OktaUserId }>`
    with one as (select * from account where target = ${target} and id = any(${accounts}::text[])),
    wanter as (
      select one.id, d.person_id from one join desired_name d on d.target = ${target} and d.user_name = lower(one.user_name)
      union
      select one.id, d.person_id from one join desired_name d on d.target = ${target} and d.email = lower(one.email)
      union
      select one.id, u.id from one join okta_user u on lower(u.login) in (lower(one.user_name), lower(one.email))
      union
      select one.id, u.id from one join okta_user u on lower(u.email) in (lower(one.user_name), lower(one.email))
    )
    select id, person_id from wanter
    where not exists (select from person_link l where l.target = ${target} and l.person_id = wanter.person_id)
    order by id, person_id`.execute(store);
  return gather(rows.map(({ id, person_id }) => [id, person_id]));
}

/** Other people who should have the same user name or e-mail at this target. */
export async function rivalsFor(
  store: Store,
  target: string,
  wanted: readonly WantedNames[],
): Promise<Map<OktaUserId, Set<OktaUserId>>> {
  if (wanted.length === 0) return new Map();
  const { rows } = await sql<{ person_id: OktaUserId; rival: OktaUserId }>`
    with wanted as (select * from ${wantedTable(wanted)})
    select w.person_id, d.person_id as rival
    from wanted w join desired_name d on d.target = ${target} and d.user_name = w.user_name and d.person_id <> w.person_id
    union
    select w.person_id, d.person_id
    from wanted w join desired_name d on d.target = ${target} and d.email = w.email and d.person_id <> w.person_id
    order by 1, 2`.execute(store);
  return gather(rows.map(({ person_id, rival }) => [person_id, rival]));
}

/** Remembers which names these people should have; those not in `wanted` should have none. */
export async function saveWantedNames(
  store: Store,
  target: string,
  people: readonly OktaUserId[],
  wanted: readonly WantedNames[],
): Promise<void> {
  const ids = wanted.map(({ person }) => person);
  await sql`
    delete from desired_name where target = ${target}
      and person_id = any(${people}::text[]) and not person_id = any(${ids}::text[])`.execute(store);
  if (wanted.length === 0) return;
  await sql`
    insert into desired_name (target, person_id, user_name, email)
    select ${target}, person_id, user_name, email from ${wantedTable(wanted)}
    on conflict (target, person_id) do update set user_name = excluded.user_name, email = excluded.email
    where (desired_name.user_name, desired_name.email) is distinct from (excluded.user_name, excluded.email)`.execute(
    store,
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

function gather<K, V>(pairs: readonly (readonly [K, V])[]): Map<K, Set<V>> {
  const gathered = new Map<K, Set<V>>();
  for (const [key, value] of pairs) {
    const set = gathered.get(key);
    if (set) set.add(value);
    else gathered.set(key, new Set([value]));
  }
  return gathered;
}
