/** Notices in words: what happened, and what to do. */
import { approvalCommands, keyHint } from '../domain/approval-commands.ts';
import { pausedTexts } from '../domain/pause-texts.ts';
import { retryHoursText } from '../domain/retry-hours.ts';
import type { Notice } from '../store/notices.ts';

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
