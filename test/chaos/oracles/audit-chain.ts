/** The audit log's chains, worked out again from their description in docs/audit.md. */
import { createHash } from 'node:crypto';
import type { AuditRow, Evidence } from '../evidence.ts';

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

export function auditChain({ audit, heads }: Evidence): string[] {
  const chains = Map.groupBy(audit, ({ run_id }) => run_id);
  const broken = [...chains].flatMap(([runId, rows]) => chainProblems(runId, rows));
  const wrongHeads = heads.flatMap(({ runId, hash, length }) => {
    const last = chains.get(runId)?.toSorted(byPosition).at(-1);
    return last?.hash === hash && last.position === length
      ? []
      : [`run ${runId}: its head is not the end of its chain`];
  });
  return [...broken, ...wrongHeads];
}

const byPosition = (a: AuditRow, b: AuditRow): number => a.position - b.position;

function chainProblems(runId: string, rows: readonly AuditRow[]): string[] {
  let previous = sha256(`${JSON.stringify(['lockstep-audit-1', runId])}\n`);
  return rows.toSorted(byPosition).flatMap((row, index) => {
    const told = `run ${runId}, entry ${row.position}`;
    const found: string[] = [];
    if (row.position !== index + 1) found.push(`${told}: should be entry ${index + 1}`);
    if (row.previous_hash !== previous) found.push(`${told}: does not follow on the one before`);
    if (row.hash !== sha256(row.previous_hash + line(row))) found.push(`${told}: its hash is not that of its text`);
    previous = row.hash;
    return found;
  });
}

const line = (row: AuditRow): string =>
  `${JSON.stringify([
    row.position,
    row.at,
    row.run_id,
    row.plan_id,
    row.seq,
    row.target,
    row.kind,
    row.person_id,
    row.group_id,
    row.account_id,
    row.target_group_id,
    pairs(row.before),
    pairs(row.after),
    row.reason,
    row.outcome,
    row.detail,
    row.vendor_request_id,
    row.approval,
    row.approved_by,
  ])}\n`;

const pairs = (values: AuditRow['before']) =>
  values === null
    ? null
    : Object.keys(values)
        .sort()
        .map((key) => [key, values[key]]);
