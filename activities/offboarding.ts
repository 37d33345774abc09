/** Takes commands about an offboarding, and says how it stands. */
import { randomUUID } from 'node:crypto';
import { Failure } from '../domain/failure.ts';
import { isOktaUserId, type OktaUserId } from '../domain/ids.ts';
import { inOrder, type OffboardingCommand } from '../domain/offboarding.ts';
import {
  completeOffboarding,
  endedWithOpenRun,
  reschedule,
  takeCommand,
  takeEffectIfDue,
} from '../store/offboardings.ts';
import type { OffboardingOrder } from '../workflows/contract.ts';
import type { Dependencies } from './dependencies.ts';
import { resolveEffective } from './effective-time.ts';
import { refuseProse } from './refuse-prose.ts';
import { beginRun, endRun } from './report.ts';

export interface AdvanceInput {
  readonly person: string;
  readonly commands: readonly OffboardingCommand[];
  /**
   * ISO 8601: every command that came until then is known. This call may be made, or made again, long after it was asked
   * for, and a request that became due meanwhile may have been withdrawn meanwhile. Absent where an earlier build asked.
   */
  readonly asOf?: string;
}

/**
 * Records the commands and sets the hold if the time has come. Idempotent: a command counts once.
 * A command that makes no sense is refused by whoever takes it in; one that came here all the same is passed over and told.
 */
export async function advanceOffboarding(
  deps: Dependencies,
  { person: text, commands, asOf }: AdvanceInput,
): Promise<OffboardingOrder> {
  const { store, log } = deps;
  const { deactivateAfterMs } = deps.offboarding;
  const targets = [...deps.targets.keys()];
  const person = oktaUserId(text);
  for (const command of inOrder(commands)) {
    try {
      const answer = await take(deps, person, command, targets);
      const level = answer === 'above-limit' || answer === 'unclear' ? 'warn' : 'info';
      log[level]({ person, kind: command.kind, command: command.id, answer }, 'offboarding command');
    } catch (error) {
      if (!(error instanceof Failure) || error.kind !== 'Rejected') throw error;
      log.error({ person, kind: command.kind, command: command.id, reason: error.message }, 'refused a command');
    }
  }
  for (const runId of await endedWithOpenRun(store, person)) await endRun(deps, { runId });
  await resolveAgain(deps, person);
  const row = await takeEffectIfDue(store, person, targets, {
    ...(deactivateAfterMs === undefined ? {} : { deactivateAfterMs }),
    ...(asOf === undefined ? {} : { dueBy: new Date(asOf) }),
  });
  if (!row) return { state: 'none', targets };
  const { id, state, effective_at, okta } = row;
  // What is done has a run, whose chain in the audit log ends with it.
  if (state === 'in-effect') await beginRun(deps, { runId: id, kind: 'offboarding', covers: [] });
  if (state === 'cancelled' || state === 'released') return { state: 'none', targets };
  return { state, id, effectiveAt: effective_at.toISOString(), okta, targets };
}

async function take(
  { store, offboarding: { limit } }: Dependencies,
  person: OktaUserId,
  command: OffboardingCommand,
  targets: string[],
) {
  refuseProse(command);
  const effective = command.kind === 'request' && command.effective && resolveEffective(command.effective);
  const okta = (command.kind === 'request' ? command.okta : undefined) ?? 'suspend';
  const make = { id: randomUUID(), okta, limit, ...(effective ? { effective } : {}) };
  return takeCommand(store, person, command, make, targets);
}

/** The rules of zones change, by law and on short notice; this build may know others than the one that scheduled it. */
const resolveAgain = ({ store }: Dependencies, person: OktaUserId): Promise<void> =>
  reschedule(store, person, (local, zone) => resolveEffective({ local, zone }).at);

function oktaUserId(text: string): OktaUserId {
  if (isOktaUserId(text)) return text;
  throw new Failure('Rejected', 'not the id of a person at Okta, which starts with 00u', { system: 'lockstep' });
}

/** Everything is done and confirmed. */
export async function endOffboarding(deps: Dependencies, { id }: { readonly id: string }): Promise<void> {
  await completeOffboarding(deps.store, id);
  await endRun(deps, { runId: id });
  deps.log.info({ offboarding: id }, 'offboarding complete');
}
