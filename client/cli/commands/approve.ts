import type { Command } from 'commander';
import { hashPrefix } from '../../../domain/approval-commands.ts';
import type { PlanView } from '../../../reader/client.ts';
import { ClientError } from '../../client-error.ts';
import { type Context, does, type Shell } from '../command.ts';
import { type ExitCode, exitCodes } from '../io.ts';
import { reasonCode } from '../operator-command.ts';
import { waitOptions } from '../progress.ts';
import { signed } from '../sign.ts';
import { codeOfSync, syncLines } from '../sync-text.ts';
import { counted } from '../words.ts';

interface DecisionOptions {
  readonly hash: string;
  readonly reason: string;
  readonly ticket?: string;
  readonly key?: string;
  readonly wait: boolean;
}

export function addApprove(program: Command, shell: Shell): void {
  const approve = program
    .command('approve <plan>')
    .description('Release exactly the changes that a waiting or previewed plan lists, and wait until they are done.')
    .option('--no-wait', 'decide and return at once');
  withDecision(approve);
  does(
    shell,
    approve,
    'lockstep approve 0b5f0c1e-6a63-4f8e-9d07-2f6f5c1d7d31 --hash 3f2a9c1b --reason leavers-q4',
    (context, options: DecisionOptions, plan: string) => decide(context, options, plan, true),
  );
  const reject = program.command('reject <plan>').description('Drop the changes that a waiting plan lists.');
  withDecision(reject);
  does(
    shell,
    reject,
    'lockstep reject 0b5f0c1e-6a63-4f8e-9d07-2f6f5c1d7d31 --hash 3f2a9c1b --reason wrong-group',
    (context, options: DecisionOptions, plan: string) => decide(context, options, plan, false),
  );
}

const withDecision = (command: Command): Command =>
  command
    .requiredOption('--hash <prefix>', 'at least eight characters of the hash that you saw')
    .requiredOption('--reason <code>', 'why, as a code without spaces; it stands in the audit log', reasonCode)
    .option('--ticket <number>', 'where it was asked for', reasonCode)
    .option('--key <file>', 'your SSH key, where the configuration names approvers');

async function decide(
  context: Context,
  options: DecisionOptions,
  planId: string,
  approves: boolean,
): Promise<ExitCode> {
  const { lockstep, out } = context;
  const plan = await lockstep.reader.plan(planId);
  const { target } = plan;
  const decision = { target, planId: plan.id, ...statementOf(plan, options) };
  const statement = { decision: approves ? ('approve' as const) : ('reject' as const), ...decision };
  const result = await lockstep.decide({
    ...decision,
    approves,
    ...(options.key === undefined ? {} : { signature: signed(statement, options.key) }),
    // What was seen, not what is there: the two must agree.
    hash: options.hash,
  });
  const { state, signers, requestId } = result;
  if (options.key !== undefined && signers.length === 0) out.note('not signed: the configuration names no approvers');
  const decided = [words[state], ...signedBy(signers)];
  if (state !== 'approved' || requestId === undefined) {
    out.result({ planId: plan.id, target, ...result }, () => decided);
    return state === 'needs-another-signature' ? exitCodes.attention : exitCodes.done;
  }
  const released = releasedBy(plan);
  const answer = { planId: plan.id, target, ...result, released };
  if (options.wait === false) {
    out.result(answer, () => [...decided, startedLine(released, requestId)]);
    return exitCodes.done;
  }
  const run = await lockstep.waitForTarget(requestId, target, waitOptions(context));
  out.result({ ...answer, ...run }, function* () {
    yield* decided;
    yield startedLine(released, run.targets[0]?.run?.id ?? requestId);
    yield* syncLines(run);
  });
  return codeOfSync(run);
}

/** All that the plan lists without an outcome, what was rejected before included; not what is only ever reported. */
function releasedBy({ outcomes, stoppedBy }: PlanView): number {
  const open = outcomes.reduce((sum, { outcome, count }) => sum + (outcome === undefined ? count : 0), 0);
  return open - (stoppedBy.find(({ rule }) => rule === 'driftReported')?.count ?? 0);
}

const startedLine = (released: number, run: string): string =>
  `A run carries out ${counted(released, 'change')}, as far as ${released === 1 ? 'it is' : 'they are'} still wanted; \`lockstep report ${run}\` tells of it.`;

const words = {
  approved: 'Approved.',
  rejected: 'Rejected: these changes are dropped until they expire, or until something about them changes.',
  'needs-another-signature': 'Signed. Another approver has to sign before it is carried out.',
} as const;

const signedBy = (signers: readonly string[]): string[] =>
  signers.length === 0 ? [] : [`Signed by ${signers.join(' and ')}.`];

function statementOf({ hash }: PlanView, { reason, ticket, hash: seen }: DecisionOptions) {
  if (hash === undefined) throw new ClientError('refused', 'this plan is not complete', 'plan again');
  if (!hash.startsWith(seen.toLowerCase()))
    throw new ClientError(
      'refused',
      `the plan's hash is ${hashPrefix(hash)}…, not ${seen}`,
      'look at the plan again before you decide',
    );
  return { hash, reason, ...(ticket === undefined ? {} : { ticket }) };
}
