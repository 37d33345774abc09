/** Takes an offboarded person's access at Okta: sessions, then the user itself, confirmed by reading back. */
import { entitlementOf } from '../domain/entitlement.ts';
import { Failure, isFailure, isTransient } from '../domain/failure.ts';
import type { OktaUserId } from '../domain/ids.ts';
import type { OffboardingStep, OktaAction, StepState } from '../domain/offboarding.ts';
import type { Person } from '../domain/person.ts';
import { answerLost, endRefused, recordStep, type Step } from '../store/offboarding-steps.ts';
import { isOrdered } from '../store/offboardings.ts';
import type { OffboardedPart, Problem } from '../workflows/contract.ts';
import { deadlineIn } from './claims.ts';
import type { Dependencies } from './dependencies.ts';
import { whileAlive } from './heartbeats.ts';
import { throughGate } from './system-gate.ts';

export interface OffboardAtOktaInput {
  readonly offboardingId: string;
  readonly person: string;
  readonly action: OktaAction;
}

/** Each step by itself: one that is refused, for want of a scope perhaps, does not keep the next from being done. */
export const offboardAtOkta = (deps: Dependencies, input: OffboardAtOktaInput): Promise<OffboardedPart> =>
  whileAlive(({ signal }) =>
    throughGate(deps.source, { system: 'okta', signal, work: () => takeAccess(deps, input, signal) }),
  );

async function takeAccess(
  deps: Dependencies,
  input: OffboardAtOktaInput,
  signal: AbortSignal,
): Promise<OffboardedPart> {
  const { source, store } = deps;
  const person = input.person as OktaUserId;
  const record = (step: OffboardingStep, state: StepState, more: Pick<Step, 'detail' | 'requestId'> = {}) =>
    recordStep(store, input.offboardingId, { system: 'okta', step, state, ...more });
  const problems: Problem[] = [];
  /** Steps that Okta answered by there being no such person. */
  const notFound = new Map<OffboardingStep, Problem>();
  const attempt = async (step: OffboardingStep, write: () => Promise<{ readonly requestId?: string }>) => {
    try {
      const { requestId } = await write();
      await record(step, 'done', { requestId });
    } catch (error) {
      if (!isFailure(error)) throw error;
      const { kind, message, details } = error;
      if (isTransient(kind)) {
        // Should it have taken effect, the next try finds it done, and knows by whom.
        if (details.effectUnknown) await record(step, 'failed', { detail: answerLost, requestId: details.requestId });
        throw error;
      }
      if (details.status === 404) notFound.set(step, { kind, message });
      else problems.push({ kind, message });
      const code = details.code === undefined ? '' : `:${details.code}`;
      await record(step, 'failed', { detail: `${kind}${code}`, requestId: details.requestId });
    }
  };
  // At once, whatever the status: that one is read while the sessions end.
  const [read, ended] = await Promise.allSettled([
    source.person(person, { signal }),
    attempt('clear-sessions', () => source.lifecycle.clearSessions(person, { signal })),
  ]);
  // Not before both have come to an end, so that nothing goes on behind the next try's back.
  if (read.status === 'rejected') throw read.reason;
  if (ended.status === 'rejected') throw ended.reason;
  const before = read.value;
  const step = before && stepFor(before, input.action);
  // Taken before the store is asked: what a process that was stopped meanwhile would send is not sent any more.
  const sendBefore = deadlineIn(fenceMs);
  if (step && !(await isOrdered(store, input.offboardingId, input.action))) return withdrawn(person);
  await Promise.all([
    before?.masteredBy && record('find-master', ...masterFound(before.masteredBy)),
    step && attempt(step, () => source.lifecycle[step](person, { signal, sendBefore })),
  ]);
  const after = step ? await source.person(person, { signal }) : before;
  // Asynchronous work of Okta's is under way: looked at again in a moment.
  if (after?.isTransitioning)
    throw new Failure('Unavailable', `okta: ${person} is between two statuses`, { system: 'okta', subject: person });
  if (after) problems.push(...notFound.values());
  // Both say so: there is nobody any more whose sessions could end.
  else for (const gone of notFound.keys()) await record(gone, 'nothing-there', { detail: 'not-found' });
  if (!after) await record('confirm', 'nothing-there', { detail: 'not-found' });
  else if (isOut(after, input.action)) await record('confirm', step ? 'done' : 'already-so', { detail: after.status });
  else {
    await record('confirm', 'failed', { detail: after.status });
    problems.push({ kind: 'UnexpectedResponse', message: `okta: ${person} is ${after.status} afterwards` });
  }
  const [problem] = problems;
  if (problem) return { state: 'failed', problem };
  // What failed in an earlier round and is so all the same: by a try whose answer was lost, or by somebody else.
  await endRefused(store, input.offboardingId, 'okta');
  return { state: 'done' };
}

/** From the moment that the order is known to stand. Deactivation cannot be undone: whoever is late asks again. */
const fenceMs = 10_000;

const withdrawn = (person: OktaUserId): OffboardedPart => ({
  state: 'failed',
  problem: { kind: 'Conflict', message: `okta: what was ordered of ${person} is not ordered any more` },
});

/** Told of everybody, so that what was said of somebody whom a directory gave up since is taken back. */
const masterFound = (master: NonNullable<Person['masteredBy']>): [StepState, { detail?: string }] =>
  master === 'okta' ? ['nothing-there', {}] : ['done', { detail: master }];

/** Only somebody ACTIVE can be suspended ("Suspend a user"); whoever cannot is deactivated, which every status allows. */
function stepFor(person: Person, action: OktaAction): 'suspend' | 'deactivate' | undefined {
  if (isOut(person, action)) return undefined;
  return action === 'suspend' && person.status === 'ACTIVE' ? 'suspend' : 'deactivate';
}

function isOut(person: Person, action: OktaAction): boolean {
  const entitlement = entitlementOf(person);
  return entitlement === 'left' || (action === 'suspend' && entitlement === 'suspended');
}
