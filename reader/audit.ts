/** The audit log for export and verification. Whether its chains hold together is the client's to compute. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import {
  type AuditLogRow,
  auditChain,
  auditChainOf,
  auditChains,
  auditLog,
  type ChainRow,
  firstChainedEntry,
} from '../store/reading-audit.ts';
import type { Page } from './api.ts';
import type { AuditChain, AuditChains, AuditFilter, AuditRecord } from './audit-api.ts';
import type { ReaderDependencies } from './dependencies.ts';
import { pageQuery } from './paging.ts';
import { parsed } from './problems.ts';

const id = z.string().min(1).max(100);
const instant = z.iso.datetime({ offset: true });
const logQuery = pageQuery.extend({
  since: instant.optional(),
  until: instant.optional(),
  person: id.optional(),
  run: id.optional(),
});
const chainsQuery = pageQuery.extend({ after: id.optional(), since: instant.optional(), run: id.optional() });
const chainParams = z.object({ run: id });
// Any number: an entry that was put in by hand may stand anywhere.
const chainQuery = pageQuery.extend({ after: z.coerce.number().int().optional() });

export function auditRoutes(app: FastifyInstance, { store }: ReaderDependencies): void {
  app.get('/audit', async (request): Promise<Page<AuditRecord>> => {
    const { after, limit, ...rest } = parsed(logQuery, request.query);
    const items = (await auditLog(store, { ...given(rest), after: after ?? 0, limit })).map(auditRecord);
    return pageOf(items, limit, items.at(-1)?.id);
  });

  app.get('/audit/chains', async (request): Promise<AuditChains> => {
    const { after, since, run, limit } = parsed(chainsQuery, request.query);
    const rows =
      run === undefined
        ? await auditChains(store, { after: after ?? '', since, limit })
        : await auditChainOf(store, run);
    const chainedFrom = await firstChainedEntry(store);
    const last = rows.at(-1)?.run_id;
    return {
      items: rows.filter(({ is_recent }) => is_recent).map(chainView),
      ...(last === undefined || run !== undefined || rows.length < limit ? {} : { next: last }),
      ...(chainedFrom === undefined ? {} : { chainedFrom }),
    };
  });

  app.get('/audit/chains/:run', async (request): Promise<Page<AuditRecord>> => {
    const { run } = parsed(chainParams, request.params);
    const { after, limit } = parsed(chainQuery, request.query);
    const items = (await auditChain(store, { run, after, limit })).map(auditRecord);
    return pageOf(items, limit, items.at(-1)?.position ?? undefined);
  });
}

/** A full page may have another after it. */
const pageOf = (items: readonly AuditRecord[], limit: number, last: number | undefined): Page<AuditRecord> =>
  last === undefined || items.length < limit ? { items } : { items, next: last };

const given = (filter: z.output<typeof logQuery> extends infer Query ? Partial<Query> : never): AuditFilter =>
  Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));

function chainView(row: ChainRow): AuditChain {
  const { run_id, entries, unchained, last_unchained, audit_head, audit_length } = row;
  return {
    runId: run_id,
    entries: Number(entries),
    unchained: Number(unchained),
    ...(last_unchained === null ? {} : { lastUnchained: Number(last_unchained) }),
    ...(audit_head === null || audit_length === null ? {} : { head: { hash: audit_head, length: audit_length } }),
  };
}

/** In the order of the canonical text; the names are part of the export's format. */
const auditRecord = (row: AuditLogRow): AuditRecord => ({
  id: Number(row.id),
  position: row.position,
  at: row.at,
  runId: row.run_id,
  planId: row.plan_id,
  seq: row.seq,
  target: row.target,
  kind: row.kind,
  personId: row.person_id,
  groupId: row.group_id,
  accountId: row.account_id,
  targetGroupId: row.target_group_id,
  before: row.before,
  after: row.after,
  reason: row.reason,
  outcome: row.outcome,
  detail: row.detail,
  vendorRequestId: row.vendor_request_id,
  approval: row.approval,
  approvedBy: row.approved_by,
  previousHash: row.previous_hash,
  hash: row.hash,
});
