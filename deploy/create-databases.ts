/**
 * `node deploy/create-databases.ts`: makes the roles and databases of Temporal and Lockstep on the server that the
 * `PG*` variables name, as its superuser. Each owns its own only. May be repeated; passwords become those given now.
 */
import pg from 'pg';

const owners = [
  { role: 'temporal', password: 'TEMPORAL_DB_PASSWORD', databases: ['temporal', 'temporal_visibility'] },
  { role: 'lockstep', password: 'LOCKSTEP_DB_PASSWORD', databases: ['lockstep'] },
] as const;

async function ensureRole(admin: pg.Client, role: string, password: string): Promise<void> {
  const verb = (await isThere(admin, 'select 1 from pg_roles where rolname = $1', role)) ? 'alter' : 'create';
  await admin.query(`${verb} role ${pg.escapeIdentifier(role)} login password ${pg.escapeLiteral(password)}`);
}

async function ensureDatabase(admin: pg.Client, database: string, owner: string): Promise<void> {
  if (await isThere(admin, 'select 1 from pg_database where datname = $1', database)) return;
  const name = pg.escapeIdentifier(database);
  await admin.query(`create database ${name} owner ${pg.escapeIdentifier(owner)}`);
  // Everybody may connect to a new database otherwise.
  await admin.query(`revoke all on database ${name} from public`);
}

const isThere = async (admin: pg.Client, query: string, name: string): Promise<boolean> =>
  (await admin.query(query, [name])).rowCount === 1;

if (import.meta.main) {
  const { env } = process;
  const missing = owners.map(({ password }) => password).filter((name) => !env[name]);
  if (missing.length > 0) {
    console.error(`not set: ${missing.join(', ')}`);
    process.exit(2);
  }
  const admin = new pg.Client({ database: 'postgres' });
  await admin.connect();
  try {
    for (const { role, password, databases } of owners) {
      await ensureRole(admin, role, env[password] ?? '');
      for (const database of databases) await ensureDatabase(admin, database, role);
      console.error(`role ${role} owns ${databases.join(', ')}`);
    }
  } finally {
    await admin.end();
  }
}
