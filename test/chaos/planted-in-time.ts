/** What the oracles about orders, holds and the log are there to catch. */
import type { Evidence, Order } from './evidence.ts';
import type { oracles } from './oracles/index.ts';
import { holdsOf, isOffboarded } from './order-history.ts';
import type { Planted } from './planted.ts';

/** Somebody who was offboarded and stays so. */
const offboardedOf = (evidence: Evidence): Order =>
  evidence.orders.find(({ person, kind }) => kind === 'request' && isOffboarded(evidence, person))!;
const cancelledOf = ({ orders }: Evidence): Order => orders.find(({ kind }) => kind === 'cancel')!;
const holdOf = (evidence: Evidence, { person }: Order) => holdsOf(evidence).find((hold) => hold.person === person)!;
const without = <T>(items: readonly T[], isLost: (item: T) => boolean): T[] => items.filter((item) => !isLost(item));

/** One more call that gives them something, a while after they were held and without anybody's having claimed them before. */
function giving(evidence: Evidence, kind: 'activate' | 'join'): Evidence {
  const { person } = offboardedOf(evidence);
  const { from } = holdOf(evidence, offboardedOf(evidence));
  const account = evidence.directory.accounts.find((one) => one.person === person)!.id;
  const effect =
    kind === 'join' ? { kind, account, person, group: 'g', groupName: 'team-x' } : { kind, account, person };
  const like = evidence.calls.find(({ by }) => by === 'lockstep')!;
  const claims = [...evidence.claims, { at: from + 4_900, person }];
  return { ...evidence, claims, calls: [...evidence.calls, { ...like, at: from + 5_000, effects: [effect] }] };
}

/** The same step of their life once more, in the same hold. */
function again(evidence: Evidence, change: Partial<Evidence['oktaCalls'][number]>): Evidence {
  const call = evidence.oktaCalls.find(({ by, step }) => by === 'lockstep' && step === 'suspend')!;
  return { ...evidence, oktaCalls: [...evidence.oktaCalls, { ...call, ...change }] };
}

export const plantedInTime: Readonly<
  Record<Extract<keyof typeof oracles, 'held' | 'offboarded' | 'orders' | 'life steps' | 'arrival'>, Planted>
> = {
  held: {
    'somebody who is held gets their account back': [(evidence) => giving(evidence, 'activate'), /activate of 00u/],
    'somebody who is held is put into a group': [(evidence) => giving(evidence, 'join'), /join of 00u/],
    'the hold was dropped without an order': [
      (evidence) => {
        const { person } = offboardedOf(evidence);
        const at = holdOf(evidence, offboardedOf(evidence)).from + 1;
        return giving({ ...evidence, holds: [...evidence.holds, { at, person, isHeld: false }] }, 'activate');
      },
      /who had been held/,
    ],
  },
  offboarded: {
    'an account was overlooked': [
      (evidence) => ({
        ...evidence,
        directory: {
          ...evidence.directory,
          accounts: evidence.directory.accounts.map((one) => ({ ...one, isActive: true })),
        },
      }),
      /the account .* is active/,
    ],
    'a membership was overlooked': [
      (evidence) => ({
        ...evidence,
        directory: {
          ...evidence.directory,
          groups: evidence.directory.groups.map((group) => ({
            ...group,
            members: evidence.directory.accounts.map(({ id }) => id),
          })),
        },
      }),
      /is in /,
    ],
    'they get in at Okta': [
      (evidence) => {
        const { person } = offboardedOf(evidence);
        const last = evidence.timeline.at(-1)!;
        const people = { ...last.people, [person]: { ...last.people[person]!, status: 'ACTIVE' } };
        return { ...evidence, timeline: [...evidence.timeline, { ...last, people }] };
      },
      /is ACTIVE at Okta/,
    ],
    'nobody holds them': [(evidence) => ({ ...evidence, holds: [] }), /is not held although/],
    'somebody is held for ever': [
      (evidence) => ({
        ...evidence,
        holds: [...evidence.holds, { at: evidence.at - 1, person: cancelledOf(evidence).person, isHeld: true }],
      }),
      /is held although no order says so/,
    ],
    'it was never complete': [
      (evidence) => ({
        ...evidence,
        offboardings: evidence.offboardings.map((row) => ({ ...row, completedAt: undefined })),
      }),
      /is not complete/,
    ],
    'a step is not told': [
      (evidence) => ({ ...evidence, steps: without(evidence.steps, ({ step }) => step === 'clear-sessions') }),
      /okta clear-sessions: nothing is told/,
    ],
    'what was done is told as found': [
      (evidence) => ({
        ...evidence,
        steps: evidence.steps.map((one) => (one.step === 'suspend' ? { ...one, state: 'already-so' } : one)),
      }),
      /okta suspend: already-so/,
    ],
    'nobody confirmed it': [
      (evidence) => ({
        ...evidence,
        steps: evidence.steps.map((one) => (one.system === 'cloud' ? { ...one, state: 'failed' } : one)),
      }),
      /cloud confirm: failed/,
    ],
  },
  orders: {
    'an order is not on record': [(evidence) => ({ ...evidence, commands: evidence.commands.slice(1) }), /0 times/],
    'an order is audited twice': [
      (evidence) => ({ ...evidence, audit: [...evidence.audit, ...evidence.audit] }),
      /is audited 2 times/,
    ],
    'an order has another number': [
      (evidence) => ({ ...evidence, commands: evidence.commands.map((one) => ({ ...one, seq: one.seq + 1 })) }),
      /is on record as/,
    ],
    'an order that nobody gave': [
      (evidence) => ({ ...evidence, commands: [...evidence.commands, { ...evidence.commands[0]!, id: 'x' }] }),
      /was never given/,
    ],
    'one that was cancelled before its time has an effect': [
      (evidence) => {
        const { person, takenAt } = cancelledOf(evidence);
        return { ...evidence, holds: [...evidence.holds, { at: takenAt + 60_000, person, isHeld: true }] };
      },
      /which no order asked for/,
    ],
    'it takes a minute': [
      (evidence) => ({
        ...evidence,
        at: evidence.at + 120_000,
        holds: evidence.holds.map((note) => ({ ...note, at: note.at + 60_000 })),
      }),
      /was not held within/,
    ],
  },
  'life steps': {
    'somebody is suspended twice': [(evidence) => again(evidence, {}), /suspend took effect 2 times/],
    'somebody is suspended whom nobody offboarded': [
      (evidence) => again(evidence, { person: '00u0' }),
      /who was not held/,
    ],
    'somebody is deactivated who was to be suspended only': [
      (evidence) => again(evidence, { step: 'deactivate' }),
      /which was to be suspended only/,
    ],
    'somebody is asked to be suspended who is so already': [
      (evidence) => again(evidence, { trueStatus: 400, before: 'SUSPENDED' }),
      /was answered by 400/,
    ],
    'an account is deactivated twice for one offboarding': [
      (evidence) => {
        const { person } = offboardedOf(evidence);
        const call = evidence.calls.find(
          ({ by, effects }) =>
            by === 'lockstep' && effects.some((effect) => effect.kind === 'deactivate' && effect.person === person),
        )!;
        return { ...evidence, calls: [...evidence.calls, call] };
      },
      /was deactivated at the target 2 times/,
    ],
  },
  arrival: {
    'something did not come': [
      (evidence) => ({ ...evidence, arrivals: [{ what: '00u0', missing: ['00u0: title is Old'] }] }),
      /title is Old/,
    ],
  },
};
