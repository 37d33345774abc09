/** Places within the limit of offboardings: how many of the last day's orders went without confirmation. */
import { sql } from 'kysely';
import { entitlementOf } from '../domain/entitlement.ts';
import type { Limit } from '../domain/guard.ts';
import type { OktaUserId } from '../domain/ids.ts';
import { offboardingWindowHours, peopleForOneMore } from '../domain/offboarding-limit.ts';
import { oktaStatuses } from '../domain/person.ts';
import type { Store } from './connect.ts';

/**
 * Whether an order about this person still has its place, by the database's clock. Nobody else is told so before this
 * transaction ends, so whoever is must write the order down in it.
 */
export async function hasPlaceToday(tx: Store, person: OktaUserId, limit: Limit): Promise<boolean> {
  await sql`select pg_advisory_xact_lock(hashtextextended('lockstep offboarding limit', 0))`.execute(tx);
  const needed = peopleForOneMore(limit, await taken(tx, person));
  return needed === 0 || (Number.isFinite(needed) && (await areLetIn(tx, needed)));
}

/** Whether an order about this person took a place within the window, which goes for what is ordered about them until then. */
export async function tookPlaceToday(tx: Store, person: OktaUserId): Promise<boolean> {
  const { rows } = await sql<{ took: boolean }>`
    select exists (
      select from offboarding where person_id = ${person}
        and counted_at > clock_timestamp() - ${offboardingWindowHours} * interval '1 hour') as took`.execute(tx);
  return rows[0]?.took ?? false;
}

/** People, not orders: who is ordered, withdrawn and ordered again takes one place. A withdrawal gives none back. */
async function taken(tx: Store, person: OktaUserId): Promise<number> {
  const { rows } = await sql<{ taken: number }>`
    select count(distinct person_id)::int as taken from offboarding
    where counted_at > clock_timestamp() - ${offboardingWindowHours} * interval '1 hour'
      and person_id <> ${person}`.execute(tx);
  return rows[0]?.taken ?? 0;
}

const lettingIn = oktaStatuses.filter((status) => entitlementOf({ status, isTransitioning: false }) === 'entitled');

/**
 * Whether Okta lets in so many people by its last reading. Nobody is counted beyond: others wait
 * for the lock meanwhile.
 */
async function areLetIn(tx: Store, needed: number): Promise<boolean> {
  const { rows } = await sql<{ people: number }>`
    select count(*)::int as people from (
      select from okta_user
      where status = any(${lettingIn}::text[])
        and not is_missing and not is_deleted
      limit ${needed}) as let_in`.execute(tx);
  return (rows[0]?.people ?? 0) >= needed;
}
