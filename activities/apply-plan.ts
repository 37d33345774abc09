/**
 * Carries out a plan: portions in the order of work, many requests at a time, outcomes recorded as it goes. It ends
 * early on purpose (five minutes, 5,000 changes, shutdown) and is called again until nothing is open.
 */
import { setTimeout as delay } from 'node:timers/promises';
import pMap from 'p-map';
import { groupKinds, memberKinds } from '../domain/change.ts';
import { type Failure, isTransient } from '../domain/failure.ts';
import { keptAttributes } from '../domain/mapping.ts';
import { linkedAccounts } from '../store/links.ts';
import { type ChangeRow, changesIn, countAttempt, openChanges, type PlanRow, takeBackAttempt } from '../store/plans.ts';
import { manyRows, refreshStatistics } from '../store/statistics.ts';
import { applyAccountChange } from './apply-account.ts';
import {
  type ApplyContext,
  createStepContext,
  type Effect,
  parkedBy,
  type StepContext,
  triesBeforeParking,
} from './apply-context.ts';
import { applyGroupChange } from './apply-group.ts';
import { applyMemberChanges } from './apply-members.ts';
import { refuseAltered } from './approvals.ts';
import { Claims } from './claims.ts';
import type { ConnectedTarget, Dependencies } from './dependencies.ts';
import { EffectBuffer } from './effect-buffer.ts';
import { asFailure } from './failure.ts';
import type { Alive } from './heartbeats.ts';
import { LiveReads } from './live-facts.ts';
import { whileOpen } from './open-to-apply.ts';
import { recordEffects } from './record-effects.ts';
import { type Done, doneWith, type Failed, raised, withClaim } from './under-claim.ts';

export interface ApplyPlanInput {
  readonly planId: string;
  readonly target: string;
}

export interface ApplyPlanResult {
  /** Changes that got an outcome in this call. */
  readonly done: number;
  readonly hasMore: boolean;
}

const limits = { changes: 5_000, ms: 5 * 60_000, portion: 1_000 };
/** Before people are asked for again whom somebody else is writing, when there is nobody else left to go on with. */
const busyPauseMs = 500;
/** When as many fail and none goes through, it is the target and not the changes. */
const fewTasks = 10;

const seqOf = ({ seq }: ChangeRow): number => seq;

export const applyPlan = (deps: Dependencies, input: ApplyPlanInput): Promise<ApplyPlanResult> =>
  whileOpen(deps, input, async ({ plan, connected, alive }) => {
    // A first load fills it from nothing, and looks up in it all the time.
    if (changesIn(plan.counts) > manyRows) await refreshStatistics(deps.store, ['person_link']);
    return new Application(deps, connected, plan, alive).run();
  });

export class Application {
  readonly #deps: Dependencies;
  readonly #target: ConnectedTarget;
  readonly #plan: PlanRow;
  readonly #alive: Alive;
  /** Changes whose answer is not to be had now; others go first. */
  readonly #later = new Map<number, Failure>();
  /** Changes of people whom somebody else writes, since when; others go first. */
  readonly #busy = new Map<number, number>();
  readonly #claims: Claims;
  readonly #asking = new Map<object, Promise<Set<string>>>();
  #step: { readonly step: number | undefined; readonly isOfGroups: boolean; readonly context: StepContext } | undefined;
  #done = 0;

  constructor(deps: Dependencies, target: ConnectedTarget, plan: PlanRow, alive: Alive) {
    this.#deps = deps;
    this.#target = target;
    this.#plan = plan;
    this.#alive = alive;
    const of = { target: plan.target, planId: plan.id };
    this.#claims = new Claims(deps.store, of, target.directory.requestTimeoutMs);
  }

  async run(): Promise<ApplyPlanResult> {
    const endsAt = Date.now() + limits.ms;
    for (;;) {
      if (this.#deps.stopping.aborted || this.#done >= limits.changes || Date.now() >= endsAt)
        return { done: this.#done, hasMore: true };
      const portion = await this.#nextPortion();
      if (portion.length === 0) break;
      await this.#applyPortion(portion);
      this.#alive.progress({ done: this.#done });
    }
    // Only what is unavailable is left: Temporal waits and calls again.
    const [left] = this.#later.values();
    if (left) throw left;
    return { done: this.#done, hasMore: false };
  }

  /** Changes of one step: accounts exist before anybody is put into a group. */
  async #nextPortion(): Promise<ChangeRow[]> {
    const open = await openChanges(
      this.#deps.store,
      this.#plan.id,
      limits.portion + this.#later.size + this.#busy.size,
    );
    const rows = open.filter(({ seq }) => !this.#later.has(seq));
    const [first] = rows;
    // What waits in an earlier step holds back the later ones, which build on it.
    const waiting = open.find(({ seq }) => this.#later.has(seq));
    if (!first || (waiting && waiting.step < first.step)) return [];
    const ofStep = rows.filter(({ step }) => step === first.step);
    const free = ofStep.filter(({ seq }) => !this.#busy.has(seq));
    if (free.length === 0) await delay(busyPauseMs, undefined, { signal: this.#alive.signal });
    return (free.length > 0 ? free : ofStep).slice(0, limits.portion);
  }

  async #applyPortion(rows: readonly ChangeRow[]): Promise<void> {
    const { store } = this.#deps;
    refuseAltered(this.#plan, rows);
    const context = await this.#contextOf(rows);
    const live = new LiveReads(context);
    const tasks = tasksOf(rows, this.#target.directory.capabilities.memberBatch, limits.portion);
    await countAttempt(store, this.#plan.id, tasks.flat().map(seqOf));
    const record = this.#recorder(context);
    const buffer = new EffectBuffer(record);
    const unavailable: Unavailable[] = [];
    const notBegun = new Set<readonly ChangeRow[]>(tasks);
    const busy: ChangeRow[] = [];
    let fatal: unknown;
    const work = async (task: readonly ChangeRow[]): Promise<void> => {
      if (this.#deps.stopping.aborted || fatal !== undefined) return;
      notBegun.delete(task);
      const done = await applyTask(context, live, task).catch(raised(task));
      buffer.add(done.effects);
      busy.push(...done.busy);
      if (!done.failed) return;
      try {
        buffer.add(await this.#settle(done.failed, unavailable));
      } catch (error) {
        // Not thrown on yet: what is under way takes effect all the same and has to be recorded.
        fatal ??= error;
        if (!done.failed.maybeSent) notBegun.add(done.failed.rows);
      }
    };
    try {
      // Some claim while the others send: see `slot`.
      await pMap(tasks, work, { concurrency: 2 * this.#target.concurrency, signal: this.#alive.signal });
    } finally {
      await buffer.drain();
      await takeBackAttempt(store, this.#plan.id, [...[...notBegun].flat(), ...busy].map(seqOf));
    }
    if (fatal !== undefined) throw fatal;
    const [first] = unavailable;
    if (first && unavailable.length === tasks.length && (await this.#isAway(first.failure, tasks.length)))
      throw first.failure;
    await record([...this.#postpone(unavailable), ...this.#putOff(rows, busy)]);
  }

  #recorder({ name, policy }: ApplyContext): (effects: readonly Effect[]) => Promise<void> {
    const of = { planId: this.#plan.id, target: name, kept: keptAttributes(policy.settings.mapping) };
    return async (effects) => {
      const recorded = await recordEffects(this.#deps.store, of, this.#claims, effects);
      this.#deps.countOutcomes(name, recorded);
      this.#done += recorded.length;
      const lost = effects.length - recorded.length;
      if (lost > 0) this.#deps.log.warn({ target: name, plan: of.planId, lost }, 'claims were lost before recording');
    };
  }

  /** Whoever cannot be tried again is parked, under the claim that is still held; the others wait without one. */
  async #settle({ rows, error, claims }: Failed, unavailable: Unavailable[]): Promise<Effect[]> {
    let isParked = false;
    try {
      const failure = await this.#aboutTheseChanges(error);
      isParked = !isWorthAnotherTry(failure);
      if (isParked) return rows.map((row) => withClaim(parkedBy(row, failure), claims));
      unavailable.push({ rows, failure });
      return [];
    } finally {
      if (!isParked) await this.#claims.giveBack([...claims.values()]);
    }
  }

  async #contextOf(rows: readonly ChangeRow[]): Promise<ApplyContext> {
    const [first] = rows;
    const isOfGroups = first !== undefined && groupKinds.has(first.kind);
    let current = this.#step;
    // Groups are linked in steps of their own: only these change what counts as managed.
    if (current === undefined || (current.isOfGroups && current.step !== first?.step)) {
      const call = { signal: this.#alive.signal };
      current = { isOfGroups, step: first?.step, context: await createStepContext(this.#deps, this.#target, call) };
    }
    this.#step = { ...current, isOfGroups, step: first?.step };
    const { context } = current;
    const people = new Set(rows.flatMap(({ person_id }) => person_id ?? []));
    const links = await linkedAccounts(this.#deps.store, context.name, [...people]);
    return { ...context, links, claims: this.#claims };
  }

  /** @throws what ends the whole run rather than these changes */
  async #aboutTheseChanges(error: unknown): Promise<Failure> {
    const failure = asFailure(error);
    if (!failure || failure.kind === 'RateLimited' || failure.details.system === 'store') throw error;
    // One refusal may be about one subject; only when the credential itself is refused does the whole run end.
    if (failure.kind === 'AccessDenied' && (await this.#failedChecks(failure)).has('credentials')) throw failure;
    return failure;
  }

  /** When nothing at all went through: whether that lies with the system and not with a few changes. */
  async #isAway(failure: Failure, tasks: number): Promise<boolean> {
    if (tasks > fewTasks) return true;
    const failed = await this.#failedChecks(failure);
    return failed.has('connection') || failed.has('credentials');
  }

  /** Of many who are refused at once, one asks. */
  #failedChecks({ details }: Failure): Promise<Set<string>> {
    const directory = details.system === 'okta' ? this.#deps.source : this.#target.directory;
    let asking = this.#asking.get(directory);
    if (!asking) {
      asking = directory
        .check({ signal: this.#alive.signal })
        .then((checks) => new Set(checks.filter(({ status }) => status === 'failed').map(({ check }) => check)))
        .finally(() => this.#asking.delete(directory));
      this.#asking.set(directory, asking);
    }
    return asking;
  }

  #postpone(unavailable: readonly Unavailable[]): Effect[] {
    const parked: Effect[] = [];
    for (const { rows, failure } of unavailable) {
      for (const row of rows) {
        if (row.attempts + 1 >= triesBeforeParking) parked.push(parkedBy(row, failure));
        else this.#later.set(row.seq, failure);
      }
    }
    return parked;
  }

  /** Nobody dead holds a claim for longer than it lasts. Who is busy even then is parked, and soon tried again. */
  #putOff(rows: readonly ChangeRow[], busy: readonly ChangeRow[]): Effect[] {
    const now = performance.now();
    const parked: Effect[] = [];
    const isBusy = new Set(busy.map(seqOf));
    for (const { seq } of rows) {
      const since = this.#busy.get(seq) ?? now;
      if (!isBusy.has(seq)) this.#busy.delete(seq);
      else if (now - since <= this.#claims.leaseMs + busyPauseMs) this.#busy.set(seq, since);
      else parked.push({ seq, outcome: 'parked', detail: 'person-busy' });
    }
    return parked;
  }
}

interface Unavailable {
  readonly rows: readonly ChangeRow[];
  readonly failure: Failure;
}

/** An unclear answer to a write is asked for again: the next try looks first whether it took effect. */
const isWorthAnotherTry = ({ kind, details }: Failure): boolean =>
  isTransient(kind) || kind === 'UnexpectedResponse' || details.effectUnknown === true;

async function applyTask(context: ApplyContext, live: LiveReads, task: readonly ChangeRow[]): Promise<Done> {
  const [row] = task;
  if (!row) return doneWith([]);
  if (memberKinds.has(row.kind)) return applyMemberChanges(context, live, task);
  if (groupKinds.has(row.kind)) return doneWith([await context.slot(() => applyGroupChange(context, row))]);
  return applyAccountChange(context, live, row);
}

/** Members of one group go in full batches; a portion's torn last batch is left for the next portion. */
function tasksOf(rows: readonly ChangeRow[], memberBatch: number, portion: number): ChangeRow[][] {
  const [first] = rows;
  if (!first || !memberKinds.has(first.kind)) return rows.map((row) => [row]);
  const batches = [...Map.groupBy(rows, ({ group_id }) => group_id).values()].flatMap((members) =>
    Array.from({ length: Math.ceil(members.length / memberBatch) }, (_, index) =>
      members.slice(index * memberBatch, (index + 1) * memberBatch),
    ),
  );
  const last = batches.at(-1);
  const isTorn = rows.length === portion && last !== undefined && last.length < memberBatch && batches.length > 1;
  return isTorn ? batches.slice(0, -1) : batches;
}
