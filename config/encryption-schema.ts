/** `encryption` in lockstep.yaml: the keys that payloads in Temporal are encrypted with, and who may see them decrypted. */
import { z } from 'zod';
import { checked, nonEmptyText, secretRef } from './notations.ts';
import { advice } from './problems.ts';

const key = z.strictObject({
  id: z
    .string()
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/,
      advice('is not a valid id', 'up to 40 letters, digits, . _ and -, such as 2026-11'),
    )
    .describe('Stands in clear beside all that is encrypted with it. Never give it to another key.'),
  key: secretRef.describe('32 random bytes as base64, as `openssl rand -base64 32` prints them. By reference only.'),
});

const origin = checked(nonEmptyText, (value) => {
  if (!/^https?:\/\//.test(value) || !URL.canParse(value))
    return advice('is not an address', 'write it as a browser shows it: https://temporal.example.com');
  const { origin: bare } = new URL(value);
  return bare === value ? undefined : advice('is more than an origin', `write ${bare}`);
});

const listen = z
  .string()
  .regex(/^(\[[0-9a-f:]+\]|[^\s:/]+):\d{1,5}$/i, advice('is not host:port', 'such as 127.0.0.1:14012'))
  .refine((value) => Number(value.split(':').at(-1)) <= 65_535, advice('is not a port', 'write one from 0 to 65535'));

const codecServer = z.strictObject({
  listen: listen
    .default('127.0.0.1:14012')
    .describe('Host and port; 127.0.0.1:14012 unless set. Put TLS before it where it is more than loopback.'),
  token: secretRef.describe('Who shows this token may decrypt: a long random text, by reference only.'),
  uiOrigin: origin.describe("Where browsers find Temporal's UI, as in https://temporal.example.com. No other may ask."),
});

export const encryption = z
  .strictObject({
    keys: z
      .array(key)
      .default([])
      .describe('The first encrypts, all of them decrypt. Without any, payloads stay as they are.'),
    codecServer: codecServer.describe("Decrypts for Temporal's UI and command line: node codec/main.ts.").optional(),
  })
  .superRefine(({ keys, codecServer: server }, context) => {
    const say = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    if (new Set(keys.map(({ id }) => id)).size < keys.length)
      say(['keys'], advice('names one id twice', 'each key needs an id of its own'));
    if (server && keys.length === 0)
      say(['keys'], advice('is empty, but there is a codec server', 'list at least one key, or remove codecServer'));
  });
