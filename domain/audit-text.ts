/**
 * The canonical text of an entry of the audit log; docs/audit.md says how the hashes over it make a chain. The format
 * is frozen: another one gets another header, since entries are never written anew.
 */
import type { ChangeKind } from './change.ts';

/** What operators do, and what a plan's approval goes through; audited beside changes. */
export const commandKinds = [
  'link',
  'unlink',
  'pause',
  'resume',
  'retry',
  'accept-reading',
  'approve',
  'reject',
  'expire',
  'offboard',
  'cancel-offboard',
  'release',
  'confirm-offboarding',
] as const;
export type CommandKind = (typeof commandKinds)[number];

export type AuditKind = ChangeKind | CommandKind;

/** One entry, as it is exported. What does not apply is null. */
export interface AuditEntry {
  /** Place in the chain of its run, from 1. */
  readonly position: number;
  /** UTC to the microsecond: `2026-11-05T09:30:07.000042Z`. */
  readonly at: string;
  /** A run, or the request of a command. */
  readonly runId: string;
  /** Empty for a command that concerns no plan. */
  readonly planId: string;
  /** Number of the change within its plan; 0 for a command. */
  readonly seq: number;
  readonly target: string;
  readonly kind: AuditKind;
  readonly personId: string | null;
  readonly groupId: string | null;
  readonly accountId: string | null;
  readonly targetGroupId: string | null;
  readonly before: Readonly<Record<string, string>> | null;
  readonly after: Readonly<Record<string, string>> | null;
  readonly reason: string;
  readonly outcome: string;
  readonly detail: string | null;
  readonly vendorRequestId: string | null;
  /** The approved plan on the strength of which it was carried out. */
  readonly approval: string | null;
  /** Who signed that approval: ids of the configuration, in order, with commas between them. */
  readonly approvedBy: string | null;
}

/** What the first hash of a run's chain follows on, so that no chain can pass for another run's. */
export const auditHeader = (runId: string): string => `${JSON.stringify(['lockstep-audit-1', runId])}\n`;

/** One entry; its place and its run are part of it, so that it cannot be moved. */
export const auditLine = (entry: AuditEntry): string =>
  `${JSON.stringify([
    entry.position,
    entry.at,
    entry.runId,
    entry.planId,
    entry.seq,
    entry.target,
    entry.kind,
    entry.personId,
    entry.groupId,
    entry.accountId,
    entry.targetGroupId,
    inOrder(entry.before),
    inOrder(entry.after),
    entry.reason,
    entry.outcome,
    entry.detail,
    entry.vendorRequestId,
    entry.approval,
    entry.approvedBy,
  ])}\n`;

/** The database keeps the keys of an object in an order of its own. By UTF-16 code units, as `<` compares. */
const inOrder = (values: AuditEntry['before']): readonly (readonly [string, string])[] | null =>
  values && Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
