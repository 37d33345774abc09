/**
 * What a schema refuses, in our words: zod's own tell of its types, and quote what was sent. Values are never repeated; names of
 * fields are, where they look like names.
 */
import type { z } from 'zod';

export interface Described {
  readonly text: string;
  readonly hint?: string;
}

/** Of an error that was asked for with `reportInput`. */
export const describeAll = ({ issues }: z.ZodError): Described[] => issues.flatMap((issue) => describe(issue));

function describe(issue: z.core.$ZodIssue, above: readonly PropertyKey[] = []): Described[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'unrecognized_keys') return unknownFields(issue, path);
  if (issue.code === 'invalid_union' && !isMissing(issue)) {
    // Whoever chose one of the forms is told what is wrong with that one.
    const [chosen, ...others] = issue.errors.filter((branch) => branch.every(hasRightFields));
    if (chosen && others.length === 0) return chosen.flatMap((one) => describe(one, path));
  }
  const { text, hint } = wordsFor(issue);
  return [{ text: `${path.join('.') || 'body'}: ${text}`, ...(hint === undefined ? {} : { hint }) }];
}

/** Of a union that one field tells apart, the input is what has that field or not. */
function isMissing(issue: z.core.$ZodIssue): boolean {
  if (issue.code !== 'invalid_union' || issue.discriminator === undefined) return issue.input === undefined;
  return issue.input instanceof Object && !Object.hasOwn(issue.input, issue.discriminator);
}

const hasRightFields = (issue: z.core.$ZodIssue): boolean =>
  issue.code !== 'unrecognized_keys' && !(issue.code === 'invalid_type' && isMissing(issue));

function wordsFor(issue: z.core.$ZodIssue): Described {
  const own = advised(issue);
  if (isMissing(issue)) return { hint: 'the schema says what an order has to have', ...own, text: 'is missing' };
  if (issue.code === 'invalid_type' && issue.expected === 'object') return { text: 'is no object' };
  if (own) return own;
  if (issue.code === 'invalid_type') return { text: `is no ${issue.expected}` };
  if (issue.code === 'invalid_value') return { text: `is none of ${issue.values.join(', ')}` };
  return { text: 'is not as the schema says' };
}

/** The advice that the schema itself gives, message and hint. */
function advised({ message }: z.core.$ZodIssue): Described | undefined {
  const [text = '', hint] = message.split('\n');
  return hint === undefined ? undefined : { text, hint };
}

const looksLikeName = /^[A-Za-z][\w-]{0,39}$/;

function unknownFields(issue: z.core.$ZodIssueUnrecognizedKeys, path: readonly PropertyKey[]): Described[] {
  const { text, hint } = advised(issue) ?? { text: 'is not known here', hint: 'remove what the schema does not name' };
  const named = issue.keys.filter((key) => looksLikeName.test(key));
  const described = named.map((key) => `${[...path, key].join('.')}: ${text}`);
  const where = path.join('.') || 'body';
  const others = named.length < issue.keys.length ? [`${where}: has a field that is not known here`] : [];
  return [...described, ...others].map((text) => ({ text, ...(hint === undefined ? {} : { hint }) }));
}
