/** What became of changes, with the evidence: one transaction writes the outcome and its audit row, or neither. */
import { type Selectable, sql } from 'kysely';
import type { Outcome, OutcomeDetail } from '../domain/change.ts';
import { appendEntries, type NewEntry } from './audit.ts';
import type { Store } from './connect.ts';
import { inTransaction } from './in-transaction.ts';
import { jsonText } from './json-text.ts';
import type { Database } from './schema.ts';

export interface ChangeOutcome {
  readonly seq: number;
  readonly outcome: Outcome;
  /** Says more, in codes without personal data. */
  readonly detail?: OutcomeDetail;
  readonly vendorRequestId?: string;
  /** The account or group that the change made or found. */
  readonly accountId?: string;
  readonly targetGroupId?: string;
}

/** A change gets its outcome once; whoever is late changes nothing and leaves no second audit row. */
export async function recordOutcomes(store: Store, planId: string, outcomes: readonly ChangeOutcome[]): Promise<void> {
  if (outcomes.length === 0) return;
  const rows = outcomes.map((one) => ({
    seq: one.seq,
    outcome: one.outcome,
    detail: one.detail ?? null,
    vendor_request_id: one.vendorRequestId ?? null,
    account_id: one.accountId ?? null,
    target_group_id: one.targetGroupId ?? null,
  }));
  await inTransaction(store, async (tx) => {
    const { rows: done } = await sql<DoneRow>`
      with done as (
        update change c set
          outcome = page.outcome, detail = page.detail, vendor_request_id = page.vendor_request_id,
          account_id = coalesce(c.account_id, page.account_id),
          target_group_id = coalesce(c.target_group_id, page.target_group_id), finished_at = now(), recorded_in = pg_current_xact_id()
        from jsonb_to_recordset(${jsonText(rows)}::jsonb) as page (seq integer, outcome text, detail text,
          vendor_request_id text, account_id text, target_group_id text)
        where c.plan_id = ${planId} and c.seq = page.seq and c.outcome is null
        returning c.*
      )
      select d.*, p.run_id, p.target,
        (select string_agg(s.signer, ',' order by s.signer collate "C") from approval_signature s
         where s.plan_id = d.approved_by) as signers
      from done d join plan p on p.id = d.plan_id
      order by d.seq`.execute(tx);
    if (done[0]) await appendEntries(tx, done[0].run_id, done.map(entryOf));
  });
}

type DoneRow = Omit<Selectable<Database['change']>, 'outcome'> & {
  readonly outcome: Outcome;
  readonly run_id: string;
  readonly target: string;
  readonly signers: string | null;
};

const entryOf = (row: DoneRow): NewEntry => ({
  planId: row.plan_id,
  seq: row.seq,
  target: row.target,
  kind: row.kind,
  personId: row.person_id,
  groupId: row.group_id,
  accountId: row.account_id,
  targetGroupId: row.target_group_id,
  before: row.before,
  after: row.after,
  reason: row.reason,
  outcome: row.outcome,
  detail: row.detail,
  vendorRequestId: row.vendor_request_id,
  approval: row.approved_by,
  approvedBy: row.signers,
});
