import type { Store } from './connect.ts';

/** Within the caller's transaction if there is one, so that what belongs together is kept or lost together. */
export const inTransaction = <T>(store: Store, work: (tx: Store) => Promise<T>): Promise<T> =>
  store.isTransaction ? work(store) : store.transaction().execute(work);
