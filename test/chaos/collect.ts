/** Takes down everything that the oracles judge by, once a script has come to rest. */
import { sql } from 'kysely';
import { wordsOf } from '../support/kept-words.ts';
import type { Approval, AuditHead, AuditRow, DirectoryState, Evidence, LiveRead, Run } from './evidence.ts';
import { offboardingRows } from './offboarding-rows.ts';
import { mayWait } from './quiet.ts';
import type { Stage } from './stage.ts';
import { claimNotes, holdNotes } from './witness.ts';

export interface Known {
  readonly before: DirectoryState;
  readonly approvals: readonly Approval[];
  readonly unfired: readonly string[];
  /** What should not have been possible, seen while the script ran. */
  readonly problems: readonly string[];
  readonly restsAfter: number;
  readonly startedAt: Date;
  readonly logs: readonly string[];
  readonly isBroken: boolean;
}

export async function collect(stage: Stage, known: Known): Promise<Evidence> {
  const { journal } = stage;
  const { store } = stage.lab.system;
  const { before, approvals, unfired, restsAfter, isBroken } = known;
  const histories = await historiesSince(stage, known.startedAt);
  return structuredClone({
    at: Date.now(),
    timeline: journal.timeline,
    calls: journal.calls,
    oktaCalls: journal.oktaCalls,
    orders: [...stage.hr.orders],
    holds: await holdNotes(store),
    claims: await claimNotes(store),
    ...(await offboardingRows(store)),
    graceEnds: stage.graceEnds,
    arrivals: stage.arrivals,
    directory: journal.directory(),
    before,
    runs: await runs(stage),
    approvals,
    liveReads: liveReads(stage),
    lagMs: stage.lagMs,
    audit: await auditRows(stage),
    heads: await heads(stage),
    open: [...known.problems, ...(await stillOpen(stage)), ...histories.open],
    restsAfter,
    words: wordsIn(wordsOf(stage.lab), [...histories.texts, ...known.logs.map((text) => ['a log', text] as const)]),
    unfired,
    isBroken,
  });
}

async function runs({ lab }: Stage): Promise<Run[]> {
  const { rows } = await sql<Record<keyof Run, string | Date | null> & { problem: { message: string } | null }>`
    select r.id, r.kind, r.started_at as "startedAt", r.finished_at as "finishedAt", p.id as "planId",
      s.started_at as "readAt", r.problem, substring(r.workflow_id from '00u.*$') as person
    from run r left join plan p on p.run_id = r.id and p.kind = 'run' left join snapshot s on s.id = p.source_snapshot
    order by r.started_at`.execute(lab.system.store);
  const instant = (value: unknown): number | undefined => (value instanceof Date ? value.getTime() : undefined);
  return rows.map((row) => ({
    id: String(row.id),
    kind: String(row.kind),
    startedAt: instant(row.startedAt) ?? 0,
    finishedAt: instant(row.finishedAt),
    planId: row.planId === null ? undefined : String(row.planId),
    readAt: instant(row.readAt),
    problem: row.problem?.message,
    person: row.person === null ? undefined : String(row.person),
  }));
}

/** A question about somebody goes on with their groups and assignments; Okta may change between its first part and the last. */
const liveReads = ({ lab }: Stage): LiveRead[] =>
  lab.system.sandbox.okta.requests
    .since()
    .filter(
      ({ method, status, fault }) => method === 'GET' && fault === undefined && (status === 200 || status === 404),
    )
    .flatMap(({ at, path }) => {
      const person = /\/users\/(00u\w+)$/.exec(path)?.[1];
      return person === undefined ? [] : [{ at, person }];
    });

async function auditRows({ lab }: Stage): Promise<AuditRow[]> {
  const { rows } = await sql<AuditRow>`
    select *, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at from audit order by id`.execute(
    lab.system.store,
  );
  return rows;
}

async function heads({ lab }: Stage): Promise<AuditHead[]> {
  const { rows } = await sql<AuditHead>`
    select id as "runId", audit_head as hash, audit_length as length from run where audit_head is not null`.execute(
    lab.system.store,
  );
  return rows;
}

async function stillOpen({ lab }: Stage): Promise<string[]> {
  const { rows } = await sql<{ what: string }>`
    select 'run ' || id || ' is open, ' || phase as what from run where finished_at is null
    union all select 'a claim on ' || subject || ' is held' from claim where expires_at > now()
    union all select person_id || ' is marked as changed: ' || why from changed_person
    union all select kind || ' of ' || key || ' is due, ' || coalesce(detail, '') from due
    union all select 'the offboarding of ' || person_id || ' is in effect and not complete' from offboarding
      where state = 'in-effect' and ended_at is null and completed_at is null
    union all select 'the offboarding of ' || person_id || ' waits for a time that has passed' from offboarding
      where state = 'scheduled' and ended_at is null and effective_at < now()
    union all select 'plan ' || plan_id || ' waits' from approval where state = 'open'
    union all select 'the target is paused by ' || paused_by from target_state where paused_at is not null`.execute(
    lab.system.store,
  );
  return rows.map(({ what }) => what);
}

/** Of the workflows that this script brought about. */
async function historiesSince(stage: Stage, since: Date) {
  const { workflow } = stage.lab.system.client;
  const texts: [where: string, text: string][] = [];
  const open: string[] = [];
  for await (const one of workflow.list({ query: `StartTime >= "${since.toISOString()}"` })) {
    const { workflowId, runId, status } = one;
    if (status.name === 'RUNNING' && !mayWait(stage, workflowId)) open.push(`${workflowId} is running`);
    texts.push([workflowId, textOf(await workflow.getHandle(workflowId, runId).fetchHistory())]);
  }
  if (texts.length === 0) open.push('no workflow was found');
  return { texts, open };
}

function wordsIn(words: readonly string[], texts: readonly (readonly [string, string])[]): string[] {
  return texts.flatMap(([where, text]) => {
    const word = words.find((one) => text.includes(one));
    return word === undefined ? [] : [`${where} holds "${word}"`];
  });
}

/** Readable text of all that a history holds, the bytes of payloads decoded. */
const textOf = (value: unknown): string =>
  JSON.stringify(value, (_key, part) => {
    if (part instanceof Uint8Array) return Buffer.from(part).toString('utf8');
    return typeof part === 'bigint' ? String(part) : part;
  });
