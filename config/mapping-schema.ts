/** How lockstep.yaml says what each account attribute is made of. */
import { z } from 'zod';
import { type AccountAttribute, accountAttributes } from '../domain/account.ts';
import { compileExpression, ExpressionError } from '../domain/expression.ts';
import type { Mapping, MappingRule, ValueSource } from '../domain/settings.ts';
import { checked, nonEmptyText } from './notations.ts';
import { oneOf } from './one-of.ts';
import { advice } from './problems.ts';

interface ExpressionRule {
  readonly resultTypes: readonly string[];
  readonly mustBe: string;
}

/** Compiled here, so that a slip shows when the file is read and not in the middle of a run. */
const celExpression = ({ resultTypes, mustBe }: ExpressionRule) =>
  nonEmptyText.superRefine((value, context) => {
    try {
      const { resultType } = compileExpression(value);
      if (resultTypes.includes(resultType)) return;
      context.addIssue({ code: 'custom', message: advice(`yields ${resultType} and not ${mustBe}`, celHint) });
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      const { message, position } = error;
      const place = position === undefined ? '' : ` at character ${position + 1}`;
      context.addIssue({
        code: 'custom',
        message: advice(`is not a valid expression${place}: ${message}`, celHint),
        params: { offset: position },
      });
    }
  });

const celHint = 'write CEL over `user` and `app`, as in user.department == "Engineering"; try it with `lockstep eval`';

export const scopeExpression = celExpression({ resultTypes: ['bool', 'dyn'], mustBe: 'true or false' });
const valueExpression = celExpression({
  resultTypes: ['string', 'int', 'uint', 'double', 'bool', 'dyn'],
  mustBe: 'one value',
});

/** An attribute of the Okta profile, or `app.…` for one of the app's own profile. */
const attributeName = checked(nonEmptyText, (value) => {
  if (/^user\./.test(value)) return advice('names an attribute with `user.`', `write ${value.slice(5)}`);
  if (/^(app\.)?[A-Za-z_][A-Za-z0-9_]*$/.test(value)) return undefined;
  return advice('is not the name of a profile attribute', 'an expression is written as { expression: "…" }');
}).transform((attribute): ValueSource => ({ attribute }));

const expression = valueExpression.describe(
  'CEL over `user` (the Okta profile with id, login, email, status) and `app` (the app assignment).',
);
const notASource = advice('is not a source of a value', 'write an attribute such as title, or { expression: "…" }');
const source = z.union([attributeName, z.strictObject({ expression })], notASource);
const sources = z.array(source).min(1, advice('is an empty list', 'name at least one source'));
const defaultValue = nonEmptyText.describe(
  'Used when nothing else yields a value; without one the attribute is cleared.',
);

const detailedRule = oneOf(
  {
    from: z
      .union([sources, source], notASource)
      .describe('One source or a list; the first that yields a value wins.')
      .optional(),
    expression: expression.optional(),
    default: defaultValue.optional(),
  },
  [{ required: ['from'] }, { required: ['expression'] }],
).transform(({ from, expression, default: fallback }): MappingRule => {
  const list = expression === undefined ? [from ?? []].flat() : [{ expression }];
  return fallback === undefined ? { from: list } : { from: list, default: fallback };
});

const notARule = advice(
  'does not say what the attribute is made of',
  'write an attribute, a list of them, { from: …, default: … } or { expression: "…" }',
);
const rule = z.union(
  [
    attributeName.transform((one): MappingRule => ({ from: [one] })),
    sources.transform((from): MappingRule => ({ from })),
    detailedRule,
  ],
  notARule,
);
const ruleOrNothing = z.union([rule, z.literal(false)], notARule);

/** Every product tells people apart by these two, so they cannot be left alone. */
const alwaysMapped: ReadonlySet<AccountAttribute> = new Set(['userName', 'email']);

/** What an Atlassian Cloud directory gets unless the file says otherwise (all of it can be synced by SCIM). */
const defaultMapping: Mapping = {
  userName: { from: [{ attribute: 'email' }] },
  email: { from: [{ attribute: 'email' }] },
  displayName: { from: [{ attribute: 'displayName' }, { expression: 'user.firstName + " " + user.lastName' }] },
  givenName: { from: [{ attribute: 'firstName' }] },
  familyName: { from: [{ attribute: 'lastName' }] },
  title: { from: [{ attribute: 'title' }] },
  department: { from: [{ attribute: 'department' }] },
  organization: { from: [{ attribute: 'organization' }] },
  preferredLanguage: { from: [{ attribute: 'preferredLanguage' }] },
  timezone: { from: [{ attribute: 'timezone' }] },
};

const describeRule = (attribute: AccountAttribute): string => {
  const known = defaultMapping[attribute]?.from
    .map((one) => ('expression' in one ? one.expression : one.attribute))
    .join(', else ');
  const unless = known === undefined ? 'Left as it is at the target unless mapped.' : `By default: ${known}.`;
  return alwaysMapped.has(attribute) ? `${unless} Always mapped.` : `${unless} false leaves it as it is at the target.`;
};

type RuleSchema = typeof rule | typeof ruleOrNothing;

export const accountMapping = z
  .strictObject(
    Object.fromEntries(
      accountAttributes.map((attribute) => {
        const schema: RuleSchema = alwaysMapped.has(attribute) ? rule : ruleOrNothing;
        return [attribute, schema.describe(describeRule(attribute)).optional()];
      }),
    ) as Record<AccountAttribute, z.ZodOptional<RuleSchema>>,
  )
  .transform((given): Mapping => {
    const merged: Partial<Record<AccountAttribute, MappingRule>> = { ...defaultMapping };
    for (const attribute of accountAttributes) {
      const one = given[attribute];
      if (one === false) delete merged[attribute];
      else if (one !== undefined) merged[attribute] = one;
    }
    return merged;
  });
