/** Requests, which are put in force or wait to be confirmed: beside the one in force, if they ask for more than that. */
import type { Insertable, Selectable } from 'kysely';
import type { Limit } from '../domain/guard.ts';
import type { OktaUserId } from '../domain/ids.ts';
import { asksForMore, type CommandAnswer, type OffboardingCommand, type OktaAction } from '../domain/offboarding.ts';
import type { Store } from './connect.ts';
import { databaseNow } from './database-clock.ts';
import { hasPlaceToday, tookPlaceToday } from './offboarding-limit.ts';
import type { Database } from './schema.ts';

export type OffboardingRow = Selectable<Database['offboarding']>;

/** The instant that a request takes effect at, worked out from the time that it says. */
export interface Resolved {
  readonly at: Date;
  readonly local?: string;
  readonly zone?: string;
}

export interface NewOffboarding {
  readonly id: string;
  readonly okta: OktaAction;
  /** Of a request; absent when it says no time: at once, by the clock of the database. */
  readonly effective?: Resolved;
  /** How many may be ordered in a day before each further one is to be confirmed; absent: any number. */
  readonly limit?: Limit;
}

/** The one that is in force, else the one that waits to be confirmed. */
export async function openOffboarding(store: Store, person: OktaUserId): Promise<OffboardingRow | undefined> {
  const { inForce, waiting } = await openOnes(store, person);
  return inForce ?? waiting;
}

export interface OpenOnes {
  /** Scheduled or in effect. */
  readonly inForce: OffboardingRow | undefined;
  /** Beside one in force it is a change of that one. */
  readonly waiting: OffboardingRow | undefined;
}

export async function openOnes(store: Store, person: OktaUserId): Promise<OpenOnes> {
  const rows = await store
    .selectFrom('offboarding')
    .selectAll()
    .where('person_id', '=', person)
    .where('ended_at', 'is', null)
    .execute();
  return {
    inForce: rows.find(({ state }) => state !== 'unconfirmed'),
    waiting: rows.find(({ state }) => state === 'unconfirmed'),
  };
}

type Request = Extract<OffboardingCommand, { readonly kind: 'request' }>;
/** What a request says. */
type Ordered = Pick<
  Insertable<Database['offboarding']>,
  'seq' | 'effective_at' | 'is_at_once' | 'effective_local' | 'zone' | 'okta' | 'reason' | 'ticket'
>;

/** Puts it in force where nobody has to confirm it or it has a place within the limit; else it waits. */
export async function takeRequest(
  tx: Store,
  person: OktaUserId,
  command: Request,
  seq: number,
  { id, okta, effective, limit }: NewOffboarding,
  { inForce, waiting }: OpenOnes,
): Promise<CommandAnswer> {
  const now = await databaseNow(tx);
  const ordered: Ordered = {
    seq: String(seq),
    effective_at: effective?.at ?? now,
    is_at_once: effective === undefined,
    effective_local: effective?.local ?? null,
    zone: effective?.zone ?? null,
    okta,
    reason: command.reason,
    ticket: command.ticket ?? null,
  };
  const isConfirmed = command.orderedBy === 'operator';
  const isMore =
    !inForce ||
    asksForMore(
      { state: inForce.state, effectiveAtMs: inForce.effective_at.getTime(), okta: inForce.okta },
      { atMs: effective?.at.getTime(), okta },
      now.getTime(),
    );
  const place = isConfirmed || !isMore ? 'not-needed' : waiting ? 'none' : await placeFor(tx, person, limit, inForce);
  const counted = place === 'taken' ? { counted_at: now } : {};
  if (inForce && place !== 'none') {
    if (waiting) await removeWaiting(tx, waiting);
    await change(tx, inForce, ordered, counted);
    return 'accepted';
  }
  const state = place === 'none' ? 'unconfirmed' : 'scheduled';
  if (waiting)
    await tx
      .updateTable('offboarding')
      .set({ ...ordered, state })
      .where('id', '=', waiting.id)
      .execute();
  else
    await tx
      .insertInto('offboarding')
      .values({
        id,
        person_id: person,
        state,
        received_at: command.receivedAt,
        found_by: command.foundBy ?? null,
        counted_at: null,
        ...ordered,
        ...counted,
      })
      .execute();
  return place === 'none' ? 'above-limit' : 'accepted';
}

/** Of an order that nobody has confirmed. A change needs no place on the day that the person took one. */
async function placeFor(
  tx: Store,
  person: OktaUserId,
  limit: Limit | undefined,
  inForce: OffboardingRow | undefined,
): Promise<'not-needed' | 'taken' | 'none'> {
  if (inForce && (limit === undefined || (await tookPlaceToday(tx, person)))) return 'not-needed';
  return limit === undefined || (await hasPlaceToday(tx, person, limit)) ? 'taken' : 'none';
}

/** What is in effect stays so; a later order can only ask for more at Okta. */
async function change(
  tx: Store,
  { id, state, okta }: OffboardingRow,
  { seq, effective_at, is_at_once, effective_local, zone, okta: wanted, reason, ticket }: Ordered,
  counted: { readonly counted_at?: Date } = {},
): Promise<void> {
  const ordered = { seq, effective_at, is_at_once, effective_local, zone, okta: wanted, reason, ticket };
  await tx
    .updateTable('offboarding')
    .set({
      ...(state === 'in-effect' ? { seq, okta: wanted === 'deactivate' ? wanted : okta } : ordered),
      ...counted,
    })
    .where('id', '=', id)
    .execute();
}

/** Of one that waits: it was withdrawn, or has become part of the one in force. Its commands stay on record. */
export const removeWaiting = (tx: Store, { id }: OffboardingRow) =>
  tx.deleteFrom('offboarding').where('id', '=', id).execute();

/** Of the order that whoever confirms saw, and of no later one. */
export async function confirmWaiting(tx: Store, person: OktaUserId, seq: number): Promise<CommandAnswer> {
  const { inForce, waiting } = await openOnes(tx, person);
  if (!waiting) return 'nothing-to-confirm';
  if (Number(waiting.seq) !== seq) return 'outdated';
  if (inForce) {
    await removeWaiting(tx, waiting);
    await change(tx, inForce, waiting);
  } else await tx.updateTable('offboarding').set({ state: 'scheduled' }).where('id', '=', waiting.id).execute();
  return 'accepted';
}

/** What waits to be confirmed and would change nothing any more. */
export async function removeMoot(tx: Store, person: OktaUserId): Promise<void> {
  const { inForce, waiting } = await openOnes(tx, person);
  if (!waiting || inForce?.state !== 'in-effect') return;
  if (waiting.okta === 'suspend' || inForce.okta === 'deactivate') await removeWaiting(tx, waiting);
}
