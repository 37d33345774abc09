import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Database } from './schema.ts';

export type Store = Kysely<Database>;

export interface ConnectOptions {
  /** `postgres://user:password@host:port/database` */
  readonly url: string;
  /** Connections at most; bulk work uses a handful. */
  readonly poolSize?: number;
  /** Told when a connection breaks, so that the process is not ended by it. */
  readonly onError?: (error: Error) => void;
}

/** Opens lazily: the first query connects, so a database that is away for a while is no reason to end. */
export function connectStore({ url, poolSize = 10, onError = () => {} }: ConnectOptions): Store {
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    connectionTimeoutMillis: 10_000,
    // A statement that hangs must not hold a worker for ever.
    statement_timeout: 120_000,
    // A process that freezes inside a transaction must not hold up the others.
    idle_in_transaction_session_timeout: 15_000,
    lock_timeout: 60_000,
    application_name: 'lockstep',
  });
  // The pool looks after idle connections only; one that breaks while it is lent out would end the process.
  pool.on('connect', (client) => client.on('error', onError));
  // Told by the connection already.
  pool.on('error', () => {});
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
}
