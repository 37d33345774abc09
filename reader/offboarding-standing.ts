/** How an offboarding stands, and what of it is not done or is for somebody to look at. */
import { lateAfterSeconds } from '../domain/offboarding.ts';
import type { OffboardingRow } from '../store/offboarding-requests.ts';
import type { StepRow } from '../store/offboarding-steps.ts';
import type { OrderNotTaken } from '../store/reading-offboardings.ts';
import type { OffboardingStanding, OpenPoint } from './offboarding-api.ts';
import { stepDetailText, stepNames } from './offboarding-words.ts';

export function standingOf({ state, completed_at }: OffboardingRow): OffboardingStanding {
  if (state !== 'in-effect') return state;
  return completed_at === null ? 'under-way' : 'complete';
}

/** @param targets that are configured now */
export function openPoints(
  row: OffboardingRow,
  steps: readonly StepRow[],
  targets: readonly string[],
  now: Date,
): OpenPoint[] {
  const standing = standingOf(row);
  if (standing === 'cancelled' || standing === 'released') return [];
  if (standing === 'unconfirmed')
    return [
      { system: 'lockstep', state: 'to-confirm', text: 'waits for confirmation: it is above the limit of a day' },
    ];
  if (standing === 'scheduled') {
    const isLate = now.getTime() - row.effective_at.getTime() > lateAfterSeconds * 1_000;
    const text = 'its time has passed and nothing has been done: see that a worker runs';
    return isLate ? [{ system: 'lockstep', state: 'late', text }] : [];
  }
  const unasked = standing === 'complete' ? [] : ['okta', ...targets].filter((system) => !isConfirmedAt(system, steps));
  const nobody = unasked.length === 0 && isNobody(steps) ? [nobodyPoint] : [];
  return [
    ...nobody,
    ...unasked
      .filter((system) => !steps.some((step) => step.system === system && step.state === 'failed'))
      .map((system): OpenPoint => ({ system, state: 'pending', text: 'not confirmed yet' })),
    ...steps.flatMap(pointOf),
  ];
}

/** Also where there is nothing to take, or it cannot be taken: then that is what was found. */
export const isConfirmedAt = (system: string, steps: readonly StepRow[]): boolean =>
  steps.some((step) => step.system === system && step.step === 'confirm' && step.state !== 'failed');

/**
 * An id with a wrong digit harms nobody and looks like a success, while whoever was meant keeps everything. Somebody whom
 * Okta has deleted, and who had an account, is another case.
 */
function isNobody(steps: readonly StepRow[]): boolean {
  const confirms = steps.filter(({ step }) => step === 'confirm');
  return (
    confirms.some(({ system, detail }) => system === 'okta' && detail === 'not-found') &&
    confirms.every(({ state, detail }) => state === 'nothing-there' && detail !== 'account-gone') &&
    !steps.some(({ step, state }) => step === 'find-others' && state !== 'nothing-there')
  );
}

const nobodyPoint: OpenPoint = {
  system: 'lockstep',
  state: 'nobody',
  text: 'nobody at Okta and no account at any target has this id: was it mistyped?',
};

export const notTakenPoint = ({ command, answer }: OrderNotTaken): OpenPoint => ({
  system: 'lockstep',
  state: 'to-look-at',
  text: `the order ${command} ${whyNotTaken[answer]}: ask its sender, and order what is meant`,
});

const whyNotTaken = {
  unclear: 'came again after others under the same id and was not taken',
  outdated:
    'to offboard this person was not taken, since an order with a higher number came before, and they keep their access',
} as const;

function pointOf(row: StepRow): OpenPoint[] {
  const { system, step, state } = row;
  const detail = stepDetailText(row);
  const why = detail === undefined ? '' : `: ${detail}`;
  if (step === 'find-others')
    return state === 'done' ? [{ system, state: 'to-look-at', text: `other accounts bear their names${why}` }] : [];
  if (step === 'find-master') return state === 'done' ? [{ system, state: 'to-look-at', text: detail ?? '' }] : [];
  if (state === 'failed') return [{ system, state, text: `${stepNames[step]}${why}` }];
  if (state !== 'not-possible') return [];
  const text = step === 'confirm' ? `the account stays active${why}` : `${stepNames[step]} is not possible${why}`;
  return [{ system, state, text }];
}
