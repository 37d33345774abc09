/** Who is offboarded by the order that counts is out everywhere at rest, with evidence; who is not, is not held. */
import type { Evidence, Offboarding, Order } from '../evidence.ts';
import { isProtected } from '../history.ts';
import { countingOrder } from '../hr.ts';
import { dueAt, type Hold, holdsOf } from '../order-history.ts';
import { isKept } from '../world.ts';

export function offboarded(evidence: Evidence): string[] {
  const people = new Set([...evidence.orders, ...evidence.offboardings].map(({ person }) => person));
  return [
    ...[...people].flatMap((person) => problemsOf(evidence, person)),
    ...evidence.offboardings.flatMap((row) => (row.completedAt === undefined ? [] : gaps(evidence, row))),
  ];
}

function problemsOf(evidence: Evidence, person: string): string[] {
  const order = countingOrder(evidence.orders, person);
  const open = evidence.offboardings.find((row) => row.person === person && row.endedAt === undefined);
  const hold = holdsOf(evidence).findLast((one) => one.person === person && one.until === Number.POSITIVE_INFINITY);
  const told = (what: string): string => `${person}: ${what}`;
  if (order?.kind !== 'request' || dueAt(order) > evidence.at) {
    const [expected, isRight] =
      order?.kind === 'request' ? ['scheduled', open?.state === 'scheduled'] : ['none', open === undefined];
    return [
      ...(hold ? [told('is held although no order says so')] : []),
      ...(isRight ? [] : [told(`the offboarding is ${open?.state ?? 'none'} instead of ${expected}`)]),
    ];
  }
  return [
    ...(hold ? outAtOkta(evidence, order, hold) : [told('is not held although the order that counts says so')]),
    ...(open?.state === 'in-effect' ? [] : [told(`the offboarding is ${open?.state ?? 'none'} instead of in-effect`)]),
    ...(open?.completedAt === undefined ? [told('the offboarding is not complete')] : []),
    ...outAtTarget(evidence, person).map(told),
  ];
}

function outAtTarget(evidence: Evidence, person: string): string[] {
  if (isProtected(evidence, person)) return [];
  const { accounts, groups } = evidence.directory;
  return accounts
    .filter((account) => account.person === person)
    .flatMap(({ id, isActive }) => [
      ...(isActive ? [`the account ${id} is active`] : []),
      ...groups
        .filter(({ name, members }) => isKept(name) && members.includes(id))
        .map(({ name }) => `the account ${id} is in ${name}`),
    ]);
}

const out: ReadonlySet<string> = new Set(['SUSPENDED', 'DEPROVISIONED']);
const lettingIn: ReadonlySet<string> = new Set(['activate', 'reactivate', 'unsuspend', 'unlock']);

/** An administrator may let them in again at Okta, which nothing takes back there; at the target they stay out. */
function outAtOkta(evidence: Evidence, { person }: Order, { from }: Hold): string[] {
  const status = evidence.timeline.at(-1)?.people[person]?.status;
  if (status === undefined || out.has(status)) return [];
  const wasLetIn = evidence.oktaCalls.some(
    (call) => call.person === person && call.by === 'hand' && lettingIn.has(call.step) && call.at >= from,
  );
  return wasLetIn ? [] : [`${person}: is ${status} at Okta`];
}

/** At each system something is told for each thing that the evidence promises, and nothing of it failed. */
function gaps({ steps, oktaCalls, isBroken }: Evidence, row: Offboarding): string[] {
  const own = steps.filter(({ offboarding }) => offboarding === row.id);
  const stateOf = (system: string, step: string): string | undefined =>
    own.find((one) => one.system === system && one.step === step)?.state;
  const confirmed = ['done', 'already-so', 'nothing-there'];
  const wrong: string[] = [];
  const expect = (system: string, step: string, states: readonly string[]): void => {
    const state = stateOf(system, step);
    if (state === undefined || !states.includes(state)) wrong.push(`${system} ${step}: ${state ?? 'nothing is told'}`);
  };
  expect('okta', 'clear-sessions', ['done', 'nothing-there']);
  expect('okta', 'confirm', confirmed);
  expect('cloud', 'confirm', [...confirmed, 'not-possible']);
  // Whoever was killed, or lost the answer, cannot know that it was done.
  const isDone = ({ at }: { readonly at: number }): boolean =>
    at >= (row.inEffectAt ?? 0) && at <= (row.completedAt ?? 0);
  for (const call of oktaCalls)
    if (!isBroken && call.person === row.person && call.by === 'lockstep' && isDone(call) && call.after !== call.before)
      if (call.fault === undefined) expect('okta', call.step, ['done']);
  for (const { system, step, state } of own) if (state === 'failed') wrong.push(`${system} ${step}: failed`);
  return wrong.map((what) => `the offboarding of ${row.person} is complete, yet ${what}`);
}
