/** Places within the limit of offboardings: how many of the last day's orders went without confirmation. */
import { sql } from 'kysely';
import type { Limit } from '../domain/guard.ts';
import type { OktaUserId } from '../domain/ids.ts';
import { hasPlace, offboardingWindowHours } from '../domain/offboarding-limit.ts';
import type { Store } from './connect.ts';

/**
 * Whether an order about this person still has its place, by the database's clock. Nobody else is told so before this
 * transaction ends, so whoever is must write the order down in it.
 */
export async function hasPlaceToday(tx: Store, person: OktaUserId, limit: Limit): Promise<boolean> {
  // Whom to take the percentage of is counted where it matters, and before the lock: on a large mirror it takes its time.
  let people = (await taken(tx, person)) < limit.atLeast ? undefined : await peopleLetIn(tx);
  await sql`select pg_advisory_xact_lock(hashtextextended('lockstep offboarding limit', 0))`.execute(tx);
  const others = await taken(tx, person);
  if (others < limit.atLeast) return true;
  people ??= await peopleLetIn(tx);
  return hasPlace(limit, { taken: others, people });
}

/** People, not orders: who is ordered, withdrawn and ordered again takes one place. A withdrawal gives none back. */
async function taken(tx: Store, person: OktaUserId): Promise<number> {
  const { rows } = await sql<{ taken: number }>`
    select count(distinct person_id)::int as taken from offboarding
    where counted_at > clock_timestamp() - ${offboardingWindowHours} * interval '1 hour'
      and person_id <> ${person}`.execute(tx);
  return rows[0]?.taken ?? 0;
}

/** As `entitlementOf` has it. */
async function peopleLetIn(tx: Store): Promise<number> {
  const { rows } = await sql<{ people: number }>`
    select count(*)::int as people from okta_user
    where status in ('ACTIVE', 'PROVISIONED', 'RECOVERY', 'PASSWORD_EXPIRED', 'LOCKED_OUT')
      and not is_missing and not is_deleted`.execute(tx);
  return rows[0]?.people ?? 0;
}
