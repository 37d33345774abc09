import nodemailer from 'nodemailer';
import type { NoticeChannel } from '../activities/dependencies.ts';
import type { NotifyConfig } from '../config/config.ts';
import type { Secret } from '../config/secret.ts';

/** For each step of the conversation. */
const timeoutMs = 5_000;

/** Sends notices as plain text. Off this machine only over TLS: mail and login must not go in the clear. */
export function tellByMail(mail: NonNullable<NotifyConfig['mail']>, password: Secret | undefined): NoticeChannel {
  const { hostname, port, protocol } = new URL(mail.server);
  const isLocal = hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
  const isTls = protocol === 'smtps:';
  const transport = nodemailer.createTransport({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (isTls ? 465 : 587) : Number(port),
    secure: isTls,
    requireTLS: !isTls && !isLocal,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    ...(mail.user === undefined ? {} : { auth: { user: mail.user, pass: password?.reveal() ?? '' } }),
    // Notices have neither attachments nor pictures.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    name: 'mail',
    async send({ id, createdAt, subject, text }) {
      const domain = mail.from.slice(mail.from.lastIndexOf('@') + 1);
      const sent = await transport.sendMail({
        from: mail.from,
        to: [...mail.to],
        subject,
        text,
        date: createdAt,
        // The same when it is sent again, by which mail programs leave out the second.
        messageId: `<${id}@${domain}>`,
        headers: { 'auto-submitted': 'auto-generated' },
      });
      return sent.rejected.length === 0 ? undefined : 'a recipient was refused';
    },
  };
}
