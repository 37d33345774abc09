import { type Change, type Finding, findingCodes } from '../domain/change.ts';
import type { PlannedLine } from '../domain/plan-text.ts';
import type { Store } from '../store/connect.ts';
import { PlanHash, plannedLine } from '../store/plan-identity.ts';
import { appendChanges, appendFindings, finishPlan } from '../store/plans.ts';
import type { PlanCounts } from '../workflows/contract.ts';

export interface DraftOptions {
  readonly planId: string;
  readonly target: string;
  readonly configuration: string;
  /** How long it may wait for approval. */
  readonly expiresAfterMs: number;
  /** Takes only changes whose fingerprint is among these, and no findings. */
  readonly only?: ReadonlySet<string>;
}

/** Collects changes and findings, stores them in order and gives the plan its hash. */
export class PlanDraft {
  readonly #store: Store;
  readonly #options: DraftOptions;
  readonly #counts: Record<string, number> = {};
  readonly #hash: PlanHash;
  #pendingChanges: PlannedLine[] = [];
  #pendingFindings: Finding[] = [];
  #findings = 0;
  #attention = 0;
  changes = 0;
  /** Who should have an active account. */
  people = 0;

  constructor(store: Store, options: DraftOptions) {
    this.#store = store;
    this.#options = options;
    this.#hash = new PlanHash(options.target, options.configuration);
  }

  get planId(): string {
    return this.#options.planId;
  }

  take(changes: readonly Change[], findings: readonly Finding[]): void {
    for (const change of changes) this.#takeChange(change);
    if (this.#options.only) return;
    this.#pendingFindings.push(...findings);
    for (const { code } of findings) {
      this.#count(code);
      if (findingCodes[code].attention) this.#attention += 1;
    }
  }

  #takeChange(change: Change): void {
    const line = plannedLine(change);
    if (this.#options.only && !this.#options.only.has(line.fingerprint)) return;
    this.#hash.add(line);
    this.#pendingChanges.push(line);
    this.#count(change.kind);
  }

  #count(what: string): void {
    this.#counts[what] = (this.#counts[what] ?? 0) + 1;
  }

  async add(changes: readonly Change[], findings: readonly Finding[]): Promise<void> {
    this.take(changes, findings);
    await this.flush();
  }

  async flush(): Promise<void> {
    const { planId } = this;
    await appendChanges(this.#store, planId, this.changes, this.#pendingChanges);
    await appendFindings(this.#store, planId, this.#findings, this.#pendingFindings);
    this.changes += this.#pendingChanges.length;
    this.#findings += this.#pendingFindings.length;
    this.#pendingChanges = [];
    this.#pendingFindings = [];
  }

  async finish(): Promise<PlanCounts> {
    await this.flush();
    const { planId, changes, people } = this;
    const hash = this.#hash.digest();
    const counts = { ...this.#counts, people };
    await finishPlan(this.#store, planId, { counts, hash, expiresAfterMs: this.#options.expiresAfterMs });
    return { planId, hash, changes, attention: this.#attention };
  }
}
