/** Tries scope and mapping on one person as Okta shows them now, with the source that yielded each value. */
import type { Config, TargetConfig } from '../config/config.ts';
import { profileAttributesOf } from '../config/profile-attributes.ts';
import { type AccountAttribute, accountAttributes } from '../domain/account.ts';
import { desiredOf } from '../domain/desired.ts';
import type { SourceDirectory } from '../domain/directory.ts';
import { compileExpression, ExpressionError } from '../domain/expression.ts';
import type { OktaUserId } from '../domain/ids.ts';
import { createMapper } from '../domain/mapping.ts';
import type { Assignment, Person } from '../domain/person.ts';
import type { MappingRule, ValueSource } from '../domain/settings.ts';
import type { EvaluateInput, EvaluateView, MappedAttribute, TargetEvaluation } from './api.ts';
import { desiredView, evaluated, groupRefs, scopeView } from './decision-views.ts';
import type { ReaderDependencies } from './dependencies.ts';
import { oktaPatienceMs } from './find-people.ts';
import { liveStanding } from './live-standing.ts';
import { ApiProblem, notFound } from './problems.ts';
import { targetPolicy } from './target-policy.ts';
import { personView } from './views.ts';

/** @throws ApiProblem, ConfigError, Failure */
export async function evaluate(deps: ReaderDependencies, input: EvaluateInput): Promise<EvaluateView> {
  const config = deps.readConfig();
  const targets = chosen(config, input.targets);
  const attributes = new Set([...profileAttributesOf(config), ...attributesOf(input.expression)]);
  const okta = deps.connectOkta([...attributes].sort());
  const signal = AbortSignal.timeout(oktaPatienceMs * 2);
  const person = await okta.person(input.oktaId as OktaUserId, { signal });
  if (!person)
    throw notFound('Okta has no such user now', 'name somebody who is at Okta; `lockstep explain` knows the past');
  const isSame = JSON.stringify(config) === JSON.stringify(deps.config);
  return {
    person: personView(person),
    configuration: isSame ? 'running' : 'file',
    ...(input.expression === undefined ? {} : { expression: tried(input.expression, person) }),
    targets: await Promise.all(targets.map((target) => evaluateTarget(deps, okta, target, { person, signal }))),
  };
}

function chosen({ targets }: Config, names: readonly string[] | undefined): readonly TargetConfig[] {
  if (names === undefined) return targets;
  const known = targets.map(({ settings }) => settings.name as string);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new ApiProblem('bad-request', `no target ${unknown.join(', ')}`, `there are: ${known.join(', ')}`);
  return targets.filter(({ settings }) => names.includes(settings.name));
}

function attributesOf(expression: string | undefined): ReadonlySet<string> {
  if (expression === undefined) return new Set();
  try {
    return compileExpression(expression).attributes.difference(new Set(['id', 'status']));
  } catch (error) {
    if (error instanceof ExpressionError) return new Set();
    throw error;
  }
}

function tried(text: string, person: Person): NonNullable<EvaluateView['expression']> {
  const { value, error } = evaluated(text, person);
  return error === undefined ? { text, result: shown(value) } : { text, error };
}

/** CEL's whole numbers are BigInts, which JSON does not know. */
const shown = (value: unknown): string =>
  value === undefined
    ? 'nothing: an attribute is not set'
    : (JSON.stringify(value, (_key, inner) => (typeof inner === 'bigint' ? Number(inner) : inner)) ?? String(value));

async function evaluateTarget(
  { store }: ReaderDependencies,
  okta: SourceDirectory,
  target: TargetConfig,
  { person, signal }: { readonly person: Person; readonly signal: AbortSignal },
): Promise<TargetEvaluation> {
  const { name, mapping } = target.settings;
  const ready = await targetPolicy(store, target);
  if ('problem' in ready) return { target: name, problem: ready.problem, mapping: [], groups: [] };
  const { whole, groupNames } = ready;
  const standing = await liveStanding(okta, whole, person, signal);
  const facts = { id: person.id, person, isDeleted: false, standing, link: undefined, account: undefined };
  const desired = desiredOf({ ...facts, candidates: [], rivals: [], memberships: new Set() }, whole);
  return {
    target: name,
    scope: scopeView(whole, person, standing, groupNames),
    desired: desiredView(desired),
    mapping: accountAttributes
      .filter((attribute) => whole.capabilities.attributes.includes(attribute))
      .flatMap((attribute) => {
        const rule = mapping[attribute];
        return rule ? [mapAttribute(attribute, rule, person, standing.assignment)] : [];
      }),
    groups: groupRefs(desired.state === 'active' ? desired.groups : [], groupNames),
  };
}

/** The same mapper as the planner's, one source at a time. */
function mapAttribute(
  attribute: AccountAttribute,
  rule: MappingRule,
  person: Person,
  assignment: Assignment | undefined,
): MappedAttribute {
  const skipped: string[] = [];
  for (const source of rule.from) {
    const from = 'expression' in source ? source.expression : source.attribute;
    try {
      const value = valueFrom(source, person, assignment);
      if (value !== '') return { attribute, value, from, skipped };
    } catch (error) {
      if (error instanceof ExpressionError) return { attribute, value: '', from, skipped, error: error.message };
      throw error;
    }
    skipped.push(from);
  }
  return { attribute, value: rule.default ?? '', from: rule.default ? 'default' : 'nothing', skipped };
}

const valueFrom = (source: ValueSource, person: Person, assignment: Assignment | undefined): string =>
  createMapper({ userName: { from: [source] } })(person, assignment).userName ?? '';
