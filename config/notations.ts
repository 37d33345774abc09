/** The small notations of lockstep.yaml: secrets, addresses, durations, times, patterns and references. */
import { Cron } from 'croner';
import { z } from 'zod';
import { oneOf } from './one-of.ts';
import { advice } from './problems.ts';
import type { SecretRef } from './secret.ts';

export const nonEmptyText = z.string().trim().min(1, advice('must not be empty', 'write a value, or remove the line'));

/** A check that yields the message of what is wrong, or undefined. */
export const checked = <T>(schema: z.ZodType<T, T>, check: (value: T) => string | undefined) =>
  schema.superRefine((value, context) => {
    const message = check(value);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });

const secretNotice = advice(
  'must say where the secret lies and never hold it',
  'write { env: NAME } or { file: /path }; a secret that has been in this file should be replaced by a new one',
);

export const secretRef = oneOf(
  {
    env: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, advice('is not the name of an environment variable', 'such as OKTA_API_TOKEN'))
      .describe('Name of the environment variable that holds the secret.')
      .optional(),
    file: z
      .string()
      .regex(/^\//, advice('must be an absolute path', 'such as /run/secrets/okta-token'))
      .describe('Absolute path of a file that holds the secret and nothing else.')
      .optional(),
  },
  [{ required: ['env'] }, { required: ['file'] }],
  secretNotice,
).transform((ref): SecretRef => (ref.env === undefined ? { file: ref.file ?? '' } : { env: ref.env }));

/** An http(s) address without credentials, query or fragment; a trailing slash is dropped. */
export const address = checked(nonEmptyText, (value) => {
  if (!URL.canParse(value)) return advice('is not an address', 'write it in full, as in https://example.okta.com');
  const { protocol, username, password, search, hash } = new URL(value);
  if (protocol !== 'https:' && protocol !== 'http:') return advice('must begin with https://', 'check the address');
  if (username !== '' || password !== '')
    return advice('must not carry a user name or password', 'remove what stands before the @; see `credentials`');
  if (search !== '' || hash !== '') return advice('must not have a ? or # part', 'remove what follows the path');
  return undefined;
}).transform((value) => value.replace(/\/+$/, ''));

const durationNotation = /^(?=\d)(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/;

/** `90s`, `15m`, `1h30m`, `1d`: milliseconds. */
export const duration = z
  .string(advice('is not a duration', 'write a number with its unit: 90s, 15m, 1h30m, 1d'))
  .regex(durationNotation, advice('is not a duration', 'write a number with its unit: 90s, 15m, 1h30m, 1d'))
  .transform((value) => {
    const [days = 0, hours = 0, minutes = 0, seconds = 0] = (durationNotation.exec(value) ?? [])
      .slice(1)
      .map((part) => Number(part ?? 0));
    return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
  });

const cronValue = '(?:[0-9]{1,2}|[A-Za-z]{3})';
const cronTerm = `(?:[*]|${cronValue}(?:-${cronValue})?)(?:/[0-9]{1,2})?`;
const cronField = new RegExp(`^${cronTerm}(?:,${cronTerm})*$`);

/**
 * What both croner, which checks it, and Temporal, which runs it, understand alike. A sixth field is a year to Temporal
 * and a second to croner; L, W, #, ? and + are croner's alone (each by its own documentation).
 */
export const cronExpression = checked(nonEmptyText, (value) => {
  const hint = 'write minute, hour, day of month, month, day of week, as in 30 6 * * MON-FRI';
  const fields = value.split(/\s+/);
  if (fields.length !== 5) return advice('must have the five fields of cron', hint);
  if (!fields.every((field) => cronField.test(field))) return advice('is not valid cron notation', hint);
  try {
    const next = new Cron(value, { paused: true, timezone: 'UTC' }).nextRun();
    return next === null ? advice('names a time that never comes', hint) : undefined;
  } catch {
    return advice('is not valid cron notation', hint);
  }
});

/** A name of the IANA time zone database; offsets such as +02:00 would ignore daylight saving time. */
export const timeZone = checked(nonEmptyText, (value) => {
  const notice = advice('is not a known time zone', 'write its IANA name, such as Europe/Berlin or UTC');
  if (/^[+-]/.test(value)) return notice;
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return undefined;
  } catch {
    return notice;
  }
});

const slashed = /^\/(.+)\/([a-z]*)$/s;

/** Whether the text means a pattern at all: `/…/`. */
const isPattern = (value: string): boolean => slashed.test(value);

/** The JavaScript regular expression between the slashes. */
export const patternSource = (value: string): string => slashed.exec(value)?.[1] ?? '';

export function patternProblem(value: string): string | undefined {
  const [, source, flags] = slashed.exec(value) ?? [];
  if (source === undefined) return advice('is not a pattern', 'write a regular expression between slashes: /team-.*/');
  if (flags !== '') return advice('must not have flags after the last slash', `write it without the ${flags}`);
  try {
    // Alone, before anybody wraps it: `a)(b` would only pass once it stands between parentheses.
    new RegExp(source);
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^.*: /s, '').toLowerCase() : 'invalid';
    return advice(`is not a valid regular expression: ${reason}`, 'patterns are JavaScript regular expressions');
  }
}

/** `id:…`, `/pattern/` or anything else as it stands; of people, an Okta id as well. */
export type Reference = { readonly id: string } | { readonly pattern: string } | { readonly name: string };

interface ReferenceNotation {
  /** What an id looks like. */
  readonly id: RegExp;
  readonly idExample: string;
  /** What is an id without `id:` as well: nothing has such a name, so as one it would mean nobody. */
  readonly bareId?: RegExp;
}

const reference = ({ id, idExample, bareId }: ReferenceNotation) =>
  checked(nonEmptyText, (value) => {
    if (value.startsWith('id:')) {
      if (id.test(value.slice(3))) return undefined;
      return advice('is not an id of the right kind', `write it as in id:${idExample}`);
    }
    if (isPattern(value)) return patternProblem(value);
    if (value.includes('*')) return advice('looks like a pattern', 'patterns stand between slashes: /team-.*/');
    return undefined;
  }).transform((value): Reference => {
    if (value.startsWith('id:')) return { id: value.slice(3) };
    if (bareId?.test(value)) return { id: value };
    return isPattern(value) ? { pattern: patternSource(value) } : { name: value };
  });

export const oktaGroupReference = reference({ id: /^00g[A-Za-z0-9]+$/, idExample: '00g1emaKYZTWRYYRRTSK' });
export const personReference = reference({
  id: /^00u[A-Za-z0-9]+$/,
  idExample: '00ub0oNGTSWTBKOLGLNR',
  bareId: /^00u[A-Za-z0-9]{17}$/,
});
export const targetGroupReference = reference({ id: /^\S+$/, idExample: '6f1c2a7e-4f0e-4f57-9d0b-0d7a3c7b1f21' });
