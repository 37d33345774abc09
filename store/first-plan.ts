/** Whether a target has been let loose: its first plan was approved, or, in the sandbox, carried out. */
import { sql } from 'kysely';
import type { Store } from './connect.ts';

export async function hasFirstPlan(store: Store, target: string): Promise<boolean> {
  const row = await store
    .selectFrom('target_state')
    .select('first_plan_at')
    .where('target', '=', target)
    .executeTakeFirst();
  return row?.first_plan_at != null;
}

export async function markFirstPlan(store: Store, target: string): Promise<void> {
  await store
    .insertInto('target_state')
    .values({ target, first_plan_at: sql`now()` })
    .onConflict((conflict) =>
      conflict
        .column('target')
        .doUpdateSet({ first_plan_at: sql`coalesce(target_state.first_plan_at, excluded.first_plan_at)` }),
    )
    .execute();
}
