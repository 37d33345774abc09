/**
 * One person's offboarding costs the same however long Lockstep has run and however many people there are: rows that
 * PostgreSQL reads for it, counted by PostgreSQL, amid tens of thousands that have nothing to do with the person.
 */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { offboardAtOkta } from '../../activities/offboard-at-okta.ts';
import { offboardAtTarget } from '../../activities/offboard-at-target.ts';
import { advanceOffboarding, endOffboarding } from '../../activities/offboarding.ts';
import { connectStore, type Store } from '../../store/connect.ts';
import { until } from '../support/until.ts';
import { type InProcess, startInProcess } from './in-process.ts';

const target = 'cloud';
const many = 10_000;
let lab: InProcess;
/** The account of the one who is to go, who is in a group with everybody else. */
let member: string;

beforeAll(async () => {
  lab = await startInProcess({ people: 30, groups: 3, seed: 41 });
  await lab.sync();
  const [group] = lab.directory().groups.filter(({ members }) => members.length > 0);
  if (!group) throw new Error('no group has members');
  member = group.members[0] ?? '';
  // Connections tell what they have read when they are closed, so what is measured has connections of its own, and this.
  await withOwnStore((store) => sql.raw(historyIn(group.id)).execute(store));
  await sql`analyze`.execute(lab.deps.store);
}, 60_000);
afterAll(() => lab?.stop());

/** Earlier runs and plans, one small plan each as for single people, their changes, and a large company at the target. */
const historyIn = (group: string): string => `
  insert into run (id, kind, workflow_id, workflow_run_id, phase, started_at, finished_at)
    select 'run-' || n, 'target-sync', 'w', 'r' || n, 'done', now() - interval '1 day', now() - interval '1 day'
    from generate_series(1, ${many}) n;
  insert into plan (id, target, run_id, configuration, source_snapshot, target_snapshot, created_at, finished_at)
    select 'plan-' || n, '${target}', 'run-' || n, 'c', 1, 1, now() - interval '1 day', now() - interval '1 day'
    from generate_series(1, ${many}) n;
  insert into change (plan_id, seq, step, kind, person_id, account_id, reason, outcome, finished_at, fingerprint)
    select 'plan-' || n, 1, 1, 'update-account', 'person-' || n, 'account-' || n, 'changed', 'applied',
      now() - interval '1 day', md5(n::text)
    from generate_series(1, ${many}) n;
  insert into account (target, id, is_active, attributes, snapshot)
    select '${target}', 'account-' || n, true, '{}', 1 from generate_series(1, ${many}) n;
  insert into person_link (target, person_id, account_id, origin)
    select '${target}', 'person-' || n, 'account-' || n, 'created' from generate_series(1, ${many}) n;
  insert into target_membership (target, group_id, account_id)
    select '${target}', '${group}', 'account-' || n from generate_series(1, ${many}) n`;

it('reads few rows', async () => {
  const person = String(lab.directory().users.find(({ id }) => id === member)?.document['externalId']);
  const before = await rowsRead();
  await withOwnStore((store) => offboard({ ...lab.deps, store }, person));
  const read = Object.entries(await rowsRead()).map(([table, rows]) => [table, rows - (before[table] ?? 0)] as const);
  expect(read.filter(([, rows]) => rows >= many / 10)).toEqual([]);
  // That it is counted at all.
  expect(new Map(read).get('change')).toBeGreaterThan(0);
});

/** Ends with its connections, which tell what they have read as the last thing that they do. */
async function withOwnStore(work: (store: Store) => Promise<unknown>): Promise<void> {
  const before = await connections();
  const store = connectStore({ url: lab.databaseUrl });
  let own: ReadonlySet<number> = new Set();
  try {
    await work(store);
    own = (await connections()).difference(before);
  } finally {
    await store.destroy();
  }
  await until('its connections have ended', async () => (await connections()).isDisjointFrom(own), 20_000);
}

async function connections(): Promise<Set<number>> {
  const { rows } = await sql<{ pid: number }>`
    select pid from pg_stat_activity where datname = current_database()`.execute(lab.deps.store);
  return new Set(rows.map(({ pid }) => pid));
}

async function offboard(deps: InProcess['deps'], person: string): Promise<void> {
  const command = { id: randomUUID(), kind: 'request', reason: 'HR-1', receivedAt: new Date().toISOString() } as const;
  const advance = () => advanceOffboarding(deps, { person, commands: [command], asOf: new Date().toISOString() });
  const { id: offboardingId = '', state } = await lab.run(advance);
  expect(state).toBe('in-effect');
  const parts = await Promise.all([
    lab.run(() => offboardAtOkta(deps, { offboardingId, person, action: 'suspend' })),
    lab.run(() => offboardAtTarget(deps, { offboardingId, planId: randomUUID(), target, person })),
  ]);
  expect(parts).toEqual([{ state: 'done' }, { state: 'done' }]);
  await lab.run(() => endOffboarding(deps, { id: offboardingId }));
}

/** By table: from itself and from its indexes, by all connections that have ended. */
async function rowsRead(): Promise<Readonly<Record<string, number>>> {
  const { rows } = await sql<{ relname: string; n: number }>`
    select t.relname, (coalesce(t.seq_tup_read, 0) + coalesce(sum(i.idx_tup_read), 0))::int as n
    from pg_stat_user_tables t left join pg_stat_user_indexes i using (relid)
    group by t.relname, t.seq_tup_read`.execute(lab.deps.store);
  return Object.fromEntries(rows.map(({ relname, n }) => [relname, n]));
}
