/** Brings a database to the current schema. As a program: `node store/migrate.ts` with DATABASE_URL. */
import { type Migration, Migrator } from 'kysely/migration';
import { connectStore } from './connect.ts';
import * as initial from './migrations/0001-initial.ts';
import * as safety from './migrations/0002-safety.ts';
import * as keptApart from './migrations/0003-kept-apart.ts';
import * as stoppedChanges from './migrations/0004-stopped-changes.ts';
import * as offboarding from './migrations/0005-offboarding.ts';
import * as inTime from './migrations/0006-in-time.ts';
import * as recordedSince from './migrations/0007-recorded-since.ts';

/** In order; a migration that has landed is never edited. */
const migrations: Record<string, Migration> = {
  '0001-initial': initial,
  '0002-safety': safety,
  '0003-kept-apart': keptApart,
  '0004-stopped-changes': stoppedChanges,
  '0005-offboarding': offboarding,
  '0006-in-time': inTime,
  '0007-recorded-since': recordedSince,
};

/** Idempotent and safe to run from several processes at once (Kysely takes a lock). */
export async function migrate(url: string): Promise<readonly string[]> {
  const store = connectStore({ url, poolSize: 1 });
  try {
    const migrator = new Migrator({ db: store, provider: { getMigrations: async () => migrations } });
    const { error, results } = await migrator.migrateToLatest();
    if (error) throw error;
    return (results ?? []).map(({ migrationName }) => migrationName);
  } finally {
    await store.destroy();
  }
}

if (import.meta.main) {
  const url = process.env['DATABASE_URL'];
  if (!url) {
    console.error('DATABASE_URL is not set: give the database to migrate, as postgres://user:password@host:port/name');
    process.exit(2);
  }
  const done = await migrate(url);
  console.error(done.length === 0 ? 'database is up to date' : `migrated: ${done.join(', ')}`);
}
