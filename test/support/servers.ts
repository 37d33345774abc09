import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import type {} from './provided.ts';

export interface FreshDatabase {
  readonly url: string;
  /** Ends whatever is still connected and removes it. */
  drop(): Promise<void>;
}

const TEMPLATE = 'lockstep_template';
/** Any number, as long as nobody else on the server takes the same. */
const TEMPLATE_LOCK = 7_311_001;

/** A migrated database of the test's own, without rows. */
export async function freshDatabase(): Promise<FreshDatabase> {
  return create('test', async (admin) => {
    await ensureTemplate(admin);
    return `template ${TEMPLATE}`;
  });
}

/** A database without any tables, to try the migrations themselves. */
export async function bareDatabase(): Promise<FreshDatabase> {
  return create('bare', async () => '');
}

async function create(kind: string, options: (admin: pg.Client) => Promise<string>): Promise<FreshDatabase> {
  const name = `${kind}_${randomUUID().replaceAll('-', '')}`;
  await asAdmin(async (admin) => admin.query(`create database ${name} ${await options(admin)}`));
  const drop = async () => {
    await asAdmin((admin) => admin.query(`drop database if exists ${name} with (force)`));
  };
  return { url: urlOf(name), drop };
}

/** host:port of the Temporal dev server of this run, which has Lockstep's search attributes. */
export function temporalAddress(): string {
  return inject('servers').temporalAddress;
}

export function temporalNamespace(): string {
  return inject('servers').temporalNamespace;
}

/** Migrated once per run, by whichever test file comes first; a rename makes it appear only when it is whole. */
async function ensureTemplate(admin: pg.Client): Promise<void> {
  await admin.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK]);
  try {
    const found = await admin.query('select 1 from pg_database where datname = $1', [TEMPLATE]);
    if (found.rowCount !== 0) return;
    const draft = `${TEMPLATE}_draft`;
    await admin.query(`drop database if exists ${draft} with (force)`);
    await admin.query(`create database ${draft}`);
    // Loaded here only, so that tests without a database do not load the store.
    const { migrate } = await import('../../store/migrate.ts');
    await migrate(urlOf(draft));
    await admin.query(`alter database ${draft} rename to ${TEMPLATE}`);
  } finally {
    await admin.query('select pg_advisory_unlock($1)', [TEMPLATE_LOCK]);
  }
}

async function asAdmin<T>(work: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client({ connectionString: inject('servers').postgresUrl });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

function urlOf(database: string): string {
  const url = new URL(inject('servers').postgresUrl);
  url.pathname = `/${database}`;
  return url.href;
}
