/** A plan with changes right in the database, for what works on stored plans. */
import { randomUUID } from 'node:crypto';
import { changeKinds } from '../../domain/change.ts';
import type { Store } from '../../store/connect.ts';
import { jsonText } from '../../store/json-text.ts';
import type { ChangeRow } from '../../store/plans.ts';
import { beginSnapshot, finishSnapshot } from '../../store/snapshots.ts';
import { everyCapability } from './domain-builders.ts';

export type StoredChange = Pick<ChangeRow, 'kind'> & Partial<ChangeRow>;

/** What a finished plan of `cloud` lists, outcomes included. @returns its id */
export async function storePlan(
  store: Store,
  changes: readonly StoredChange[],
  {
    isComplete = true,
    target = 'cloud',
    runId = randomUUID(),
  }: { readonly isComplete?: boolean; readonly target?: string; readonly runId?: string } = {},
): Promise<string> {
  const id = randomUUID();
  const [source, own] = [await beginSnapshot(store, 'okta'), await beginSnapshot(store, target)];
  for (const snapshot of [source, own])
    await finishSnapshot(store, snapshot, { isComplete, counts: {}, capabilities: everyCapability });
  await store
    .insertInto('plan')
    .values({
      id,
      target,
      run_id: runId,
      configuration: 'c',
      source_snapshot: source,
      target_snapshot: own,
      finished_at: new Date(),
    })
    .execute();
  for (const [seq, change] of changes.entries())
    await store
      .insertInto('change')
      .values({
        seq,
        step: changeKinds.indexOf(change.kind),
        reason: 'entitled-in-scope',
        fingerprint: `${change.kind} ${change.person_id} ${change.group_id}`,
        ...change,
        plan_id: id,
        before: change.before ? jsonText(change.before) : null,
        after: change.after ? jsonText(change.after) : null,
      })
      .execute();
  return id;
}
