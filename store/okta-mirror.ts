/** The mirror's Okta side: people, groups, memberships and app assignments as last read. */
import { sql } from 'kysely';
import type { OktaAppId, OktaGroupId, OktaUserId } from '../domain/ids.ts';
import type { Assignment, Group, Person } from '../domain/person.ts';
import type { Store } from './connect.ts';
import { jsonText } from './json-text.ts';
import { oktaSide } from './snapshots.ts';

/**
 * Inserts or refreshes a page of people (up to a few thousand at a time). A page may have been asked for before a person was
 * read alone, and be saved after: in one reading the later `lastUpdated` is kept, and whoever was found deleted stays so.
 * The next reading counts whatever it says, since clocks at Okta may disagree by a little. Whoever writes many people does so
 * in the order of their ids, so that two wait for each other instead of deadlocking.
 */
export async function savePeople(store: Store, snapshot: string, people: readonly Person[]): Promise<void> {
  if (people.length === 0) return;
  await sql`
    insert into okta_user (id, status, is_transitioning, login, email, profile, last_updated, snapshot)
    select id, status, is_transitioning, login, email, profile, last_updated, ${snapshot}::bigint
    from jsonb_to_recordset(${jsonText(people.map(personRow))}::jsonb) as page
      (id text, status text, is_transitioning boolean, login text, email text, profile jsonb, last_updated text)
    order by id
    on conflict (id) do update set
      status = excluded.status, is_transitioning = excluded.is_transitioning, login = excluded.login,
      email = excluded.email, profile = excluded.profile, last_updated = excluded.last_updated,
      snapshot = greatest(okta_user.snapshot, excluded.snapshot), is_missing = false, is_deleted = false
    where okta_user.snapshot < excluded.snapshot
      or (not okta_user.is_deleted and okta_user.last_updated collate "C" <= excluded.last_updated)`.execute(store);
}

const personRow = (person: Person) => ({
  id: person.id,
  status: person.status,
  is_transitioning: person.isTransitioning,
  login: person.login,
  email: person.email,
  profile: person.profile,
  last_updated: person.lastUpdated,
});

/** After a whole reading: whoever was not seen is missing, which by itself proves nothing. */
export async function markMissingPeople(store: Store, snapshot: string): Promise<void> {
  await sql`
    with unseen as materialized (
      select id from okta_user where snapshot < ${snapshot}::bigint and not is_missing order by id for update
    )
    update okta_user u set is_missing = true from unseen where u.id = unseen.id`.execute(store);
}

/** Somebody whom Okta does not know by id. @returns whether that is news */
export async function markMissing(store: Store, id: OktaUserId): Promise<boolean> {
  const marked = await store
    .updateTable('okta_user')
    .set({ is_missing: true })
    .where('id', '=', id)
    .where('is_missing', '=', false)
    .executeTakeFirst();
  return marked.numUpdatedRows > 0n;
}

const isLinked = sql<boolean>`exists (select from person_link l where l.person_id = okta_user.id)`;

/**
 * People whom this reading did not show so far, who are linked somewhere and not known to be deleted; others come first
 * in each reading.
 */
export async function unseenLinkedPeople(store: Store, snapshot: string, limit: number): Promise<OktaUserId[]> {
  const rows = await store
    .selectFrom('okta_user')
    .select('id')
    .where('snapshot', '<', snapshot)
    .where('is_deleted', '=', false)
    .where(isLinked)
    .orderBy(sql`md5(id || ${snapshot})`)
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}

/**
 * People who must be there: linked, and there at the last whole reading, be it by a list since then or not. The same
 * ones each time, spread over all ids.
 */
export async function pickCanaries(store: Store, wholeSnapshot: string, limit: number): Promise<OktaUserId[]> {
  const rows = await store
    .selectFrom('okta_user')
    .select('id')
    .where('snapshot', '>=', wholeSnapshot)
    .where('is_deleted', '=', false)
    .where('status', '<>', 'DEPROVISIONED')
    .where(isLinked)
    .orderBy(sql`md5(id)`)
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}

/** Of these, those whom this reading did not show. */
export async function unseenOf(store: Store, snapshot: string, ids: readonly OktaUserId[]): Promise<OktaUserId[]> {
  const { rows } = await sql<{ id: OktaUserId }>`
    select id from unnest(${ids}::text[]) as wanted(id)
    where not exists (select from okta_user u where u.id = wanted.id and u.snapshot = ${snapshot}::bigint)`.execute(
    store,
  );
  return rows.map(({ id }) => id);
}

export async function countMissingLinkedPeople(store: Store): Promise<number> {
  const { n } = await store
    .selectFrom('okta_user')
    .select(({ fn }) => fn.countAll<string>().as('n'))
    .where('is_missing', '=', true)
    .where('is_deleted', '=', false)
    .where(isLinked)
    .executeTakeFirstOrThrow();
  return Number(n);
}

/**
 * Okta's System Log has the deletion of this user: from now on the absence means that they left. It counts as seen by the
 * reading that is under way, of which no page may say otherwise any more. @returns whether that is news
 */
export const markDeleted = async (store: Store, id: OktaUserId): Promise<boolean> =>
  (await markManyDeleted(store, [id])).length > 0;

/** The same of many. @returns of whom that is news */
export async function markManyDeleted(store: Store, ids: readonly OktaUserId[]): Promise<OktaUserId[]> {
  const { rows } = await sql<{ id: OktaUserId }>`
    with gone as materialized (
      select id from okta_user where id = any(${ids}::text[]) and not is_deleted order by id for update
    )
    update okta_user u set is_missing = true, is_deleted = true,
      snapshot = greatest(snapshot, (select max(id) from snapshot where side = ${oktaSide}))
    from gone where u.id = gone.id returning u.id`.execute(store);
  return rows.map(({ id }) => id);
}

/** Inserts or refreshes a page of groups. */
export async function saveGroups(store: Store, snapshot: string, groups: readonly Group[]): Promise<void> {
  const rows = groups.map((group) => ({
    id: group.id,
    name: group.name,
    type: group.type,
    last_membership_updated: group.lastMembershipUpdated,
    member_count: group.memberCount ?? null,
  }));
  await sql`
    insert into okta_group (id, name, type, last_membership_updated, member_count, snapshot)
    select id, name, type, last_membership_updated, member_count, ${snapshot}::bigint
    from jsonb_to_recordset(${jsonText(rows)}::jsonb) as page
      (id text, name text, type text, last_membership_updated text, member_count integer)
    on conflict (id) do update set
      name = excluded.name, type = excluded.type, last_membership_updated = excluded.last_membership_updated,
      member_count = excluded.member_count, snapshot = excluded.snapshot, is_missing = false`.execute(store);
}

/**
 * Groups that the last whole reading did not show any more: their members are forgotten, but not that they were there,
 * since a list that leaves something out proves nothing. `except`: groups that are only out of sight.
 */
export async function markMissingGroups(
  store: Store,
  snapshot: string,
  except: ReadonlySet<OktaGroupId>,
): Promise<void> {
  const gone = sql`not g.is_missing and g.snapshot < ${snapshot}::bigint and g.id <> all(${[...except]}::text[])`;
  await sql`delete from okta_membership m using okta_group g where g.id = m.group_id and ${gone}`.execute(store);
  await sql`
    update okta_group g set is_missing = true, is_doubtful = false, members_as_of = null where ${gone}`.execute(store);
}

/** One group that Okta itself says was deleted. */
export async function markMissingGroup(store: Store, id: OktaGroupId): Promise<void> {
  await store.deleteFrom('okta_membership').where('group_id', '=', id).execute();
  await store
    .updateTable('okta_group')
    .set({ is_missing: true, is_doubtful: false, members_as_of: null })
    .where('id', '=', id)
    .execute();
}

/** Groups known so far that this reading did not show. */
export async function unseenGroupIds(store: Store, snapshot: string): Promise<OktaGroupId[]> {
  const rows = await store
    .selectFrom('okta_group')
    .select('id')
    .where('is_missing', '=', false)
    .where('snapshot', '<', snapshot)
    .orderBy('id')
    .execute();
  return rows.map(({ id }) => id);
}

/** How many people, groups, or assignments of an app are known; incomplete readings lose none of them. */
export async function countKnown(store: Store, what: 'people' | 'groups' | OktaAppId): Promise<number> {
  const known =
    what === 'people'
      ? sql`okta_user where not is_missing`
      : what === 'groups'
        ? sql`okta_group where not is_missing`
        : sql`okta_assignment where app_id = ${what}`;
  const { rows } = await sql<{ n: string }>`select count(*) as n from ${known}`.execute(store);
  return Number(rows[0]?.n ?? 0);
}

export async function countKnownMembers(store: Store, groupId: OktaGroupId): Promise<number> {
  const { n } = await store
    .selectFrom('okta_membership')
    .select(({ fn }) => fn.countAll<string>().as('n'))
    .where('group_id', '=', groupId)
    .executeTakeFirstOrThrow();
  return Number(n);
}

/** Groups that Okta does not show and does not call deleted; once it shows them again, their members are read. */
export async function markDoubtful(store: Store, ids: readonly OktaGroupId[]): Promise<void> {
  if (ids.length === 0) return;
  await store
    .updateTable('okta_group')
    .set({ is_doubtful: true, members_as_of: null })
    .where('id', 'in', ids)
    .execute();
}

/** Groups of whose members not all may be known. */
export async function doubtfulGroups(store: Store): Promise<OktaGroupId[]> {
  const rows = await store
    .selectFrom('okta_group')
    .select('id')
    .where('is_doubtful', '=', true)
    .where('is_missing', '=', false)
    .orderBy('id')
    .execute();
  return rows.map(({ id }) => id);
}

/** Groups that Okta shows. */
export const allGroups = (store: Store): Promise<Group[]> => groupsThat(store, false);

/** Groups that Okta once showed and no longer does. */
export const missingGroups = (store: Store): Promise<Group[]> => groupsThat(store, true);

async function groupsThat(store: Store, isMissing: boolean): Promise<Group[]> {
  const rows = await store
    .selectFrom('okta_group')
    .selectAll()
    .where('is_missing', '=', isMissing)
    .orderBy('id')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    type: row.type,
    lastMembershipUpdated: row.last_membership_updated,
    ...(row.member_count === null ? {} : { memberCount: row.member_count }),
  }));
}

/** Of these groups, those whose members have to be read: changed since, never read, or not adding up. */
export async function groupsToRead(store: Store, ids: readonly OktaGroupId[]): Promise<Group[]> {
  const { rows } = await sql<{ id: OktaGroupId }>`
    select g.id from okta_group g
    where g.id = any(${ids}::text[])
      and (g.members_as_of is distinct from g.last_membership_updated
        or g.member_count is distinct from
           case when g.member_count is null then null
                else (select count(*) from okta_membership m where m.group_id = g.id) end)
    order by g.id`.execute(store);
  const wanted = new Set(rows.map(({ id }) => id));
  return (await allGroups(store)).filter((group) => wanted.has(group.id));
}

/**
 * Replaces a group's members by what was read. `asOf` is the group's lastMembershipUpdated from before the members
 * were read; null when it is too fresh to be trusted, so that the group is read again next time.
 */
export async function saveMembers(
  store: Store,
  groupId: OktaGroupId,
  members: readonly OktaUserId[],
  asOf: string | null,
): Promise<void> {
  await sql`
    with seen as materialized (select id from unnest(${members}::text[]) as seen(id)),
    gone as (
      delete from okta_membership m where m.group_id = ${groupId}
        and not exists (select from seen where seen.id = m.user_id)
    ),
    come as (
      insert into okta_membership (group_id, user_id) select ${groupId}, id from seen on conflict do nothing
    )
    update okta_group set members_as_of = ${asOf}, is_doubtful = false where id = ${groupId}`.execute(store);
}

/** Adds what was read of a group whose members do not add up: who is not among them may be a member all the same. */
export async function addDoubtfulMembers(
  store: Store,
  groupId: OktaGroupId,
  members: readonly OktaUserId[],
): Promise<void> {
  await sql`
    with come as (
      insert into okta_membership (group_id, user_id)
      select distinct ${groupId}, id from unnest(${members}::text[]) as seen(id) on conflict do nothing
    )
    update okta_group set members_as_of = null, is_doubtful = true where id = ${groupId}`.execute(store);
}

export async function saveAssignments(
  store: Store,
  snapshot: string,
  assignments: readonly Assignment[],
): Promise<void> {
  if (assignments.length === 0) return;
  const rows = assignments.map(({ appId, personId, profile }) => ({ app_id: appId, user_id: personId, profile }));
  await sql`
    insert into okta_assignment (app_id, user_id, profile, snapshot)
    select app_id, user_id, profile, ${snapshot}::bigint
    from jsonb_to_recordset(${jsonText(rows)}::jsonb) as page (app_id text, user_id text, profile jsonb)
    on conflict (app_id, user_id) do update set profile = excluded.profile, snapshot = excluded.snapshot`.execute(
    store,
  );
}

export async function dropUnseenAssignments(store: Store, snapshot: string, appId: OktaAppId): Promise<void> {
  await store.deleteFrom('okta_assignment').where('app_id', '=', appId).where('snapshot', '<', snapshot).execute();
}

export async function loadPins(store: Store): Promise<Map<string, OktaGroupId>> {
  const rows = await store.selectFrom('group_pin').select(['name', 'group_id']).execute();
  return new Map(rows.map(({ name, group_id }) => [name, group_id]));
}

export async function savePins(store: Store, pins: ReadonlyMap<string, OktaGroupId>): Promise<void> {
  if (pins.size === 0) return;
  await store
    .insertInto('group_pin')
    .values([...pins].map(([name, group_id]) => ({ name, group_id })))
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet((row) => ({ group_id: row.ref('excluded.group_id') })),
    )
    .execute();
}
