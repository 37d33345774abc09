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
  workflowInfo,
} from '@temporalio/workflow';
import type { OffboardingCommand } from '../domain/offboarding.ts';
import { urgentAtOkta, urgentRecords, urgentWork } from './activity-options.ts';
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
import { Refusals } from './refusals.ts';
import { showPhase } from './show-phase.ts';

const minuteMs = 60_000;
/** The rules of time zones change: looked up anew this often. */
const longestWaitMs = 7 * 24 * 60 * minuteMs;
/** Between two looks while the store's clock is behind. */
const longestBehindMs = 30_000;
/** Between two tries while the store refuses. */
const firstStoreWaitMs = 5_000;
const longestStoreWaitMs = 5 * minuteMs;

/**
 * One person's offboarding, from the first command until all is done or it was cancelled. What was ordered and what has been
 * done stands in the store; this waits for the time and sees to it that each system is asked until it has confirmed.
 */
export async function offboarding({
  person,
  wakeAt,
  refused,
  commands = [],
}: OffboardingInput): Promise<OffboardingResult> {
  const refusals = new Refusals(refused);
  const pending: OffboardingCommand[] = [...commands];
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

  /** What came since the last look, and how things stand with it; a command that was accepted is never given up. */
  const look = async (): Promise<OffboardingOrder> => {
    const taken: OffboardingCommand[] = [];
    const ask = (): Promise<OffboardingOrder> => {
      isDue = false;
      taken.push(...pending.splice(0));
      return advance(person, taken);
    };
    return insist(ask, {
      isTold,
      goOn: () => ({ person, refused: refusals.rounds, commands: [...taken, ...pending] }),
    });
  };

  if (wakeAt !== undefined) await waitUntil(wakeAt, isTold);
  let early = 0;
  for (;;) {
    const order = await look();
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
      const isLong = millisUntil(at) > minuteMs || workflowInfo().continueAsNewSuggested;
      if (isLong && !isTold()) await continueAsNew<typeof offboarding>({ person, wakeAt: at });
      early = millisUntil(at) > 0 ? 0 : early + 1;
      await waitUntil(at, isTold, early);
      continue;
    }
    const ended = await takeAccess(person, order, { refusals, isTold });
    if (ended === 'history-full') await continueAsNew<typeof offboarding>({ person, refused: refusals.rounds });
    if (ended === 'told') refusals.forget();
    if (ended !== 'done') continue;
    const end = (): Promise<void> => urgentRecords.endOffboarding({ id: order.id ?? '' });
    await insist(end, { isTold: () => false, goOn: () => ({ person, commands: pending }) });
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

/** @param early how often the store, whose clock decides, has said that the time is not there yet although it is here */
async function waitUntil(at: string, isTold: () => boolean, early = 0): Promise<void> {
  const behindMs = Math.min(50 * 2 ** early, longestBehindMs);
  await condition(isTold, Math.min(Math.max(millisUntil(at), behindMs), longestWaitMs));
}

interface Insisting {
  readonly isTold: () => boolean;
  /** With what a fresh history goes on, should this one have no room for more tries. */
  readonly goOn: () => OffboardingInput;
}

/** Asks the store until it has done it, whatever keeps it from that: an accepted order is not lost with its workflow. */
async function insist<T>(ask: () => Promise<T>, { isTold, goOn }: Insisting): Promise<T> {
  for (let waitMs = firstStoreWaitMs; ; waitMs = Math.min(2 * waitMs, longestStoreWaitMs)) {
    try {
      const answer = await ask();
      if (waitMs > firstStoreWaitMs) showPhase('waiting', false);
      return answer;
    } catch (error) {
      const { problem, rethrow } = endingOf(error);
      if (isCancellation(rethrow)) throw rethrow;
      log.error('an offboarding is not recorded', { kind: problem.kind });
      showPhase('waiting', true);
      setCurrentDetails(`Not recorded: **${problem.kind}**: ${problem.message}\n\nIt is tried again until it is.`);
      await condition(isTold, waitMs);
      if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof offboarding>(goOn());
    }
  }
}

interface Taking {
  readonly refusals: Refusals;
  readonly isTold: () => boolean;
}

/** Every system by itself and all at once, until all is done, a command came, or the history has no room for more tries. */
async function takeAccess(
  person: string,
  order: OffboardingOrder,
  { refusals, isTold }: Taking,
): Promise<'done' | 'told' | 'history-full'> {
  const { id: offboardingId = '', okta: action = 'suspend', targets } = order;
  const left = new Set(['okta', ...targets]);
  const waiting = new Set<string>();
  /** Whose next try has no room in this history. */
  const full = new Set<string>();
  const untilDone = async (system: string, ask: () => Promise<OffboardedPart>): Promise<void> => {
    for (;;) {
      const { state, problem } = await asPart(ask);
      if (state === 'done') break;
      log.warn('a part of an offboarding is not done', { system, kind: problem?.kind });
      const waitMs = refusals.add(system, problem);
      showWork(order, refusals);
      waiting.add(system);
      await sleep(waitMs);
      waiting.delete(system);
      if (workflowInfo().continueAsNewSuggested) {
        full.add(system);
        return;
      }
    }
    left.delete(system);
    if (refusals.end(system) && left.size > 0) showWork(order, refusals);
  };
  const scope = new CancellationScope();
  const all = scope.run(() =>
    Promise.all([
      untilDone('okta', () => urgentAtOkta.offboardAtOkta({ offboardingId, person, action })),
      ...targets.map((target) =>
        untilDone(target, () => urgentWork.offboardAtTarget({ offboardingId, person, target, planId: uuid4() })),
      ),
    ]),
  );
  const isDone = (): boolean => left.size === 0;
  // Not before those that are under way have ended, so that none is cut off.
  const isFull = (): boolean => full.size > 0 && left.size === full.size + waiting.size;
  await Promise.race([all, condition(() => isTold() || isDone() || isFull())]);
  if (isDone()) return 'done';
  scope.cancel();
  await all.catch((error: unknown) => {
    if (!isCancellation(error)) throw error;
  });
  if (isDone()) return 'done';
  return isTold() ? 'told' : 'history-full';
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

function show(order: OffboardingOrder): void {
  const { state, id, effectiveAt } = order;
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
      setCurrentDetails(workText(order));
      showPhase('applying');
      return;
    default:
      showPhase('done', false);
      setCurrentDetails('Nothing is ordered, or not any more.');
  }
}

const workText = ({ id, targets }: OffboardingOrder): string =>
  `In effect: access is taken at Okta and at ${targets.join(', ')}. Offboarding \`${id}\`.`;

function showWork(order: OffboardingOrder, { text }: Refusals): void {
  showPhase('applying', text !== '');
  const next = 'It is tried again, less and less often, at least every hour; ordered once more, at once.';
  setCurrentDetails(text === '' ? workText(order) : `${text}\n\n${next}`);
}
