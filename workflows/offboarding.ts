import {
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  log,
  setCurrentDetails,
  setHandler,
  sleep,
  uuid4,
} from '@temporalio/workflow';
import type { OffboardingCommand } from '../domain/offboarding.ts';
import { urgentRecords, urgentWork } from './activity-options.ts';
import {
  cancelSignal,
  confirmSignal,
  dueSignal,
  type OffboardedPart,
  type OffboardingInput,
  type OffboardingOrder,
  type OffboardingResult,
  releaseSignal,
  requestSignal,
} from './contract.ts';
import { endingOf } from './problem.ts';
import { showPhase } from './show-phase.ts';

const minuteMs = 60_000;
/** The rules of time zones change: looked up anew this often. */
const longestWaitMs = 7 * 24 * 60 * minuteMs;
/** Between two rounds at a system that refuses for good: somebody has to mend it, and the person still has access there. */
const roundEveryMs = 5 * minuteMs;

/**
 * One person's offboarding, from the first command until all is done or it was cancelled. What was ordered and what has been
 * done stands in the store; this waits for the time and sees to it that each system is asked until it has confirmed.
 */
export async function offboarding({ person, wakeAt }: OffboardingInput): Promise<OffboardingResult> {
  const pending: OffboardingCommand[] = [];
  const take = (command: OffboardingCommand): void => {
    pending.push(command);
  };
  setHandler(requestSignal, take);
  setHandler(cancelSignal, take);
  setHandler(releaseSignal, take);
  setHandler(confirmSignal, take);
  let isDue = false;
  setHandler(dueSignal, () => {
    isDue = true;
  });
  const isTold = (): boolean => pending.length > 0 || isDue;

  if (wakeAt !== undefined) await waitUntil(wakeAt, isTold);
  for (;;) {
    isDue = false;
    const order = await advance(person, pending.splice(0));
    if (order.state === 'none') {
      show(order);
      // Nothing is awaited between this check and the return, so no command is lost.
      if (isTold()) continue;
      return { person, ended: 'cancelled-or-released' };
    }
    show(order);
    if (order.state === 'unconfirmed') {
      await condition(isTold, longestWaitMs);
      continue;
    }
    if (order.state === 'scheduled') {
      const at = order.effectiveAt ?? '';
      // A fresh history, so that a later build goes on with it.
      if (millisUntil(at) > minuteMs && !isTold()) await continueAsNew<typeof offboarding>({ person, wakeAt: at });
      await waitUntil(at, isTold);
      continue;
    }
    if (!(await takeAccess(person, order, isTold))) continue;
    await urgentRecords.endOffboarding({ id: order.id ?? '' });
    if (isTold()) continue;
    showPhase('done', false);
    setCurrentDetails(
      `Complete: every system has confirmed. \`lockstep offboarding show ${order.id}\` has the evidence.`,
    );
    return { person, ended: 'complete' };
  }
}

const advance = (person: string, commands: readonly OffboardingCommand[]): Promise<OffboardingOrder> =>
  urgentRecords.advanceOffboarding.executeWithOptions(
    { summary: commands.map(({ kind }) => kind).join(', ') || 'time' },
    [{ person, commands, asOf: new Date().toISOString() }],
  );

const millisUntil = (at: string): number => Date.parse(at) - Date.now();

async function waitUntil(at: string, isTold: () => boolean): Promise<void> {
  // The store's clock decides and may be a little behind; not so often that it is asked all the time.
  await condition(isTold, Math.min(Math.max(millisUntil(at), 50), longestWaitMs));
}

/** Every system by itself and all at once. @returns false when a command came before all was done */
async function takeAccess(person: string, order: OffboardingOrder, isTold: () => boolean): Promise<boolean> {
  const { id: offboardingId = '', okta: action = 'suspend', targets } = order;
  const left = new Set(['okta', ...targets]);
  const scope = new CancellationScope();
  const all = scope.run(() =>
    Promise.all([
      untilDone('okta', left, () => urgentWork.offboardAtOkta({ offboardingId, person, action })),
      ...targets.map((target) =>
        untilDone(target, left, () => urgentWork.offboardAtTarget({ offboardingId, person, target, planId: uuid4() })),
      ),
    ]),
  );
  const isDone = (): boolean => left.size === 0;
  await Promise.race([all, condition(() => isTold() || isDone())]);
  if (isDone()) return true;
  scope.cancel();
  await all.catch((error: unknown) => {
    if (!isCancellation(error)) throw error;
  });
  return isDone();
}

async function untilDone(system: string, left: Set<string>, ask: () => Promise<OffboardedPart>): Promise<void> {
  for (;;) {
    const { state, problem } = await asPart(ask);
    if (state === 'done') {
      left.delete(system);
      return;
    }
    log.warn('a part of an offboarding is not done', { system, kind: problem?.kind });
    showPhase('applying', true);
    setCurrentDetails(
      `**${system}** is not done: **${problem?.kind}**: ${problem?.message}\n\nTried again every five minutes.`,
    );
    await sleep(roundEveryMs);
  }
}

async function asPart(ask: () => Promise<OffboardedPart>): Promise<OffboardedPart> {
  try {
    return await ask();
  } catch (error) {
    const { problem, rethrow } = endingOf(error);
    if (isCancellation(rethrow)) throw rethrow;
    return { state: 'failed', problem };
  }
}

function show({ state, id, effectiveAt, targets }: OffboardingOrder): void {
  switch (state) {
    case 'unconfirmed':
      showPhase('waiting', true);
      setCurrentDetails(
        `**Waits for confirmation**: more offboardings were ordered within a day than the limit lets through. It was ordered for **${effectiveAt}**, and nothing is done until then nor later without one.\n\n\`lockstep offboarding show ${id}\` tells who ordered what; \`lockstep confirm-offboarding\` or \`lockstep cancel-offboard\` decides.`,
      );
      return;
    case 'scheduled':
      showPhase('waiting');
      setCurrentDetails(`Takes effect at **${effectiveAt}**. Offboarding \`${id}\`.`);
      return;
    case 'in-effect':
      showPhase('applying');
      setCurrentDetails(`In effect: access is taken at Okta and at ${targets.join(', ')}. Offboarding \`${id}\`.`);
      return;
    default:
      showPhase('done', false);
      setCurrentDetails('Nothing is ordered, or not any more.');
  }
}
