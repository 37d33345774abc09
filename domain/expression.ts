/** CEL expressions over a person: scope filters and mapped values. Pure; never imported by workflows. */
import { type ASTNode, Environment, EvaluationError, ParseError } from '@marcbachmann/cel-js';
import type { Person, Profile, ProfileValue } from './person.ts';

/** The text is not valid CEL, or uses something that is not there. `position` counts characters from 0. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
  readonly position: number | undefined;

  constructor(message: string, position?: number) {
    super(message);
    this.position = position;
  }
}

export interface ExpressionInput {
  readonly person: Person;
  /** Profile of the app assignment, for targets whose scope is an app. */
  readonly app?: Profile;
}

export interface Expression {
  readonly text: string;
  /** Profile attributes of `user` that it reads; these are what the mirror has to keep. */
  readonly attributes: ReadonlySet<string>;
  /** Likewise of `app`, the profile of an app assignment. */
  readonly appAttributes: ReadonlySet<string>;
  /** The type of the result as far as it is known before evaluation: `bool`, `string`, `dyn`, ... */
  readonly resultType: string;
  /** Undefined when an attribute that it needs is not set. Raises `ExpressionError` for any other fault. */
  evaluate(input: ExpressionInput): unknown;
}

const environment = new Environment({ unlistedVariablesAreDyn: false })
  .registerVariable('user', 'dyn')
  .registerVariable('app', 'dyn');

/** @throws ExpressionError */
export function compileExpression(text: string): Expression {
  const parsed = parse(text);
  const checked = parsed.check();
  if (!checked.valid) throw asExpressionError(checked.error);
  const used = { user: new Set<string>(), app: new Set<string>() };
  collectAttributes(parsed.ast, used);
  return {
    text,
    attributes: used.user,
    appAttributes: used.app,
    resultType: checked.type ?? 'dyn',
    evaluate(input) {
      try {
        return parsed({ user: userVariable(input.person), app: celMap(input.app ?? {}) });
      } catch (error) {
        if (error instanceof EvaluationError && error.code === 'no_such_key') return undefined;
        throw asExpressionError(error);
      }
    },
  };
}

function parse(text: string): ReturnType<Environment['parse']> {
  try {
    return environment.parse(text);
  } catch (error) {
    throw asExpressionError(error);
  }
}

/** CEL's own messages quote the source in several lines; the first says it all. */
function asExpressionError(error: unknown): ExpressionError {
  const message = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  return new ExpressionError(message, error instanceof ParseError ? error.range?.start : undefined);
}

const userVariable = (person: Person): Record<string, unknown> => ({
  ...celMap(person.profile),
  id: person.id,
  status: person.status,
  login: person.login,
  email: person.email,
});

/** An attribute that is null in Okta is not set, so that `has(user.x)` says what an administrator means. */
const celMap = (profile: Profile): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(profile)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => [name, celValue(value)]),
  );

/** JSON has one kind of number, CEL two: whole numbers become CEL integers, so that `user.level + 1` works. */
const celValue = (value: ProfileValue): unknown =>
  Array.isArray(value) ? value.map(celValue) : Number.isSafeInteger(value) ? BigInt(value as number) : value;

const variables = ['user', 'app'] as const;
type Used = Readonly<Record<(typeof variables)[number], Set<string>>>;

function collectAttributes(node: ASTNode, used: Used): void {
  for (const variable of variables) {
    const attribute = attributeOf(variable, node);
    if (attribute !== undefined) {
      used[variable].add(attribute);
      return;
    }
    if (node.op === 'id' && node.args === variable)
      throw new ExpressionError(
        `name the attributes of \`${variable}\` one by one, as in ${variable}.department`,
        node.start,
      );
  }
  for (const child of childNodes(node.args)) collectAttributes(child, used);
}

function attributeOf(variable: string, node: ASTNode): string | undefined {
  if (node.op !== '.' && node.op !== '.?' && node.op !== '[]' && node.op !== '[?]') return undefined;
  const [object, key] = node.args;
  if (object.op !== 'id' || object.args !== variable) return undefined;
  if (typeof key === 'string') return key;
  return key.op === 'value' && typeof key.args === 'string' ? key.args : undefined;
}

function* childNodes(args: unknown): Generator<ASTNode> {
  if (Array.isArray(args)) for (const one of args) yield* childNodes(one);
  else if (typeof args === 'object' && args !== null && 'op' in args) yield args as ASTNode;
}
