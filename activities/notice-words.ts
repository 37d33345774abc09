/** Notices in words: what happened, and what to do. */
import { approvalCommands, keyHint } from '../domain/approval-commands.ts';
import { failingAfterSeconds } from '../domain/offboarding.ts';
import { offboardingWindowHours } from '../domain/offboarding-limit.ts';
import { pausedTexts } from '../domain/pause-texts.ts';
import { retryHoursText } from '../domain/retry-hours.ts';
import type { Notice } from '../store/notices.ts';
import { taskQueues, workflowIds } from '../workflows/contract.ts';

export interface NoticeWords {
  readonly subject: string;
  readonly lines: readonly string[];
}

export function noticeWords(notice: Notice): NoticeWords {
  const { target } = notice;
  switch (notice.kind) {
    case 'approval-waiting': {
      const { planId, hash, changes, expiresAt } = notice;
      const { approve, reject } = approvalCommands(planId, hash);
      return {
        subject: `${target}: ${counted(changes, 'change')} ${changes === 1 ? 'waits' : 'wait'} for approval`,
        lines: [
          `${counted(changes, 'change')} of ${target} ${changes === 1 ? 'waits' : 'wait'}, until ${minute(expiresAt)}. All others go on.`,
          `Look at plan ${planId}, then:`,
          `  ${approve}`,
          `  ${reject}`,
          `CODE is yours, such as the number of a ticket; ${keyHint}`,
        ],
      };
    }
    case 'target-paused':
      return {
        subject: `${target} is paused (${notice.by === notice.reason ? notice.by : `${notice.by}: ${notice.reason}`})`,
        lines: [
          `${target} is paused since ${minute(notice.since)} ${pausedTexts[notice.by]}. Nothing is read or written there.`,
          `${pausedAdvice[notice.by]}, then:`,
          `  lockstep resume ${target} --reason CODE`,
        ],
      };
    case 'removals-failed':
      return {
        subject: `${target}: ${counted(notice.count, 'removal')} failed`,
        lines: [
          `${counted(notice.count, 'removal')} of access at ${target} failed in plan ${notice.planId}: whoever should`,
          `have lost it may still have it. Lockstep tries again after ${retryHoursText}.`,
          'To see why, and to have them tried now:',
          `  lockstep parked --target ${target}`,
          `  lockstep retry --all --target ${target}`,
        ],
      };
    case 'offboarding-unconfirmed': {
      const those = counted(notice.count, 'offboarding');
      return {
        subject: `${those} ${notice.count === 1 ? 'waits' : 'wait'} to be confirmed`,
        lines: [
          `HR ordered more offboardings within ${offboardingWindowHours} hours than \`offboarding.limit\` lets through: ${those} ${notice.count === 1 ? 'waits' : 'wait'}, and nobody`,
          'among them loses access before somebody confirms it. Many people leave at once, or HR errs, or its key is in wrong',
          'hands: ask HR first. To see who it is, and then how to confirm just those:',
          '  lockstep confirm-offboarding --all-waiting --reason CODE',
          'Where the key is in wrong hands, change it (docs/offboarding.md, "Change the key").',
        ],
      };
    }
    case 'offboarding-late':
      return {
        subject: `${counted(notice.count, 'offboarding')} ${notice.count === 1 ? 'is' : 'are'} late`,
        lines: [
          `The time of ${counted(notice.count, 'offboarding')} has come, and a minute later nothing is done about ${notice.count === 1 ? 'it' : 'them'}. See that a worker`,
          `takes up the task queue ${taskQueues.urgent}, and that the workflow ${workflowIds.offboarding('<Okta id>')} runs. To see who it is:`,
          '  lockstep offboardings --state scheduled',
        ],
      };
    case 'offboarding-failing':
      return {
        subject: `${target}: ${counted(notice.count, 'offboarding')} ${notice.count === 1 ? 'is' : 'are'} not done`,
        lines: [
          `${target} has refused a part of ${counted(notice.count, 'offboarding')}, or not confirmed ${notice.count === 1 ? 'it' : 'them'} for ${failingAfterSeconds / 60} minutes: whoever`,
          'should have lost access may still have it there. Lockstep goes on trying. To see who it is, and why:',
          '  lockstep offboardings --state in-effect',
          `  lockstep offboarding show ${notice.offboarding}`,
        ],
      };
    case 'offboarding-nobody': {
      const those = notice.count === 1 ? 'is of an id' : 'are of ids';
      return {
        subject: `${counted(notice.count, 'offboarding')} ${those} that nobody has`,
        lines: [
          'Nobody at Okta and no account at any target has the Okta id that was ordered. It may be mistyped: then whoever is',
          'meant still has all their access, and nobody else is told. Ask whoever ordered it, and order the right one. To see it:',
          `  lockstep offboarding show ${notice.offboarding}`,
          '  lockstep offboardings --state complete',
          'A release of the wrong id ends the matter.',
        ],
      };
    }
    case 'key-expires':
      return {
        subject:
          notice.days === 0
            ? `${target}: the API key has ended`
            : `${target}: the API key ends ${notice.on}, within ${counted(notice.days, 'day')}`,
        lines: [
          `By the configuration the API key of ${target} ends on ${notice.on}. Without one nobody is deactivated there.`,
          'Make a new key, put it where the configuration takes it from, write its day into apiKeyExpires, and restart',
          'the worker. A new key ends the old one at once.',
        ],
      };
    default:
      return notice satisfies never;
  }
}

const pausedAdvice = {
  operator: 'When the reason is gone',
  failures: '`lockstep parked` tells why they failed; mend it',
  credentials: '`lockstep check` tells what is wrong; renew the credential and restart the worker',
} as const;

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
const minute = (iso: string): string => `${iso.slice(0, 16).replace('T', ' ')} UTC`;
