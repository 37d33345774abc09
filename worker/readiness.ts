import type { NativeConnection, Worker } from '@temporalio/worker';
import { sql } from 'kysely';
import type { Store } from '../store/connect.ts';

/** What keeps a worker from its work: its own state, Temporal, the database. */
export const workerReadiness =
  ({ workers, connection, store }: { workers: readonly Worker[]; connection: NativeConnection; store: Store }) =>
  async (): Promise<string[]> => {
    const problems: string[] = [];
    const idle = workers.filter((worker) => worker.getState() !== 'RUNNING');
    if (idle.length > 0) problems.push(`workers are ${idle.map((worker) => worker.getState()).join(', ')}`);
    await Promise.all([
      answers(connection.workflowService.getSystemInfo({})).then(
        (ok) => ok || problems.push('Temporal does not answer'),
      ),
      answers(sql`select 1`.execute(store)).then((ok) => ok || problems.push('the database does not answer')),
    ]);
    return problems;
  };

const patienceMs = 3_000;

async function answers(call: Promise<unknown>): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => late.resolve(false), patienceMs);
  try {
    return await Promise.race([call.then(() => true), late.promise]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
