/** Who differs from the mirror: to be asked before the mirror takes over what was read, since afterwards nothing tells. */
import { sql } from 'kysely';
import type { OktaGroupId, OktaUserId } from '../domain/ids.ts';
import type { Assignment, Group, Person } from '../domain/person.ts';
import type { Store } from './connect.ts';
import { jsonText } from './json-text.ts';

/** Of these, those of whom something that decides is different, and those who were not there. */
export async function differingPeople(store: Store, people: readonly Person[]): Promise<OktaUserId[]> {
  const page = people.map(({ id, status, isTransitioning, login, email, profile }) => ({
    id,
    status,
    is_transitioning: isTransitioning,
    login,
    email,
    profile,
  }));
  const { rows } = await sql<{ id: OktaUserId }>`
    select page.id from jsonb_to_recordset(${jsonText(page)}::jsonb) as page
      (id text, status text, is_transitioning boolean, login text, email text, profile jsonb)
    left join okta_user u on u.id = page.id and not u.is_missing
    where (u.status, u.is_transitioning, u.login, u.email, u.profile) is distinct from
      (page.status, page.is_transitioning, page.login, page.email, page.profile)
    order by page.id`.execute(store);
  return rows.map(({ id }) => id);
}

/** Of these, those that have another name than they had, and those that were not there. */
export async function differingGroups(store: Store, groups: readonly Group[]): Promise<OktaGroupId[]> {
  const page = groups.map(({ id, name }) => ({ id, name }));
  const { rows } = await sql<{ id: OktaGroupId }>`
    select page.id from jsonb_to_recordset(${jsonText(page)}::jsonb) as page (id text, name text)
    left join okta_group g on g.id = page.id and not g.is_missing
    where g.name is distinct from page.name
    order by page.id`.execute(store);
  return rows.map(({ id }) => id);
}

/** Who came into a group, and, where all of its members are told, who went. */
export async function differingMembers(
  store: Store,
  group: OktaGroupId,
  members: readonly OktaUserId[],
  isWhole: boolean,
): Promise<OktaUserId[]> {
  const { rows } = await sql<{ id: OktaUserId }>`
    with seen as materialized (select distinct id from unnest(${members}::text[]) as seen(id)),
    known as (select user_id as id from okta_membership where group_id = ${group})
    select id from seen where not exists (select from known where known.id = seen.id)
    union all
    select id from known where ${isWhole} and not exists (select from seen where seen.id = known.id)
    order by 1`.execute(store);
  return rows.map(({ id }) => id);
}

/** Whether this assignment, or that there is none, is news. */
export async function isNewAssignment(
  store: Store,
  { appId, personId }: Pick<Assignment, 'appId' | 'personId'>,
  now: Assignment | undefined,
): Promise<boolean> {
  const known = await store
    .selectFrom('okta_assignment')
    .select(sql<boolean>`profile = ${jsonText(now?.profile ?? {})}::jsonb`.as('isSame'))
    .where('app_id', '=', appId)
    .where('user_id', '=', personId)
    .executeTakeFirst();
  return now ? known?.isSame !== true : known !== undefined;
}

/** Of these, those who have an assignment to any app that is known. */
export async function assignedOf(store: Store, people: readonly OktaUserId[]): Promise<OktaUserId[]> {
  const { rows } = await sql<{ user_id: OktaUserId }>`
    select distinct user_id from okta_assignment where user_id = any(${people}::text[])`.execute(store);
  return rows.map(({ user_id }) => user_id);
}

/** It is proven that there is none. */
export async function dropAssignment(
  store: Store,
  { appId, personId }: Pick<Assignment, 'appId' | 'personId'>,
): Promise<void> {
  await store.deleteFrom('okta_assignment').where('app_id', '=', appId).where('user_id', '=', personId).execute();
}
