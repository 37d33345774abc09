/**
 * What Lockstep reads of Okta's JSON, and no more: fields that are not named here are dropped at the edge. The SDK's own
 * models are not used, since they lose custom attributes of groups and parts of log events.
 */
import { z } from 'zod';
import type { ProfileValue } from '../../domain/person.ts';
import { vendorId } from '../vendor-id.ts';

export const profileValueSchema: z.ZodType<ProfileValue> = z.lazy(() =>
  z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(profileValueSchema)]),
);

const id = vendorId;
const instant = z.iso.datetime({ offset: true });

/** A user with these profile attributes and no others. Okta may leave out what is null. */
export const userSchema = (attributes: readonly string[]) =>
  z.object({
    id,
    // Any text: Okta may add a status, and one such person must not make the whole directory unreadable.
    status: z.string(),
    transitioningToStatus: z.string().nullish(),
    lastUpdated: instant,
    credentials: z.object({ provider: z.object({ type: z.string().nullish() }).nullish() }).nullish(),
    profile: z.object({
      ...Object.fromEntries(attributes.map((name) => [name, profileValueSchema.optional()])),
      login: z.string().min(1),
      // An org may have made the e-mail address optional in its user schema.
      email: z.string().nullish(),
    }),
  });
export type WireUser = z.infer<ReturnType<typeof userSchema>>;

export const groupSchema = z.object({
  id,
  type: z.string(),
  lastMembershipUpdated: instant,
  profile: z.object({ name: z.string() }),
  _embedded: z
    .object({ stats: z.object({ usersCount: z.number().int().nonnegative().nullish() }).nullish() })
    .nullish(),
});
export type WireGroup = z.infer<typeof groupSchema>;

/** Of a list of members or of a person's groups only the ids count. */
export const idSchema = z.object({ id });

export const appUserSchema = z.object({
  id,
  status: z.string().nullish(),
  profile: z.record(z.string(), z.unknown()).nullish(),
});
export type WireAppUser = z.infer<typeof appUserSchema>;

export const logEventSchema = z.object({
  uuid: z.string().min(1),
  eventType: z.string(),
  published: z.string().nullish(),
  outcome: z.object({ result: z.string().nullish() }).nullish(),
  actor: z.object({ id: z.string().nullish() }).nullish(),
  target: z.array(z.object({ id: z.string().nullish() })).nullish(),
});
export type WireLogEvent = z.infer<typeof logEventSchema>;

const polledEntity = z.object({ id: z.string().nullish() }).nullish().catch(null);

/** Of the polled log, which hints and proves nothing. Each field by itself: an odd one must not hide the rest of the log. */
export const polledEventSchema = z
  .object({
    uuid: z.string().nullish().catch(null),
    eventType: z.string().nullish().catch(null),
    published: z.string().nullish().catch(null),
    outcome: z.object({ result: z.string().nullish() }).nullish().catch(null),
    actor: polledEntity,
    target: z.array(polledEntity).nullish().catch(null),
  })
  .catch({});
export type PolledEvent = z.infer<typeof polledEventSchema>;

export const errorSchema = z.object({ errorCode: z.string().regex(/^E\d{7}$/) });

/** Error of the token endpoint (RFC 6749, section 5.2). */
export const oauthErrorSchema = z.object({ error: z.string().regex(/^[a-z_]{1,40}$/) });

export const accessTokenSchema = z.object({ access_token: z.string().min(1) });
