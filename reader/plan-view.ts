/** Stored plans as the reader answers them. */
import { type ChangeKind, changeKinds, type FindingCode, findingCodes } from '../domain/change.ts';
import { type Guard, isApprovable, type StopRule } from '../domain/guard.ts';
import type { Store } from '../store/connect.ts';
import { countChanges, type PlanRow } from '../store/plans.ts';
import {
  type ApprovalRow,
  approvalsOf,
  countStopped,
  progressOf,
  type StoppedCount,
} from '../store/reading-approvals.ts';
import type { ApprovalView, PlanSummary, PlanView, StoppedView } from './api.ts';
import { decidedAlike } from './decided-alike.ts';
import { stopTexts, verdictText } from './plan-guard-texts.ts';
import { nextStep, type PlanFacts, planState, stateTexts } from './plan-state.ts';
import { shortfallViews } from './shortfall-views.ts';

interface Known {
  readonly summary: PlanSummary;
  readonly facts: PlanFacts;
  readonly stopped: readonly StoppedCount[];
}

export async function planSummaries(store: Store, plans: readonly PlanRow[], now: Date): Promise<PlanSummary[]> {
  return (await known(store, plans, now)).map(({ summary }) => summary);
}

/** A plan with what became of its changes, what holds some of them back, and what to do next. */
export async function planView(store: Store, plan: PlanRow, now: Date = new Date()): Promise<PlanView> {
  const [counts, [one], shortfalls] = await Promise.all([
    countChanges(store, plan.id),
    known(store, [plan], now),
    shortfallViews(store, plan),
  ]);
  if (one === undefined) throw new Error(`nothing is known of plan ${plan.id}`);
  const { summary, facts, stopped } = one;
  return {
    ...summary,
    outcomes: counts.map(({ kind, outcome, count }) => ({ kind, ...(outcome ? { outcome } : {}), count })),
    verdict: (plan.verdict ?? []).map((verdict) => {
      const { name, advice } = stopTexts[verdict.guard];
      return { ...verdict, name, text: verdictText(verdict), advice };
    }),
    stoppedBy: stoppedViews(stopped),
    stoppedByKind: totals(stopped, ({ kind }) => kind),
    nextStep: nextStep(facts, summary.state, now),
    ...(shortfalls.length > 0 ? { shortfalls } : {}),
  };
}

async function known(store: Store, plans: readonly PlanRow[], now: Date): Promise<Known[]> {
  const ids = plans.map(({ id }) => id);
  const own = await approvalsOf(store, plans);
  const alike = await decidedAlike(store, plans, own);
  const decided = [...own.values(), ...alike.values()].map(({ plan_id }) => plan_id);
  const all = [...new Set([...ids, ...decided])];
  const [allStopped, progress] = await Promise.all([countStopped(store, all), progressOf(store, all)]);
  const stoppedOf = Map.groupBy(allStopped, ({ planId }) => planId);
  // What is only reported is never carried out, approved or not.
  const toDo = (id: string): number =>
    (progress.get(id)?.open ?? 0) - countOf(stoppedOf.get(id) ?? [], (rule) => rule === 'driftReported');
  return plans.map((row) => {
    const stopped = stoppedOf.get(row.id) ?? [];
    const approval = alike.get(row.id) ?? own.get(row.id);
    const facts = {
      ...factsOf(row, stopped, progress.get(row.id), approval && approvalView(approval)),
      openOfApproved: approval ? toDo(approval.plan_id) : 0,
    };
    return { summary: summaryOf(row, facts, stopped, now), facts, stopped };
  });
}

const countOf = (stopped: readonly StoppedCount[], holds: (rule: Guard | StopRule) => boolean): number =>
  stopped.reduce((total, { stoppedBy, count }) => total + (holds(stoppedBy) ? count : 0), 0);

const changesByKind = (row: PlanRow): [ChangeKind, number][] =>
  changeKinds.flatMap((kind) => (row.counts[kind] ? [[kind, row.counts[kind]]] : []));

function factsOf(
  row: PlanRow,
  stopped: readonly StoppedCount[],
  progress: { readonly open: number; readonly hasRunEnded: boolean } | undefined,
  approval: ApprovalView | undefined,
): Omit<PlanFacts, 'openOfApproved'> {
  return {
    id: row.id,
    target: row.target,
    runId: row.run_id,
    kind: row.kind,
    isMade: row.finished_at !== null,
    hash: row.hash ?? undefined,
    expiresAt: row.expires_at ?? undefined,
    changes: sum(changesByKind(row)),
    waiting: countOf(stopped, isApprovable),
    rejected: countOf(stopped, (rule) => rule === 'rejected'),
    open: progress?.open ?? 0,
    hasRunEnded: progress?.hasRunEnded ?? true,
    approval,
  };
}

function summaryOf(row: PlanRow, facts: PlanFacts, stopped: readonly StoppedCount[], now: Date): PlanSummary {
  const findings = Object.entries(row.counts).filter((one): one is [FindingCode, number] => one[0] in findingCodes);
  const state = planState(facts, now);
  return {
    id: row.id,
    target: row.target,
    kind: row.kind,
    ...(row.revision === null ? {} : { revision: row.revision }),
    ...(row.taken_from === null ? {} : { takenFrom: row.taken_from }),
    runId: row.run_id,
    createdAt: row.created_at.toISOString(),
    ...(row.finished_at ? { finishedAt: row.finished_at.toISOString() } : {}),
    ...(row.hash === null ? {} : { hash: row.hash }),
    ...(row.expires_at ? { expiresAt: row.expires_at.toISOString() } : {}),
    state,
    stateText: stateTexts[state],
    stopped: stopped.reduce((total, { count }) => total + count, 0),
    waiting: facts.waiting,
    ...(facts.approval ? { approval: facts.approval } : {}),
    people: row.counts['people'] ?? 0,
    changes: facts.changes,
    changesByKind: Object.fromEntries(changesByKind(row)),
    findingsByCode: Object.fromEntries(findings),
    attention: sum(findings.filter(([code]) => findingCodes[code].attention)),
  };
}

const sum = (counts: readonly (readonly [string, number])[]): number =>
  counts.reduce((total, [, count]) => total + count, 0);

function approvalView(row: ApprovalRow): ApprovalView {
  return {
    planId: row.plan_id,
    hash: row.hash,
    state: row.state,
    openedAt: row.opened_at.toISOString(),
    ...(row.expires_at ? { expiresAt: row.expires_at.toISOString() } : {}),
    ...(row.decided_at ? { decidedAt: row.decided_at.toISOString() } : {}),
    ...(row.valid_until ? { validUntil: row.valid_until.toISOString() } : {}),
    ...(row.reason === null ? {} : { reason: row.reason }),
    ...(row.ticket === null ? {} : { ticket: row.ticket }),
    signers: row.signers,
  };
}

/** Those that hold most first. */
function stoppedViews(stopped: readonly StoppedCount[]): StoppedView[] {
  const counts = totals(stopped, ({ stoppedBy }) => stoppedBy);
  return (Object.entries(counts) as [Guard | StopRule, number][])
    .map(([rule, count]) => {
      const { name, why, advice } = stopTexts[rule];
      return { rule, name, count, why, advice };
    })
    .sort((a, b) => b.count - a.count);
}

function totals<K extends string>(
  stopped: readonly StoppedCount[],
  by: (one: StoppedCount) => K,
): Readonly<Partial<Record<K, number>>> {
  const found: Partial<Record<K, number>> = {};
  for (const one of stopped) found[by(one)] = (found[by(one)] ?? 0) + one.count;
  return found;
}
