/** What HR sends, and the command that it means. */
import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { timeZone } from '../config/notations.ts';
import { advice } from '../config/problems.ts';
import { type EffectiveTime, type OffboardingCommand, oktaActions } from '../domain/offboarding.ts';
import { isReasonCode } from '../domain/reason-code.ts';
import { personRef } from './person-ref.ts';

/** The same as `isReasonCode`, for those who read the schema. */
const codePattern = '^[A-Za-z0-9][A-Za-z0-9._:#/-]{0,63}$';
const code = z
  .string()
  .refine(isReasonCode, advice('is no code', 'up to 64 letters, digits and . _ : / # -, never names or prose'))
  .meta({ pattern: codePattern });

/** The numbers that Lockstep gives to orders without one come after HR's, and are exact in double precision too. */
const highestSequence = 2 ** 52 - 1;

const canBeRead = (read: () => unknown): boolean => {
  try {
    read();
    return true;
  } catch {
    return false;
  }
};

const instant = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/, {
    abort: true,
    error: advice('is no instant', 'such as 2026-11-30T16:00:00Z or 2026-11-30T17:00:00+01:00'),
  })
  .refine(
    (text) => canBeRead(() => Temporal.Instant.from(text)),
    advice('is no time that there is', 'see the calendar'),
  );

/** Without a time of day nobody knows whether the day's begin or its end is meant. */
const local = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/, {
    abort: true,
    error: advice('is no local time', 'such as 2026-11-30T17:00, without a zone; a day alone does not say when'),
  })
  .refine(
    (text) => canBeRead(() => Temporal.PlainDateTime.from(text, { overflow: 'reject' })),
    advice('is no time that there is', 'see the calendar'),
  );

const effective = z.union(
  [
    z.strictObject({ at: instant.describe('An instant with its zone or Z.') }),
    z.strictObject({
      local: local.describe('A time of day as the clocks there show it; kept when a country changes its clocks.'),
      zone: timeZone.describe('IANA name of the zone, as in Europe/Berlin.'),
    }),
  ],
  advice('is neither an instant nor a local time with its zone', 'write { "at": … } or { "local": …, "zone": … }'),
);

const common = {
  person: personRef.describe('Who, by exactly one of the three.'),
  reason: code.describe('Why, as a code. It stands in the audit log.'),
  ticket: code.describe('Where it was decided, as a number or code.').optional(),
  sequence: z
    .int(advice('is no whole number', 'count the orders about one person from 1'))
    .min(1, advice('is below 1', 'count the orders about one person from 1'))
    .max(highestSequence, advice(`is above ${highestSequence}`, 'count the orders about one person from 1'))
    .describe('Of the orders about this person: the highest counts, whatever comes first. The next one when left out.')
    .optional(),
};

/** What only an `offboard` has, and other kinds are often sent with. */
const forOffboard = ['effective', 'okta'];
const ends = {
  error: (issue: { readonly code?: string; readonly keys?: readonly string[] }) =>
    issue.code === 'unrecognized_keys' && issue.keys?.every((key) => forOffboard.includes(key))
      ? advice('goes with offboard only', 'leave it out: cancel and release count at once')
      : undefined,
};

export const hrOrder = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({
      kind: z.literal('offboard').describe('Take all access, now or at a time, and keep it from them.'),
      ...common,
      effective: effective.describe('When; at once when left out or past.').optional(),
      okta: z
        .enum(oktaActions)
        .describe('What happens at Okta; suspend unless set. Deactivating cannot be undone.')
        .optional(),
    }),
    z.strictObject({ kind: z.literal('cancel').describe('Withdraw the offboarding.'), ...common }, ends),
    z.strictObject({ kind: z.literal('release').describe('They come back: end the hold.'), ...common }, ends),
  ],
  advice('is none of offboard, cancel and release', 'say which of them is meant'),
);
type HrOrder = z.output<typeof hrOrder>;

/** Published as hr-order.schema.json (see write-json-schema.ts). */
export const jsonSchema = (): z.core.JSONSchema.BaseSchema => ({
  ...z.toJSONSchema(hrOrder, { io: 'input', target: 'draft-7' }),
  title: 'An order about an offboarding: the body of POST /hooks/hr',
});

interface Taken {
  /** The same for the same order sent again. */
  readonly id: string;
  /** ISO 8601. */
  readonly receivedAt: string;
  readonly foundBy?: 'okta' | 'mirror';
}

export function toCommand(order: HrOrder, { foundBy, ...taken }: Taken): OffboardingCommand {
  const { reason, ticket, sequence } = order;
  const told = {
    ...taken,
    by: 'hr' as const,
    reason,
    ...(ticket === undefined ? {} : { ticket }),
    ...(sequence === undefined ? {} : { seq: sequence }),
  };
  if (order.kind !== 'offboard') return { ...told, kind: order.kind };
  const { okta } = order;
  return {
    ...told,
    kind: 'request',
    ...(order.effective ? { effective: order.effective satisfies EffectiveTime } : {}),
    ...(okta ? { okta } : {}),
    ...(foundBy ? { foundBy } : {}),
  };
}
