import { type Kysely, sql } from 'kysely';

/** Pairs of a person and an account that an operator parted, so that no match by id or name brings them together again. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table kept_apart (
      target text not null,
      person_id text collate "C" not null,
      account_id text collate "C" not null,
      created_at timestamptz not null default now(),
      primary key (target, person_id, account_id)
    )`.execute(db);
}
