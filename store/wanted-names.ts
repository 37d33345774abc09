/** Who wants which user name and e-mail at a target, and which accounts bear them already. */
import { sql } from 'kysely';
import type { Account } from '../domain/account.ts';
import type { AccountId, OktaUserId } from '../domain/ids.ts';
import type { CandidateAccount } from '../domain/person-facts.ts';
import type { Store } from './connect.ts';
import { gather } from './gather.ts';
import { jsonText } from './json-text.ts';
import { accountOf } from './rows.ts';

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
    is_kept_apart: boolean;
  }>`
    with wanted as (select * from ${wantedTable(wanted)}),
    hit as (
      select w.person_id, a.id from wanted w join account a on a.target = ${target} and a.external_id = w.person_id
      union
      select w.person_id, a.id from wanted w join account a on a.target = ${target} and lower(a.user_name) = w.user_name
      union
      select w.person_id, a.id from wanted w join account a on a.target = ${target} and lower(a.email) = w.email
    )
    select hit.person_id, a.id, a.external_id, a.is_active, a.attributes, l.person_id as linked_to, exists (
      select from kept_apart k where k.target = ${target} and k.person_id = hit.person_id and k.account_id = a.id
    ) as is_kept_apart
    from hit
    join account a on a.target = ${target} and a.id = hit.id
    left join person_link l on l.target = ${target} and l.account_id = a.id
    where l.person_id is distinct from hit.person_id
    order by hit.person_id, a.id`.execute(store);
  const found = new Map<OktaUserId, FoundCandidate[]>();
  for (const row of rows) {
    const candidate = {
      account: accountOf(row),
      isKeptApart: row.is_kept_apart,
      ...(row.linked_to === null ? {} : { linkedTo: row.linked_to }),
    };
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
      and not exists (select from kept_apart k
        where k.target = ${target} and k.person_id = wanter.person_id and k.account_id = wanter.id)
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
