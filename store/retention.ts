/** Plans, runs and snapshots are kept for a while; what was changed stays in the audit log for good. */
import { sql } from 'kysely';
import type { Store } from './connect.ts';

const days = { plans: 30, runs: 90, settledDrift: 90 };

/** Cheap when there is nothing to drop; changes and findings go with their plans. */
export async function dropOldRecords(store: Store): Promise<void> {
  await sql`delete from plan where created_at < now() - make_interval(days => ${days.plans})`.execute(store);
  // The head of a run's audit chain is kept as long as the chain.
  await sql`
    delete from run where started_at < now() - make_interval(days => ${days.runs}) and audit_head is null`.execute(
    store,
  );
  // The next reading is compared with the last whole one, which may be older than the last.
  await sql`
    delete from snapshot s where s.started_at < now() - make_interval(days => ${days.plans})
      and s.id < (select max(id) from snapshot newer where newer.side = s.side and newer.finished_at is not null)
      and s.id is distinct from (select max(id) from snapshot whole where whole.side = s.side and whole.is_complete)`.execute(
    store,
  );
  await sql`delete from drift where settled_at < now() - make_interval(days => ${days.settledDrift})`.execute(store);
}
