/** Rows of a plan with the names behind their ids. */
import type { Store } from '../store/connect.ts';
import type { ChangeRow, FindingRow } from '../store/plans.ts';
import { namesOf } from '../store/reading-people.ts';
import type { FindingView, PlannedChange } from './api.ts';
import { findingView, idsOfChanges, idsOfFindings, plannedChange } from './views.ts';

export async function changesWithNames(
  store: Store,
  target: string,
  rows: readonly ChangeRow[],
): Promise<PlannedChange[]> {
  const names = await namesOf(store, target, idsOfChanges(rows));
  return rows.map((row) => plannedChange(row, names));
}

export async function findingsWithNames(
  store: Store,
  target: string,
  rows: readonly FindingRow[],
): Promise<FindingView[]> {
  const names = await namesOf(store, target, idsOfFindings(rows));
  return rows.map((row) => findingView(row, names));
}
