import { z } from 'zod';
import { advice } from './problems.ts';

interface Alternative {
  readonly required: readonly string[];
  /** Only allowed together with `required`. */
  readonly optional?: readonly string[];
}

/**
 * An object that holds exactly one of several alternatives. A union of objects would do, but could not tell which of
 * them somebody meant. Every field of `shape` is to be optional.
 *
 * @param notAnObject what to say about a value that is no object
 */
export function oneOf<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
  alternatives: readonly Alternative[],
  notAnObject?: string,
) {
  return z
    .strictObject(shape, { error: ({ code }) => (code === 'invalid_type' ? notAnObject : undefined) })
    .superRefine(
      (value, context) => {
        // A misspelt key has been reported as such; that something is missing follows from it.
        if (context.issues.some(({ code }) => code === 'unrecognized_keys')) return;
        const problem = judge(Object.keys(value), alternatives);
        if (problem) context.addIssue({ code: 'custom', message: problem });
      },
      { when: ({ value }) => typeof value === 'object' && value !== null && !Array.isArray(value) },
    )
    .meta({ oneOf: alternatives.map(({ required }) => ({ required: [...required] })) });
}

function judge(keys: readonly string[], alternatives: readonly Alternative[]): string | undefined {
  const meant = alternatives.filter(({ required, optional = [] }) =>
    keys.some((key) => required.includes(key) || optional.includes(key)),
  );
  const [only] = meant;
  const all = inWords(alternatives);
  if (only === undefined) return advice(`needs ${all}`, `add ${all}`);
  if (meant.length > 1) return advice(`allows only one of ${inWords(meant)}`, 'keep one of them and remove the rest');
  const missing = only.required.filter((key) => !keys.includes(key)).join(' and ');
  return missing === '' ? undefined : advice(`lacks ${missing}`, `add ${missing}`);
}

function inWords(alternatives: readonly Alternative[]): string {
  const names = alternatives.map(({ required }) => required.join(' with '));
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}
