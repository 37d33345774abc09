/** Decisions about plans that wait, recorded with their signatures and checked again at every call that applies them. */
import { getClient } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import { approvalText } from '../domain/approval-text.ts';
import { Failure } from '../domain/failure.ts';
import {
  type ApprovalRow,
  approvalOf,
  approvalsUsed,
  decide,
  hasExpired,
  isAsApproved,
  isStoppedBy,
  notListed,
  openApproval,
  sign,
  signaturesOf,
} from '../store/approvals.ts';
import { recordCommand } from '../store/audit.ts';
import { commandOutcome } from '../store/command-outcome.ts';
import { markFirstPlan } from '../store/first-plan.ts';
import { inTransaction } from '../store/in-transaction.ts';
import { areAsPlanned, hashOfStored } from '../store/plan-identity.ts';
import { type ChangeRow, type PlanRow, planById } from '../store/plans.ts';
import {
  type ApprovalInput,
  type Decision,
  type DecisionResult,
  searchAttributes,
  taskQueues,
  type WaitingPlan,
  waitingSignal,
  workflowIds,
} from '../workflows/contract.ts';
import type { Dependencies } from './dependencies.ts';
import { connectedTarget } from './observe-target.ts';
import { signerOf } from './ssh-signature.ts';
import { askTarget } from './start-target-syncs.ts';

/** Opens `approval/<target>`, tells it of a newer revision, or that nothing waits any more. */
export async function tellApproval(target: string, waiting: WaitingPlan | undefined): Promise<void> {
  const { workflow } = getClient();
  const workflowId = workflowIds.approval(target);
  if (waiting) {
    const start: ApprovalInput = { target, waiting };
    await workflow.signalWithStart('approval', {
      workflowId,
      taskQueue: taskQueues.workflows,
      args: [start],
      signal: waitingSignal,
      signalArgs: [waiting],
      typedSearchAttributes: [
        { key: searchAttributes.target, value: target },
        { key: searchAttributes.needsAttention, value: true },
      ],
      staticSummary: `Changes of ${target} wait for approval`,
    });
    return;
  }
  try {
    await workflow.getHandle(workflowId).signal(waitingSignal, undefined);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error; // It has ended: then nothing has to be told.
  }
}

export interface DecideInput {
  readonly target: string;
  readonly decision: Decision;
  readonly approves: boolean;
}

/** @throws Failure `Rejected` with what is wrong and what to do; nothing is recorded then */
export async function recordDecision(deps: Dependencies, input: DecideInput): Promise<DecisionResult> {
  const { store } = deps;
  const { target, decision, approves } = input;
  const plan = await decidablePlan(deps, input);
  await openApproval(store, plan);
  const approval = await approvalOf(store, plan.id);
  if (!approval) throw refused(plan, 'cannot be approved');
  const goal = approves ? 'approved' : 'rejected';
  // A repeat, whose first answer was lost, goes on to ask the target; anybody else is late.
  const isRepeat = approval.state === goal && (await commandOutcome(store, decision.requestId)) !== undefined;
  if (!isRepeat) refuseSettled(plan, approval);
  const signers = await recordSignature(deps, plan, input);
  if (approves && deps.approvals.approvers.length > 0 && signers.length < deps.approvals.signatures)
    return { state: 'needs-another-signature', signers };
  const { reason, ticket, requestId } = decision;
  const why = { reason, ...(ticket === undefined ? {} : { ticket }) };
  await inTransaction(store, async (tx) => {
    const validity = approves ? { validMs: deps.approvals.expireAfterMs } : {};
    const isDecided = await decide(tx, plan.id, { state: goal, ...why, ...validity });
    // Somebody else decided in this very moment, and their word stands.
    const settled = isDecided || isRepeat ? undefined : await approvalOf(tx, plan.id);
    if (settled) refuseSettled(plan, settled);
    const kind = approves ? 'approve' : 'reject';
    const after = { hash: plan.hash ?? '' };
    await recordCommand(tx, { runId: requestId, kind, target, plan: plan.id, signers, after, ...why });
  });
  deps.log.info({ target, plan: plan.id, hash: plan.hash, signers, reason, ticket }, goal);
  if (!approves) return { state: 'rejected', signers };
  if (await isStoppedBy(store, plan.id, 'firstPlan')) await markFirstPlan(store, target);
  await askTarget(target, { requestId, scope: { only: 'approved', planId: plan.id } });
  return { state: 'approved', signers, requestId };
}

async function decidablePlan(deps: Dependencies, { target, decision }: DecideInput): Promise<PlanRow> {
  const { configuration } = connectedTarget(deps, target);
  const plan = await planById(deps.store, decision.planId);
  if (plan?.target !== target) throw new Failure('Rejected', `${target} has no plan ${decision.planId}`);
  if (plan.kind === 'run') throw refused(plan, 'was carried out by its run; approve what waits: `lockstep plans`');
  if (plan.hash === null || plan.expires_at === null) throw refused(plan, 'is not complete: plan again');
  if (!plan.hash.startsWith(decision.hash.toLowerCase()))
    throw refused(plan, 'has another hash than you gave: look at it again before you decide');
  if (await hasExpired(deps.store, plan.id)) throw refused(plan, 'has expired: plan again');
  if (plan.configuration !== configuration) throw refused(plan, 'was made with another configuration: plan again');
  if (plan.hash !== (await hashOfStored(deps.store, plan))) throw refused(plan, 'was altered in the store: plan again');
  return plan;
}

function refuseSettled(plan: PlanRow, { state }: ApprovalRow): void {
  if (state !== 'open' && state !== 'superseded') throw refused(plan, `is ${state} already`);
}

const refused = (plan: PlanRow, why: string): Failure =>
  new Failure('Rejected', `plan ${plan.id} ${why}`, { system: plan.target, operation: 'decide' });

const longestSignature = 8_192;

/** Who approved by signature so far, this one included; or who signed this rejection, which approves nothing. */
async function recordSignature(
  deps: Dependencies,
  plan: PlanRow,
  { decision, approves }: DecideInput,
): Promise<readonly string[]> {
  const { store, approvals } = deps;
  if (approvals.approvers.length === 0) return [];
  const { signature, reason, ticket } = decision;
  if (signature === undefined) throw refused(plan, 'needs the signature of an approver: add --key');
  const statement = statementOf(plan, approves ? 'approve' : 'reject', decision);
  const isOne = signature.length <= longestSignature;
  const signer = isOne ? await signerOf(statement, signature, approvals.approvers) : undefined;
  if (signer === undefined)
    throw refused(plan, 'was not signed by any approver of the configuration, or not for this decision and reason');
  if (!approves) return [signer];
  await sign(store, plan.id, { signer, signature, reason, ...(ticket === undefined ? {} : { ticket }) });
  return (await signaturesOf(store, plan.id)).map((one) => one.signer);
}

const statementOf = (
  plan: PlanRow,
  decision: 'approve' | 'reject',
  { reason, ticket }: { readonly reason: string; readonly ticket?: string | null },
) =>
  approvalText({
    decision,
    target: plan.target,
    planId: plan.id,
    hash: plan.hash ?? '',
    reason,
    ...(ticket == null ? {} : { ticket }),
  });

export interface ExpireInput {
  readonly target: string;
  readonly planId: string;
}

export async function expireApproval({ store, log }: Dependencies, { target, planId }: ExpireInput): Promise<void> {
  const isOver = await inTransaction(store, async (tx) => {
    if (!(await decide(tx, planId, { state: 'expired' }))) return false;
    const runId = `expiry-${planId}`;
    await recordCommand(tx, { runId, kind: 'expire', target, plan: planId, reason: 'not-decided' });
    return true;
  });
  if (isOver) log.warn({ target, plan: planId }, 'expired without approval');
}

/**
 * Law 5: what changes rely on is looked at in the store at each call, and their signatures verified again.
 * @throws Failure `GuardTripped`
 */
export async function verifyApprovals(deps: Dependencies, plan: PlanRow): Promise<void> {
  for (const id of await approvalsUsed(deps.store, plan.id)) {
    const problem = await problemOf(deps, plan, id);
    if (problem !== undefined)
      throw new Failure('GuardTripped', `${plan.target}: the approval of plan ${id} does not hold: ${problem}`, {
        system: plan.target,
        operation: 'apply',
      });
  }
}

/** What is about to be written says what was planned. @throws Failure `GuardTripped` */
export function refuseAltered(plan: PlanRow, rows: readonly ChangeRow[]): void {
  if (areAsPlanned(rows)) return;
  throw new Failure('GuardTripped', `${plan.target}: plan ${plan.id} was altered after it was made`, {
    system: plan.target,
    operation: 'apply',
  });
}

async function problemOf(deps: Dependencies, plan: PlanRow, id: string): Promise<string | undefined> {
  const { store, approvals } = deps;
  const [approval, approved] = [await approvalOf(store, id), await planById(store, id)];
  if (!approval || !approved || approval.state !== 'approved') return 'it was not approved';
  if (approved.target !== plan.target || approval.target !== plan.target) return 'it is about another target';
  if (approval.isValid !== true) return 'it has expired';
  if (approved.configuration !== plan.configuration) return 'it was made with another configuration';
  if (!(await isAsApproved(store, approved, approval))) return 'the plan was altered after it was approved';
  if ((await notListed(store, plan.id, id)) > 0) return 'a change is not among those approved';
  if (approvals.approvers.length === 0) return undefined;
  const valid = new Set<string>();
  for (const signature of await signaturesOf(store, id)) {
    const signer = await signerOf(
      statementOf(approved, 'approve', signature),
      signature.signature,
      approvals.approvers,
    );
    if (signer === signature.signer) valid.add(signer);
  }
  return valid.size < approvals.signatures
    ? 'it does not carry the signatures that the configuration asks for'
    : undefined;
}
