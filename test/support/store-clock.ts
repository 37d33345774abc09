/**
 * A clock of the store that a test moves. Everything that Lockstep asks PostgreSQL the time by is found in a schema before
 * PostgreSQL's own; defaults of columns keep the true time, which is when rows are made.
 */
import { type Kysely, sql } from 'kysely';

export interface StoreClock {
  /** From now on the store's clock is so much further. */
  advance(interval: string): Promise<void>;
}

/** Counts for connections that are opened from now on: whoever is connected already has to connect again. */
export async function injectClock<T>(store: Kysely<T>): Promise<StoreClock> {
  for (const statement of statements) await sql.raw(statement).execute(store);
  return {
    async advance(interval) {
      await sql`update clock.ahead set by = by + ${interval}::interval`.execute(store);
    },
  };
}

const statements = [
  'create schema clock',
  'create table clock.ahead (by interval not null)',
  "insert into clock.ahead values (interval '0')",
  `create function clock.now() returns timestamptz language sql stable as
     'select pg_catalog.now() + by from clock.ahead'`,
  `create function clock.clock_timestamp() returns timestamptz language sql volatile as
     'select pg_catalog.clock_timestamp() + by from clock.ahead'`,
  `do $$ begin
     execute format('alter database %I set search_path = clock, pg_catalog, public', current_database());
   end $$`,
];
