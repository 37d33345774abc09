/** Offboardings as they were ordered and as they stand, and the hold that goes with one in effect. */
import { sql } from 'kysely';
import type { OktaUserId } from '../domain/ids.ts';
import {
  type CommandAnswer,
  effectOf,
  type NumberedCommand,
  type OffboardingCommand,
  type OffboardingState,
  type OktaAction,
  wordingOf,
} from '../domain/offboarding.ts';
import { recordCommand } from './audit.ts';
import type { Store } from './connect.ts';
import { inTransaction } from './in-transaction.ts';
import { cameBefore, chainOfCommand, commandsBefore } from './offboarding-commands.ts';
import {
  confirmWaiting,
  type NewOffboarding,
  type OffboardingRow,
  openOffboarding,
  openOnes,
  removeMoot,
  removeWaiting,
  takeRequest,
} from './offboarding-requests.ts';
import { raiseVersion } from './subjects.ts';

/** Nobody else changes anything about this person's offboarding until the transaction ends. */
const lockPerson = (tx: Store, person: OktaUserId) =>
  sql`select pg_advisory_xact_lock(hashtextextended(${`lockstep offboarding ${person}`}, 0))`.execute(tx);

/**
 * Takes one command: records it with its answer, and in the same transaction what it does. A repeated one changes nothing.
 *
 * @param targets where the person is planned again when a hold ends
 */
export async function takeCommand(
  store: Store,
  person: OktaUserId,
  command: OffboardingCommand,
  make: NewOffboarding,
  targets: readonly string[],
): Promise<CommandAnswer> {
  return inTransaction(store, async (tx) => {
    await lockPerson(tx, person);
    const before = await commandsBefore(tx, person, command.id);
    const { highest, underItsId } = before;
    const known = cameBefore(command, before, (await openOffboarding(tx, person))?.state);
    if (known === 'yes') return 'repeated';
    const { seq, answer } =
      known === 'no'
        ? await takeNew(tx, person, command, highest, make, targets)
        : { seq: Number(known.unclear.seq), answer: 'unclear' as const };
    const nth = underItsId.length + 1;
    await tx
      .insertInto('offboarding_command')
      .values({
        person_id: person,
        command_id: command.id,
        seq: String(seq),
        kind: command.kind,
        answer,
        reason: command.reason,
        ticket: command.ticket ?? null,
        nth,
        wording: wordingOf(command),
        received_at: command.receivedAt,
        ordered_by: command.by ?? null,
      })
      .execute();
    await recordCommand(tx, {
      runId: chainOfCommand({ person_id: person, command_id: command.id, nth }),
      kind: auditKinds[command.kind],
      target: 'all',
      person,
      reason: command.reason,
      ...(command.ticket === undefined ? {} : { ticket: command.ticket }),
      detail: command.by === undefined ? answer : `${answer} by:${command.by}`,
      outcome: answer === 'accepted' ? 'applied' : answer === 'above-limit' ? 'waiting' : 'unchanged',
    });
    return answer;
  });
}

const auditKinds = {
  request: 'offboard',
  cancel: 'cancel-offboard',
  release: 'release',
  confirm: 'confirm-offboarding',
} as const;

interface Taken {
  readonly seq: number;
  readonly answer: CommandAnswer;
}

async function takeNew(
  tx: Store,
  person: OktaUserId,
  command: OffboardingCommand,
  highest: number,
  make: NewOffboarding,
  targets: readonly string[],
): Promise<Taken> {
  if (command.kind !== 'confirm') return takeInOrder(tx, person, command, highest, make, targets);
  return { seq: Math.min(command.seq, highest), answer: await confirmWaiting(tx, person, command.seq) };
}

async function takeInOrder(
  tx: Store,
  person: OktaUserId,
  command: NumberedCommand,
  highest: number,
  make: NewOffboarding,
  targets: readonly string[],
): Promise<Taken> {
  const seq = command.seq ?? highest + 1;
  return { seq, answer: seq <= highest ? 'outdated' : await carryOut(tx, person, command, seq, make, targets) };
}

async function carryOut(
  tx: Store,
  person: OktaUserId,
  command: NumberedCommand,
  seq: number,
  make: NewOffboarding,
  targets: readonly string[],
): Promise<CommandAnswer> {
  const open = await openOnes(tx, person);
  const effect = effectOf((open.inForce ?? open.waiting)?.state, command);
  if (effect === 'nothing') return 'nothing-to-end';
  if (command.kind === 'request') return takeRequest(tx, person, command, seq, make, open);
  if (open.inForce && open.waiting) await removeWaiting(tx, open.waiting);
  await endOffboarding(tx, person, command.kind === 'cancel' ? 'cancelled' : 'released', seq, targets);
  return 'accepted';
}

async function endOffboarding(
  tx: Store,
  person: OktaUserId,
  state: OffboardingState,
  seq: number,
  targets: readonly string[],
): Promise<void> {
  await tx
    .updateTable('offboarding')
    .set({ state, seq: String(seq), ended_at: sql<Date>`now()` })
    .where('person_id', '=', person)
    .where('ended_at', 'is', null)
    .execute();
  const { numUpdatedRows } = await tx
    .updateTable('subject')
    .set({ hold: null, held_since: null })
    .where('person_id', '=', person)
    .where('hold', 'is not', null)
    .executeTakeFirst();
  if (numUpdatedRows > 0n) await raiseVersion(tx, [person], 'released', targets);
}

export interface TakeEffectOptions {
  /** The grace; absent: they stay suspended. */
  readonly deactivateAfterMs?: number;
  /**
   * Until when every command is known by now; what is due later may have been withdrawn. Absent: until now. It says nothing
   * of an order without a time, which is due as soon as it is taken.
   */
  readonly dueBy?: Date;
}

/**
 * Sets the hold when the time has come, by the database's clock: from now on nothing gives this person access, and what
 * was planned to give it is stale. Who is suspended at Okta then is to be deactivated there once the grace is over.
 */
export async function takeEffectIfDue(
  store: Store,
  person: OktaUserId,
  targets: readonly string[],
  { deactivateAfterMs, dueBy }: TakeEffectOptions = {},
): Promise<OffboardingRow | undefined> {
  return inTransaction(store, async (tx) => {
    await lockPerson(tx, person);
    const { numUpdatedRows } = await tx
      .updateTable('offboarding')
      .set({
        state: 'in-effect',
        in_effect_at: sql<Date>`clock_timestamp()`,
        deactivate_at:
          deactivateAfterMs === undefined
            ? null
            : sql<Date>`clock_timestamp() + ${deactivateAfterMs}::bigint * interval '1 millisecond'`,
      })
      .where('person_id', '=', person)
      .where('ended_at', 'is', null)
      .where('state', '=', 'scheduled')
      .where(isDue(dueBy))
      .executeTakeFirst();
    if (numUpdatedRows > 0n) {
      await sql`
        insert into subject (person_id, hold, held_since) values (${person}, 'offboarding', now())
        on conflict (person_id) do update set hold = excluded.hold, held_since = excluded.held_since`.execute(tx);
      await raiseVersion(tx, [person], 'offboarded', targets);
    }
    await tx
      .updateTable('offboarding')
      .set({ okta: 'deactivate' })
      .where('person_id', '=', person)
      .where(isGraceOver)
      .execute();
    await removeMoot(tx, person);
    return openOffboarding(tx, person);
  });
}

/** Whether this offboarding is in effect, and takes just this at Okta. */
export async function isOrdered(store: Store, id: string, okta: OktaAction): Promise<boolean> {
  const row = await store
    .selectFrom('offboarding')
    .select('id')
    .where('id', '=', id)
    .where('state', '=', 'in-effect')
    .where('ended_at', 'is', null)
    .where('okta', '=', okta)
    .executeTakeFirst();
  return row !== undefined;
}

const isDue = (dueBy: Date | undefined) => sql<boolean>`
  (is_at_once or effective_at <= least(clock_timestamp(), ${dueBy ?? null}::timestamptz))`;

const isGraceOver = sql<boolean>`
  state = 'in-effect' and ended_at is null and okta = 'suspend' and deactivate_at <= clock_timestamp()`;

/** People who were suspended at Okta and are to be deactivated there by now, the longest waiting first. */
export async function dueAtOkta(store: Store, limit: number): Promise<OktaUserId[]> {
  const rows = await store
    .selectFrom('offboarding')
    .select('person_id')
    .where(isGraceOver)
    .orderBy('deactivate_at')
    .limit(limit)
    .execute();
  return rows.map(({ person_id }) => person_id);
}

/** Of one that waits: works its instant out anew. */
export async function reschedule(
  store: Store,
  person: OktaUserId,
  resolve: (local: string, zone: string) => Date,
): Promise<void> {
  const open = await openOffboarding(store, person);
  if (open?.state !== 'scheduled' || open.effective_local === null || open.zone === null) return;
  const at = resolve(open.effective_local, open.zone);
  if (at.getTime() === open.effective_at.getTime()) return;
  await store
    .updateTable('offboarding')
    .set({ effective_at: at })
    .where('id', '=', open.id)
    .where('state', '=', 'scheduled')
    .where('seq', '=', open.seq)
    .execute();
}

/** Offboardings of a person that were cancelled or released before all was done, whose runs nobody has ended. */
export async function endedWithOpenRun(store: Store, person: OktaUserId): Promise<string[]> {
  const rows = await store
    .selectFrom('offboarding as o')
    .innerJoin('run as r', 'r.id', 'o.id')
    .select('o.id')
    .where('o.person_id', '=', person)
    .where('o.ended_at', 'is not', null)
    .where('r.finished_at', 'is', null)
    .execute();
  return rows.map(({ id }) => id);
}

export async function completeOffboarding(store: Store, id: string): Promise<void> {
  await store
    .updateTable('offboarding')
    .set({ completed_at: sql<Date>`clock_timestamp()` })
    .where('id', '=', id)
    .where('completed_at', 'is', null)
    .execute();
}
