/**
 * Recomputes one chain of the audit log from what is stored, a page in memory at a time. Only the canonical text is
 * shared with whoever wrote it.
 */
import { createHash } from 'node:crypto';
import { auditHeader, auditLine } from '../domain/audit-text.ts';
import type { AuditRecord } from '../reader/client.ts';

/** The last hash of a chain as somebody else than the audit log keeps it. */
export interface KnownHead {
  readonly hash: string;
  /** Entries of the chain then, where that is known. */
  readonly length?: number;
  /** Who keeps it. */
  readonly keptBy: 'database' | 'file' | 'temporal';
}

export type AuditFlaw = 'missing' | 'altered' | 'extra' | 'does-not-follow' | 'head-differs';

export interface AuditProblem {
  readonly runId: string;
  /** Absent when it concerns the chain as a whole. */
  readonly position?: number;
  readonly flaw: AuditFlaw;
  /** In words. */
  readonly text: string;
}

type Flaw = Omit<AuditProblem, 'runId'>;

export class ChainCheck {
  readonly #runId: string;
  readonly #heads: readonly KnownHead[];
  /** Positions at which the hash of a known head was met. */
  readonly #met = new Map<string, number>();
  readonly #flaws: Flaw[] = [];
  /** The hash that the next entry must follow on; unknown after a gap. */
  #previous: string | undefined;
  #length = 0;

  constructor(runId: string, heads: readonly KnownHead[]) {
    this.#runId = runId;
    this.#heads = heads;
    this.#previous = sha256(auditHeader(runId));
  }

  /** Takes the next entry, in the order of positions. */
  add(entry: AuditRecord): void {
    const { position, hash, previousHash } = entry;
    if (position === null || position <= this.#length) {
      const text = 'there is an entry too many: its place is taken, or is none';
      this.#flaws.push({ ...(position === null ? {} : { position }), flaw: 'extra', text });
      return;
    }
    if (position > this.#length + 1) this.#missing(this.#length + 1, position - 1);
    else if (previousHash !== this.#previous) {
      const text = 'does not follow on the entry before it: one was put in, taken out, altered or moved there';
      this.#flaws.push({ position, flaw: 'does-not-follow', text });
    }
    if (sha256(`${previousHash ?? ''}${auditLine({ ...entry, position })}`) !== hash)
      this.#flaws.push({ position, flaw: 'altered', text: 'is not what its hash was made of' });
    this.#previous = hash ?? undefined;
    this.#length = position;
    if (this.#heads.some((head) => head.hash === hash)) this.#met.set(hash ?? '', position);
  }

  /** @returns what is wrong with the chain; nothing when it holds and ends as whoever keeps its head says */
  end(): AuditProblem[] {
    for (const head of this.#heads) this.#compare(head);
    return this.#flaws.map((flaw) => ({ runId: this.#runId, ...flaw }));
  }

  #compare({ hash, length, keptBy }: KnownHead): void {
    const place = this.#met.get(hash);
    if (place === undefined) {
      if (this.#length === 0 && length === undefined) this.#flaws.push({ flaw: 'missing', text: 'has no entries' });
      else if (length !== undefined && length > this.#length) this.#missing(this.#length + 1, length);
      else this.#flaws.push({ flaw: 'head-differs', text: `does not contain the head that ${keepers[keptBy]} has` });
    } else if (length !== undefined && length !== place) {
      const text = `has at ${place} what ${keepers[keptBy]} has as its head at ${length}`;
      this.#flaws.push({ position: place, flaw: 'head-differs', text });
    } else if (place < this.#length) {
      const text = `goes on after the head that ${keepers[keptBy]} has, up to ${this.#length}`;
      this.#flaws.push({ position: place + 1, flaw: 'extra', text });
    }
  }

  #missing(first: number, last: number): void {
    const text = first === last ? 'is missing' : `and all up to ${last} are missing`;
    if (!this.#flaws.some((one) => one.flaw === 'missing' && one.position === first))
      this.#flaws.push({ position: first, flaw: 'missing', text });
  }
}

const keepers: Readonly<Record<KnownHead['keptBy'], string>> = {
  database: 'the record of the run',
  file: 'the file of heads',
  temporal: 'the result in Temporal',
};

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
