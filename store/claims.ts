/**
 * Claims: who writes a person or an account of a target right now. Each lasts for one request, by the database's clock,
 * and is nobody's any more once it has expired. Rows are always locked in the order of their subjects, so that two who
 * want the same people wait for each other instead of deadlocking.
 */
import { type RawBuilder, sql } from 'kysely';
import type { AccountId, OktaUserId } from '../domain/ids.ts';
import type { Store } from './connect.ts';

/** `person:00u...` or `account:...` */
export type ClaimSubject = `person:${string}` | `account:${string}`;

export const personSubject = (person: OktaUserId): ClaimSubject => `person:${person}`;
export const accountSubject = (account: AccountId): ClaimSubject => `account:${account}`;

/** A claim is current as long as the database has it with this token. */
export interface HeldClaim {
  readonly subject: ClaimSubject;
  readonly token: string;
}

/**
 * Claims whatever of these subjects is free or has expired.
 *
 * @param subjects each once, in any order
 * @returns the subjects that are claimed now; the value tells whether somebody's expired claim was taken over
 */
export async function claimSubjects(
  store: Store,
  target: string,
  token: string,
  subjects: readonly ClaimSubject[],
  leaseMs: number,
): Promise<Map<ClaimSubject, boolean>> {
  if (subjects.length === 0) return new Map();
  // `xmax` is 0 in a row that was inserted, and not in one that was updated.
  const { rows } = await sql<{ subject: ClaimSubject; is_taken_over: boolean }>`
    insert into claim as c (target, subject, token, expires_at)
    select ${target}, subject, ${token}, now() + make_interval(secs => ${leaseMs / 1_000})
    from unnest(${subjects}::text[]) as wanted (subject)
    order by subject collate "C"
    on conflict (target, subject) do update set token = excluded.token, expires_at = excluded.expires_at
      where c.expires_at <= now()
    returning subject, xmax <> 0 as is_taken_over`.execute(store);
  return new Map(rows.map(({ subject, is_taken_over }) => [subject, is_taken_over]));
}

/**
 * Gives back `ended` and looks whether these and `kept` were current; in a transaction, nobody takes them over before
 * its end.
 *
 * @returns those that somebody else has, or had, since
 */
export async function endClaims(
  store: Store,
  target: string,
  ended: readonly HeldClaim[],
  kept: readonly HeldClaim[],
): Promise<HeldClaim[]> {
  const all = [...ended, ...kept];
  if (all.length === 0) return [];
  const { rows } = await sql<HeldClaim>`
    with held as materialized (
      select * from unnest(${all.map(({ subject }) => subject)}::text[], ${all.map(({ token }) => token)}::text[],
        ${all.map((_, index) => index < ended.length)}::boolean[]) as held (subject, token, is_ended)
    ), current as materialized (
      select c.subject, c.token from claim c
      where c.target = ${target} and c.subject = any(array(select subject from held))
        and (c.subject, c.token) in (select subject, token from held)
      order by c.subject
      for update
    ), gone as (
      delete from claim c using current
      where c.target = ${target} and c.subject = current.subject and c.token = current.token
        and (c.subject, c.token) in (select subject, token from held where is_ended)
    )
    select subject, token from held where (subject, token) not in (select subject, token from current)`.execute(store);
  return rows;
}

/** Who took over an expired claim has these people looked at again, once nothing of the former holder can be under way. */
export async function verifyLater(
  store: Store,
  target: string,
  people: readonly OktaUserId[],
  afterMs: number,
): Promise<void> {
  if (people.length === 0) return;
  await sql`
    insert into due (kind, target, key, person_id, due_at)
    select 'verify', ${target}, 'person:' || person_id, person_id, now() + make_interval(secs => ${afterMs / 1_000})
    from unnest(${[...new Set(people)].sort()}::text[]) as page (person_id)
    on conflict (kind, target, key) do update set
      due_at = greatest(due.due_at, excluded.due_at), last_at = now()`.execute(store);
}

/** What is looked at again once a person is claimed, and not before: by then everybody else has said what they know. */
export interface Recheck {
  /** Versions and holds of those of whom anything was ever said. */
  readonly people: ReadonlyMap<OktaUserId, { readonly version: string; readonly hold: string | null }>;
  /** Changes that have got an outcome meanwhile. */
  readonly closed: ReadonlySet<number>;
  /** Who was written at this target by another plan since this one was made. */
  readonly written: ReadonlySet<OktaUserId>;
}

export async function recheckClaimed(
  store: Store,
  planId: string,
  people: readonly OktaUserId[],
  seqs: readonly number[],
): Promise<Recheck> {
  const { rows } = await sql<RecheckRow>`
    select 'person' as what, person_id, version, hold, null::integer as seq
    from subject where person_id = any(${people}::text[])
    union all
    select 'closed', null, null, null, seq from change
    where plan_id = ${planId} and seq = any(${seqs}::integer[]) and outcome is not null
    union all
    select 'written', person_id, null, null, null from (${writtenSince(planId, people)}) as written`.execute(store);
  const known: [OktaUserId, { version: string; hold: string | null }][] = [];
  const closed = new Set<number>();
  const written = new Set<OktaUserId>();
  for (const row of rows) {
    if (row.what === 'closed') closed.add(row.seq);
    else if (row.what === 'written') written.add(row.person_id);
    else known.push([row.person_id, { version: row.version, hold: row.hold }]);
  }
  return { people: new Map(known), closed, written };
}

/**
 * Of these, whom another plan has written at the same target since this one was made: what was not on record yet for this one
 * to see, whenever it was begun to be recorded. Most often no other run has been at work since, and then no change is looked
 * at: this is asked with each claim of a first load. Transactions are numbered anew where a backup was restored, so those of
 * long before are left out.
 */
const writtenSince = (planId: string, people: readonly OktaUserId[]): RawBuilder<unknown> => sql`
  with mine as materialized (select id, target, created_at, made_at_snapshot from plan where id = ${planId}),
  others as materialized (
    select p.id from mine join plan p on p.target = mine.target and p.id <> mine.id
    where p.run_id = any(array(
      select id from run where finished_at is null or finished_at > (select created_at from mine)))
  )
  select x.person_id from unnest(${people}::text[]) as x (person_id)
  where exists (select from others) and exists (
    select from mine join change c on c.person_id = x.person_id and c.plan_id in (select id from others)
    where c.outcome = 'applied' and c.finished_at > mine.created_at - interval '1 hour'
      and coalesce(not pg_visible_in_snapshot(c.recorded_in, mine.made_at_snapshot),
      c.finished_at > mine.created_at))`;

export async function isWrittenSince(store: Store, planId: string, person: OktaUserId): Promise<boolean> {
  const { rows } = await writtenSince(planId, [person]).execute(store);
  return rows.length > 0;
}

type RecheckRow =
  | {
      readonly what: 'person';
      readonly person_id: OktaUserId;
      readonly version: string;
      readonly hold: string | null;
    }
  | { readonly what: 'closed'; readonly seq: number }
  | { readonly what: 'written'; readonly person_id: OktaUserId };

/** Whether somebody writes this person or account right now. */
export async function isClaimed(store: Store, target: string, subject: ClaimSubject): Promise<boolean> {
  const { rows } = await sql`
    select 1 from claim where target = ${target} and subject = ${subject} and expires_at > now()`.execute(store);
  return rows.length > 0;
}
