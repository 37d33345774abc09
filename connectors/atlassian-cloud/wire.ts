/** What the SCIM directory sends, as far as Lockstep reads it. Unknown attributes pass; what is read must have its shape. */
import { z } from 'zod';
import { vendorId } from '../vendor-id.ts';

export const enterpriseUrn = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
/** Holds `basedIn`, the profile's location (Atlassian support, "Sync user attributes"). */
export const customUrn = 'urn:scim:schemas:extension:atlassian-custom:1.0:Attributes';
export const userUrn = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const groupUrn = 'urn:ietf:params:scim:schemas:core:2.0:Group';
export const patchUrn = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** Unset attributes are left out; other SCIM servers send null for them. */
const text = z.string().nullish();
/** Entra writes booleans as "True" and "False"; nothing says that they do not come back so. */
const flag = z.preprocess((value) => {
  if (typeof value !== 'string') return value;
  return { true: true, false: false }[value.toLowerCase()] ?? value;
}, z.boolean().nullish());

const email = z.object({ value: text, type: text, primary: flag });

export const userSchema = z.object({
  id: vendorId,
  externalId: text,
  userName: z.string(),
  active: flag,
  displayName: text,
  name: z.object({ givenName: text, familyName: text }).nullish(),
  nickName: text,
  title: text,
  preferredLanguage: text,
  timezone: text,
  department: text,
  organization: text,
  emails: z.array(email).nullish(),
  [enterpriseUrn]: z.object({ department: text, organization: text }).nullish(),
  [customUrn]: z.object({ basedIn: text }).nullish(),
});
export type ScimUser = z.infer<typeof userSchema>;
export type ScimEmail = z.infer<typeof email>;

export const groupSchema = z.object({
  id: vendorId,
  displayName: z.string(),
  members: z.array(z.object({ value: vendorId })).nullish(),
});
export type ScimGroup = z.infer<typeof groupSchema>;

/** `itemsPerPage` is not read: captured answers repeat the requested count although fewer resources follow. */
const listOf = <T>(item: z.ZodType<T>) =>
  z.object({ totalResults: z.number().int().nonnegative(), Resources: z.array(item).nullish() });

export interface ScimList<T> {
  readonly total: number;
  readonly items: readonly T[];
}
export const listSchema = <T>(item: z.ZodType<T>): z.ZodType<ScimList<T>> =>
  listOf(item).transform(({ totalResults, Resources }) => ({ total: totalResults, items: Resources ?? [] }));

export const serviceProviderConfigSchema = z.object({ patch: z.object({ supported: z.boolean() }) });

/**
 * A SCIM error, the gateway's `{error, traceId}` or the Java exception that leaks for some 400s. Their free text is
 * never read: it names e-mail addresses (`Resource [USER]: with email[...] already exists.`).
 */
export const errorSchema = z.object({
  scimType: z.string().regex(/^\w+$/).optional().catch(undefined),
  scimErrorType: z.string().regex(/^\w+$/).optional().catch(undefined),
  traceId: z
    .string()
    .regex(/^[\w-]+$/)
    .optional()
    .catch(undefined),
});
