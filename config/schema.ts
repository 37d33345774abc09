/** The schema of lockstep.yaml. Its descriptions are what editors show (see write-json-schema.ts). */
import { z } from 'zod';
import { approvals, notify } from './approvals-schema.ts';
import { targetNamePattern } from './cross-checks.ts';
import { encryption } from './encryption-schema.ts';
import { limitOf } from './guards-schema.ts';
import { address, cronExpression, duration, nonEmptyText, secretRef, timeZone } from './notations.ts';
import { oneOf } from './one-of.ts';
import { advice } from './problems.ts';
import { receiver } from './receiver-schema.ts';
import { concurrency, share, target } from './target-schema.ts';

const orgUrl = address.superRefine((value, context) => {
  const { hostname, pathname } = new URL(value);
  const say = (message: string, hint: string) => context.addIssue({ code: 'custom', message: advice(message, hint) });
  if (/-admin\.okta/.test(hostname)) say('is the address of the admin console', 'write it without -admin');
  if (pathname !== '/') say('must not have a path', `write ${new URL(value).origin}`);
});

const oktaCredentials = oneOf(
  {
    apiToken: secretRef.describe('An API token (SSWS) of a read-only administrator.').optional(),
    clientId: nonEmptyText.describe('Client id of an API Services app; goes with privateKey.').optional(),
    privateKey: secretRef.describe("The app's private key, as PEM or JWK.").optional(),
    keyId: nonEmptyText.describe('Which of several keys of the app this is.').optional(),
    scopes: z
      .array(nonEmptyText.regex(/^okta\./, advice('is not an Okta scope', 'such as okta.users.read')))
      .min(1)
      .describe(
        'By default okta.users.read, okta.groups.read, okta.logs.read, and okta.apps.read if a scope is an app.',
      )
      .optional(),
  },
  [{ required: ['apiToken'] }, { required: ['clientId', 'privateKey'], optional: ['keyId', 'scopes'] }],
);

const okta = z.strictObject({
  orgUrl: orgUrl.describe('Address of the Okta org, as in https://example.okta.com.'),
  credentials: oktaCredentials.describe('An API token, or an OAuth client with its private key. By reference only.'),
  pacing: z
    .strictObject({ share, concurrency: concurrency.default(16) })
    .prefault({})
    .describe('How fast Lockstep may go. Okta tells its limits with each answer.'),
  canaries: z
    .array(nonEmptyText.regex(/^00u[A-Za-z0-9]+$/, advice("is not an Okta user's id", 'it starts with 00u')))
    .default([])
    .describe('People whom every reading must show; one who is missing makes it incomplete. Some are picked besides.'),
});

const dayMs = 24 * 3_600_000;

const catchUp = z.strictObject({
  every: duration
    .refine((milliseconds) => milliseconds >= 1_000, advice('is too often', 'write at least 1s'))
    .refine((milliseconds) => milliseconds <= dayMs, advice('is too seldom', 'write at most 1d'))
    .default(10_000)
    .describe("Time between two looks at Okta's System Log: 10s unless set, at most 1d."),
  signIns: z
    .boolean()
    .default(false)
    .describe('Whether everybody who signs in to an app through Okta is brought in step, too.'),
  enabled: z.boolean().default(true).describe('false where event hooks and full syncs are to be enough.'),
});

export const offboarding = z.strictObject({
  deactivateAtOktaAfter: z
    .union([
      duration.refine(
        (milliseconds) => milliseconds <= 3_650 * dayMs,
        advice('is too long', 'write at most 3650d, which is ten years, or never'),
      ),
      z.literal('never'),
    ])
    .default(30 * dayMs)
    .describe(
      'When somebody who was suspended at Okta by an offboarding is deactivated there: 30d unless set, at most 3650d; never.',
    ),
  limit: limitOf({ percent: 5, atLeast: 25, atMost: 1_000 }, '24 hours').describe(
    'How many people HR may order to be offboarded within 24 hours; each further one is to be confirmed.',
  ),
});

const schedule = oneOf(
  {
    every: duration
      .refine((milliseconds) => milliseconds >= 60_000, advice('is too often', 'write at least 1m'))
      .describe('Time between full syncs: 15m, 1h30m, 1d.')
      .optional(),
    cron: cronExpression.describe('Minute, hour, day of month, month, day of week: 30 6 * * MON-FRI.').optional(),
    timezone: timeZone.describe('IANA name of the zone that cron is meant in; UTC by default.').optional(),
    paused: z
      .boolean()
      .describe('Whether the schedule starts paused. By default it does, except in the sandbox.')
      .optional(),
  },
  [{ required: ['every'] }, { required: ['cron'], optional: ['timezone'] }],
);

/** Their names are checked by the cross checks: zod would not look into an entry whose name is wrong. */
const targets = z
  .record(z.string(), target)
  .refine((given) => Object.keys(given).length > 0, advice('is empty', 'describe at least one target'))
  .meta({ propertyNames: { pattern: targetNamePattern.source } });

export const lockstepFile = z.strictObject({
  version: z.literal(1).describe('Version of this notation: 1.'),
  sandbox: z
    .boolean()
    .default(false)
    .describe("true while all addresses below are those of Lockstep's own simulators; false otherwise."),
  source: z.strictObject({ okta: okta.describe('The Okta org.') }).describe('Where people and groups come from.'),
  targets: targets.describe('Where they go: one entry per Atlassian directory, under a name of your choice.'),
  schedule: schedule.prefault({ every: '15m' }).describe('When full syncs run; every 15 minutes unless set.'),
  approvals: approvals.prefault({}).describe('Who may release what the guards keep waiting.'),
  notify: notify
    .prefault({})
    .describe('Who is told of waiting approvals, paused targets, failed removals and expiring keys.'),
  telemetry: z
    .strictObject({
      traces: z
        .strictObject({ endpoint: address.describe('OTLP over HTTP, as in http://127.0.0.1:4318/v1/traces.') })
        .describe('Where OpenTelemetry traces go.')
        .optional(),
    })
    .prefault({})
    .describe('Traces go nowhere unless configured. Metrics and logs are always there.'),
  encryption: encryption
    .prefault({})
    .describe('Whether what Temporal stores is encrypted; it is not unless there are keys.'),
  catchUp: catchUp.prefault({}).describe('How changes at Okta are noticed without any call from outside: by its log.'),
  offboarding: offboarding.prefault({}).describe('What becomes of offboarded people later.'),
  receiver: receiver.prefault({}).describe('The hooks that are served to Okta, HR and sign-in; none unless set.'),
});

export type LockstepFile = z.output<typeof lockstepFile>;
export type TargetEntry = LockstepFile['targets'][string];

/** The JSON Schema of what an administrator writes, before defaults are filled in. */
export const jsonSchema = (): z.core.JSONSchema.BaseSchema => ({
  ...z.toJSONSchema(lockstepFile, { io: 'input', target: 'draft-7' }),
  title: 'lockstep.yaml',
});
