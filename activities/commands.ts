/** Carries out what operators ask for, each with its entry in the audit log. */
import type { AccountId, OktaUserId } from '../domain/ids.ts';
import { acceptReading } from '../store/accept-reading.ts';
import { type AuditedCommand, recordCommand } from '../store/audit.ts';
import { commandOutcome, retriedBy } from '../store/command-outcome.ts';
import type { Store } from '../store/connect.ts';
import { retryNow } from '../store/due.ts';
import { inTransaction } from '../store/in-transaction.ts';
import { linkByOperator, unlinkByOperator } from '../store/operator-links.ts';
import { oktaSide } from '../store/snapshots.ts';
import { raiseVersion } from '../store/subjects.ts';
import { pausedTargets, pauseTarget, resumeTarget } from '../store/target-state.ts';
import type { Command, CommandInput, CommandResult } from '../workflows/contract.ts';
import type { Dependencies } from './dependencies.ts';
import { connectedTarget } from './observe-target.ts';
import { refusePaused } from './refuse-paused.ts';
import { refuseProse } from './refuse-prose.ts';
import { askTarget } from './start-target-syncs.ts';

/**
 * Idempotent by the request: what it did stands in the audit log under its id, in one transaction with the effect.
 * @throws Failure `Rejected`, `Conflict`, `GuardTripped` or `Misconfigured` when it is refused; nothing is done then
 */
export async function runCommand(deps: Dependencies, { requestId, command }: CommandInput): Promise<CommandResult> {
  refuseProse(command);
  if (command.target !== undefined) connectedTarget(deps, command.target);
  switch (command.kind) {
    case 'pause':
    case 'resume':
      return pauseOrResume(deps, requestId, command);
    case 'retry':
      return retry(deps, requestId, command);
    case 'link':
    case 'unlink':
      return linkOrUnlink(deps, requestId, command);
    case 'accept-reading':
      return accept(deps, requestId, command);
    default:
      return command satisfies never;
  }
}

type Of<Kind extends Command['kind']> = Extract<Command, { readonly kind: Kind }>;

const audited = (
  requestId: string,
  { kind, reason, ticket }: Command,
  more: Pick<AuditedCommand, 'target' | 'person' | 'account' | 'detail' | 'outcome'>,
): AuditedCommand => ({ runId: requestId, kind, reason, ...(ticket === undefined ? {} : { ticket }), ...more });

type Effect = Omit<Parameters<typeof audited>[2], 'outcome'> & { readonly hasChanged: boolean };

/** Does it and writes it down in one transaction, unless this very request did so before. */
async function once(
  { store, log }: Dependencies,
  requestId: string,
  command: Command,
  effect: (tx: Store) => Promise<Effect>,
): Promise<CommandResult> {
  const state = await inTransaction(store, async (tx) => {
    const before = await commandOutcome(tx, requestId);
    if (before) return before;
    const { hasChanged, ...about } = await effect(tx);
    await recordCommand(tx, audited(requestId, command, { ...about, outcome: hasChanged ? 'applied' : 'unchanged' }));
    return hasChanged ? 'done' : 'unchanged';
  });
  log.info({ target: command.target, kind: command.kind, state, reason: command.reason }, 'operator command');
  return { state, targets: [] };
}

const pauseOrResume = (deps: Dependencies, requestId: string, command: Of<'pause' | 'resume'>) =>
  once(deps, requestId, command, async (tx) => {
    const { kind, target, reason } = command;
    const hasChanged =
      kind === 'pause' ? await pauseTarget(tx, { target, by: 'operator', reason }) : await resumeTarget(tx, target);
    return { target, hasChanged };
  });

const accept = (deps: Dependencies, requestId: string, command: Of<'accept-reading'>) =>
  once(deps, requestId, command, async (tx) => {
    const { target, found } = command;
    const name = target ?? 'okta';
    return { target: name, hasChanged: await acceptReading(tx, target ?? oktaSide, { name, found }) };
  });

async function retry({ store, targets, log }: Dependencies, requestId: string, command: Of<'retry'>) {
  const { ids, target, reason } = command;
  if (target !== undefined) await refusePaused(store, target);
  const counts = await inTransaction(store, async (tx) => {
    // A repeat only asks again: what it made due may have been tried, and put off again, by now.
    const before = await retriedBy(tx, requestId);
    if (before.size > 0) return before;
    const retried = await retryNow(tx, { ...(ids ? { ids } : {}), ...(target === undefined ? {} : { target }) });
    // Those of a paused target are due, and tried once it goes on; if there are no others, the request is refused.
    const paused = (await pausedTargets(tx)).filter((pause) => retried.delete(pause.target));
    if (paused[0] && retried.size === 0) await refusePaused(tx, paused[0].target);
    for (const [name, count] of retried)
      await recordCommand(tx, audited(requestId, command, { target: name, detail: `retry:${count}` }));
    return retried;
  });
  const names = [...counts.keys()].filter((name) => targets.has(name));
  // Everything, since groups may be among it.
  for (const name of names) await askTarget(name, { requestId });
  const count = [...counts.values()].reduce((sum, one) => sum + one, 0);
  log.info({ targets: names, kind: 'retry', count, reason }, 'operator command');
  return { state: count > 0 ? ('done' as const) : ('unchanged' as const), count, targets: names };
}

/** What was planned of the person before is stale; they are planned again within minutes. */
async function linkOrUnlink(
  deps: Dependencies,
  requestId: string,
  command: Of<'link'> | Of<'unlink'>,
): Promise<CommandResult> {
  const { kind, target } = command;
  const person = command.person as OktaUserId;
  const result = await once(deps, requestId, command, async (tx) => ({
    target,
    person,
    ...(command.kind === 'link' ? await link(tx, command) : await unlink(tx, target, person)),
  }));
  // Of a repeated request as well: the first may have ended right before.
  await raiseVersion(deps.store, [person], kind, [target]);
  return result;
}

async function link(store: Store, { target, person, account, force }: Of<'link'>) {
  const hasChanged = await linkByOperator(store, {
    target,
    person: person as OktaUserId,
    account: account as AccountId,
    ...(force === undefined ? {} : { force }),
  });
  return { account, hasChanged };
}

const unlink = async (store: Store, target: string, person: OktaUserId) => ({
  account: await unlinkByOperator(store, target, person),
  hasChanged: true,
});
