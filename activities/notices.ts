/** Tells people what they have to know, by whatever way the configuration names. Never fails a run. */

import { type Notice, noticeOf, queueNotice, recordSending, toldBy, unsentNotices } from '../store/notices.ts';
import { queueOffboardingNotices } from '../store/offboarding-watch.ts';
import type { Dependencies, NoticeChannel, NoticeMessage } from './dependencies.ts';
import { noticeWords } from './notice-words.ts';

const atATime = 50;
/** What is left then has its turn a minute later. */
const longestMs = 20_000;
const day = 86_400_000;

/** Queues what the calendar and the clock say, then sends what is due. @returns how many were told, and how many are still to be */
export async function sendNotices(deps: Dependencies): Promise<{ readonly told: number; readonly failed: number }> {
  const { store, log, notify, targets } = deps;
  await queueExpiringKeys(deps, new Date());
  await queueOffboardingNotices(store, ['okta', ...targets.keys()]);
  const endsAt = Date.now() + longestMs;
  const counts = { told: 0, failed: 0 };
  const send = sender();
  for (const row of await unsentNotices(store, atATime)) {
    if (Date.now() > endsAt) break;
    const { kind, target } = row;
    const message = messageOf(row.id, row.created_at, noticeOf(row), notify.readerUrl);
    // Whoever has no channel has a log.
    if (row.tries === 0) log.warn({ kind, target }, message.subject);
    const told = notify.channels.map(({ name }) => name).filter((name) => toldBy(row).includes(name));
    const problems: string[] = [];
    for (const channel of notify.channels.filter(({ name }) => !told.includes(name))) {
      const problem = await send(channel, message);
      if (problem === undefined) told.push(channel.name);
      else problems.push(`${channel.name}: ${problem}`);
    }
    const problem = problems.join('; ');
    await recordSending(store, row.id, { told, ...(problem === '' ? {} : { problem }) });
    counts[problem === '' ? 'told' : 'failed'] += 1;
    if (problem !== '') log.warn({ kind, target, reason: problem }, 'a notice could not be sent');
  }
  return counts;
}

/** No answer at all, over HTTP or as nodemailer names it: the next notice would only wait as long again. */
const noAnswer = new Set(['no answer', 'ECONNECTION', 'ESOCKET', 'ETIMEDOUT', 'EDNS']);

/** Resolves with a code that says why it was not sent. Whoever did not answer is not asked again. */
function sender(): (channel: NoticeChannel, message: NoticeMessage) => Promise<string | undefined> {
  const away = new Map<NoticeChannel, string>();
  return async (channel, message) => {
    const problem = away.get(channel) ?? (await sendBy(channel, message));
    if (problem !== undefined && noAnswer.has(problem)) away.set(channel, problem);
    return problem;
  };
}

async function sendBy(channel: NoticeChannel, message: NoticeMessage): Promise<string | undefined> {
  try {
    return await channel.send(message);
  } catch (error) {
    // What an error of a mail server says may quote addresses.
    return error instanceof Error && 'code' in error ? String(error.code) : 'failed';
  }
}

function messageOf(id: string, createdAt: Date, notice: Notice, readerUrl: string): NoticeMessage {
  const { kind, ...data } = notice;
  const link = `${readerUrl}/${pageOf(notice)}`;
  const { subject, lines } = noticeWords(notice);
  return {
    id: `lockstep-notice-${id}`,
    createdAt,
    type: `lockstep.${kind}`,
    data: { ...data, link },
    subject: `[Lockstep] ${subject}`,
    text: [...lines, '', link, ''].join('\n'),
  };
}

function pageOf(notice: Notice): string {
  if ('offboarding' in notice) return `offboardings/${notice.offboarding}`;
  return 'planId' in notice ? `plans/${notice.planId}` : 'plans';
}

const daysBefore = [1, 7, 30];

/** The nearest of the steps only: whoever starts late is told once. */
export async function queueExpiringKeys({ store, targets }: Dependencies, now: Date): Promise<void> {
  for (const [target, { apiKeyExpires }] of targets) {
    if (apiKeyExpires === undefined) continue;
    const left = Math.ceil((Date.parse(`${apiKeyExpires}T00:00:00Z`) - now.getTime()) / day);
    const days = left <= 0 ? 0 : daysBefore.find((step) => left <= step);
    if (days !== undefined) await queueNotice(store, { kind: 'key-expires', target, on: apiKeyExpires, days });
  }
}
