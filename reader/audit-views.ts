/** Entries of the audit log with the names behind their ids, whatever targets they are of. */
import type { Store } from '../store/connect.ts';
import { type AuditRow, namesOf } from '../store/reading-people.ts';
import type { AuditView } from './audit-api.ts';
import { changeView, idsOfChanges } from './views.ts';

/** In the order of the rows. */
export async function auditViews(store: Store, rows: readonly AuditRow[]): Promise<AuditView[]> {
  const byTarget = Map.groupBy(rows, ({ target }) => target);
  const names = new Map(
    await Promise.all(
      [...byTarget].map(async ([target, of]) => [target, await namesOf(store, target, idsOfChanges(of))] as const),
    ),
  );
  return rows.flatMap((row) => {
    const known = names.get(row.target);
    if (!known) return [];
    return {
      at: row.at.toISOString(),
      target: row.target,
      runId: row.run_id,
      change: changeView(row, known),
      outcome: row.outcome,
      ...(row.detail === null ? {} : { detail: row.detail }),
      ...(row.vendor_request_id === null ? {} : { vendorRequestId: row.vendor_request_id }),
    };
  });
}
