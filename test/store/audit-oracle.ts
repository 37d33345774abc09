/** Recomputes chains by what docs/audit.md says, sharing no code with whoever wrote them; and a log to try it on. */
import { createHash, randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Change } from '../../domain/change.ts';
import { connectStore, type Store } from '../../store/connect.ts';
import { plannedLine } from '../../store/plan-identity.ts';
import { appendChanges, beginPlan } from '../../store/plans.ts';
import { startRun } from '../../store/runs.ts';
import { groupId, userId } from '../support/domain-builders.ts';
import { freshDatabase } from '../support/servers.ts';

interface StoredRow {
  readonly [column: string]: unknown;
  readonly run_id: string;
  readonly position: number;
  readonly previous_hash: string;
  readonly hash: string;
}

export interface AuditLab {
  readonly store: Store;
  /** Asks the database as somebody who knows nothing of the code. */
  readonly query: (text: string, values?: readonly unknown[]) => Promise<pg.QueryResult>;
  /** As somebody may who owns the table. */
  readonly tamper: (text: string, values?: readonly unknown[]) => Promise<void>;
  close(): Promise<void>;
}

export async function auditLab(): Promise<AuditLab> {
  const database = await freshDatabase();
  const store = connectStore({ url: database.url, poolSize: 8 });
  const pool = new pg.Pool({ connectionString: database.url, max: 2 });
  return {
    store,
    query: (text, values = []) => pool.query(text, [...values]),
    tamper: async (text, values = []) => {
      await pool.query('alter table audit disable trigger user');
      await pool.query(text, [...values]);
      await pool.query('alter table audit enable trigger user');
    },
    close: async () => {
      await pool.end();
      await store.destroy();
      await database.drop();
    },
  };
}

/** A run with a plan of so many changes; each third one has values before and after. */
export async function aPlannedRun(store: Store, changes: number, runId: string = randomUUID()): Promise<PlannedRun> {
  const planId = randomUUID();
  await startRun(store, {
    id: runId,
    kind: 'target-sync',
    // A target of its own: the next run of a target closes the one before.
    target: `cloud-${runId.slice(0, 8)}`,
    workflowId: 'target-sync/cloud',
    workflowRunId: 'w',
    covers: [],
  });
  await beginPlan(store, {
    id: planId,
    target: 'cloud',
    runId,
    configuration: 'c',
    sourceSnapshot: '1',
    targetSnapshot: '2',
    kind: 'run',
  });
  await appendChanges(
    store,
    planId,
    0,
    Array.from({ length: changes }, (_, seq) => plannedLine(aChange(seq))),
  );
  return { runId, planId };
}

export interface PlannedRun {
  readonly runId: string;
  readonly planId: string;
}

function aChange(seq: number): Change {
  const person = userId(`00u${String(seq).padStart(17, '0')}`);
  if (seq % 3 !== 0) return { kind: 'add-member', person, group: groupId('00g1'), reason: 'in-okta-group' };
  return {
    kind: 'update-account',
    person,
    account: `account-${seq}` as never,
    before: { title: 'Trainee', userName: `p${seq}@example.com` },
    after: { userName: `p${seq}@example.com`, title: 'Chief "Ünïcode" \u2028 \\ 🚀\t\u007f', department: '' },
    reason: 'attributes-differ',
  };
}

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

const documented = [
  ...['position', 'at', 'run_id', 'plan_id', 'seq', 'target', 'kind', 'person_id', 'group_id', 'account_id'],
  ...['target_group_id', 'before', 'after', 'reason', 'outcome', 'detail', 'vendor_request_id', 'approval'],
  ...['approved_by'],
];

const entries = (query: AuditLab['query'], runId: string) =>
  query(
    `select *, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at
     from audit where run_id = $1 order by id`,
    [runId],
  ).then(({ rows }) => rows as StoredRow[]);

const genesis = (runId: string): string => sha256(`["lockstep-audit-1",${JSON.stringify(runId)}]\n`);

const hashOf = (previous: string, row: StoredRow): string =>
  sha256(`${previous}${JSON.stringify(documented.map((column) => sortedPairs(row[column])))}\n`);

/** @returns the numbers of the entries of a run that do not hold; none when the chain does */
export async function brokenAt(query: AuditLab['query'], runId: string): Promise<number[]> {
  let previous = genesis(runId);
  return (await entries(query, runId)).flatMap((row, index) => {
    const isWhole = row.position === index + 1 && row.previous_hash === previous && row.hash === hashOf(previous, row);
    previous = row.hash;
    return isWhole ? [] : [index + 1];
  });
}

/** Makes the chain of a run hold again, whatever was done to its entries. */
export async function rewriteChain({ query, tamper }: AuditLab, runId: string): Promise<void> {
  let previous = genesis(runId);
  for (const row of await entries(query, runId)) {
    const hash = hashOf(previous, row);
    await tamper('update audit set previous_hash = $1, hash = $2 where id = $3', [previous, hash, row['id']]);
    previous = hash;
  }
}

function sortedPairs(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const keys = Object.keys(value).toSorted();
  return keys.map((key) => [key, (value as Record<string, unknown>)[key]]);
}
