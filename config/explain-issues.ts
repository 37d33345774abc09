/** Turns zod's findings into problems that an administrator understands. */
import type { z } from 'zod';
import { valueAt } from './cross-checks.ts';
import { type ConfigProblem, printPath } from './problems.ts';
import { fieldAt, type SchemaNode } from './schema-lookup.ts';
import { closestTo } from './similar-word.ts';
import type { Place, YamlFile } from './yaml-file.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** @param schema the JSON Schema of the file: its descriptions are the hints where nothing better is known */
export function explainIssues(issues: readonly Issue[], file: YamlFile, schema: SchemaNode): ConfigProblem[] {
  const context: Context = { file, schema, meant: new Set() };
  const problems = issues.flatMap((issue) => explain(issue, issue.path, context));
  return problems.filter(({ path, message }) => message !== missing || !context.meant.has(path));
}

const missing = 'is missing';

interface Context {
  readonly file: YamlFile;
  readonly schema: SchemaNode;
  /** Paths that were written with a slip: that they are missing need not be told as well. */
  readonly meant: Set<string>;
}

function explain(issue: Issue, path: Path, context: Context): ConfigProblem[] {
  const { file, schema } = context;
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(key, path, context));
  if (issue.code === 'invalid_union') {
    // The branches that fit by shape tell what is wrong inside; if none fits, the union says what it wants.
    const fitting = issue.errors.find((branch) => !branch.some(isWrongShape));
    if (fitting) return fitting.flatMap((inner) => explain(inner, [...path, ...inner.path], context));
  }
  return [problem(path, wording(issue, valueAt(file.data, path)), placeOf(issue, path, file), schema)];
}

const isWrongShape = ({ path, code }: Issue): boolean =>
  path.length === 0 && (code === 'invalid_type' || code === 'invalid_value');

function problem(path: Path, wording: string, place: Place, schema: SchemaNode): ConfigProblem {
  const [message = '', advice] = wording.split('\n');
  const hint = advice ?? descriptionOf(schema, path);
  return { path: printPath(path), message, hint, ...place };
}

/** A list's entries are described by the list. */
function descriptionOf(schema: SchemaNode, path: Path): string {
  for (let length = path.length; length > 0; length--) {
    const description = fieldAt(schema, path.slice(0, length))?.description;
    if (description !== undefined) return description;
  }
  return 'see examples/production.yaml';
}

function unknownKey(key: string, path: Path, { file, schema, meant }: Context): ConfigProblem {
  const known = Object.keys(fieldAt(schema, path)?.properties ?? {});
  const similar = closestTo(key, known);
  const hint = similar === undefined ? `known here: ${known.join(', ')}` : `did you mean ${similar}?`;
  if (similar !== undefined) meant.add(printPath([...path, similar]));
  const at = [...path, key];
  return { path: printPath(at), message: 'is not known', hint, ...file.placeOfKey(at) };
}

function placeOf(issue: Issue, path: Path, file: YamlFile): Place {
  const text = valueAt(file.data, path);
  if (issue.code === 'custom' && typeof issue.params?.offset === 'number' && typeof text === 'string')
    return file.placeInText(path, text, issue.params.offset);
  return file.placeOf(path);
}

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a block of keys and values',
  record: 'a block of keys and values',
  array: 'a list',
};

/** The wording of a problem; values are never repeated, since a secret may have been put where it does not belong. */
function wording(issue: Issue, value: unknown): string {
  if (issue.message.includes('\n')) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      if (value === undefined) return missing;
      return `must be ${kinds[issue.expected] ?? issue.expected}, but is ${kindOf(value)}`;
    case 'invalid_value':
      return value === undefined ? missing : `must be ${issue.values.map(String).join(' or ')}`;
    case 'too_small':
      return issue.origin === 'array'
        ? 'must not be an empty list'
        : `must be ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}`;
    case 'too_big':
      return `must be ${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}`;
    default:
      return 'is not valid';
  }
}

function kindOf(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  return kinds[typeof value] ?? typeof value;
}
