/** Offboardings in words: how one stands, what became of each step and each command, and what that means. */
import { findingCodes } from '../domain/change.ts';
import type { CommandAnswer, OffboardingStep, StepState } from '../domain/offboarding.ts';
import type { StepRow } from '../store/offboarding-steps.ts';
import { reasonInWords } from './detail-words.ts';
import { findingTexts } from './finding-texts.ts';
import type { OffboardingStanding, OpenPoint } from './offboarding-api.ts';

const standingTexts: Readonly<Record<OffboardingStanding, string>> = {
  unconfirmed: 'waits for confirmation',
  scheduled: 'scheduled',
  'under-way': 'in effect, access is being taken',
  complete: 'in effect, all confirmed',
  cancelled: 'cancelled',
  released: 'released',
};

/** By what is not done as well: somebody may keep access although all that can be done is done. */
export function standingText(standing: OffboardingStanding, open: readonly OpenPoint[]): string {
  const has = (wanted: OpenPoint['state']): boolean => open.some(({ state }) => state === wanted);
  if (has('failed')) return 'in effect, but not everything is done';
  if (has('not-possible')) return 'in effect, but not everything is possible';
  if (has('nobody')) return 'in effect, but nobody has this id';
  return standingTexts[standing];
}

export const stepNames: Readonly<Record<OffboardingStep, string>> = {
  'clear-sessions': 'end sessions',
  suspend: 'suspend',
  deactivate: 'deactivate',
  confirm: 'confirm by reading back',
  'remove-memberships': 'remove from groups',
  'find-others': 'look for other accounts',
  'find-master': 'look who masters the user',
};

const stateTexts: Readonly<Record<StepState, string>> = {
  done: 'done',
  'already-so': 'was so already',
  'not-possible': 'not possible',
  failed: 'failed',
  'nothing-there': 'nothing there',
};

/** Where `done` alone would not say it. */
export function stepStateText({ step, state }: Pick<StepRow, 'step' | 'state'>): string {
  if (step === 'confirm' && state === 'done') return 'confirmed';
  if (step === 'confirm' && state === 'already-so') return 'confirmed, was so already';
  if (step === 'find-master') return state === 'done' ? 'not Okta' : 'Okta';
  if (step === 'find-others') return state === 'done' ? 'found some' : state === 'nothing-there' ? 'none' : 'failed';
  return stateTexts[state];
}

export const answerTexts: Readonly<Record<CommandAnswer, string>> = {
  accepted: 'accepted',
  repeated: 'the same came before',
  outdated: 'came too late: one with a higher number came before',
  'nothing-to-end': 'there was no offboarding to end; a request with a lower number that comes later does not count',
  unclear: 'not taken: the same came before, and others under the same id since, so it may be an old one sent again',
  'above-limit': 'above the limit of a day: nothing is done until it is confirmed',
  'nothing-to-confirm': 'nothing waited to be confirmed',
};

const masterTexts: Readonly<Record<string, string>> = {
  directory: 'a directory (AD or LDAP) masters them: disable them there too, or its next import may bring them back',
  other: 'another source masters them: end them there too, or its next import may bring them back',
};

const ownDetails: Readonly<Record<string, string>> = {
  'not-found': 'Okta has no such user',
  'never-read': 'the target was never read, so nobody knows what is there; a sync reads it',
  'unlinked-account': 'an active account bears the id of this person and is linked to nobody: link it, then it is done',
  'answer-lost': 'the answer was lost; it may have taken effect, and is looked at again',
  'found-after-lost-answer': 'the answer was lost; looking again, it had taken effect',
  'not-linked': 'no account of this target is linked to the person',
  'account-gone': 'the linked account is no longer at the target',
  'still-active': 'the account is still active',
  open: 'not tried yet',
  parked: 'failed; it is tried again',
  stale: 'the person changed meanwhile; it is planned again',
  waiting: 'waits for approval',
};

/** Undefined where the code says nothing that the state does not say. */
export function stepDetailText({ system, step, state, detail }: StepRow): string | undefined {
  if (detail === null) return undefined;
  if (step === 'find-master') return masterTexts[detail] ?? detail;
  if (step === 'find-others') return detail.split(' ').join(', ');
  if (step === 'remove-memberships') {
    const [done, all] = detail.split('/');
    return `${done} of ${all} memberships`;
  }
  if (state === 'not-possible') return isFinding(detail) ? findingTexts[detail].text : detail;
  if (system === 'okta' && step === 'confirm' && detail !== 'not-found') return `Okta says ${detail}`;
  return ownDetails[detail] ?? reasonInWords(detail);
}

const isFinding = (code: string): code is keyof typeof findingTexts => Object.hasOwn(findingCodes, code);
