/** Tells people what they have to know, by whatever way the configuration names. Never fails a run. */
import { type Notice, noticeOf, queueNotice, recordSending, toldBy, unsentNotices } from '../store/notices.ts';
import type { Dependencies, NoticeChannel, NoticeMessage } from './dependencies.ts';
import { noticeWords } from './notice-words.ts';

const atATime = 50;
const day = 86_400_000;

/** Queues what the calendar says, then sends what is due. @returns how many were told, and how many are still to be */
export async function sendNotices(deps: Dependencies): Promise<{ readonly told: number; readonly failed: number }> {
  const { store, log, notify } = deps;
  await queueExpiringKeys(deps, new Date());
  const counts = { told: 0, failed: 0 };
  for (const row of await unsentNotices(store, atATime)) {
    const notice = noticeOf(row);
    const message = messageOf(row.id, row.created_at, notice, notify.readerUrl);
    // Whoever has no channel has a log.
    if (row.tries === 0) log.warn({ kind: notice.kind, target: notice.target }, message.subject);
    const before = toldBy(row);
    const told: string[] = notify.channels.map(({ name }) => name).filter((name) => before.includes(name));
    const problems: string[] = [];
    for (const channel of notify.channels.filter(({ name }) => !told.includes(name))) {
      const problem = await sendBy(channel, message);
      if (problem === undefined) told.push(channel.name);
      else problems.push(`${channel.name}: ${problem}`);
    }
    const problem = problems.join('; ');
    await recordSending(store, row.id, { told, ...(problem === '' ? {} : { problem }) });
    counts[problem === '' ? 'told' : 'failed'] += 1;
    if (problem !== '')
      log.warn({ kind: notice.kind, target: notice.target, reason: problem }, 'a notice could not be sent');
  }
  return counts;
}

/** @returns why not, as a code */
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
  const link = 'planId' in notice ? `${readerUrl}/plans/${notice.planId}` : `${readerUrl}/plans`;
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
