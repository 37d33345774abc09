/** Scope and desired state of one person at one target, with the reasons in words. */
import type { Desired } from '../domain/desired.ts';
import { compileExpression, ExpressionError } from '../domain/expression.ts';
import type { Person } from '../domain/person.ts';
import type { Policy, Standing } from '../domain/policy.ts';
import type { DesiredView, GroupRef, ScopeView } from './api.ts';
import { findingTexts } from './finding-texts.ts';
import { reasonTexts } from './reason-texts.ts';

type GroupNames = ReadonlyMap<string, string>;

export const groupRefs = (ids: Iterable<string>, names: GroupNames): GroupRef[] =>
  [...ids]
    .map((id) => {
      const name = names.get(id);
      return name === undefined ? { id } : { id, name };
    })
    .sort((a, b) => nameOf(a).localeCompare(nameOf(b)));

const nameOf = ({ id, name }: GroupRef): string => name ?? id;

export function scopeView(policy: Policy, person: Person, standing: Standing, names: GroupNames): ScopeView {
  const { scope } = policy;
  switch (scope.by) {
    case 'groups': {
      const groups = groupRefs(standing.groups.intersection(scope.groups), names);
      const isIn = policy.isInScope(person, standing);
      const all = groupRefs(scope.groups, names).map(nameOf);
      const why = isIn
        ? `in Okta's group ${groups.map(nameOf).join(', ')}`
        : `in no Okta group of the scope (${listed(all)})`;
      return { isIn, by: scope.by, why, groups };
    }
    case 'expression':
      return { by: scope.by, groups: [], ...expressionVerdict(policy, person) };
    case 'app': {
      const isIn = policy.isInScope(person, standing);
      return { isIn, by: scope.by, why: `${isIn ? '' : 'not '}assigned to Okta's app ${scope.appId}`, groups: [] };
    }
    default:
      return scope satisfies never;
  }
}

const listed = (names: readonly string[]): string =>
  names.length <= 5 ? names.join(', ') : `${names.slice(0, 5).join(', ')} and ${names.length - 5} more`;

function expressionVerdict(policy: Policy, person: Person): { isIn?: boolean; why: string } {
  const { scope } = policy.settings;
  const text = scope.by === 'expression' ? scope.expression : '';
  const { value, error } = evaluated(text, person);
  if (error !== undefined) return { why: `${text} fails: ${error}` };
  if (value === true || value === false) return { isIn: value, why: `${text} is ${value}` };
  return {
    isIn: false,
    why: `${text} is ${value === undefined ? 'unknown: an attribute is not set' : 'not a yes or no'}`,
  };
}

/** What a CEL expression yields for this person. */
export function evaluated(text: string, person: Person): { value?: unknown; error?: string } {
  try {
    return { value: compileExpression(text).evaluate({ person }) };
  } catch (error) {
    if (error instanceof ExpressionError) return { error: error.message };
    throw error;
  }
}

export function desiredView(desired: Desired): DesiredView {
  switch (desired.state) {
    case 'active':
      return desired.unmapped
        ? { state: 'active', code: desired.unmapped, why: findingTexts[desired.unmapped].text, attributes: {} }
        : {
            state: 'active',
            code: 'entitled-in-scope',
            why: reasonTexts['entitled-in-scope'],
            attributes: desired.attributes,
          };
    case 'inactive':
      return { state: 'inactive', code: desired.reason, why: reasonTexts[desired.reason], attributes: {} };
    case 'keep':
      return { state: 'keep', code: desired.because, why: findingTexts[desired.because].text, attributes: {} };
    default:
      return desired satisfies never;
  }
}
