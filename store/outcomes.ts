/** What became of changes, with the evidence: one statement writes the outcome and its audit row, or neither. */
import { sql } from 'kysely';
import type { Outcome, OutcomeDetail } from '../domain/change.ts';
import type { Store } from './connect.ts';
import { jsonText } from './json-text.ts';

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
  await sql`
    with done as (
      update change c set
        outcome = page.outcome, detail = page.detail, vendor_request_id = page.vendor_request_id,
        account_id = coalesce(c.account_id, page.account_id),
        target_group_id = coalesce(c.target_group_id, page.target_group_id), finished_at = now()
      from jsonb_to_recordset(${jsonText(rows)}::jsonb) as page (seq integer, outcome text, detail text,
        vendor_request_id text, account_id text, target_group_id text)
      where c.plan_id = ${planId} and c.seq = page.seq and c.outcome is null
      returning c.*
    )
    insert into audit (run_id, plan_id, seq, target, kind, person_id, group_id, account_id, target_group_id,
      before, after, reason, outcome, detail, vendor_request_id)
    select p.run_id, d.plan_id, d.seq, p.target, d.kind, d.person_id, d.group_id, d.account_id, d.target_group_id,
      d.before, d.after, d.reason, d.outcome, d.detail, d.vendor_request_id
    from done d join plan p on p.id = d.plan_id
    order by d.seq`.execute(store);
}
