/** What the reader shows of one person, and the names behind ids. */
import { type Selectable, sql } from 'kysely';
import type { AccountId, OktaUserId, TargetGroupId } from '../domain/ids.ts';
import type { Person } from '../domain/person.ts';
import type { Store } from './connect.ts';
import { storableText } from './json-text.ts';
import type { ChangeRow } from './plans.ts';
import { personOf } from './rows.ts';
import type { Database } from './schema.ts';

export type AuditRow = Selectable<Database['audit']>;

export interface MirroredPerson {
  readonly person: Person;
  /** Not in the last reading of Okta, which by itself proves nothing. */
  readonly isMissing: boolean;
  readonly isDeleted: boolean;
}

export async function mirroredPerson(store: Store, id: string): Promise<MirroredPerson | undefined> {
  const row = await store
    .selectFrom('okta_user')
    .selectAll()
    .where('id', '=', id as OktaUserId)
    .executeTakeFirst();
  return row && mirroredOf(row);
}

const mirroredOf = (row: Selectable<Database['okta_user']>): MirroredPerson => ({
  person: personOf(row),
  isMissing: row.is_missing,
  isDeleted: row.is_deleted,
});

/** Like the names that it is compared with: JavaScript folds some letters otherwise (the Σ that ends a word, İ). */
const foldedByDatabase = (text: string) => sql<string>`lower(${storableText(text)})`;

/** Everybody whose login or e-mail is exactly this text, without regard to case; those who are gone as well. */
export async function mirroredPeopleNamed(store: Store, text: string, limit: number): Promise<MirroredPerson[]> {
  const wanted = foldedByDatabase(text);
  const rows = await store
    .selectFrom('okta_user')
    .selectAll()
    .where(({ or, eb, fn }) =>
      or([eb(fn<string>('lower', ['login']), '=', wanted), eb(fn<string>('lower', ['email']), '=', wanted)]),
    )
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(mirroredOf);
}

/** Ids of people whose account once had, or was to have, this user name or e-mail; newest first. */
export async function peopleFormerlyNamed(store: Store, text: string, limit: number): Promise<OktaUserId[]> {
  const wanted = foldedByDatabase(text);
  const { rows } = await sql<{ id: OktaUserId }>`
    select person_id as id from audit
    where person_id is not null
      and ${wanted} in (lower(before->>'userName'), lower(before->>'email'),
                        lower(after->>'userName'), lower(after->>'email'))
    group by person_id order by max(id) desc limit ${limit}`.execute(store);
  return rows.map(({ id }) => id);
}

export async function linkOf(
  store: Store,
  target: string,
  person: string,
): Promise<Selectable<Database['person_link']> | undefined> {
  return store
    .selectFrom('person_link')
    .selectAll()
    .where('target', '=', target)
    .where('person_id', '=', person as OktaUserId)
    .executeTakeFirst();
}

/** Newest first. */
export async function auditOfPerson(store: Store, person: string, limit: number): Promise<AuditRow[]> {
  return store
    .selectFrom('audit')
    .selectAll()
    .where('person_id', '=', person)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
}

/**
 * The latest changes that were carried out, or tried, for somebody at a target; newest first. What waited or was parked,
 * and of which a later plan tells what became of it, is left out.
 */
export async function lastChangesOf(store: Store, target: string, person: string, limit: number): Promise<ChangeRow[]> {
  return store
    .selectFrom('change')
    .innerJoin('plan', 'plan.id', 'change.plan_id')
    .selectAll('change')
    .where('plan.target', '=', target)
    .where('change.person_id', '=', person as OktaUserId)
    .where('change.outcome', 'is not', null)
    .where(
      sql<boolean>`(change.outcome not in ('waiting', 'parked') or not exists (
        select from change later join plan on plan.id = later.plan_id
        where plan.target = ${target} and later.person_id = ${person} and later.fingerprint = change.fingerprint
          and later.outcome is not null and later.finished_at > change.finished_at))`,
    )
    .orderBy('change.finished_at', 'desc')
    .orderBy('change.seq', 'desc')
    .limit(limit)
    .execute();
}

export interface Names {
  readonly people: ReadonlyMap<string, { readonly login: string; readonly email: string }>;
  readonly groups: ReadonlyMap<string, string>;
  /** By target group id. */
  readonly targetGroups: ReadonlyMap<string, string>;
  readonly accounts: ReadonlyMap<string, string>;
}

export interface WantedIds {
  readonly people?: readonly (string | null | undefined)[];
  readonly groups?: readonly (string | null | undefined)[];
  readonly targetGroups?: readonly (string | null | undefined)[];
  readonly accounts?: readonly (string | null | undefined)[];
}

/** Names as the mirror has them; whom it does not hold is not in the maps. */
export async function namesOf(store: Store, target: string, ids: WantedIds): Promise<Names> {
  const [people, groups, targetGroups, accounts] = await Promise.all([
    sql<{ id: string; login: string; email: string }>`
      select id, login, email from okta_user where id = any(${distinct(ids.people)}::text[])`.execute(store),
    sql<{ id: string; name: string }>`
      select id, name from okta_group where id = any(${distinct(ids.groups)}::text[])`.execute(store),
    sql<{ id: TargetGroupId; name: string }>`
      select id, name from target_group
      where target = ${target} and id = any(${distinct(ids.targetGroups)}::text[])`.execute(store),
    sql<{ id: AccountId; name: string | null }>`
      select id, coalesce(user_name, email) as name from account
      where target = ${target} and id = any(${distinct(ids.accounts)}::text[])`.execute(store),
  ]);
  return {
    people: new Map(people.rows.map(({ id, login, email }) => [id, { login, email }])),
    groups: new Map(groups.rows.map(({ id, name }) => [id, name])),
    targetGroups: new Map(targetGroups.rows.map(({ id, name }) => [id, name])),
    accounts: new Map(accounts.rows.flatMap(({ id, name }) => (name === null ? [] : [[id, name] as const]))),
  };
}

const distinct = (ids: readonly (string | null | undefined)[] = []): string[] => [
  ...new Set(ids.filter((id) => id !== null && id !== undefined)),
];
