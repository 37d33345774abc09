/** Rows of a plan with the names behind their ids. */
import type { Store } from '../store/connect.ts';
import type { ChangeRow, FindingRow } from '../store/plans.ts';
import { driftBehind } from '../store/reading-drift.ts';
import { namesOf } from '../store/reading-people.ts';
import type { FindingView, PlannedChange } from './api.ts';
import { findingView, idsOfChanges, idsOfFindings, plannedChange } from './views.ts';

/** @param rows all of one plan */
export async function changesWithNames(
  store: Store,
  target: string,
  rows: readonly ChangeRow[],
): Promise<PlannedChange[]> {
  const names = await namesOf(store, target, idsOfChanges(rows));
  const outside = rows[0]
    ? await driftBehind(
        store,
        rows[0].plan_id,
        rows.map(({ seq }) => seq),
      )
    : undefined;
  return rows.map((row) => {
    const seenAt = outside?.get(row.seq);
    return { ...plannedChange(row, names), ...(seenAt ? { changedOutsideSince: seenAt.toISOString() } : {}) };
  });
}

export async function findingsWithNames(
  store: Store,
  target: string,
  rows: readonly FindingRow[],
): Promise<FindingView[]> {
  const names = await namesOf(store, target, idsOfFindings(rows));
  return rows.map((row) => findingView(row, names));
}
