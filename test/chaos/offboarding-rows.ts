/** What Lockstep has written down of offboardings, as evidence. */
import { type Kysely, sql } from 'kysely';
import type { Evidence, Offboarding, OffboardingStep, StoredCommand } from './evidence.ts';

type Rows = Pick<Evidence, 'offboardings' | 'steps' | 'commands'>;

export async function offboardingRows<T>(store: Kysely<T>): Promise<Rows> {
  return { offboardings: await offboardings(store), steps: await steps(store), commands: await commands(store) };
}

async function offboardings<T>(store: Kysely<T>): Promise<Offboarding[]> {
  const { rows } = await sql<Record<keyof Offboarding, string | Date | null>>`
    select id, person_id as person, state, okta, effective_at as "effectiveAt", in_effect_at as "inEffectAt",
      completed_at as "completedAt", ended_at as "endedAt"
    from offboarding order by received_at`.execute(store);
  return rows.map(({ id, person, state, okta, ...row }) => ({
    id: String(id),
    person: String(person),
    state: String(state),
    okta: String(okta),
    effectiveAt: instant(row.effectiveAt) ?? 0,
    inEffectAt: instant(row.inEffectAt),
    completedAt: instant(row.completedAt),
    endedAt: instant(row.endedAt),
  }));
}

const instant = (value: string | Date | null): number | undefined =>
  value instanceof Date ? value.getTime() : undefined;

async function steps<T>(store: Kysely<T>): Promise<OffboardingStep[]> {
  const { rows } = await sql<Omit<OffboardingStep, 'at'> & { at: Date }>`
    select offboarding_id as offboarding, system, step, state, at, detail from offboarding_step order by at`.execute(
    store,
  );
  return rows.map((row) => ({ ...row, at: row.at.getTime() }));
}

async function commands<T>(store: Kysely<T>): Promise<StoredCommand[]> {
  const { rows } = await sql<Omit<StoredCommand, 'seq'> & { seq: string }>`
    select command_id as id, person_id as person, seq, kind, answer from offboarding_command order by taken_at`.execute(
    store,
  );
  return rows.map((row) => ({ ...row, seq: Number(row.seq) }));
}
