/** Operators of Okta's filter language (API reference, "Filter"). */
type Operator = 'eq' | 'ne' | 'sw' | 'ew' | 'co' | 'gt' | 'ge' | 'lt' | 'le' | 'pr';

export interface Comparison {
  kind: 'compare';
  /** Path with dots, such as `profile.login`. */
  attribute: string;
  operator: Operator;
  value: string | number | boolean | null;
}

export type Expression =
  | Comparison
  | { kind: 'and' | 'or'; left: Expression; right: Expression }
  | { kind: 'not'; inner: Expression };

/** Raised for an expression that does not follow the grammar; the caller words it as its endpoint does. */
export class FilterSyntaxError extends Error {}

const TOKEN = /\s*(?:([()])|("(?:[^"\\]|\\.)*")|([^\s()"]+))/y;
const OPERATORS = new Set(['eq', 'ne', 'sw', 'ew', 'co', 'gt', 'ge', 'lt', 'le', 'pr']);

/** @throws FilterSyntaxError */
export function parseFilter(text: string): Expression {
  const tokens = tokenize(text);
  let at = 0;

  function parseOr(): Expression {
    let left = parseAnd();
    while (tokens[at]?.toLowerCase() === 'or') {
      at += 1;
      left = { kind: 'or', left, right: parseAnd() };
    }
    return left;
  }

  function parseAnd(): Expression {
    let left = parseUnit();
    while (tokens[at]?.toLowerCase() === 'and') {
      at += 1;
      left = { kind: 'and', left, right: parseUnit() };
    }
    return left;
  }

  function parseUnit(): Expression {
    if (tokens[at]?.toLowerCase() === 'not') {
      at += 1;
      return { kind: 'not', inner: parseUnit() };
    }
    if (tokens[at] !== '(') return parseComparison();
    at += 1;
    const inner = parseOr();
    if (tokens[at] !== ')') throw new FilterSyntaxError('a parenthesis is not closed');
    at += 1;
    return inner;
  }

  function parseComparison(): Expression {
    const attribute = tokens[at];
    const operator = tokens[at + 1]?.toLowerCase();
    if (!attribute || !/^[\w.:-]+$/.test(attribute)) throw new FilterSyntaxError('an attribute is expected');
    if (!operator || !OPERATORS.has(operator)) throw new FilterSyntaxError('an operator is expected');
    at += 2;
    if (operator === 'pr') return { kind: 'compare', attribute, operator, value: null };
    const value = parseValue(tokens[at]);
    at += 1;
    return { kind: 'compare', attribute, operator: operator as Operator, value };
  }

  const expression = parseOr();
  if (at < tokens.length) throw new FilterSyntaxError(`unexpected "${tokens[at]}"`);
  return expression;
}

/** All comparisons of an expression, and whether `not` occurs. */
export function comparisons(expression: Expression): Comparison[] {
  if (expression.kind === 'compare') return [expression];
  if (expression.kind === 'not') return comparisons(expression.inner);
  return [...comparisons(expression.left), ...comparisons(expression.right)];
}

export function usesNot(expression: Expression): boolean {
  if (expression.kind === 'compare') return false;
  return expression.kind === 'not' || usesNot(expression.left) || usesNot(expression.right);
}

/** @param ignoreCase whether string values are compared without case: yes for `search`, no for `filter` */
export function matchesFilter(expression: Expression, subject: unknown, ignoreCase: boolean): boolean {
  switch (expression.kind) {
    case 'and':
      return (
        matchesFilter(expression.left, subject, ignoreCase) && matchesFilter(expression.right, subject, ignoreCase)
      );
    case 'or':
      return (
        matchesFilter(expression.left, subject, ignoreCase) || matchesFilter(expression.right, subject, ignoreCase)
      );
    case 'not':
      return !matchesFilter(expression.inner, subject, ignoreCase);
    case 'compare':
      return compare(expression, subject, ignoreCase);
  }
}

function tokenize(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const found = TOKEN.exec(text);
    if (!found) throw new FilterSyntaxError('a quote is not closed');
    tokens.push((found[1] ?? found[2] ?? found[3]) as string);
  }
  if (tokens.length === 0) throw new FilterSyntaxError('an expression is expected');
  return tokens;
}

function parseValue(token: string | undefined): string | number | boolean | null {
  if (token === undefined) throw new FilterSyntaxError('a value is expected');
  try {
    return JSON.parse(token);
  } catch {
    throw new FilterSyntaxError(`"${token}" is not a value`);
  }
}

function compare({ attribute, operator, value }: Comparison, subject: unknown, ignoreCase: boolean): boolean {
  const found = valuesAt(subject, attribute.split('.')).filter((each) => each !== null && each !== undefined);
  if (operator === 'pr') return found.some((each) => each !== '');
  if (operator === 'ne') return !found.some((each) => order(each, value, ignoreCase) === 0);
  return found.some((each) => {
    if (operator === 'sw' || operator === 'ew' || operator === 'co') return contains(operator, each, value, ignoreCase);
    const sign = order(each, value, ignoreCase);
    if (operator === 'eq') return sign === 0;
    if (operator === 'gt') return sign > 0;
    if (operator === 'ge') return sign >= 0;
    return operator === 'lt' ? sign < 0 : sign <= 0;
  });
}

/** Arrays on the way are searched through, as in `target.id eq "..."`. */
function valuesAt(subject: unknown, path: string[]): unknown[] {
  if (Array.isArray(subject)) return subject.flatMap((each) => valuesAt(each, path));
  const [head, ...rest] = path;
  if (head === undefined) return [subject];
  if (typeof subject !== 'object' || subject === null) return [];
  return valuesAt((subject as Record<string, unknown>)[head], rest);
}

function order(found: unknown, value: unknown, ignoreCase: boolean): number {
  if (typeof found === 'string' && typeof value === 'string') {
    const a = fold(comparable(found), ignoreCase);
    const b = fold(comparable(value), ignoreCase);
    if (a === b) return 0;
    return a < b ? -1 : 1;
  }
  if (found === value) return 0;
  if (typeof found !== typeof value) return Number.NaN;
  return Number(found) - Number(value);
}

// Dates are compared as points in time, whatever their precision: "...:00Z" and "...:00.000Z" are the same.
function comparable(text: string): string {
  if (!/^\d{4}-\d\d-\d\dT\d\d:/.test(text) || /T\d\d:\d\d:\d\d\.\d{3}Z$/.test(text)) return text;
  const time = Date.parse(text);
  return Number.isNaN(time) ? text : new Date(time).toISOString();
}

function fold(text: string, ignoreCase: boolean): string {
  return ignoreCase ? text.toLowerCase() : text;
}

function contains(operator: 'sw' | 'ew' | 'co', found: unknown, value: unknown, ignoreCase: boolean): boolean {
  if (typeof found !== 'string' || typeof value !== 'string') return false;
  const [text, part] = [fold(found, ignoreCase), fold(value, ignoreCase)];
  if (operator === 'sw') return text.startsWith(part);
  return operator === 'ew' ? text.endsWith(part) : text.includes(part);
}
