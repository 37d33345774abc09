/**
 * What changed at Okta since a reading, taken over into the mirror. Whoever differs from the mirror is marked as changed in
 * the same statement or transaction: afterwards the mirror no longer tells, neither a repeated try nor another target.
 */
import { sql } from 'kysely';
import type { OktaGroupId, OktaUserId } from '../domain/ids.ts';
import type { Assignment, Person } from '../domain/person.ts';
import type { Store } from './connect.ts';
import { jsonText } from './json-text.ts';
import { saveAssignments, savePeople } from './okta-mirror.ts';

/** Why somebody is marked; stable codes. */
type Why = 'person-changed' | 'membership-changed' | 'assignment-changed';

export interface Delta {
  /** The reading that the mirror is of; what a delta brings belongs to it, since a delta shows no absence. */
  readonly snapshot: string;
  /** Targets whose plans build on the mirror: all of them, for the difference shows once. */
  readonly targets: readonly string[];
}

/** Takes over a page of people. Returns those of whom something that decides is different, new ones included. */
export async function takeOverPeople(
  store: Store,
  { snapshot, targets }: Delta,
  people: readonly Person[],
): Promise<OktaUserId[]> {
  if (people.length === 0) return [];
  return store.transaction().execute(async (tx) => {
    const rows = people.map(({ id, status, isTransitioning, login, email, profile }) => ({
      id,
      status,
      is_transitioning: isTransitioning,
      login,
      email,
      profile,
    }));
    const { rows: differing } = await sql<{ id: OktaUserId }>`
      select page.id from jsonb_to_recordset(${jsonText(rows)}::jsonb) as page
        (id text, status text, is_transitioning boolean, login text, email text, profile jsonb)
      left join okta_user u on u.id = page.id and not u.is_missing
      where (u.status, u.is_transitioning, u.login, u.email, u.profile) is distinct from
        (page.status, page.is_transitioning, page.login, page.email, page.profile)
      order by page.id`.execute(tx);
    const changed = differing.map(({ id }) => id);
    await mark(tx, targets, changed, 'person-changed');
    await savePeople(tx, snapshot, people);
    return changed;
  });
}

export interface MembersRead {
  readonly group: OktaGroupId;
  readonly people: readonly OktaUserId[];
  /** As in the mirror: null when the group is to be read again. */
  readonly asOf: string | null;
  /** False when they do not add up: then whoever is not among them stays. */
  readonly isWhole: boolean;
}

/** Takes over the members of one group. Returns those who came and those who went. */
export async function takeOverMembers(store: Store, { targets }: Delta, members: MembersRead): Promise<OktaUserId[]> {
  const { group, people, asOf, isWhole } = members;
  const { rows } = await sql<{ user_id: OktaUserId }>`
    with seen as materialized (select distinct id from unnest(${people}::text[]) as seen(id)),
    gone as (
      delete from okta_membership m where m.group_id = ${group} and ${isWhole}
        and not exists (select from seen where seen.id = m.user_id)
      returning m.user_id
    ),
    come as (
      insert into okta_membership (group_id, user_id) select ${group}, id from seen on conflict do nothing
      returning user_id
    ),
    changed as (select user_id from gone union select user_id from come),
    marked as (
      insert into changed_person (target, person_id, why)
      select target, user_id, ${'membership-changed' satisfies Why} from changed
      cross join unnest(${targets}::text[]) as target
      on conflict (target, person_id) do update set why = excluded.why, at = clock_timestamp()
    ),
    read as (
      update okta_group set members_as_of = ${asOf}, is_doubtful = is_doubtful and not ${isWhole} where id = ${group}
    )
    select user_id from changed order by user_id`.execute(store);
  return rows.map(({ user_id }) => user_id);
}

/** Takes over one person's assignment to an app; undefined: it is proven that there is none. */
export async function takeOverAssignment(
  store: Store,
  { snapshot, targets }: Delta,
  of: Pick<Assignment, 'appId' | 'personId'>,
  assignment: Assignment | undefined,
): Promise<void> {
  await store.transaction().execute(async (tx) => {
    const query = tx
      .selectFrom('okta_assignment')
      .select(({ lit }) => [
        lit(1).as('one'),
        sql<boolean>`profile = ${jsonText(assignment?.profile ?? {})}::jsonb`.as('same'),
      ])
      .where('app_id', '=', of.appId)
      .where('user_id', '=', of.personId);
    const before = await query.executeTakeFirst();
    if (assignment ? before?.same === true : before === undefined) return;
    await mark(tx, targets, [of.personId], 'assignment-changed');
    if (assignment) await saveAssignments(tx, snapshot, [assignment]);
    else
      await tx
        .deleteFrom('okta_assignment')
        .where('app_id', '=', of.appId)
        .where('user_id', '=', of.personId)
        .execute();
  });
}

async function mark(store: Store, targets: readonly string[], people: readonly OktaUserId[], why: Why): Promise<void> {
  if (people.length === 0) return;
  await sql`
    insert into changed_person (target, person_id, why)
    select target, person, ${why} from unnest(${people}::text[]) as person
    cross join unnest(${targets}::text[]) as target
    on conflict (target, person_id) do update set why = excluded.why, at = clock_timestamp()`.execute(store);
}
