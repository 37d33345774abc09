/** What to know and what to do about an offboarding, for whoever looks at it. */
import type { OffboardingRow } from '../store/offboarding-requests.ts';
import type { OffboardingSummary, OffboardingView } from './offboarding-api.ts';

type NextStep = OffboardingView['nextStep'];

export function nextStepOf({ standing, person, id, open, okta, inForce }: OffboardingSummary): NextStep {
  const command = (verb: string, options = ''): string => `lockstep ${verb} ${person.id}${options} --reason CODE`;
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
        text: `They are not held any more: the next sync gives them what Okta says.${okta === 'suspend' ? ' Whoever was suspended at Okta is to be unsuspended there.' : ''}`,
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

export function notesOf({ found_by, okta, state, in_effect_at, deactivate_at }: OffboardingRow): string[] {
  const found = {
    okta: 'Whoever asked named the person by e-mail address or login, which was looked up at Okta.',
    mirror:
      'Whoever asked named the person by e-mail address or login. Okta could not be asked, so they were found in its last reading, where nobody else had that name.',
  } as const;
  return [
    ...(found_by === null ? [] : [found[found_by]]),
    ...(okta === 'deactivate' && in_effect_at !== null
      ? ['Deactivated at Okta, which takes every app for good and is not undone by a release.']
      : []),
    ...(okta === 'suspend' && state === 'in-effect' && deactivate_at !== null
      ? [
          `Suspended at Okta; deactivated there from ${deactivate_at.toISOString()} on, unless they are released before.`,
        ]
      : []),
    ...(state === 'cancelled' && in_effect_at !== null
      ? ['It had taken effect before it was cancelled; what was done until then is listed.']
      : []),
  ];
}
