/** Two targets on a real database, with a Temporal that nobody works for: what they are asked for stays as it was asked. */
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { sql } from 'kysely';
import { connectStore, type Store } from '../../store/connect.ts';
import { settleParked } from '../../store/due.ts';
import { type SyncRequest, syncRequestedSignal, workflowIds } from '../../workflows/contract.ts';
import { alice } from '../support/domain-builders.ts';
import { registerNamespace } from '../support/namespace.ts';
import { freshDatabase, temporalAddress } from '../support/servers.ts';
import { type StoredChange, storePlan } from '../support/stored-plan.ts';

export interface UnworkedTargets {
  readonly store: Store;
  readonly client: Client;
  /** Runs as an activity does, with this client or another. */
  inActivity<T>(work: () => Promise<T>, by?: Client): Promise<T>;
  /** Ends the target's execution, as if it had done its work. */
  end(target: string): Promise<unknown>;
  /** What the target's execution that is open was asked for. */
  requestsTo(target: string): Promise<SyncRequest[]>;
  /** Has the target park what these changes were to do. */
  park(changes: readonly StoredChange[], target?: string): Promise<void>;
  /** Who is to be planned again. */
  marked(): Promise<{ target: string; person_id: string }[]>;
  /** Forgets everything, for the next test. */
  clear(): Promise<void>;
  stop(): Promise<void>;
}

export const parkedCreate: StoredChange = {
  kind: 'create-account',
  person_id: alice,
  outcome: 'parked',
  detail: 'Rejected',
};

export async function startUnworkedTargets(): Promise<UnworkedTargets> {
  const database = await freshDatabase();
  const store = connectStore({ url: database.url, poolSize: 4 });
  const connection = await Connection.connect({ address: temporalAddress() });
  const client = new Client({ connection, namespace: await registerNamespace(connection) });
  const logger = new DefaultLogger('ERROR', () => {});
  const execution = (target: string) => client.workflow.getHandle(workflowIds.targetSync(target));
  return {
    store,
    client,
    inActivity: (work, by = client) => new MockActivityEnvironment({}, { client: by, logger }).run(work),
    end: (target) => execution(target).terminate(),
    requestsTo: (target) => requestsOf(execution(target)),
    async park(changes, target = 'cloud') {
      await settleParked(store, await storePlan(store, changes, { target }), { isWhole: true });
    },
    marked: () => store.selectFrom('changed_person').select(['target', 'person_id']).execute(),
    async clear() {
      await sql`truncate due, plan, change, changed_person, changed_group, target_state, notice, person_link, subject, offboarding,
        offboarding_command cascade`.execute(store);
      for (const target of ['cloud', 'jira'])
        await execution(target)
          .terminate()
          .catch(() => {});
    },
    async stop() {
      await connection.close();
      await store.destroy();
      await database.drop();
    },
  };
}

async function requestsOf(handle: WorkflowHandle): Promise<SyncRequest[]> {
  const status = await handle.describe().then(
    ({ status: { name } }) => name,
    () => 'never asked',
  );
  if (status !== 'RUNNING') return [];
  const { events } = await handle.fetchHistory();
  return (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) =>
    signal?.signalName === syncRequestedSignal.name
      ? [JSON.parse(Buffer.from(signal.input?.payloads?.[0]?.data ?? '').toString()) as SyncRequest]
      : [],
  );
}
