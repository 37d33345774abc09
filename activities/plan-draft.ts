import { type Change, type Finding, findingCodes } from '../domain/change.ts';
import type { Store } from '../store/connect.ts';
import { appendChanges, appendFindings, finishPlan } from '../store/plans.ts';
import type { PlanCounts } from '../workflows/contract.ts';

/** Collects changes and findings and stores them in order. */
export class PlanDraft {
  readonly #store: Store;
  readonly planId: string;
  readonly #counts: Record<string, number> = {};
  #pendingChanges: Change[] = [];
  #pendingFindings: Finding[] = [];
  #findings = 0;
  #attention = 0;
  changes = 0;
  /** Who should have an active account. */
  people = 0;

  constructor(store: Store, planId: string) {
    this.#store = store;
    this.planId = planId;
  }

  take(changes: readonly Change[], findings: readonly Finding[]): void {
    this.#pendingChanges.push(...changes);
    this.#pendingFindings.push(...findings);
    for (const change of changes) {
      this.#counts[change.kind] = (this.#counts[change.kind] ?? 0) + 1;
    }
    for (const { code } of findings) {
      this.#counts[code] = (this.#counts[code] ?? 0) + 1;
      if (findingCodes[code].attention) this.#attention += 1;
    }
  }

  async add(changes: readonly Change[], findings: readonly Finding[]): Promise<void> {
    this.take(changes, findings);
    await this.flush();
  }

  async flush(): Promise<void> {
    await appendChanges(this.#store, this.planId, this.changes, this.#pendingChanges);
    await appendFindings(this.#store, this.planId, this.#findings, this.#pendingFindings);
    this.changes += this.#pendingChanges.length;
    this.#findings += this.#pendingFindings.length;
    this.#pendingChanges = [];
    this.#pendingFindings = [];
  }

  async finish(): Promise<PlanCounts> {
    await this.flush();
    await finishPlan(this.#store, this.planId, { ...this.#counts, people: this.people });
    return { planId: this.planId, changes: this.changes, attention: this.#attention };
  }
}
