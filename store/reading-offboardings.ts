/** What the reader shows of offboardings: orders, commands and evidence. */
import { sql } from 'kysely';
import type { OktaUserId } from '../domain/ids.ts';
import type { ListedStanding } from '../domain/offboarding.ts';
import type { Store } from './connect.ts';
import type { OffboardingCommandRow } from './offboarding-commands.ts';
import type { OffboardingRow } from './offboarding-requests.ts';
import type { StepRow } from './offboarding-steps.ts';
import type { AuditRow } from './reading-people.ts';

export interface OffboardingFilter {
  readonly state?: ListedStanding;
  /** Okta id. */
  readonly person?: string;
  readonly limit: number;
}

/** Newest first. */
export async function listOffboardings(store: Store, filter: OffboardingFilter): Promise<OffboardingRow[]> {
  const { state, person, limit } = filter;
  let query = store
    .selectFrom('offboarding')
    .selectAll()
    .orderBy('received_at', 'desc')
    .orderBy('seq', 'desc')
    .limit(limit);
  if (state === 'under-way' || state === 'complete')
    query = query.where('state', '=', 'in-effect').where('completed_at', state === 'complete' ? 'is not' : 'is', null);
  else if (state !== undefined) query = query.where('state', '=', state);
  if (person !== undefined) query = query.where('person_id', '=', person as OktaUserId);
  return query.execute();
}

export const offboardingById = (store: Store, id: string): Promise<OffboardingRow | undefined> =>
  store.selectFrom('offboarding').selectAll().where('id', '=', id).executeTakeFirst();

/** Numbers of commands rise from one offboarding of a person to their next. */
export const latestOffboardingOf = (store: Store, person: string): Promise<OffboardingRow | undefined> =>
  store
    .selectFrom('offboarding')
    .selectAll()
    .where('person_id', '=', person as OktaUserId)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();

export async function stepsOfAll(store: Store, ids: readonly string[]): Promise<StepRow[]> {
  if (ids.length === 0) return [];
  return store
    .selectFrom('offboarding_step')
    .selectAll()
    .where('offboarding_id', 'in', ids)
    .orderBy('at')
    .orderBy('step')
    .execute();
}

/** In the order in which they were taken. */
export const commandsAbout = (store: Store, person: string): Promise<OffboardingCommandRow[]> =>
  store
    .selectFrom('offboarding_command')
    .selectAll()
    .where('person_id', '=', person as OktaUserId)
    .orderBy('taken_at')
    .orderBy('seq')
    .execute();

/**
 * Commands from the end of the person's offboarding before this one to the end of this one, or until now if it is their
 * newest: so each is told with one offboarding, those that came late or had nothing to end as well.
 */
export async function commandsOf(store: Store, offboarding: OffboardingRow): Promise<OffboardingCommandRow[]> {
  const [all, own] = await Promise.all([
    commandsAbout(store, offboarding.person_id),
    store
      .selectFrom('offboarding')
      .select(['id', 'ended_at'])
      .where('person_id', '=', offboarding.person_id)
      .orderBy('seq')
      .execute(),
  ]);
  const place = own.findIndex(({ id }) => id === offboarding.id);
  // A change that waits stands beside the one in force, which has not ended.
  const before = own.slice(0, place).findLast(({ ended_at }) => ended_at !== null)?.ended_at;
  const until = place === own.length - 1 ? null : offboarding.ended_at;
  return all.filter(({ taken_at }) => !(before && taken_at <= before) && !(until && taken_at > until));
}

export interface OrderNotTaken {
  /** As its sender has it. */
  readonly command: string;
  readonly answer: 'unclear' | 'outdated';
}

/**
 * Of these offboardings, those that are the newest of a person about whom the last order was not taken although it may be
 * meant: unclear, or an outdated one to offboard somebody who keeps their access. Any order that is taken later settles it.
 */
export async function ordersNotTaken(store: Store, ids: readonly string[]): Promise<Map<string, OrderNotTaken>> {
  const { rows } = await sql<{ id: string } & OrderNotTaken>`
    select o.id, last.command_id as command, last.answer from offboarding o
    cross join lateral (
      select c.command_id, c.answer, c.kind from offboarding_command c where c.person_id = o.person_id
      order by c.taken_at desc limit 1
    ) last
    where o.id = any(${[...ids]}::text[])
      and (last.answer = 'unclear' or last.answer = 'outdated' and last.kind = 'request' and o.ended_at is not null)
      and not exists (select from offboarding later where later.person_id = o.person_id and later.seq > o.seq)`.execute(
    store,
  );
  return new Map(rows.map(({ id, command, answer }) => [id, { command, answer }]));
}

/** By the id of each of these offboardings that would change another when it is confirmed: that other one. */
export async function inForceBeside(
  store: Store,
  rows: readonly OffboardingRow[],
): Promise<ReadonlyMap<string, OffboardingRow>> {
  const waiting = rows.filter(({ state }) => state === 'unconfirmed');
  if (waiting.length === 0) return new Map();
  const others = await store
    .selectFrom('offboarding')
    .selectAll()
    .where(
      'person_id',
      'in',
      waiting.map(({ person_id }) => person_id),
    )
    .where('ended_at', 'is', null)
    .where('state', '<>', 'unconfirmed')
    .execute();
  const byPerson = new Map(others.map((row) => [row.person_id, row]));
  return new Map(
    waiting.flatMap(({ id, person_id }) => {
      const other = byPerson.get(person_id);
      return other ? [[id, other] as const] : [];
    }),
  );
}

/** Entries of these chains, in the order in which they were written. */
export async function auditOfChains(store: Store, runIds: readonly string[], limit: number): Promise<AuditRow[]> {
  if (runIds.length === 0) return [];
  return store.selectFrom('audit').selectAll().where('run_id', 'in', runIds).orderBy('id').limit(limit).execute();
}

/** Since when the person is held, and by what; undefined when they are not. */
export async function holdOf(store: Store, person: string): Promise<{ hold: string; since: Date } | undefined> {
  const row = await store
    .selectFrom('subject')
    .select(['hold', 'held_since'])
    .where('person_id', '=', person as OktaUserId)
    .executeTakeFirst();
  return row?.hold != null && row.held_since ? { hold: row.hold, since: row.held_since } : undefined;
}
