/** At Okta and at the target nobody is suspended or deactivated without an order, and not twice for one. */
import type { Evidence, OktaCall } from '../evidence.ts';
import { type Hold, holdsOf } from '../order-history.ts';

/** Between the end of a hold and the last call that began before it. */
const onTheWayMs = 2_000;

export function lifeSteps(evidence: Evidence): string[] {
  const steps = evidence.oktaCalls.filter(({ by, step }) => by === 'lockstep' && step !== 'sessions');
  return [
    ...steps.flatMap((call) => withoutOrder(evidence, call)),
    ...steps.flatMap((call) => inVain(evidence, call)),
    ...holdsOf(evidence).flatMap((hold) => [...twiceAtOkta(evidence, hold), ...twiceAtTarget(evidence, hold)]),
  ];
}

const told = ({ n, step, person }: OktaCall): string => `Okta's call ${n}: ${step} of ${person}`;
const hadEffect = ({ before, after }: OktaCall): boolean => before !== after;
const covers = ({ from, until }: Hold, at: number): boolean => from <= at && at <= until + onTheWayMs;

function withoutOrder(evidence: Evidence, call: OktaCall): string[] {
  const hold = holdsOf(evidence).findLast((one) => one.person === call.person && covers(one, call.at));
  if (!hold) return [`${told(call)}, who was not held`];
  if (call.step === 'suspend') return [];
  if (call.step !== 'deactivate') return [`${told(call)}: nobody orders that`];
  const { orders, graceEnds, timeline } = evidence;
  const isOrdered = orders.some(
    ({ person, okta, sentAt }) => person === call.person && okta === 'deactivate' && sentAt <= call.at,
  );
  const isGraceOver = graceEnds.some(({ person, at }) => person === call.person && at >= hold.from && at <= call.at);
  // Only who is ACTIVE can be suspended.
  const couldNot = timeline.some(
    ({ at, people }, index) =>
      at <= call.at &&
      (timeline[index + 1]?.at ?? Number.POSITIVE_INFINITY) >= hold.from &&
      people[call.person]?.status !== 'ACTIVE' &&
      people[call.person]?.status !== 'SUSPENDED',
  );
  return isOrdered || isGraceOver || couldNot ? [] : [`${told(call)}, which was to be suspended only`];
}

/** A call that Okta refuses asks for what is so already, unless an administrator came in between. */
function inVain({ oktaCalls, isBroken }: Evidence, call: OktaCall): string[] {
  const { trueStatus, fault, person, at } = call;
  const wasMeddledWith = oktaCalls.some(
    (other) => other.by === 'hand' && other.person === person && Math.abs(other.at - at) < 5_000,
  );
  const isExcused = isBroken || fault !== undefined || wasMeddledWith;
  return trueStatus !== undefined && trueStatus >= 300 && !isExcused
    ? [`${told(call)} was answered by ${trueStatus}`]
    : [];
}

function twiceAtOkta({ oktaCalls }: Evidence, hold: Hold): string[] {
  const about = oktaCalls.filter(({ person, at }) => person === hold.person && covers(hold, at));
  const lettings = about.filter((call) => call.by === 'hand' && hadEffect(call)).length;
  return ['suspend', 'deactivate'].flatMap((step) => {
    const times = about.filter((call) => call.by === 'lockstep' && call.step === step && hadEffect(call)).length;
    return times > 1 + lettings ? [`${hold.person}: ${step} took effect ${times} times for one offboarding`] : [];
  });
}

function twiceAtTarget({ calls }: Evidence, hold: Hold): string[] {
  const about = calls.filter(({ at }) => covers(hold, at));
  const count = (kind: string, by: 'lockstep' | 'hand' | undefined): number =>
    about
      .filter((call) => by === undefined || call.by === by)
      .flatMap(({ effects }) => effects)
      .filter((effect) => effect.kind === kind && 'person' in effect && effect.person === hold.person).length;
  const times = count('deactivate', 'lockstep');
  return times > 1 + count('activate', undefined)
    ? [`${hold.person}: was deactivated at the target ${times} times for one offboarding`]
    : [];
}
