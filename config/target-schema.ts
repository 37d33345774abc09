/** One entry below `targets` in lockstep.yaml. */
import { z } from 'zod';
import type { OktaAppId, OktaGroupId, OktaUserId, TargetGroupId } from '../domain/ids.ts';
import {
  deletedGroupActions,
  driftActions,
  type GroupFilter,
  type GroupMerge,
  type GroupRef,
  leaverActions,
  membershipAuthorities,
  type PeopleFilter,
  type Scope,
} from '../domain/settings.ts';
import { guards } from './guards-schema.ts';
import { accountMapping, scopeExpression } from './mapping-schema.ts';
import {
  address,
  checked,
  nonEmptyText,
  oktaGroupReference,
  patternProblem,
  patternSource,
  personReference,
  type Reference,
  secretRef,
  targetGroupReference,
} from './notations.ts';
import { oneOf } from './one-of.ts';
import { advice } from './problems.ts';

export const targetKinds = ['atlassian-cloud'] as const;

const toGroupRef = (one: Reference): GroupRef => ('id' in one ? { id: one.id as OktaGroupId } : one);

const groupReferences = z.array(oktaGroupReference.transform(toGroupRef));
const groupNotation = 'A plain text is the name of an Okta group, /…/ a pattern for the whole name, id:00g… an id.';

const scope = oneOf(
  {
    groups: groupReferences
      .min(1, advice('is empty, so nobody would be in scope', 'name at least one Okta group'))
      .describe(`Everybody in at least one of these Okta groups. ${groupNotation}`)
      .optional(),
    expression: scopeExpression
      .describe('Everybody for whom this CEL expression is true, as in user.department == "Engineering".')
      .optional(),
    app: nonEmptyText
      .regex(/^0oa[A-Za-z0-9]+$/, advice("is not an Okta app's id", "take it from the app's address in Okta: 0oa…"))
      .describe('Everybody assigned to the Okta app with this id (0oa…).')
      .optional(),
  },
  [{ required: ['groups'] }, { required: ['expression'] }, { required: ['app'] }],
).transform((given): Scope => {
  if (given.groups !== undefined) return { by: 'groups', groups: given.groups };
  if (given.expression !== undefined) return { by: 'expression', expression: given.expression };
  return { by: 'app', appId: (given.app ?? '') as OktaAppId };
});

const renaming = z
  .strictObject({
    pattern: checked(nonEmptyText, patternProblem)
      .transform(patternSource)
      .describe('A regular expression between slashes that matches the whole Okta name: /okta-(.*)/.'),
    to: nonEmptyText.describe('The name at the target; $1 stands for what the first parentheses matched.'),
  })
  .superRefine(({ pattern, to }, context) => {
    const groups = new RegExp(`${pattern}|`).exec('')?.length ?? 1;
    const unknown = [...to.matchAll(/\$(\d{1,2})/g)].find(
      ([, digits]) => Number(digits) < 1 || Number(digits) >= groups,
    );
    if (!unknown) return;
    const message = advice(`refers to ${unknown[0]}, which the pattern does not have`, 'count its parentheses');
    context.addIssue({ code: 'custom', path: ['to'], message });
  });

const merge = z
  .strictObject({
    into: nonEmptyText.describe('Name of the one group at the target.'),
    from: groupReferences
      .min(2, advice('merges fewer than two groups', 'name at least two Okta groups'))
      .describe(`Okta groups whose members it holds together. ${groupNotation}`),
  })
  .superRefine(({ from }, context) => {
    const index = from.findIndex((one) => 'pattern' in one);
    if (index < 0) return;
    const message = advice('is a pattern', 'name each group of a merge, so that none joins it unseen');
    context.addIssue({ code: 'custom', path: ['from', index], message });
  })
  .transform((given): GroupMerge => given);

const groups = z.strictObject({
  include: groupReferences
    .default([])
    .describe(`Okta groups to keep in step at the target. ${groupNotation} None unless named.`),
  exclude: groupReferences.default([]).describe('Exceptions from `include`, in the same notation.'),
  rename: z
    .array(renaming)
    .default([])
    .describe('Names at the target: the first pattern that matches the Okta name wins.'),
  merge: z
    .array(merge)
    .default([])
    .describe('Several Okta groups on one group of the target; never unless written here.'),
  followRenames: z
    .boolean()
    .default(true)
    .describe('Whether a group renamed at Okta is renamed at the target, where the product can.'),
  deletedAtOkta: z
    .enum(deletedGroupActions)
    .default('empty')
    .describe('What becomes of the group at the target: keep its members, empty it, or delete it.'),
});

/** A plain text must match literally once it has become a pattern. */
const literally = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

const patternsOf = (references: readonly Reference[]): string[] =>
  references.flatMap((one) => ('pattern' in one ? [one.pattern] : 'name' in one ? [literally(one.name)] : []));

const idsOf = (references: readonly Reference[]): string[] =>
  references.flatMap((one) => ('id' in one ? [one.id] : []));

const people = z
  .array(personReference)
  .default([])
  .transform((given): PeopleFilter => ({ oktaIds: idsOf(given) as OktaUserId[], patterns: patternsOf(given) }));

const targetGroups = z
  .array(targetGroupReference)
  .default([])
  .transform((given): GroupFilter => ({ ids: idsOf(given) as TargetGroupId[], patterns: patternsOf(given) }));

const peopleNotation =
  'A login, user name or e-mail address, /…/ a pattern for the whole of it, 00u… or id:00u… an Okta id.';
const targetGroupNotation = "A name at the target, /…/ a pattern for the whole name, id:… the target's own id.";

const operation = (what: string) => z.boolean().default(true).describe(what);

const operations = z.strictObject({
  create: operation('Create accounts.'),
  update: operation('Change attributes of accounts.'),
  deactivate: operation('Deactivate accounts.'),
  reactivate: operation('Activate accounts again.'),
  groups: operation('Create and rename groups and change their members.'),
});

export const share = z
  .number()
  .positive()
  .max(1)
  .default(0.5)
  .describe("How much of the vendor's rate limit Lockstep may use: 0.5 is half, the rest stays for others.");

export const concurrency = z.int().min(1).max(100).describe('Most requests at the same time.');

const baseUrl = address.refine(
  (value) => /\/scim\/directory\/[^/]+$/.test(new URL(value).pathname),
  advice(
    'is not the base address of a SCIM directory',
    'copy "Directory base URL" from Atlassian Administration: https://api.atlassian.com/scim/directory/…',
  ),
);

/** Set to `{}` when left out, so that its inner defaults apply. */
const optionalBlock = <T extends z.ZodType>(schema: T, description: string) =>
  schema.prefault({} as z.input<T>).describe(description);

export const target = z.strictObject({
  kind: z.enum(targetKinds).describe('The product at the other end.'),
  baseUrl: baseUrl.describe('"Directory base URL" as Atlassian Administration shows it with the API key.'),
  credentials: z
    .strictObject({ apiKey: secretRef.describe("The directory's API key; it expires after a year.") })
    .describe('By reference only.'),
  scope: scope.describe('Who should have an account. Required: nobody is in scope by default.'),
  account: optionalBlock(
    accountMapping,
    'What each attribute is made of: a profile attribute (title), a list of them as fall-backs, { from: …, default: … } or { expression: "…" }.',
  ),
  groups: optionalBlock(groups, 'Which Okta groups exist at the target as well.'),
  membershipAuthority: z
    .enum(membershipAuthorities)
    .default('linked-exact')
    .describe(
      'linked-exact: linked people are added and removed, other members only reported. exact: other members are removed too, if Okta shows whose accounts they are. add-only: nobody is removed.',
    ),
  leaver: optionalBlock(
    z.strictObject({
      action: z.enum(leaverActions).default('deactivate').describe("What becomes of a leaver's account."),
      removeMemberships: z.boolean().default(true).describe('Whether leavers are taken out of managed groups.'),
    }),
    'What happens to people who leave, or leave the scope.',
  ),
  operations: optionalBlock(operations, 'Kinds of work, each on unless switched off.'),
  protect: optionalBlock(
    z.strictObject({
      people: people.describe(`Never changed, whatever Okta says. ${peopleNotation}`),
      emergency: people.describe(
        `Emergency accounts: never changed, and \`lockstep check\` warns when one is missing or inactive. ${peopleNotation}`,
      ),
      groups: targetGroups.describe(`Never changed. ${targetGroupNotation}`),
    }),
    'Who and what is never changed.',
  ),
  ignore: optionalBlock(
    z.strictObject({
      accounts: people.describe(`Neither adopted nor reported as orphans. ${peopleNotation}`),
      groups: targetGroups.describe(`Neither adopted nor reported. ${targetGroupNotation}`),
    }),
    'Service accounts, portal customers and the like.',
  ),
  privilegedGroups: targetGroups.describe(
    `Groups that give power over the product: additions are decided on a live read and guarded. ${targetGroupNotation}`,
  ),
  guards: optionalBlock(guards, 'How much changes without approval, by kind.'),
  drift: z
    .enum(driftActions)
    .default('repair')
    .describe('What was changed at the target by somebody else: repair it, or only report it.'),
  pauseWhenFailing: optionalBlock(
    z.strictObject({
      percent: z.number().min(1).max(100).default(40).describe('Share of a run that may fail, in percent.'),
      atLeast: z.int().min(1).default(10).describe('Fewer failures never pause the target.'),
    }),
    'The target pauses itself when more than this fails.',
  ),
  apiKeyExpires: z.iso
    .date({ error: advice('is not a date', 'write it as 2027-03-31') })
    .optional()
    .describe('Day on which the API key ends, as Atlassian shows it: you are told 30, 7 and 1 days before.'),
  pacing: optionalBlock(
    z.strictObject({
      requestsPerMinute: z.int().min(1).max(100_000).optional().describe('For vendors that do not tell their limit.'),
      share,
      concurrency: concurrency.default(16),
    }),
    'How fast Lockstep may go.',
  ),
  memberBatch: z
    .int()
    .min(1)
    .max(1000)
    .default(100)
    .describe('Most members in one request. Atlassian publishes no limit.'),
});
