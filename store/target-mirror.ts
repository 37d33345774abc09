/** The mirror's side of each target: accounts, groups and memberships as last read or written. */
import { type RawBuilder, sql } from 'kysely';
import type { Account, TargetGroup } from '../domain/account.ts';
import type { AccountId, TargetGroupId } from '../domain/ids.ts';
import type { Store } from './connect.ts';
import { jsonText, storableText } from './json-text.ts';
import { membersWritten } from './written-meanwhile.ts';

/** Inserts or refreshes accounts as they are now (up to a few thousand at a time). */
export const saveAccounts = (
  store: Store,
  target: string,
  snapshot: string,
  accounts: readonly Account[],
): Promise<void> => save(store, target, snapshot, accounts, sql`true`);

/** Those of a page of a reading: what was saved since that reading began, because it was written meanwhile, is newer. */
export const saveReadAccounts = (
  store: Store,
  target: string,
  snapshot: string,
  accounts: readonly Account[],
): Promise<void> => save(store, target, snapshot, accounts, sql`account.snapshot < excluded.snapshot`);

async function save(
  store: Store,
  target: string,
  snapshot: string,
  accounts: readonly Account[],
  isNewer: RawBuilder<unknown>,
): Promise<void> {
  if (accounts.length === 0) return;
  const rows = accounts.map(({ id, externalId, isActive, attributes }) => ({
    id,
    external_id: externalId ?? null,
    is_active: isActive,
    user_name: attributes.userName ?? null,
    email: attributes.email ?? null,
    attributes,
  }));
  await sql`
    insert into account (target, id, external_id, is_active, user_name, email, attributes, snapshot)
    select ${target}, id, external_id, is_active, user_name, email, attributes, ${snapshot}::bigint
    from jsonb_to_recordset(${jsonText(rows)}::jsonb) as page
      (id text, external_id text, is_active boolean, user_name text, email text, attributes jsonb)
    on conflict (target, id) do update set
      external_id = excluded.external_id, is_active = excluded.is_active, user_name = excluded.user_name,
      email = excluded.email, attributes = excluded.attributes, snapshot = excluded.snapshot
      where ${isNewer}`.execute(store);
}

/** After a whole reading: accounts that the target no longer shows are forgotten, links to them are kept. */
export async function dropUnseenAccounts(store: Store, target: string, snapshot: string): Promise<void> {
  await store.deleteFrom('account').where('target', '=', target).where('snapshot', '<', snapshot).execute();
}

/** How many accounts or groups of a target are known, what was written since it was read included. */
export async function countAtTarget(store: Store, target: string, table: 'account' | 'target_group'): Promise<number> {
  const { n } = await store
    .selectFrom(table)
    .select(({ fn }) => fn.countAll<string>().as('n'))
    .where('target', '=', target)
    .executeTakeFirstOrThrow();
  return Number(n);
}

export async function saveTargetGroups(
  store: Store,
  target: string,
  snapshot: string,
  groups: readonly TargetGroup[],
): Promise<void> {
  if (groups.length === 0) return;
  await store
    .insertInto('target_group')
    .values(groups.map(({ id, name }) => ({ target, id, name: storableText(name), snapshot })))
    .onConflict((conflict) =>
      conflict
        .columns(['target', 'id'])
        .doUpdateSet((row) => ({ name: row.ref('excluded.name'), snapshot: row.ref('excluded.snapshot') })),
    )
    .execute();
}

export async function dropUnseenTargetGroups(store: Store, target: string, snapshot: string): Promise<void> {
  await sql`
    delete from target_membership m using target_group g
    where g.target = ${target} and m.target = g.target and m.group_id = g.id and g.snapshot < ${snapshot}::bigint`.execute(
    store,
  );
  await store.deleteFrom('target_group').where('target', '=', target).where('snapshot', '<', snapshot).execute();
}

export interface TargetMembers {
  readonly group: TargetGroupId;
  readonly accounts: readonly AccountId[];
}

/** Who is in a group, or is not, otherwise than the mirror held. */
export interface MemberDifference {
  readonly target_group_id: TargetGroupId;
  readonly account_id: AccountId;
  readonly is_member: boolean;
}

const accountsPerStatement = 5_000;

/**
 * Replaces the members of these groups by what was read, but for those whom Lockstep has put in or taken out since the reading
 * began. In one statement for many groups, since a group is often small and each statement costs a round trip, and a commit
 * where something changed.
 *
 * @param watched of these the differences from what the mirror held are returned
 */
export async function saveTargetMembers(
  store: Store,
  target: string,
  snapshot: string,
  members: readonly TargetMembers[],
  watched: ReadonlySet<TargetGroupId> = new Set(),
): Promise<MemberDifference[]> {
  const differences: MemberDifference[] = [];
  for (const part of inParts(members))
    differences.push(...(await replaceMembers(store, { target, snapshot }, part, watched)));
  return differences;
}

/**
 * All of it sees the same moment. Whatever another transaction is recording right now is not seen, and not touched either: a row
 * is put in only where none was to be seen, since waiting for its removal and putting it in again would undo that.
 */
async function replaceMembers(
  store: Store,
  { target, snapshot }: { readonly target: string; readonly snapshot: string },
  members: readonly TargetMembers[],
  watched: ReadonlySet<TargetGroupId>,
): Promise<MemberDifference[]> {
  const groups = members.map(({ group }) => group);
  const { rows } = await sql<MemberDifference>`
    with written as materialized (${membersWritten(target, snapshot, groups)}),
    seen as materialized (
      select group_id, account_id from ${pairsOf(members)}
      where (group_id, account_id) not in (select group_id, account_id from written where not is_member)
      union
      select group_id, account_id from written where is_member
    ), gone as (
      delete from target_membership m where m.target = ${target} and m.group_id = any(${groups}::text[])
        and not exists (select from seen where seen.group_id = m.group_id and seen.account_id = m.account_id)
      returning m.group_id, m.account_id
    ), came as (
      insert into target_membership (target, group_id, account_id)
      select ${target}, group_id, account_id from seen
      where not exists (select from target_membership m
        where m.target = ${target} and m.group_id = seen.group_id and m.account_id = seen.account_id)
      on conflict do nothing
      returning group_id, account_id
    )
    select group_id as target_group_id, account_id, false as is_member from gone where group_id = any(${[...watched]}::text[])
    union all
    select group_id, account_id, true from came where group_id = any(${[...watched]}::text[])`.execute(store);
  return rows;
}

/** A group is never split: whoever is not listed with it goes. */
function* inParts(members: readonly TargetMembers[]): Generator<TargetMembers[]> {
  let part: TargetMembers[] = [];
  let accounts = 0;
  for (const one of members) {
    part.push(one);
    accounts += one.accounts.length;
    if (accounts < accountsPerStatement) continue;
    yield part;
    [part, accounts] = [[], 0];
  }
  if (part.length > 0) yield part;
}

export async function addTargetMembers(store: Store, target: string, members: readonly TargetMembers[]): Promise<void> {
  if (members.length === 0) return;
  await sql`
    insert into target_membership (target, group_id, account_id)
    select ${target}, group_id, account_id from ${pairsOf(members)} on conflict do nothing`.execute(store);
}

export async function removeTargetMembers(
  store: Store,
  target: string,
  members: readonly TargetMembers[],
): Promise<void> {
  if (members.length === 0) return;
  await sql`
    delete from target_membership m using ${pairsOf(members)}
    where m.target = ${target} and m.group_id = pair.group_id and m.account_id = pair.account_id`.execute(store);
}

const pairsOf = (members: readonly TargetMembers[]) => sql`
  unnest(${members.flatMap(({ group, accounts }) => accounts.map(() => group))}::text[],
    ${members.flatMap(({ accounts }) => accounts)}::text[]) as pair (group_id, account_id)`;

/** All groups of a target, without members. */
export async function targetGroups(store: Store, target: string): Promise<TargetGroup[]> {
  return store.selectFrom('target_group').select(['id', 'name']).where('target', '=', target).orderBy('id').execute();
}
