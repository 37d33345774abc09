import { type Kysely, sql } from 'kysely';

/** News of people whom Okta could not be asked about when it came, and of groups that are to be read again. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  // Set: no list tells what happened, Okta has to be asked about this person by id.
  `alter table changed_person add column unread_since timestamptz`,
  `create table changed_group (
     target text collate "C" not null,
     group_id text collate "C" not null,
     -- Whether the target has to do with it, by its name before or after: then a run of everything is to decide.
     matters boolean not null default false,
     at timestamptz not null default clock_timestamp(),
     primary key (target, group_id)
   )`,
];
