/** The ways by which people are told, as the configuration names them. */
import type { Notify } from '../activities/dependencies.ts';
import type { NotifyConfig } from '../config/config.ts';
import type { Secret, SecretRef } from '../config/secret.ts';
import { tellByMail } from './tell-by-mail.ts';
import { tellByWebhook } from './tell-by-webhook.ts';

const names = { webhook: 'notify.webhook.secret', mail: 'notify.mail.password' } as const;

/** By the place in lockstep.yaml. */
export const notifySecrets = ({ webhook, mail }: NotifyConfig): Readonly<Record<string, SecretRef>> => ({
  ...(webhook ? { [names.webhook]: webhook.secret } : {}),
  ...(mail?.password ? { [names.mail]: mail.password } : {}),
});

/** @throws ConfigError when the key of the webhook's signature is none */
export function createNotify(
  { webhook, mail }: NotifyConfig,
  secrets: Readonly<Record<string, Secret>>,
  readerUrl: string,
): Notify {
  const key = secrets[names.webhook];
  return {
    readerUrl: readerUrl.replace(/\/+$/, ''),
    channels: [
      ...(webhook && key ? [tellByWebhook(webhook.url, key)] : []),
      ...(mail ? [tellByMail(mail, secrets[names.mail])] : []),
    ],
  };
}
