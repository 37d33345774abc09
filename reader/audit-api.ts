/** What the reader answers about the audit log. Types only. */
import type { AuditEntry, AuditKind } from '../domain/audit-text.ts';
import type { Outcome } from '../domain/change.ts';
import type { ChangeView } from './plan-api.ts';

export interface AuditHeadView {
  /** The last hash of the chain, in hexadecimal. */
  readonly hash: string;
  /** Entries of the chain. */
  readonly length: number;
}

/** An entry of the audit log as it is stored. */
export interface AuditRecord extends Omit<AuditEntry, 'position'> {
  /** In the order in which entries were written. */
  readonly id: number;
  /** Null, as the hashes, in entries from before the log was a chain. */
  readonly position: number | null;
  readonly previousHash: string | null;
  readonly hash: string | null;
}

/** An entry with the names behind its ids. */
export interface AuditView {
  readonly at: string;
  readonly target: string;
  readonly runId: string;
  readonly change: ChangeView<AuditKind>;
  readonly outcome: Outcome;
  readonly detail?: string;
  readonly vendorRequestId?: string;
}

export interface AuditFilter {
  /** ISO 8601. */
  readonly since?: string;
  /** ISO 8601; not included. */
  readonly until?: string;
  /** Okta id. */
  readonly person?: string;
  /** A run, or the request of a command. */
  readonly run?: string;
}

/** What the database holds of one run's chain, before anybody has looked whether it holds together. */
export interface AuditChain {
  readonly runId: string;
  /** Entries that have a place in the chain. */
  readonly entries: number;
  /** Entries without one. */
  readonly unchained: number;
  /** Of entries without a place, the one that was written last. */
  readonly lastUnchained?: number;
  /** As it was when the run ended. Absent for commands, and for runs under way or longer ago than runs are kept. */
  readonly head?: AuditHeadView;
}

export interface AuditChains {
  readonly items: readonly AuditChain[];
  /** `after` of the next request; absent at the end. */
  readonly next?: string;
  /** The first entry that has a place in a chain: no later one may be without. */
  readonly chainedFrom?: number;
}
