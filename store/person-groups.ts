/** The groups of one person, as Okta tells them of that person. */
import { sql } from 'kysely';
import type { OktaGroupId, OktaUserId } from '../domain/ids.ts';
import type { Store } from './connect.ts';

/**
 * Replaces what the mirror has of this person. Groups that it does not know, or not any more, are left to the next whole
 * reading; so are all of them when the answer was empty, since whoever sees groups at all finds everybody in one.
 *
 * @param relevant whose members the mirror keeps
 * @returns whether anything is different from before
 */
export async function saveGroupsOf(
  store: Store,
  person: OktaUserId,
  groups: readonly OktaGroupId[],
  relevant: ReadonlySet<OktaGroupId>,
): Promise<boolean> {
  if (groups.length === 0) return false;
  const { rows } = await sql<{ changed: number }>`
    with known as (select id from okta_group where id = any(${groups.filter((id) => relevant.has(id))}::text[]) and not is_missing),
    gone as (
      delete from okta_membership m using okta_group g
      where m.user_id = ${person} and g.id = m.group_id and not g.is_missing and not g.is_doubtful
        and m.group_id <> all(${groups}::text[])
      returning m.group_id
    ), come as (
      insert into okta_membership (group_id, user_id) select id, ${person} from known on conflict do nothing
      returning group_id
    )
    select (select count(*) from gone)::int + (select count(*) from come)::int as changed`.execute(store);
  return (rows[0]?.changed ?? 0) > 0;
}
