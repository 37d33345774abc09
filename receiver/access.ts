/** Whether a sender is who they should be. Every comparison takes the same time, whatever was given. */
import type { IncomingHttpHeaders } from 'node:http';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { ConfigError } from '../config/problems.ts';
import type { Secret } from '../config/secret.ts';
import { ReceiverProblem } from './problems.ts';

/** Each of them is looked at. */
export const isOneOf = (secrets: readonly Secret[], given: string): boolean =>
  secrets.filter((secret) => secret.matches(given)).length > 0;

/** @returns a check of `Authorization: Bearer …` that raises `unauthorized` */
export function bearerCheck(secrets: readonly Secret[]): (header: string | undefined) => void {
  return (header) => {
    const given = /^Bearer (\S+)$/i.exec(header ?? '')?.[1];
    if (given !== undefined && isOneOf(secrets, given)) return;
    const what = given === undefined ? 'is no bearer token' : 'is not known here';
    throw unauthorized(
      `authorization: ${what}`,
      'send `Authorization: Bearer …` with a token of receiver.login.secrets',
    );
  };
}

const messageId = /^[\w-]{1,128}$/;
const times = {
  'Message timestamp too old': 'is more than five minutes ago',
  'Message timestamp too new': 'is more than five minutes ahead',
  'Invalid Signature Headers': 'is no number of seconds since 1970',
} as const;

/**
 * Checks messages as Standard Webhooks describe: HMAC-SHA-256 over `id.timestamp.body`, not older or newer than five minutes.
 *
 * @returns a check that raises `unauthorized`, and else gives the message's id
 * @throws ConfigError for a secret that is no key
 */
export function signatureCheck(secrets: readonly Secret[]): (headers: IncomingHttpHeaders, body: string) => string {
  const verifiers = secrets.map(verifierFrom);
  return (headers, body) => {
    const given = {
      'webhook-id': required(headers, 'webhook-id'),
      'webhook-timestamp': required(headers, 'webhook-timestamp'),
      'webhook-signature': required(headers, 'webhook-signature'),
    };
    const id = given['webhook-id'];
    // A full stop would part what is signed in more than one way.
    if (!messageId.test(id))
      throw unauthorized('webhook-id: is not up to 128 letters, digits, - and _', 'a UUID will do');
    const refusals = verifiers.flatMap((verifier) => refusalOf(verifier, body, given) ?? []);
    if (refusals.length < verifiers.length) return id;
    throw explained(refusals[0], given['webhook-timestamp']);
  };
}

function refusalOf(verifier: Webhook, body: string, headers: Record<string, string>): string | undefined {
  try {
    verifier.verify(body, headers, { jsonParse: false });
    return undefined;
  } catch (error) {
    if (error instanceof WebhookVerificationError) return error.message;
    throw error;
  }
}

/** As seconds, that is the year 5138. */
const leastMilliseconds = 1e11;

function explained(refusal = '', timestamp = ''): ReceiverProblem {
  if (refusal === 'Message timestamp too new' && Number(timestamp) >= leastMilliseconds)
    return unauthorized('webhook-timestamp: is in milliseconds', 'write it in seconds since 1970, and sign that');
  const time = refusal in times ? times[refusal as keyof typeof times] : undefined;
  return time === undefined
    ? unauthorized(
        'webhook-signature: does not fit',
        'sign `id.timestamp.body`, byte for byte as sent, with a key that is listed',
      )
    : unauthorized(`webhook-timestamp: ${time}`, 'set the clock, and sign anew with each try; keep the webhook-id');
}

function required(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name];
  if (typeof value === 'string' && value !== '') return value;
  throw unauthorized(`${name}: is not there`, 'sign as standardwebhooks.com describes');
}

const unauthorized = (message: string, hint: string): ReceiverProblem =>
  new ReceiverProblem('unauthorized', message, hint);

function verifierFrom(secret: Secret, index: number): Webhook {
  try {
    return new Webhook(secret.reveal());
  } catch {
    const hint = 'make one with: echo "whsec_$(openssl rand -base64 32)"';
    throw new ConfigError('secrets', [
      { path: `receiver.hr.secrets[${index}]`, message: 'is not a key in Base64', hint },
    ]);
  }
}
