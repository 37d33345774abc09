/** What people are to be told, each matter once, until somebody took it. */

import { type Selectable, sql } from 'kysely';
import type { PausedBy } from '../domain/pause-texts.ts';
import type { Store } from './connect.ts';
import { jsonText } from './json-text.ts';
import type { Database } from './schema.ts';

/** Codes, ids and counts; never a name or an address. Instants are ISO 8601. */
export type Notice =
  /** The same changes that wait under another id are the same matter. */
  | {
      readonly kind: 'approval-waiting';
      readonly target: string;
      readonly planId: string;
      readonly hash: string;
      readonly changes: number;
      readonly expiresAt: string;
    }
  | {
      readonly kind: 'target-paused';
      readonly target: string;
      readonly by: PausedBy;
      readonly reason: string;
      readonly since: string;
    }
  /** Removals that failed for the first time. */
  | { readonly kind: 'removals-failed'; readonly target: string; readonly planId: string; readonly count: number }
  /**
   * Offboardings that wait to be confirmed, that are due and not begun, that are of an id which nobody has, or that a system
   * keeps from being done: then `target` is `okta` or a target, else `all`. Each is told of once, together with those that are there by then.
   */
  | {
      readonly kind: 'offboarding-unconfirmed' | 'offboarding-late' | 'offboarding-failing' | 'offboarding-nobody';
      readonly target: string;
      /** One that was not told of before. */
      readonly offboarding: string;
      readonly count: number;
    }
  | {
      readonly kind: 'key-expires';
      readonly target: string;
      /** `2027-03-31` */
      readonly on: string;
      /** Before that day: 30, 7, 1; 0 when it has ended. */
      readonly days: number;
    };

export type NoticeRow = Selectable<Database['notice']>;

/** Tells the same matter once, however often it is asked for. */
export async function queueNotice(store: Store, notice: Notice): Promise<void> {
  const { kind, target, ...details } = notice;
  await store
    .insertInto('notice')
    .values({ kind, target, key: keyOf(notice), details: jsonText(details) })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .execute();
}

function keyOf(notice: Notice): string {
  const { kind, target } = notice;
  switch (notice.kind) {
    case 'approval-waiting':
      return `${kind}|${target}|${notice.hash}`;
    case 'target-paused':
      return `${kind}|${target}|${notice.since}`;
    case 'removals-failed':
      return `${kind}|${target}|${notice.planId}`;
    case 'offboarding-unconfirmed':
    case 'offboarding-late':
    case 'offboarding-failing':
    case 'offboarding-nobody':
      return `${kind}|${target}|${notice.offboarding}`;
    case 'key-expires':
      return `${kind}|${target}|${notice.on}|${notice.days}`;
    default:
      return notice satisfies never;
  }
}

/** Oldest first. */
export async function unsentNotices(store: Store, limit: number): Promise<NoticeRow[]> {
  return store
    .selectFrom('notice')
    .selectAll()
    .where('sent_at', 'is', null)
    .where('next_try_at', '<=', sql<Date>`now()`)
    .orderBy('id')
    .limit(limit)
    .execute();
}

/** The row as the notice that was queued. */
export const noticeOf = ({ kind, target, details: { toldBy: _, ...details } }: NoticeRow): Notice =>
  ({ kind, target, ...details }) as unknown as Notice;

/** Who took it so far, so that another way that is down does not have it told twice. */
export const toldBy = ({ details }: NoticeRow): readonly string[] => String(details['toldBy'] ?? '').split(' ');

export interface SendResult {
  /** Ways by which it was told by now. */
  readonly told: readonly string[];
  /** Why not by all of them; absent when it is done. */
  readonly problem?: string;
}

/** Done, or to be tried again: after a minute, then after twice as long each time, an hour at most. */
export async function recordSending(store: Store, id: string, { told, problem }: SendResult): Promise<void> {
  await sql`
    update notice set tries = tries + 1, problem = ${problem ?? null},
      details = details || ${jsonText({ toldBy: told.join(' ') })}::jsonb,
      sent_at = case when ${problem === undefined} then now() end,
      next_try_at = now() + least(interval '1 hour', interval '1 minute' * power(2, least(tries, 10)))
    where id = ${id}`.execute(store);
}
