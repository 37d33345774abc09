/** Where a plan stands, and what to do next. Pure: the time comes from outside. */
import { approvalCommands, keyHint } from '../domain/approval-commands.ts';
import type { ApprovalView, NextStep, PlanState } from './api.ts';
import { number } from './number.ts';

/** What there is to know of a plan before its state is told. */
export interface PlanFacts {
  readonly id: string;
  readonly target: string;
  readonly runId: string;
  readonly kind: 'run' | 'preview' | 'revision';
  /** Whether planning it ended. */
  readonly isMade: boolean;
  readonly hash: string | undefined;
  readonly expiresAt: Date | undefined;
  readonly changes: number;
  /** Changes that approval would let go. */
  readonly waiting: number;
  /** Changes that somebody rejected before this plan was made; approval of a preview lets them go after all. */
  readonly rejected: number;
  /** Changes without an outcome. */
  readonly open: number;
  /** Whether its run ended. */
  readonly hasRunEnded: boolean;
  /** Of this plan; of a run's plan, that of the revision which holds what waits; of a preview, also of one just like it. */
  readonly approval: ApprovalView | undefined;
  /** Changes of the plan that `approval` is about for which a run has yet to do something. */
  readonly openOfApproved: number;
}

export const stateTexts: Readonly<Record<PlanState, string>> = {
  'being-made': 'is being made',
  empty: 'nothing to change',
  ready: 'nothing waits',
  waiting: 'waits for approval',
  approved: 'approved',
  rejected: 'rejected',
  'rejected-before': 'rejected; approve this plan to do it after all',
  expired: 'expired',
  replaced: 'replaced by a newer one',
  'under-way': 'is carried out',
  unfinished: 'ended early',
  done: 'carried out',
};

const stateOfApproval = {
  approved: 'approved',
  rejected: 'rejected',
  expired: 'expired',
  superseded: 'replaced',
} as const;

export function planState(facts: PlanFacts, now: Date): PlanState {
  const { kind, approval, waiting, rejected } = facts;
  if (!facts.isMade) return 'being-made';
  if (facts.changes === 0) return 'empty';
  if (kind === 'run' && !facts.hasRunEnded) return 'under-way';
  if (kind !== 'run' || waiting > 0) {
    if (approval?.state === 'approved' && facts.openOfApproved === 0) return 'done';
    if (approval && approval.state !== 'open') return stateOfApproval[approval.state];
    if (isPast(approval?.expiresAt ?? (kind === 'run' ? undefined : facts.expiresAt), now)) return 'expired';
    if (waiting > 0 || kind === 'revision') return 'waiting';
    if (kind === 'preview' && rejected > 0) return 'rejected-before';
    return 'ready';
  }
  return facts.open > 0 ? 'unfinished' : 'done';
}

const isPast = (at: Date | string | undefined, now: Date): boolean =>
  at !== undefined && new Date(at).getTime() <= now.getTime();

/** What whoever looks at the plan does now, with the commands to the letter. */
export function nextStep(facts: PlanFacts, state: PlanState, now: Date): NextStep {
  const { target, runId, approval } = facts;
  switch (state) {
    case 'being-made':
      return { text: 'Look again in a moment.', commands: [] };
    case 'empty':
      return { text: 'The target is in step with Okta.', commands: [] };
    case 'ready':
      return {
        text: 'Nothing of it needs approval. A sync plans afresh and carries out what is then true.',
        commands: [`lockstep sync --target ${target}`],
      };
    case 'waiting':
      return toDecide(facts);
    case 'rejected-before':
      return toDoAfterAll(facts);
    case 'approved':
      return {
        text: `${decidedElsewhere(facts)}${approvedText(approval, now)}`,
        commands: [`lockstep runs --target ${target}`],
      };
    case 'rejected':
      return {
        text: `${decidedElsewhere(facts)}What it lists is not carried out on the strength of it. A new plan shows what is true now.`,
        commands: [`lockstep plan --target ${target}`],
      };
    case 'expired':
      return {
        text: 'It can no longer be approved. A new plan shows what is true now.',
        commands: [`lockstep plan --target ${target}`],
      };
    case 'replaced':
      return {
        text: 'What waits now, if anything does, is in a newer revision.',
        commands: [`lockstep plans --target ${target} --kind revision`],
      };
    case 'under-way':
      return { text: 'The run goes on by itself.', commands: [`lockstep runs show ${runId}`] };
    case 'unfinished':
      return {
        text: 'The run ended before everything was carried out; the next one plans the rest again.',
        commands: [`lockstep report ${runId}`],
      };
    case 'done':
      return {
        text: `${decidedElsewhere(facts)}Every change has its outcome.`,
        commands: [facts.kind === 'run' ? `lockstep report ${runId}` : `lockstep runs --target ${target}`],
      };
    default:
      return state satisfies never;
  }
}

function toDecide({ id, kind, hash, target, changes, waiting, rejected, approval }: PlanFacts): NextStep {
  const decided = approval ?? (kind === 'run' || hash === undefined ? undefined : { planId: id, hash });
  const asked = kind === 'preview' ? waiting + rejected : waiting;
  const free = changes - asked;
  const others = free === 1 ? 'The other one goes' : `The other ${number(free)} go`;
  const rest =
    (kind === 'preview' && rejected > 0
      ? ` Approval lets ${number(rejected)} go as well that ${rejected === 1 ? 'was' : 'were'} rejected before.`
      : '') + (kind === 'preview' && free > 0 ? ` ${others} with the next sync.` : '');
  const what = `${number(waiting)} of ${number(changes)} ${changes === 1 ? 'change' : 'changes'} ${waiting === 1 ? 'waits' : 'wait'} for approval.`;
  if (decided === undefined)
    return {
      text: `${what}${rest} The revision that lists them is not there yet.`,
      commands: [`lockstep plans --target ${target} --kind revision`],
    };
  const { approve, reject } = approvalCommands(decided.planId, decided.hash);
  const text = `${what}${rest} Read them; then let exactly these go, or drop them. CODE is yours, such as the number of a ticket; ${keyHint}`;
  return { text, commands: [approve, reject] };
}

/** What was rejected in an earlier plan is stopped in this one, and asks nobody; approval of this one stands above that. */
function toDoAfterAll({ id, hash, target, changes, rejected }: PlanFacts): NextStep {
  const text = `${number(rejected)} of ${number(changes)} ${changes === 1 ? 'change' : 'changes'} ${rejected === 1 ? 'was' : 'were'} rejected before: a sync leaves ${rejected === 1 ? 'it' : 'them'}. To do ${rejected === 1 ? 'it' : 'them'} after all, read and approve exactly this plan. CODE is yours, such as the number of a ticket; ${keyHint}`;
  const sync = `lockstep sync --target ${target}`;
  return { text, commands: hash === undefined ? [sync] : [approvalCommands(id, hash).approve] };
}

const decidedElsewhere = ({ id, kind, approval }: PlanFacts): string =>
  kind === 'preview' && approval && approval.planId !== id
    ? `Decided with plan ${approval.planId}, which lists the same. `
    : '';

function approvedText(approval: ApprovalView | undefined, now: Date): string {
  const validUntil = approval?.validUntil;
  if (validUntil !== undefined && isPast(validUntil, now))
    return `What it lists was carried out until ${minute(validUntil)}, as far as it was still true by then; the rest was not, and waits in a newer revision if it is still wanted.`;
  const until = validUntil === undefined ? '' : ` until ${minute(validUntil)}`;
  return `What it lists is carried out${until}, as far as it is still true by then.`;
}

const minute = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
