import pMap from 'p-map';

/**
 * Works on all, several at a time. After the first failure nothing more is begun; it is raised once what was under way has
 * ended, so that nobody lets go of a side that is still being written.
 */
export async function workThrough<T>(
  items: Iterable<T>,
  concurrency: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  const attempt = (item: T): Promise<unknown> => work(item).catch((error: unknown) => failures.push(error));
  await pMap(items, (item) => (failures.length > 0 ? undefined : attempt(item)), { concurrency });
  if (failures.length > 0) throw failures[0];
}
