import {
  ApplicationFailure,
  allHandlersFinished,
  condition,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import { approvalCommands, keyHint } from '../domain/approval-commands.ts';
import { isReasonCode } from '../domain/reason-code.ts';
import { decisions } from './activity-options.ts';
import {
  type ApprovalInput,
  type ApprovalResult,
  approveUpdate,
  type Decision,
  type DecisionResult,
  rejectUpdate,
  type WaitingPlan,
  waitingSignal,
} from './contract.ts';
import { showPhase } from './show-phase.ts';

/**
 * What waits for a human at one target. Open while something waits; each newer revision takes the place of the one
 * before. It decides nothing itself: a decision is recorded by an activity, which asks the target for a run.
 */
export async function approval({ target, waiting: first }: ApprovalInput): Promise<ApprovalResult> {
  let waiting: WaitingPlan | undefined = first;
  let ended: ApprovalResult['ended'] | undefined;
  let changed = 0;
  let signers: readonly string[] = [];
  const show = (): void => {
    changed += 1;
    setCurrentDetails(detailsOf(target, waiting, signers));
    showPhase(waiting ? 'waiting' : 'done', waiting !== undefined);
  };
  setHandler(waitingSignal, (next) => {
    if (next?.planId !== waiting?.planId) signers = [];
    waiting = next;
    ended = next ? undefined : 'withdrawn';
    show();
  });
  const decide = async (decision: Decision, approves: boolean): Promise<DecisionResult> => {
    const result = await decisions.recordDecision.executeWithOptions(
      { summary: `${approves ? 'approve' : 'reject'} ${decision.planId.slice(0, 8)}` },
      [{ target, decision, approves }],
    );
    if (result.state !== 'needs-another-signature') {
      ended = waiting === undefined ? 'decided-without-waiting' : result.state;
      if (waiting === undefined || waiting.planId === decision.planId) waiting = undefined;
      show();
    } else if (waiting?.planId === decision.planId) {
      signers = result.signers;
      show();
    }
    return result;
  };
  setHandler(approveUpdate, (decision) => decide(decision, true), { validator: refuseNonsense });
  setHandler(rejectUpdate, (decision) => decide(decision, false), { validator: refuseNonsense });
  show();

  // Started to decide about a previewed plan, nothing waits: the decision comes along with the start, unless it was
  // nonsense and refused.
  if (waiting === undefined) await condition(() => waiting !== undefined || !allHandlersFinished(), '10s');
  while (waiting !== undefined || !allHandlersFinished()) {
    const [plan, seen] = [waiting, changed];
    const isChanged = (): boolean => changed !== seen || (waiting === undefined && allHandlersFinished());
    if (plan === undefined) {
      await condition(isChanged);
      continue;
    }
    const left = Date.parse(plan.expiresAt) - Date.now();
    if (left > 0 && (await condition(isChanged, left))) continue;
    await decisions.expireApproval.executeWithOptions({ summary: 'expire' }, [{ target, planId: plan.planId }]);
    // A decision or a newer revision may have come while that was recorded.
    if (waiting?.planId !== plan.planId) continue;
    waiting = undefined;
    ended = 'expired';
    show();
  }
  return { target, ended: ended ?? 'decided-without-waiting' };
}

/** Before anything is recorded; what the store knows is checked by the activity. */
function refuseNonsense({ planId, hash, reason, ticket }: Decision): void {
  const refuse = (what: string): never => {
    throw ApplicationFailure.nonRetryable(what, 'Rejected');
  };
  if (!/^[0-9a-f-]{36}$/.test(planId)) refuse('that is not the id of a plan: `lockstep plans` lists them');
  if (!/^[0-9a-f]{8,64}$/i.test(hash)) refuse('give at least the first eight characters of the hash that you saw');
  if (!isReasonCode(reason)) refuse('the reason must be a code without spaces, such as quarterly-leavers');
  if (ticket !== undefined && !isReasonCode(ticket)) refuse('the ticket must be a number or code without spaces');
}

function detailsOf(target: string, waiting: WaitingPlan | undefined, signers: readonly string[]): string {
  if (!waiting) return `Nothing of **${target}** waits.`;
  const { planId, revision, hash, changes, expiresAt } = waiting;
  const { approve, reject } = approvalCommands(planId, hash);
  return [
    `**${changes} ${changes === 1 ? 'change' : 'changes'} of ${target} ${changes === 1 ? 'waits' : 'wait'} for approval** (revision ${revision}, until ${expiresAt}).`,
    '',
    `Look: \`lockstep plan show ${planId}\``,
    '',
    `Release exactly these: \`${approve}\``,
    '',
    `Drop them: \`${reject}\``,
    '',
    ...(signers.length > 0 ? [`Signed so far by ${signers.join(', ')}; another approver has to sign.`, ''] : []),
    `CODE is yours, such as the number of a ticket; ${keyHint} Everything that does not wait goes on meanwhile.`,
  ].join('\n');
}
