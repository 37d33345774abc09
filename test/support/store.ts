import { afterAll, beforeAll } from 'vitest';
import { connectStore, type Store } from '../../store/connect.ts';
import { type FreshDatabase, freshDatabase } from './servers.ts';

/** A migrated database for the tests of one file, gone when they have ended. */
export function useStore(poolSize = 3): () => Store {
  let database: FreshDatabase | undefined;
  let store: Store | undefined;
  beforeAll(async () => {
    database = await freshDatabase();
    store = connectStore({ url: database.url, poolSize });
  });
  afterAll(async () => {
    await store?.destroy();
    await database?.drop();
  });
  return () => {
    if (!store) throw new Error('the store is connected before the first test, not while they are collected');
    return store;
  };
}
