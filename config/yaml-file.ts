/** Reads lockstep.yaml and knows where in its text everything stands. */
import { readFileSync } from 'node:fs';
import { type Document, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLError } from 'yaml';
import { ConfigError, type ConfigProblem } from './problems.ts';

export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface YamlFile {
  readonly data: unknown;
  /** The place of a value, or of its key where the value spans several lines; of the nearest parent if it is missing. */
  placeOf(path: readonly PropertyKey[]): Place;
  /** The place of a key. */
  placeOfKey(path: readonly PropertyKey[]): Place;
  /** The place of one character of a text, where the file holds that text as it is. */
  placeInText(path: readonly PropertyKey[], text: string, offset: number): Place;
}

/** @throws ConfigError when there is no such file or it is not YAML */
export function readYamlFile(path: string): YamlFile {
  const text = readText(path);
  const lines = new LineCounter();
  // Pretty errors quote the source, which may hold what should not be printed.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    const problems = faults.map((fault) => syntaxProblem(fault, placeAt(lines, fault.pos[0])));
    throw new ConfigError(path, problems);
  }
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null))
    throw fileProblem(path, 'is empty', 'start from examples/production.yaml');
  return {
    data: toData(document, path),
    placeOf: (at) => placeAt(lines, find(document, at).offset),
    placeOfKey: (at) => placeAt(lines, find(document, at).keyOffset),
    placeInText(at, value, offset) {
      const { node } = find(document, at);
      const [start, end] = node?.range ?? [0, 0];
      const within = text.slice(start, end).indexOf(value);
      return placeAt(lines, within < 0 ? start : start + within + offset);
    },
  };
}

function readText(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT')
      throw fileProblem(path, 'there is no such file', 'name the file by --config or LOCKSTEP_CONFIG');
    if (code === 'EISDIR')
      throw fileProblem(path, 'is a folder', `name the file itself, such as ${path}/lockstep.yaml`);
    throw fileProblem(path, `cannot be read (${String(code)})`, 'check its permissions');
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw fileProblem(path, 'is not UTF-8 text', 'save it as UTF-8');
  }
}

/** Aliases that multiply without end are refused by the library while it resolves them. */
function toData(document: Document.Parsed, path: string): unknown {
  try {
    return document.toJS();
  } catch {
    throw fileProblem(
      path,
      'has aliases that cannot be resolved',
      'quote a value that begins with *; else write the values out instead of using & and *',
    );
  }
}

const fileProblem = (path: string, message: string, hint: string): ConfigError =>
  new ConfigError(path, [{ path: '', message, hint }]);

const syntaxNotices: Partial<Record<YAMLError['code'], readonly [message: string, hint: string]>> = {
  DUPLICATE_KEY: ['the same key stands twice in one block', 'remove one of them'],
  TAB_AS_INDENT: ['a tab is used for indentation', 'YAML indents by spaces'],
  BAD_INDENT: [
    'the indentation does not fit, or a bracket is not closed',
    'begin all entries of one block in the same column, and look for a [ or { without its end',
  ],
  MULTIPLE_DOCS: ['there is a second document after ---', 'keep one document in the file'],
  TAG_RESOLVE_FAILED: ['there is a tag that means nothing here', 'put a value that begins with ! into quotes'],
  MISSING_CHAR: ['a quote, bracket, colon or comma is missing', 'look at this line and the one before'],
  BAD_SCALAR_START: ['a value begins with a character that YAML keeps for itself', 'put the value into quotes'],
  BLOCK_AS_IMPLICIT_KEY: ['there are two colons in one line', 'begin a new line, or put the value into quotes'],
  MULTILINE_IMPLICIT_KEY: ['a key spans several lines', 'a colon is missing, or the indentation does not fit'],
};

/** The library's own messages quote the source as well, so only its codes are used. */
function syntaxProblem({ code }: YAMLError, place: Place): ConfigProblem {
  const [message, hint] = syntaxNotices[code] ?? [`this is not valid YAML (${code})`, 'look at this line'];
  return { path: '', message, hint, ...place };
}

function placeAt(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

interface Found {
  readonly node: Node | undefined;
  readonly offset: number;
  readonly keyOffset: number;
}

function find(document: Document.Parsed, path: readonly PropertyKey[]): Found {
  let node: unknown = document.contents;
  let found: Found = { node: document.contents ?? undefined, offset: 0, keyOffset: 0 };
  for (const segment of path) {
    const next = step(node, segment);
    if (next === undefined) break;
    node = next.node;
    found = next;
  }
  return found;
}

function step(parent: unknown, segment: PropertyKey): Found | undefined {
  if (isSeq<Node>(parent) && typeof segment === 'number') {
    const node = parent.items[segment];
    const offset = node?.range?.[0];
    return offset === undefined ? undefined : { node, offset, keyOffset: offset };
  }
  if (!isMap<Node, Node | null>(parent)) return undefined;
  const pair = parent.items.find(({ key }) => isScalar(key) && String(key.value) === String(segment));
  const keyOffset = pair?.key.range?.[0];
  if (pair === undefined || keyOffset === undefined) return undefined;
  const hasOwnLine = isScalar(pair.value) && pair.value.value !== null;
  return { node: pair.value ?? undefined, keyOffset, offset: (hasOwnLine && pair.value?.range?.[0]) || keyOffset };
}
