/**
 * Rules that span several places of lockstep.yaml. They look at the document as written, not at zod's result, so that
 * they are told together with whatever else is wrong; what has the wrong shape is left to the schema.
 */
import { advice, type PathSegment } from './problems.ts';

export interface Finding {
  readonly path: readonly PathSegment[];
  readonly message: string;
}

export function* crossCheck(document: unknown): Generator<Finding> {
  yield* plainHttp(document);
  yield* sharedDirectories(document);
  for (const [name, entry] of entriesOf(valueAt(document, ['targets']))) {
    yield* unfitName(name);
    yield* appWithoutApp(name, entry);
  }
}

/** Names of targets become part of workflow ids, search attributes and metric labels. */
export const targetNamePattern = /^[a-z][a-z0-9-]{0,39}$/;

function* unfitName(name: string): Generator<Finding> {
  if (targetNamePattern.test(name)) return;
  const hint = 'use up to 40 lower-case letters, digits and hyphens, a letter first';
  yield { path: ['targets', name], message: advice('is not a valid name of a target', hint) };
}

const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** Okta and Atlassian are reached with credentials that must not cross a network in the clear. */
function* plainHttp(document: unknown): Generator<Finding> {
  if (valueAt(document, ['sandbox']) === true) return;
  const targets = entriesOf(valueAt(document, ['targets'])).map(([name]) => ['targets', name, 'baseUrl']);
  for (const path of [['source', 'okta', 'orgUrl'], ...targets]) {
    const url = urlAt(document, path);
    if (url?.protocol !== 'http:' || loopback.test(url.hostname)) continue;
    yield { path, message: advice('would send credentials unencrypted', 'write https://') };
  }
}

/** Two targets on one directory would undo each other's work. */
function* sharedDirectories(document: unknown): Generator<Finding> {
  const owners = new Map<string, string>();
  for (const [name, entry] of entriesOf(valueAt(document, ['targets']))) {
    const key = urlAt(entry, ['baseUrl'])?.href.replace(/\/+$/, '').toLowerCase();
    if (key === undefined) continue;
    const owner = owners.get(key);
    if (owner === undefined) owners.set(key, name);
    else {
      const message = advice(`is the directory of ${owner} as well`, 'keep one of them: they would undo each other');
      yield { path: ['targets', name, 'baseUrl'], message };
    }
  }
}

/** The profile of an app assignment is read only where the assignment decides who is in scope. */
function* appWithoutApp(name: string, entry: unknown): Generator<Finding> {
  const scopeExpression = valueAt(entry, ['scope', 'expression']);
  if (typeof scopeExpression === 'string' && usesApp(scopeExpression)) {
    const message = advice('uses `app`, which is not there', 'a scope expression is about `user` only; see scope.app');
    yield { path: ['targets', name, 'scope', 'expression'], message };
  }
  if (valueAt(entry, ['scope', 'app']) !== undefined) return;
  for (const { path, text } of textsBelow(valueAt(entry, ['account']), [])) {
    if (path.at(-1) === 'default') continue;
    const isUsed = path.at(-1) === 'expression' ? usesApp(text) : text.startsWith('app.');
    if (!isUsed) continue;
    const message = advice('uses `app`, but the scope is not an app', 'use the Okta profile, or set scope.app');
    yield { path: ['targets', name, 'account', ...path], message };
  }
}

const usesApp = (expression: string): boolean =>
  /(?<![\w.])app\s*[.[]/.test(expression.replace(/"(\\.|[^"\\])*"|'(\\.|[^'\\])*'/g, '""'));

function* textsBelow(value: unknown, path: readonly PathSegment[]): Generator<{ path: PathSegment[]; text: string }> {
  if (typeof value === 'string') yield { path: [...path], text: value };
  else if (Array.isArray(value)) for (const [index, item] of value.entries()) yield* textsBelow(item, [...path, index]);
  else for (const [key, item] of entriesOf(value)) yield* textsBelow(item, [...path, key]);
}

function urlAt(document: unknown, path: readonly PropertyKey[]): URL | undefined {
  const value = valueAt(document, path);
  return typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
}

const entriesOf = (value: unknown): [string, unknown][] =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];

/** What stands at a path of the document; undefined where the document has another shape. */
export function valueAt(document: unknown, path: readonly PropertyKey[]): unknown {
  let value = document;
  for (const segment of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, segment)) return undefined;
    value = (value as Readonly<Record<PropertyKey, unknown>>)[segment];
  }
  return value;
}
