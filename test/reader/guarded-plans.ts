/** Plans with what guards and approvals made of them, put into the small world of the reader under test. */
import { randomBytes } from 'node:crypto';
import type { Guard, StopRule, Verdict } from '../../domain/guard.ts';
import type { Store } from '../../store/connect.ts';
import type { ApprovalState, PlanKind } from '../../store/schema.ts';
import { accountId } from '../support/domain-builders.ts';
import { alice, bob } from './reader-under-test.ts';

export const tripped: Verdict = {
  guard: 'deactivations',
  count: 50,
  base: 200,
  usedToday: 3,
  allowedPerRun: 10,
  allowedPerDay: 20,
  trippedBy: 'run',
};

export interface GuardedPlan {
  readonly id: string;
  /** One of its own when absent. */
  readonly hash?: string;
  readonly kind: PlanKind;
  readonly runId?: string;
  readonly revision?: number;
  readonly takenFrom?: string;
  readonly expiresAt?: string;
  readonly verdict?: readonly Verdict[];
  /** Of its two changes: a deactivation, and an update that comes after it. */
  readonly stoppedBy?: readonly [Guard | StopRule | null, Guard | StopRule | null];
  readonly approvedBy?: string;
  /** When its changes got their outcome, and what the first one is known by. */
  readonly settledAt?: string;
  readonly fingerprint?: string;
  readonly displayName?: string;
  readonly approval?: {
    readonly state: ApprovalState;
    readonly signers?: readonly string[];
    readonly decidedAt?: string;
    readonly validUntil?: string;
  };
}

/** @returns the hash of the plan */
export async function addPlan(store: Store, plan: GuardedPlan): Promise<string> {
  const hash = plan.hash ?? randomBytes(32).toString('hex');
  await store
    .insertInto('plan')
    .values({
      id: plan.id,
      target: 'cloud',
      run_id: plan.runId ?? plan.id,
      configuration: 'c',
      source_snapshot: '1',
      target_snapshot: '2',
      finished_at: new Date().toISOString(),
      counts: JSON.stringify({ 'deactivate-account': 1, 'update-account': 1, people: 3 }),
      kind: plan.kind,
      hash,
      expires_at: plan.expiresAt ?? '2099-01-01T00:00:00.000Z',
      revision: plan.revision ?? null,
      taken_from: plan.takenFrom ?? null,
      verdict: plan.verdict ? JSON.stringify(plan.verdict) : null,
    })
    .execute();
  await addChanges(store, plan);
  if (plan.approval) await addApproval(store, plan.id, hash, plan.approval);
  return hash;
}

async function addChanges(store: Store, plan: GuardedPlan): Promise<void> {
  const [first, second] = plan.stoppedBy ?? [null, null];
  const outcomeOf = (stoppedBy: string | null) => (plan.kind === 'run' ? (stoppedBy ? 'waiting' : 'applied') : null);
  const common = { plan_id: plan.id, approved_by: plan.approvedBy ?? null, finished_at: plan.settledAt ?? null };
  await store
    .insertInto('change')
    .values([
      {
        ...common,
        seq: 0,
        step: 0,
        kind: 'deactivate-account',
        person_id: bob,
        account_id: accountId('a-bob'),
        reason: 'okta-deprovisioned',
        stopped_by: first,
        fingerprint: plan.fingerprint ?? null,
        outcome: outcomeOf(first),
        detail: outcomeOf(first) === 'waiting' ? first : null,
      },
      {
        ...common,
        seq: 1,
        step: 9,
        kind: 'update-account',
        person_id: alice,
        account_id: accountId('a-alice'),
        before: JSON.stringify({ displayName: 'Alice' }),
        after: JSON.stringify({ displayName: plan.displayName ?? 'Alice Adams' }),
        reason: 'attributes-differ',
        stopped_by: second,
        outcome: outcomeOf(second),
        detail: outcomeOf(second) === 'waiting' ? second : null,
      },
    ])
    .execute();
}

async function addApproval(
  store: Store,
  planId: string,
  hash: string,
  {
    state,
    signers = [],
    decidedAt = '2026-11-05T10:00:00.000Z',
    validUntil = '2099-01-02T00:00:00.000Z',
  }: NonNullable<GuardedPlan['approval']>,
): Promise<void> {
  const decided = state === 'open' ? {} : { decided_at: decidedAt, reason: 'leavers-q4', ticket: 'CHG-1' };
  await store
    .insertInto('approval')
    .values({
      plan_id: planId,
      target: 'cloud',
      hash,
      state,
      opened_at: '2026-11-05T09:00:00.000Z',
      ...decided,
      valid_until: validUntil,
    })
    .execute();
  for (const [at, signer] of signers.entries())
    await store
      .insertInto('approval_signature')
      .values({
        plan_id: planId,
        signer,
        signature: 's',
        reason: 'leavers-q4',
        signed_at: new Date(Date.UTC(2026, 10, 5, 9, at)).toISOString(),
      })
      .execute();
}
