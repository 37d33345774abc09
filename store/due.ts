/**
 * The schedule of what could not be done: one row per parked change, until it was done or is wanted no more. Between two
 * tries a change is stopped instead of sent again by every run; a removal is never given up.
 */
import { type RawBuilder, type Selectable, sql } from 'kysely';
import { type ChangeKind, type Reason, removalKinds } from '../domain/change.ts';
import type { OktaUserId } from '../domain/ids.ts';
import { retryHours } from '../domain/retry-hours.ts';
import { mark } from './changed-people.ts';
import type { Store } from './connect.ts';
import { inTransaction } from './in-transaction.ts';
import { queueNotice } from './notices.ts';
import type { Database } from './schema.ts';
import { buildsOn, isOrdered } from './stopping.ts';

export type DueRow = Selectable<Database['due']>;

/** What waits for an account or group that could not be made: it follows that one's schedule and has none of its own. */
const dependentDetails = ['account-not-linked', 'group-not-linked'];

/**
 * Names the subject of change `c`: kind, person, group, account. An account that was only found on the way is left out,
 * since the next plan does not know it yet.
 */
const keyOfChange = sql<string>`concat_ws('|', c.kind, coalesce(c.person_id, ''), coalesce(c.group_id, ''),
  case when c.kind in ('create-account', 'add-member') then '' else coalesce(c.account_id, '') end)`;

/** By the hours of the schedule; a person whom somebody else was writing is free again in a moment. */
const waitAfter = (tries: RawBuilder<unknown>): RawBuilder<unknown> => sql`
  case when c.detail = 'person-busy' and ${tries} = 1 then interval '1 minute'
    else (${retryHours}::int[])[least(${tries}, ${retryHours.length}::int)] * interval '1 hour' end`;

export interface SettleOptions {
  /** Whether the plan was made for everybody and everything, so that what it does not list is not wanted any more. */
  readonly isWhole: boolean;
  /** Of a restricted plan: for whom it was made. What it does not list of them is not wanted any more. */
  readonly people?: readonly OktaUserId[];
}

/**
 * At the end of a run: puts what it parked on the schedule, or back to a later time, and takes off what was done or is
 * planned no more. Repeating it changes nothing. @returns how many changes it parked
 */
export async function settleParked(store: Store, planId: string, options: SettleOptions): Promise<number> {
  return inTransaction(store, async (tx) => {
    const parked = await schedule(tx, planId);
    await dropDone(tx, planId);
    await dropUnplanned(tx, planId, options);
    const failed = parked.filter(({ is_new, change_kind }) => is_new && removalKinds.has(change_kind));
    const [first] = failed;
    if (first) await queueNotice(tx, { kind: 'removals-failed', target: first.target, planId, count: failed.length });
    return parked.length;
  });
}

async function schedule(
  store: Store,
  planId: string,
): Promise<{ target: string; change_kind: ChangeKind; is_new: boolean }[]> {
  // A run counts once, though both of its plans may park the same. What this plan, or the later one of its run, has
  // refreshed already stays as it is. `xmax` is 0 in a row that was inserted.
  const sameRun = sql`select from plan earlier join plan later on later.run_id = earlier.run_id
    where earlier.id = due.plan_id and later.id = excluded.plan_id`;
  const tries = sql`(due.tries + case when exists (${sameRun}) then 0 else 1 end)`;
  const { rows } = await sql<{ target: string; change_kind: ChangeKind; is_new: boolean }>`
    insert into due (kind, target, key, change_kind, person_id, group_id, account_id, plan_id, seq, detail,
      vendor_request_id, tries, due_at)
    select distinct on (p.target, key) 'retry', p.target, key, c.kind, c.person_id, c.group_id, c.account_id, c.plan_id, c.seq,
      c.detail, c.vendor_request_id, 1, now() + ${waitAfter(sql`1`)}
    from change c join plan p on p.id = c.plan_id cross join lateral (select ${keyOfChange} as key) as k
    where c.plan_id = ${planId} and c.outcome = 'parked' and c.stopped_by is distinct from 'notDue'
    on conflict (kind, target, key) do update set
      plan_id = excluded.plan_id, seq = excluded.seq, account_id = excluded.account_id, detail = excluded.detail,
      vendor_request_id = excluded.vendor_request_id, tries = ${tries}, last_at = now(),
      due_at = now() + (select ${waitAfter(tries)} from (select excluded.detail) as c)
    where not exists (${sameRun} and earlier.created_at >= later.created_at)
    returning target, change_kind, xmax = 0 as is_new`.execute(store);
  return rows;
}

async function dropDone(store: Store, planId: string): Promise<void> {
  await sql`
    delete from due d using change c, plan p
    where c.plan_id = ${planId} and p.id = c.plan_id and c.outcome in ('applied', 'unchanged')
      and d.kind = 'retry' and d.target = p.target and d.key = ${keyOfChange}`.execute(store);
}

/** A reading that is not complete plans no removal by inference, which does not mean that none is wanted. */
async function dropUnplanned(store: Store, planId: string, { isWhole, people = [] }: SettleOptions): Promise<void> {
  await sql`
    delete from due d using plan p
    where p.id = ${planId} and p.finished_at is not null and d.kind = 'retry' and d.target = p.target
      and (${isWhole} or d.person_id = any(${people}::text[]))
      and not exists (select from change c where c.plan_id = p.id and ${keyOfChange} = d.key)
      and (not d.change_kind = any(${[...removalKinds]}::text[]) or (
        (select bool_and(s.is_complete) from snapshot s where s.id in (p.source_snapshot, p.target_snapshot))
        and not exists (select from okta_group g where g.id = d.group_id and g.is_doubtful)))`.execute(store);
}

/**
 * Keeps changes of a fresh plan from being sent again before their next try: they are parked as they were, with the
 * detail of the last try, and what builds on them with them. Not stopped is what differs from the change that failed, since
 * somebody may have mended it, and what was approved after the last try. @returns how many are stopped
 */
export async function stopNotDue(store: Store, planId: string): Promise<number> {
  const stopped = await sql`
    update change c set stopped_by = 'notDue', outcome = 'parked', detail = d.detail, vendor_request_id = d.vendor_request_id
    from due d, plan p
    where c.plan_id = ${planId} and p.id = c.plan_id and c.outcome is null and c.stopped_by is null and c.approved_by is null
      and not ${isOrdered} and d.kind = 'retry' and d.target = p.target and d.key = ${keyOfChange} and d.due_at > now()
      and not coalesce(d.detail, '') = any(${dependentDetails}::text[])
      and not exists (select from change failed where failed.plan_id = d.plan_id and failed.seq = d.seq
        and failed.fingerprint <> c.fingerprint)
      and not exists (select from approval a join change listed on listed.plan_id = a.plan_id
        where a.target = p.target and a.state = 'approved' and a.valid_until > now()
          and listed.fingerprint = c.fingerprint and listed.outcome is null)`.execute(store);
  const dependent = await sql`
    update change c set stopped_by = 'notDue', outcome = 'parked', detail = base.detail, approved_by = null
    from change base
    where base.plan_id = ${planId} and base.stopped_by = 'notDue'
      and ${buildsOn} and c.outcome is null and c.stopped_by is null`.execute(store);
  return Number(stopped.numAffectedRows ?? 0n) + Number(dependent.numAffectedRows ?? 0n);
}

/** How long a run may take to get to what it was asked for before it is asked again. */
const askedMinutes = 15;

/** Due, and not asked for since it is due, or so long ago that the run must have passed it over. */
const isToBeAskedFor = sql<boolean>`
  d.due_at <= now() and (d.last_at <= d.due_at or d.last_at <= now() - make_interval(mins => ${askedMinutes}))`;

/** Targets with something due or with people marked as changed, but for paused ones. */
export async function targetsWithDueWork(store: Store): Promise<string[]> {
  const { rows } = await sql<{ target: string }>`
    select target from (
      select d.target from due d where ${isToBeAskedFor} union select target from changed_person
    ) as work
    where not exists (select from target_state s where s.target = work.target and s.paused_at is not null)
    order by target`.execute(store);
  return rows.map(({ target }) => target);
}

export interface MarkedDue {
  /** Some of it is about no person: only a run for everything covers that. */
  readonly needsWholeRun: boolean;
  /** By the database's clock, for `noteAsked`. */
  readonly asOf: Date;
}

/** Marks the people of all that is due at a target as changed. Rows stay until a run has settled them. */
export async function markDue(store: Store, target: string): Promise<MarkedDue> {
  return inTransaction(store, async (tx) => {
    await mark(
      tx,
      sql`select d.target, d.person_id, d.kind as why from due d where d.target = ${target} and ${isToBeAskedFor}`,
    );
    // What is to be verified is done by planning the person again, which the mark now asks for.
    await sql`
      delete from due where target = ${target} and kind = 'verify' and due_at <= now() and person_id is not null`.execute(
      tx,
    );
    const { rows } = await sql<{ needs_whole_run: boolean; as_of: Date }>`
      select exists (select from due d where d.target = ${target} and d.person_id is null and ${isToBeAskedFor})
        as needs_whole_run, now() as as_of`.execute(tx);
    const [row] = rows;
    return { needsWholeRun: row?.needs_whole_run ?? false, asOf: row?.as_of ?? new Date(0) };
  });
}

/** After a run was asked for: what was due by then is not asked for again in a hurry. */
export async function noteAsked(store: Store, target: string, { asOf }: MarkedDue): Promise<void> {
  await sql`update due set last_at = now() where target = ${target} and due_at <= ${asOf}`.execute(store);
}

export interface RetryChoice {
  /** Ids of rows; all when absent. */
  readonly ids?: readonly string[];
  readonly target?: string;
}

/**
 * Makes parked changes due now, with whatever else is parked of the same people, who are planned as a whole.
 * @returns how many, by target
 */
export async function retryNow(store: Store, { ids, target }: RetryChoice): Promise<Map<string, number>> {
  const { rows } = await sql<{ target: string; count: string }>`
    with chosen as (
      select id, target, person_id from due where kind = 'retry'
        and (${ids === undefined} or id::text = any(${ids ?? []}::text[]))
        and (${target === undefined} or target = ${target ?? ''})
    ), retried as (
      update due d set due_at = now(), last_at = 'epoch' where d.kind = 'retry' and (
        d.id in (select id from chosen)
        or (d.target, d.person_id) in (select target, person_id from chosen where person_id is not null))
      returning d.target
    )
    select target, count(*) from retried group by target order by target`.execute(store);
  return new Map(rows.map((row) => [row.target, Number(row.count)]));
}

export interface ParkedRow extends DueRow {
  /** Why the change is wanted, as far as its plan is still kept. */
  readonly reason: Reason | null;
  readonly target_group_id: string | null;
  readonly before: Readonly<Record<string, string>> | null;
  readonly after: Readonly<Record<string, string>> | null;
}

/** Parked changes, the next try first. */
export async function listParked(
  store: Store,
  filter: { readonly target?: string; readonly limit: number },
): Promise<ParkedRow[]> {
  let query = store
    .selectFrom('due')
    .leftJoin('change', (join) => join.onRef('change.plan_id', '=', 'due.plan_id').onRef('change.seq', '=', 'due.seq'))
    .selectAll('due')
    .select(['change.reason', 'change.target_group_id', 'change.before', 'change.after'])
    .where('due.kind', '=', 'retry')
    .orderBy('due.due_at')
    .orderBy('due.id');
  if (filter.target !== undefined) query = query.where('due.target', '=', filter.target);
  return query.limit(filter.limit).execute();
}
