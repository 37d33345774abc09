/** What came of an order about an offboarding, in words. */
import type { OffboardingOrder, OrderOutcome } from '../offboard.ts';
import { effectiveText } from './offboarding-text.ts';
import { personName } from './words.ts';

/** Who is released or withdrawn already is as was asked; of whom nothing was ever ordered, somebody else may be meant. */
export const isSettled = ({ answer, offboarding }: OrderOutcome): boolean =>
  answer !== 'outdated' &&
  !(answer === 'nothing-to-end' && offboarding === undefined) &&
  !offboarding?.needsAttention &&
  offboarding?.standing !== 'under-way';

/** @param who as the operator named them */
export function* outcomeLines(
  kind: OffboardingOrder['kind'],
  { person, answer, offboarding }: OrderOutcome,
  who: string = person,
): Generator<string> {
  const name = offboarding ? personName(offboarding.person) : who === person ? person : `${who} (${person})`;
  if (answer === 'nothing-to-end') {
    yield offboarding
      ? `The offboarding of ${name} is ${offboarding.standing} already: there is nothing to ${kind}.`
      : `Nothing was ordered of ${name}: there is nothing to ${kind}.`;
    return;
  }
  if (answer === 'nothing-to-confirm') yield 'Nothing waited to be confirmed any more.';
  if (answer === 'outdated')
    yield kind === 'confirm'
      ? 'Another order came since and is not confirmed: look at it again.'
      : 'Another order came at the same time and counts instead of this one.';
  if (!offboarding) return;
  switch (offboarding.standing) {
    case 'scheduled':
      yield `${name} loses all access at ${effectiveText(offboarding)}.`;
      break;
    case 'under-way':
    case 'complete':
      yield `${name} is offboarded: ${offboarding.standingText}.`;
      break;
    case 'unconfirmed':
      yield `The offboarding of ${name} ${offboarding.standingText}.`;
      break;
    default:
      yield `The offboarding of ${name} is ${offboarding.standing}. ${offboarding.nextStep.text}`;
  }
  yield* offboarding.open.map(({ system, text }) => `! ${system}: ${text}`);
  yield `\`lockstep offboarding show ${person}\` has the evidence.`;
}
