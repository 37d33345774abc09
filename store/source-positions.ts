/** How far Okta has been followed: in its System Log, and by readings of what changed. */
import { sql } from 'kysely';
import type { Store } from './connect.ts';

export interface LogPosition {
  /** As Okta gave it. */
  readonly cursor: string;
  readonly movedAt: Date;
}

export async function logPosition(store: Store): Promise<LogPosition | undefined> {
  const row = await read(store, 'system-log');
  return row && { cursor: row.position, movedAt: row.moved_at };
}

/** Moves on from where the caller began; somebody else who moved it meanwhile keeps their place. */
export async function moveLogPosition(
  store: Store,
  from: LogPosition | undefined,
  to: string | undefined,
): Promise<void> {
  if (to === undefined) {
    await store
      .deleteFrom('source_position')
      .where('name', '=', 'system-log')
      .where('position', '=', from?.cursor ?? '')
      .execute();
    return;
  }
  await sql`
    insert into source_position (name, position) values ('system-log', ${to})
    on conflict (name) do update set position = excluded.position, moved_at = clock_timestamp()
    where source_position.position = ${from?.cursor ?? ''}`.execute(store);
}

/** When the last reading of all that changed began, if there was one. */
export async function lastDelta(store: Store): Promise<Date | undefined> {
  const row = await read(store, 'delta');
  return row && new Date(row.position);
}

/** Never back: readings may end in another order than they began in. */
export async function noteDelta(store: Store, beganAt: Date): Promise<void> {
  await sql`
    insert into source_position (name, position) values ('delta', ${beganAt.toISOString()})
    on conflict (name) do update set position = excluded.position, moved_at = clock_timestamp()
    where source_position.position < excluded.position`.execute(store);
}

const read = (store: Store, name: 'system-log' | 'delta') =>
  store.selectFrom('source_position').selectAll().where('name', '=', name).executeTakeFirst();
