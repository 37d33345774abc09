/**
 * Texts as PostgreSQL takes them. It refuses the character NUL everywhere and, in jsonb, half a surrogate pair ("JSON
 * Types"), which is what is left of an emoji that a vendor cut in two. One such title would stop a whole page.
 */

/** `value` as JSON for a statement, with NUL dropped and halves of pairs replaced by U+FFFD. */
export const jsonText = (value: unknown): string => {
  const text = JSON.stringify(value);
  return mayBeRefused.test(text) ? JSON.stringify(value, storable) : text;
};

/** Of a plain text. In one that goes as JSON, `jsonText` sees to it. */
export const storableText = (text: string): string => text.toWellFormed().replaceAll('\0', '');

/** `JSON.stringify` escapes exactly these; a backslash that was in the text itself costs no more than a second pass. */
const mayBeRefused = /\\u(?:0000|d[89a-f])/;

const storable = (_key: string, value: unknown): unknown => {
  if (typeof value === 'string') return storableText(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [storableText(key), inner]));
};
