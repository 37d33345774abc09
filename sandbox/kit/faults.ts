import { SandboxError, type SimRequest, type VendorAction } from './vendor.ts';

const COMMON_ACTIONS = ['hang', 'reset', 'truncate', 'html', 'empty-list', 'half-list', 'repeat-page'] as const;
/** What every simulator can do, and what some vendors can: see `Vendor.faultActions`. */
export type NamedAction = (typeof COMMON_ACTIONS)[number] | VendorAction;

/**
 * Changes an answer. With `status` the vendor's answer is replaced, without it the real answer is altered.
 * A header of `null` is left out (`{"date": null}`); `retryAfter` in seconds; `delayMs` waits first.
 */
export interface AnswerAction {
  status?: number;
  headers?: Record<string, string | null>;
  body?: unknown;
  retryAfter?: number;
  delayMs?: number;
}

export interface FaultMatch {
  method?: string;
  /** Regular expression on path and query. */
  path?: string;
  /** Id, login or name that occurs in path, query or body. */
  subject?: string;
  /** Strikes only at the nth matching call, counted from 1 (or at each of a list). */
  attempt?: number | number[];
  /** Strikes at every nth matching call. */
  every?: number;
}

export interface FaultRule {
  id: string;
  match?: FaultMatch;
  /** How often it may strike; without it, always. */
  times?: number;
  /** Whether the call takes effect before the fault shows. Default `before`: it does not. */
  strike?: 'before' | 'after';
  action: NamedAction | AnswerAction;
}

export interface FaultState extends FaultRule {
  /** Matching calls seen so far. */
  seen: number;
  /** How often it struck: a required fault that did not strike should fail a test. */
  fired: number;
}

interface CompiledRule {
  state: FaultState;
  path: RegExp | undefined;
  attempts: Set<number> | undefined;
}

/** A script of fault rules. Of the rules that match a call and are due, the first strikes. */
export class Faults {
  #rules: CompiledRule[] = [];
  readonly #actions: readonly NamedAction[];

  constructor(vendorActions: readonly VendorAction[] = []) {
    this.#actions = [...COMMON_ACTIONS, ...vendorActions];
  }

  /** @throws SandboxError naming the rule and the field. */
  set(rules: unknown): FaultState[] {
    if (!Array.isArray(rules)) throw new SandboxError('a list of fault rules is expected', 'body');
    const compiled = rules.map((rule, index) => compile(rule, `rules[${index}]`, this.#actions));
    const ids = new Set(compiled.map((rule) => rule.state.id));
    if (ids.size < compiled.length) throw new SandboxError('each rule needs an id of its own', 'rules[].id');
    this.#rules = compiled;
    return this.list();
  }

  list(): FaultState[] {
    return this.#rules.map((rule) => structuredClone(rule.state));
  }

  clear(): void {
    this.#rules = [];
  }

  /** Strikes of one rule; 0 for an unknown id. */
  fired(id: string): number {
    return this.#rules.find((rule) => rule.state.id === id)?.state.fired ?? 0;
  }

  uses(action: NamedAction): boolean {
    return this.#rules.some((rule) => rule.state.action === action);
  }

  /** Counts the call at every rule it matches and returns the one that strikes. */
  strike(request: SimRequest): FaultRule | undefined {
    let struck: CompiledRule | undefined;
    for (const rule of this.#rules) {
      if (!matches(rule, request)) continue;
      rule.state.seen += 1;
      if (!struck && isDue(rule)) struck = rule;
    }
    if (struck) struck.state.fired += 1;
    return struck?.state;
  }

  /** Takes a strike back that made no difference. */
  miss(id: string): void {
    const rule = this.#rules.find(({ state }) => state.id === id);
    if (rule) rule.state.fired -= 1;
  }
}

function matches({ state, path }: CompiledRule, request: SimRequest): boolean {
  const match = state.match;
  if (!match) return true;
  if (match.method && match.method.toUpperCase() !== request.method) return false;
  const query = request.query.size > 0 ? `?${request.query}` : '';
  if (path && !path.test(request.path + query)) return false;
  if (!match.subject) return true;
  const subject = match.subject;
  const places = [request.path, encodeless(request.path), ...request.query.values(), request.rawBody];
  return places.some((place) => place.includes(subject));
}

function isDue({ state, attempts }: CompiledRule): boolean {
  if (state.times !== undefined && state.fired >= state.times) return false;
  if (attempts && !attempts.has(state.seen)) return false;
  return !state.match?.every || state.seen % state.match.every === 0;
}

function encodeless(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function compile(input: unknown, where: string, actions: readonly NamedAction[]): CompiledRule {
  if (!isObject(input)) throw new SandboxError('a fault rule is an object', where);
  rejectUnknown(input, ['id', 'match', 'times', 'strike', 'action', 'seen', 'fired'], where);
  if (typeof input.id !== 'string' || input.id === '') throw new SandboxError('id: a name is needed', `${where}.id`);
  const match = checkMatch(input.match, `${where}.match`);
  if (input.times !== undefined) checkNatural(input.times, `${where}.times`);
  if (input.strike !== undefined && input.strike !== 'before' && input.strike !== 'after') {
    throw new SandboxError('"before" or "after" the effect', `${where}.strike`);
  }
  const state: FaultState = {
    id: input.id,
    action: checkAction(input.action, `${where}.action`, actions),
    seen: 0,
    fired: 0,
  };
  if (match) state.match = match;
  if (typeof input.times === 'number') state.times = input.times;
  if (input.strike) state.strike = input.strike;
  const attempts = match?.attempt === undefined ? undefined : new Set([match.attempt].flat());
  return {
    state,
    attempts,
    path: match?.path === undefined ? undefined : toPattern(match.path, `${where}.match.path`),
  };
}

function checkMatch(input: unknown, where: string): FaultMatch | undefined {
  if (input === undefined) return undefined;
  if (!isObject(input)) throw new SandboxError('an object is expected', where);
  rejectUnknown(input, ['method', 'path', 'subject', 'attempt', 'every'], where);
  for (const key of ['method', 'path', 'subject'] as const) {
    if (input[key] !== undefined && typeof input[key] !== 'string') {
      throw new SandboxError('text is expected', `${where}.${key}`);
    }
  }
  if (input.attempt !== undefined) for (const n of [input.attempt].flat()) checkNatural(n, `${where}.attempt`);
  if (input.every !== undefined) checkNatural(input.every, `${where}.every`);
  return input as FaultMatch;
}

function checkAction(input: unknown, where: string, actions: readonly NamedAction[]): NamedAction | AnswerAction {
  const named = actions.find((name) => name === input);
  if (named) return named;
  if (!isObject(input)) {
    throw new SandboxError(`one of ${actions.join(', ')}, or an object with status, headers, ...`, where);
  }
  rejectUnknown(input, ['status', 'headers', 'body', 'retryAfter', 'delayMs'], where);
  if (input.status !== undefined) {
    checkNatural(input.status, `${where}.status`);
    if (Number(input.status) < 200 || Number(input.status) > 599) {
      throw new SandboxError('a status from 200 to 599 is expected', `${where}.status`);
    }
  }
  for (const key of ['retryAfter', 'delayMs'] as const) {
    const value = input[key];
    if (value !== undefined && (typeof value !== 'number' || value < 0)) {
      throw new SandboxError('a number from 0 on is expected', `${where}.${key}`);
    }
  }
  if (input.headers !== undefined && !isObject(input.headers)) {
    throw new SandboxError('an object of header names is expected', `${where}.headers`);
  }
  return input as AnswerAction;
}

function toPattern(source: string, where: string): RegExp {
  try {
    return new RegExp(source);
  } catch (error) {
    throw new SandboxError(`not a regular expression: ${(error as Error).message}`, where);
  }
}

function checkNatural(value: unknown, where: string): void {
  if (!Number.isInteger(value) || Number(value) < 1)
    throw new SandboxError('a whole number from 1 on is expected', where);
}

function rejectUnknown(input: Record<string, unknown>, known: string[], where: string): void {
  for (const key of Object.keys(input)) {
    if (!known.includes(key)) throw new SandboxError(`unknown key; known are ${known.join(', ')}`, `${where}.${key}`);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
