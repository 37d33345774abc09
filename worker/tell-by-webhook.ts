import { Webhook } from 'standardwebhooks';
import type { NoticeChannel } from '../activities/dependencies.ts';
import { ConfigError } from '../config/problems.ts';
import type { Secret } from '../config/secret.ts';

const timeoutMs = 10_000;

/**
 * Posts notices as JSON, signed as Standard Webhooks describe: `webhook-id` stays the same when a notice is sent again.
 * @throws ConfigError when the secret is no key
 */
export function tellByWebhook(url: string, secret: Secret): NoticeChannel {
  const signer = signerFrom(secret);
  return {
    name: 'webhook',
    async send({ id, type, createdAt, data }) {
      const now = new Date();
      const body = JSON.stringify({ type, timestamp: createdAt.toISOString(), data });
      const answer = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'webhook-id': id,
          'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
          'webhook-signature': signer.sign(id, now, body),
        },
        body,
        // A redirect would carry what is signed for one place to another.
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      }).catch(() => undefined);
      if (!answer) return 'no answer';
      await answer.body?.cancel();
      return answer.ok ? undefined : `status ${answer.status}`;
    },
  };
}

function signerFrom(secret: Secret): Webhook {
  try {
    return new Webhook(secret.reveal());
  } catch {
    const hint = 'make one with: echo "whsec_$(openssl rand -base64 32)"';
    throw new ConfigError('secrets', [{ path: 'notify.webhook.secret', message: 'is not a key in Base64', hint }]);
  }
}
