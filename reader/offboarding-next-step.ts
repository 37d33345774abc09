/** What to know and what to do about an offboarding, for whoever looks at it. */
import type { OffboardingRow } from '../store/offboarding-requests.ts';
import type { StepRow } from '../store/offboarding-steps.ts';
import { type AtOkta, atOkta } from './offboarded-at-okta.ts';
import type { OffboardingSummary, OffboardingView } from './offboarding-api.ts';

type NextStep = OffboardingView['nextStep'];

export function nextStepOf(
  { standing, person, id, open, inEffectAt, inForce }: OffboardingSummary,
  steps: readonly StepRow[],
): NextStep {
  const command = (verb: string, options = ''): string => `lockstep ${verb} ${person.id}${options} --reason CODE`;
  if (open.some(({ state }) => state === 'nobody'))
    return {
      text: 'Ask whoever ordered it who is meant, order the offboarding of that person, and release this id. Until then whoever is meant may have all their access.',
      commands: [command('release')],
    };
  switch (standing) {
    case 'unconfirmed':
      if (inForce)
        return {
          text: `This would change what is in force, ${inForce.id}, and more was ordered within a day than the limit lets through. Ask HR whether it is meant; what is in force goes on as it was ordered until it is confirmed. If it is not meant, order anew what is in force; cancelling or releasing would end that too.`,
          commands: [command('confirm-offboarding'), command('offboard', asOrdered(inForce))],
        };
      return {
        text: 'More people were ordered to be offboarded within a day than the limit lets through. Ask HR whether this one is meant; nothing is done until it is confirmed, and then it takes effect at its time, or at once if that has passed.',
        commands: [command('confirm-offboarding'), command('cancel-offboard')],
      };
    case 'scheduled':
      return {
        text: 'It takes effect by itself. Until then it can be withdrawn.',
        commands: [command('cancel-offboard')],
      };
    case 'under-way':
      return {
        text: open.some(({ state }) => state === 'failed')
          ? 'What failed is tried again, after five seconds and then after twice as long each time, at least every hour; ordered once more, at once. Mend what it names. Nothing gives this person access meanwhile.'
          : 'It goes on by itself. Nothing gives this person access meanwhile.',
        commands: [`lockstep offboarding show ${id}`],
      };
    case 'complete':
      return {
        text: 'Nothing gives this person access until they are released, as when they come back.',
        commands: [command('release')],
      };
    default:
      return {
        text:
          inEffectAt === undefined
            ? 'Nothing had been done yet, here or at Okta.'
            : `They are not held any more: the next sync gives them what Okta says. ${leftAtOkta[atOkta(steps)]}`,
        commands: [`lockstep explain ${person.id}`],
      };
  }
}

/** Options by which an operator orders the same. */
function asOrdered({ standing, effective, okta }: NonNullable<OffboardingSummary['inForce']>): string {
  const { at, local, zone } = effective;
  const time = local !== undefined && zone !== undefined ? ` --at ${local} --zone ${zone}` : ` --at ${at}`;
  return `${standing === 'scheduled' ? time : ''}${okta === 'deactivate' ? ' --okta deactivate' : ''}`;
}

const leftAtOkta: Readonly<Record<AtOkta, string>> = {
  in: 'At Okta they were not suspended.',
  suspended: 'They were suspended at Okta: unsuspend them there if they still are.',
  deactivated: 'They were deactivated at Okta: activate them there if they still are.',
  nobody: 'Okta had no such person.',
};

export function notesOf(row: OffboardingRow, steps: readonly StepRow[]): string[] {
  const found = {
    okta: 'Whoever asked named the person by e-mail address or login, which was looked up at Okta.',
    mirror:
      'Whoever asked named the person by e-mail address or login. Okta could not be asked, so they were found in its last reading, where nobody else had that name.',
  } as const;
  const note = row.in_effect_at === null ? undefined : oktaNote(row, atOkta(steps));
  return [
    ...(row.found_by === null ? [] : [found[row.found_by]]),
    ...(note === undefined ? [] : [note]),
    ...(row.state === 'cancelled' && row.in_effect_at !== null
      ? ['It had taken effect before it was cancelled; what was done until then is listed.']
      : []),
  ];
}

/** What is so at Okta, and what is still to come. */
function oktaNote({ okta, state, deactivate_at }: OffboardingRow, at: AtOkta): string | undefined {
  if (at === 'nobody') return undefined;
  const forGood = 'which takes every app for good and is not undone by a release.';
  if (at === 'deactivated') return `Deactivated at Okta, ${forGood}`;
  if (state !== 'in-effect') return undefined;
  if (okta === 'deactivate')
    return at === 'suspended'
      ? `Suspended at Okta; to be deactivated there, ${forGood}`
      : `To be deactivated at Okta, ${forGood}`;
  if (deactivate_at === null) return at === 'suspended' ? undefined : 'To be suspended at Okta.';
  const from = `deactivated there from ${deactivate_at.toISOString()} on, unless they are released before.`;
  return at === 'suspended' ? `Suspended at Okta; ${from}` : `To be suspended at Okta, and ${from}`;
}
