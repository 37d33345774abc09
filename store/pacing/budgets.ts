/** One budget per API bucket for all processes: each call locks its row, applies the domain's rules, writes it back. */
import { sql } from 'kysely';
import { type AnswerReport, type Budget, draw, record, type Slice, type SliceRequest } from '../../domain/budget.ts';
import type { Allowance } from '../../domain/request-window.ts';
import type { Store } from '../connect.ts';
import { jsonText } from '../json-text.ts';

/** Requests for about the next second, or the wait until there can be some. */
export async function drawSlice(store: Store, bucket: string, request: SliceRequest): Promise<Slice> {
  return change(store, bucket, (budget, now) => {
    const drawn = draw(budget, now, request);
    return { budget: drawn.budget, result: drawn.slice };
  });
}

/** Tells all processes what one of them learnt from answers. */
export async function recordAnswer(
  store: Store,
  bucket: string,
  report: AnswerReport,
  allowance: Allowance,
): Promise<void> {
  await change(store, bucket, (budget, now) => ({
    budget: record(budget, now, report, allowance),
    result: undefined,
  }));
}

async function change<T>(
  store: Store,
  bucket: string,
  rule: (budget: Budget, now: number) => { budget: Budget; result: T },
): Promise<T> {
  return store.transaction().execute(async (transaction) => {
    // Creates or locks the row. Unlike now(), clock_timestamp() is not of before the wait for the lock.
    const row = await transaction
      .insertInto('budget')
      .values({ bucket, state: '{}', changed_at: sql`clock_timestamp()` })
      .onConflict((conflict) => conflict.column('bucket').doUpdateSet({ changed_at: sql`clock_timestamp()` }))
      .returning(['state', sql<number>`(extract(epoch from changed_at) * 1000)::float8`.as('now')])
      .executeTakeFirstOrThrow();
    const { budget, result } = rule(row.state, row.now);
    await transaction
      .updateTable('budget')
      .set({ state: jsonText(budget) })
      .where('bucket', '=', bucket)
      .execute();
    return result;
  });
}
