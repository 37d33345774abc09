/** Offboardings that do not go as they should: how many there are, and who is to be told of them. */
import { type RawBuilder, sql } from 'kysely';
import type { OktaUserId } from '../domain/ids.ts';
import { failingAfterSeconds, lateAfterSeconds } from '../domain/offboarding.ts';
import type { Store } from './connect.ts';
import { inTransaction } from './in-transaction.ts';
import { queueNotice } from './notices.ts';
import { answerLost } from './offboarding-steps.ts';

/**
 * Those that are not over: each counts once. `unconfirmed`: above the limit. `late`: due, and nobody has been there to do
 * it. `failing`: a system has refused, or has not confirmed for long; also of what comes after the grace.
 */
export const watchedStandings = ['unconfirmed', 'scheduled', 'late', 'under-way', 'failing'] as const;
export type WatchedStanding = (typeof watchedStandings)[number];

const ago = (seconds: number) => sql`clock_timestamp() - ${seconds} * interval '1 second'`;
const isLate = sql<boolean>`o.state = 'scheduled' and o.effective_at < ${ago(lateAfterSeconds)}`;

/** A step whose answer was lost is no refusal: it is looked at again at once. */
const isRefused = sql<boolean>`f.state = 'failed' and f.detail is distinct from ${answerLost}`;

/** Pairs of an offboarding (`id`) and a `system` that keeps it from being done. @param systems that there are now */
const failing = (systems: readonly string[]): RawBuilder<unknown> => sql`
  select o.id, s.system from offboarding o cross join unnest(${systems}::text[]) as s (system)
  where o.ended_at is null and o.completed_at is null and o.state = 'in-effect' and (
    exists (
      select from offboarding_step f where f.offboarding_id = o.id and f.system = s.system and ${isRefused}
    ) or o.in_effect_at < ${ago(failingAfterSeconds)} and not exists (
      select from offboarding_step c
      where c.offboarding_id = o.id and c.system = s.system and c.step = 'confirm' and c.state <> 'failed'
    ))
  union
  select o.id, f.system from offboarding_step f join offboarding o on o.id = f.offboarding_id
  where ${isRefused} and f.system = any(${systems}::text[])
    and o.ended_at is null and o.completed_at is not null and f.at > o.completed_at and not exists (
      select from offboarding_step c
      where c.offboarding_id = o.id and c.system = f.system and c.step = 'confirm' and c.state <> 'failed'
        and c.at >= f.at
    )`;

/**
 * Whose offboarding should be done by now and is not, the longest waiting first. Most often somebody is at it; it may be that
 * its workflow was ended by hand.
 */
export async function unfinishedOffboardings(store: Store, limit: number): Promise<OktaUserId[]> {
  const { rows } = await sql<{ person_id: OktaUserId }>`
    select person_id from offboarding o
    where o.ended_at is null and (
      o.completed_at is null and (${isLate} or o.state = 'in-effect' and o.in_effect_at < ${ago(lateAfterSeconds)})
      -- Complete as far as it went then; deactivated at Okta once the grace was over, or to be.
      or o.state = 'in-effect' and o.okta = 'deactivate' and o.deactivate_at < ${ago(lateAfterSeconds)} and not exists (
        select from offboarding_step c where c.offboarding_id = o.id and c.system = 'okta' and c.step = 'confirm'
          and (c.detail = 'DEPROVISIONED' or c.state = 'nothing-there')))
    order by o.effective_at limit ${limit}`.execute(store);
  return rows.map(({ person_id }) => person_id);
}

/** @param systems `okta` and the targets that are configured now */
export async function offboardingCounts(
  store: Store,
  systems: readonly string[],
): Promise<Readonly<Record<WatchedStanding, number>>> {
  const { rows } = await sql<Record<WatchedStanding, number>>`
    with failing as materialized (${failing(systems)})
    select
      count(*) filter (where o.state = 'unconfirmed')::int as unconfirmed,
      count(*) filter (where o.state = 'scheduled' and not (${isLate}))::int as scheduled,
      count(*) filter (where ${isLate})::int as late,
      count(*) filter (where o.state = 'in-effect' and o.id not in (select id from failing))::int as "under-way",
      (select count(distinct id) from failing)::int as failing
    from offboarding o where o.ended_at is null and o.completed_at is null`.execute(store);
  return rows[0] ?? { unconfirmed: 0, scheduled: 0, late: 0, 'under-way': 0, failing: 0 };
}

/**
 * All was asked, and nobody at Okta and no account at any target has the id: it may be mistyped, and whoever is meant keeps
 * their access. Somebody whom Okta has deleted, and who had an account, is another case.
 */
const nobody = sql`
  select o.id from offboarding o join offboarding_step okta on okta.offboarding_id = o.id
  where okta.system = 'okta' and okta.step = 'confirm' and okta.state = 'nothing-there'
    and o.ended_at is null and o.completed_at is not null and not exists (
      select from offboarding_step s where s.offboarding_id = o.id and (
        s.step = 'confirm' and (s.state <> 'nothing-there' or s.detail = 'account-gone')
        or s.step = 'find-others' and s.state <> 'nothing-there'))`;

type Kind = 'offboarding-unconfirmed' | 'offboarding-late' | 'offboarding-failing' | 'offboarding-nobody';
interface Matter {
  readonly id: string;
  readonly kind: Kind;
  readonly system: string;
}

/**
 * Queues a notice of what somebody has to know: one of each kind, and of each system that fails, with how many there are, as
 * soon as there is one among them that was not told of before.
 */
export async function queueOffboardingNotices(store: Store, systems: readonly string[]): Promise<void> {
  await inTransaction(store, async (tx) => {
    const matters = await mattersNow(tx, systems);
    const fresh = await notToldBefore(tx, matters);
    for (const [, alike] of Map.groupBy(matters, keyOf)) {
      const [first] = alike.filter((matter) => fresh.has(`${keyOf(matter)} ${matter.id}`));
      if (!first) continue;
      await queueNotice(tx, { kind: first.kind, target: first.system, offboarding: first.id, count: alike.length });
    }
  });
}

const keyOf = ({ kind, system }: Omit<Matter, 'id'>): string => `${kind} ${system}`;

async function mattersNow(tx: Store, systems: readonly string[]): Promise<Matter[]> {
  const { rows } = await sql<Matter>`
    select o.id, case when o.state = 'unconfirmed' then 'offboarding-unconfirmed' else 'offboarding-late' end as kind,
      'all' as system
    from offboarding o
    where o.ended_at is null and o.completed_at is null and (o.state = 'unconfirmed' or ${isLate})
    union all
    select id, 'offboarding-nobody', 'all' from (${nobody}) as nobody
    union all
    select id, 'offboarding-failing', system from (${failing(systems)}) as failing
    order by 1`.execute(tx);
  return rows;
}

async function notToldBefore(tx: Store, matters: readonly Matter[]): Promise<ReadonlySet<string>> {
  const column = (name: keyof Matter) => matters.map((matter) => matter[name]);
  const { rows } = await sql<Matter>`
    insert into offboarding_told (offboarding_id, kind, system)
    select * from unnest(${column('id')}::text[], ${column('kind')}::text[], ${column('system')}::text[])
    on conflict do nothing
    returning offboarding_id as id, kind, system`.execute(tx);
  return new Set(rows.map((row) => `${keyOf(row)} ${row.id}`));
}
