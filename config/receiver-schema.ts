/** `receiver` in lockstep.yaml: which hooks are served, and the secrets that senders prove themselves by. */
import { z } from 'zod';
import { secretRef } from './notations.ts';
import { advice } from './problems.ts';

const hook = (senders: string) =>
  z.strictObject({
    secrets: z
      .array(secretRef)
      .min(1, advice('is empty', 'list a secret, or remove the hook'))
      .describe(`${senders} Several while one is replaced by another. By reference only.`),
  });

const addressOrNetwork = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]);
const proxy = z
  .string()
  .refine(
    (text) => addressOrNetwork.safeParse(text).success,
    advice('is not an address', 'such as 10.0.0.7, or a network such as 10.0.0.0/8'),
  )
  .refine(
    (text) => !isWide(text),
    advice('is wider than any private network', 'whoever sends could say who they are; list your own proxies only'),
  );

/** The widest private networks are 10.0.0.0/8 (RFC 1918) and fc00::/7 (RFC 4193). */
const widest = { v4: 8, v6: 7, v4InV6: 96 + 8 };
function isWide(text: string): boolean {
  const [address = '', bits] = text.split('/');
  if (bits === undefined) return false;
  if (!address.includes(':')) return Number(bits) < widest.v4;
  return Number(bits) < (/^(0{0,4}:){1,6}ffff:/i.test(address) ? widest.v4InV6 : widest.v6);
}

export const receiver = z.strictObject({
  okta: hook("Any of them as the Authorization header of Okta's event hook.")
    .describe('POST /hooks/okta: Okta tells that somebody changed.')
    .optional(),
  hr: hook('Keys of Standard Webhooks (whsec_… in base64), by any of which HR signs.')
    .describe('POST /hooks/hr: HR orders offboardings.')
    .optional(),
  login: hook('Any of them as the bearer token.')
    .describe('POST /hooks/login: whoever signs somebody in has them brought in step.')
    .optional(),
  trustedProxies: z
    .array(proxy)
    .default([])
    .describe('Proxies before it, whose X-Forwarded-For says who sends; calls without proof are limited by address.'),
});
