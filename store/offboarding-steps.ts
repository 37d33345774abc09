/** The evidence of an offboarding: what became of each step. */
import { type Selectable, sql } from 'kysely';
import type { OffboardingStep, StepState } from '../domain/offboarding.ts';
import type { Store } from './connect.ts';
import type { Database } from './schema.ts';

export type StepRow = Selectable<Database['offboarding_step']>;

/** Looking again may find something else; nothing is done by it. */
const observations: readonly OffboardingStep[] = ['confirm', 'find-others', 'find-master'];

export interface Step {
  /** `okta`, or a target. */
  readonly system: string;
  readonly step: OffboardingStep;
  readonly state: StepState;
  /** A code without personal data. */
  readonly detail?: string | undefined;
  readonly requestId?: string | undefined;
}

/**
 * What was done stays as it is told, whoever finds it done again; what failed gives way to what came later. What is only
 * seen is told as it was seen last, from when it has been so.
 */
export async function recordStep(store: Store, offboardingId: string, step: Step): Promise<void> {
  await store
    .insertInto('offboarding_step')
    .values({
      offboarding_id: offboardingId,
      system: step.system,
      step: step.step,
      state: step.state,
      detail: step.detail ?? null,
      vendor_request_id: step.requestId ?? null,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['offboarding_id', 'system', 'step'])
        .doUpdateSet(({ ref }) => ({
          state: ref('excluded.state'),
          at: sql<Date>`clock_timestamp()`,
          detail: ref('excluded.detail'),
          vendor_request_id: ref('excluded.vendor_request_id'),
        }))
        .where(({ or, and, eb, ref }) =>
          or([
            eb('offboarding_step.state', '=', 'failed'),
            and([
              eb('offboarding_step.step', 'in', observations),
              or([
                eb('offboarding_step.detail', 'is distinct from', ref('excluded.detail')),
                eb(ref('excluded.state'), '=', 'failed'),
              ]),
            ]),
          ]),
        ),
    )
    .execute();
}

/** Detail of a failed step that may have taken effect all the same. */
export const answerLost = 'answer-lost';

/** What a system refused, and what it says is so by now: done by a try whose answer was lost, or by whoever it was. */
export async function endRefused(store: Store, offboardingId: string, system: string): Promise<void> {
  await store
    .updateTable('offboarding_step')
    .set({
      state: sql<StepState>`case when detail = ${answerLost} then 'done' else 'already-so' end`,
      detail: sql<string | null>`case when detail = ${answerLost} then 'found-after-lost-answer' end`,
      vendor_request_id: sql<string | null>`case when detail = ${answerLost} then vendor_request_id end`,
      at: sql<Date>`clock_timestamp()`,
    })
    .where('offboarding_id', '=', offboardingId)
    .where('system', '=', system)
    .where('state', '=', 'failed')
    .execute();
}

export const stepsOf = (store: Store, offboardingId: string): Promise<StepRow[]> =>
  store.selectFrom('offboarding_step').selectAll().where('offboarding_id', '=', offboardingId).orderBy('at').execute();
