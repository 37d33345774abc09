import type { NativeConnection, Worker } from '@temporalio/worker';
import { sql } from 'kysely';
import type { Store } from '../store/connect.ts';

const patienceMs = 3_000;

/** What keeps a worker from its work: its own state, Temporal, the database. */
export const workerReadiness =
  ({ workers, connection, store }: { workers: readonly Worker[]; connection: NativeConnection; store: Store }) =>
  async (): Promise<string[]> => {
    const idle = workers.map((worker) => worker.getState()).filter((state) => state !== 'RUNNING');
    const askTemporal = () => connection.workflowService.getSystemInfo({});
    const [temporal, database] = await Promise.all([
      answers(connection.withDeadline(Date.now() + patienceMs, askTemporal)),
      answers(sql`select 1`.execute(store)),
    ]);
    return [
      ...(idle.length > 0 ? [`workers are ${idle.join(', ')}`] : []),
      ...(temporal ? [] : ['Temporal does not answer']),
      ...(database ? [] : ['the database does not answer']),
    ];
  };

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
