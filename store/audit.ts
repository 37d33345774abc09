/**
 * Writes the audit log: one chain of hashes per run, without gaps, whoever else writes to it at the same time. Commands
 * of operators have a chain per request.
 */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { type AuditEntry, auditHeader, auditLine, type CommandKind } from '../domain/audit-text.ts';
import type { Store } from './connect.ts';
import { inTransaction } from './in-transaction.ts';
import { jsonText, storableText } from './json-text.ts';

/** The last hash of a chain, in hexadecimal, and how many entries it has. */
export interface ChainHead {
  readonly hash: string;
  readonly length: number;
}

/** An entry before it has its place and its time. Texts are such as PostgreSQL takes. */
export type NewEntry = Omit<AuditEntry, 'position' | 'at' | 'runId'>;

/** An instant as the canonical text has it. */
export const instantText = (column: string) =>
  sql<string>`to_char(${sql.ref(column)} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/**
 * Nobody else adds to this chain until the transaction ends. Not the run's row is locked but its id: commands have no
 * row. Let it be the last lock that a transaction takes, then two of them never wait for each other.
 */
export async function lockChain(tx: Store, runId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`lockstep audit ${runId}`}, 0))`.execute(tx);
}

export async function chainHead(store: Store, runId: string): Promise<ChainHead | undefined> {
  const { rows } = await headQuery(runId).execute(store);
  return headOf(rows[0]);
}

/** Adds to the chain of a run. @param tx a transaction: the lock ends with it */
export async function appendEntries(tx: Store, runId: string, entries: readonly NewEntry[]): Promise<ChainHead> {
  await lockChain(tx, runId);
  // Only a statement that begins after the lock was given sees what the one before has written.
  const { rows: found } = await headQuery(runId).execute(tx);
  const at = found[0]?.now ?? '';
  let head = headOf(found[0]) ?? { hash: sha256(auditHeader(runId)), length: 0 };
  const rows = entries.map((entry) => {
    const placed: AuditEntry = { ...entry, position: head.length + 1, at, runId };
    const row = { ...placed, previousHash: head.hash, hash: sha256(head.hash + auditLine(placed)) };
    head = { hash: row.hash, length: row.position };
    return row;
  });
  // A run may be at its end already: an applier that was frozen tells late what it has done.
  await sql`
    with added as (
      insert into audit (at, run_id, plan_id, seq, target, kind, person_id, group_id, account_id, target_group_id,
        before, after, reason, outcome, detail, vendor_request_id, approval, approved_by, position, previous_hash, hash)
      select ${at}::timestamptz, ${runId}, "planId", seq, target, kind, "personId", "groupId", "accountId",
        "targetGroupId", before, after, reason, outcome, detail, "vendorRequestId", approval, "approvedBy", position,
        "previousHash", hash
      from jsonb_to_recordset(${jsonText(rows)}::jsonb) as page ("planId" text, seq integer, target text, kind text,
        "personId" text, "groupId" text, "accountId" text, "targetGroupId" text, before jsonb, after jsonb,
        reason text, outcome text, detail text, "vendorRequestId" text, approval text, "approvedBy" text,
        position integer, "previousHash" text, hash text)
      order by position
    )
    update run set audit_head = ${head.hash}, audit_length = ${head.length}
    where id = ${runId} and finished_at is not null`.execute(tx);
  return head;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

interface HeadRow {
  readonly now: string;
  readonly position: number | null;
  readonly hash: string | null;
}

const headQuery = (runId: string) => sql<HeadRow>`
  select ${instantText('clock.now')} as now, last.position, last.hash
  from (select statement_timestamp() as now) clock
  left join lateral (
    select position, hash from audit where run_id = ${runId} and position is not null
    order by position desc limit 1
  ) last on true`;

const headOf = (row: HeadRow | undefined): ChainHead | undefined =>
  row && row.position !== null && row.hash !== null ? { hash: row.hash, length: row.position } : undefined;

export interface AuditedCommand {
  /** The request of the command: its chain. */
  readonly runId: string;
  readonly kind: CommandKind;
  readonly target: string;
  readonly person?: string;
  readonly group?: string;
  readonly account?: string;
  readonly targetGroup?: string;
  /** The plan that is approved, rejected or expired. */
  readonly plan?: string;
  /** Who signed, by the ids of the configuration. */
  readonly signers?: readonly string[];
  /** A code of the operator's. */
  readonly reason: string;
  /** Kept with `detail`, as `ticket:…`. */
  readonly ticket?: string;
  /** Says more, in codes without personal data. */
  readonly detail?: string;
  readonly before?: Readonly<Record<string, string>>;
  readonly after?: Readonly<Record<string, string>>;
  /** `applied` unless it was so already. */
  readonly outcome?: 'applied' | 'unchanged' | 'waiting';
}

/**
 * Audits what an operator did; within the caller's transaction, if there is one. A repeated activity leaves no second
 * entry: one request does the same thing to the same subject once.
 *
 * @returns the head of the request's chain, for the result of the command
 */
export async function recordCommand(store: Store, command: AuditedCommand): Promise<ChainHead> {
  const entry = commandEntry(command);
  return inTransaction(store, async (tx) => {
    await lockChain(tx, command.runId);
    const known = await sql`
      select 1 from audit
      where run_id = ${command.runId} and kind = ${entry.kind} and target = ${entry.target}
        and plan_id = ${entry.planId} and person_id is not distinct from ${entry.personId}
        and group_id is not distinct from ${entry.groupId} and account_id is not distinct from ${entry.accountId}
      limit 1`.execute(tx);
    const head = known.rows.length > 0 ? await chainHead(tx, command.runId) : undefined;
    return head ?? appendEntries(tx, command.runId, [entry]);
  });
}

function commandEntry(command: AuditedCommand): NewEntry {
  const { person, group, account, targetGroup, plan, signers, ticket, detail } = command;
  const more = [detail, ticket === undefined ? undefined : `ticket:${ticket}`].filter((one) => one !== undefined);
  return {
    planId: storableText(plan ?? ''),
    seq: 0,
    target: command.target,
    kind: command.kind,
    personId: textOrNull(person),
    groupId: textOrNull(group),
    accountId: textOrNull(account),
    targetGroupId: textOrNull(targetGroup),
    before: valuesOrNull(command.before),
    after: valuesOrNull(command.after),
    reason: storableText(command.reason),
    outcome: command.outcome ?? 'applied',
    detail: more.length === 0 ? null : storableText(more.join(' ')),
    vendorRequestId: null,
    approval: textOrNull(plan),
    approvedBy: signers?.length ? storableText([...signers].sort().join(',')) : null,
  };
}

const textOrNull = (text: string | undefined): string | null => (text === undefined ? null : storableText(text));

/** As the database will hold them, since that is what the hash is of. */
const valuesOrNull = (values: AuditedCommand['before']): AuditEntry['before'] =>
  values === undefined ? null : (JSON.parse(jsonText(values)) as Record<string, string>);
