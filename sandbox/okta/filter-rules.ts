import { OktaError } from './okta-error.ts';
import {
  type Comparison,
  comparisons,
  type Expression,
  FilterSyntaxError,
  parseFilter,
  usesNot,
} from './scim-filter.ts';

const ORDERING = ['eq', 'gt', 'ge', 'lt', 'le'];
const SEARCHING = [...ORDERING, 'sw', 'pr'];
const CONTAINS_OK = new Set(['profile.firstName', 'profile.lastName', 'profile.email', 'profile.login']);
const USER_SEARCH = new Set(['id', 'status', 'created', 'activated', 'statusChanged', 'lastUpdated', 'type.id']);
const USER_FILTER = new Set([
  'status',
  'id',
  'profile.login',
  'profile.email',
  'profile.firstName',
  'profile.lastName',
  'lastUpdated',
]);
const GROUP_SEARCH = new Set(['id', 'type', 'created', 'lastUpdated', 'lastMembershipUpdated', 'source.id']);
const LOG_UNFILTERABLE = new Set(['published']);
const LOG_NO_CONTAINS = new Set(['debugContext.debugData.url', 'debugContext.debugData.requestUri']);

/** List users, parameter `search`: many attributes, but neither `ne` nor `not`; `co` for names, e-mail and login only. */
export function userSearch(text: string): Expression {
  return checked(text, ({ attribute, operator }) => {
    if (!USER_SEARCH.has(attribute) && !attribute.startsWith('profile.')) return false;
    return SEARCHING.includes(operator) || (operator === 'co' && CONTAINS_OK.has(attribute));
  });
}

/** List users, parameter `filter`: seven attributes, `eq` only, but for `lastUpdated`. */
export function userFilter(text: string): Expression {
  return checked(text, ({ attribute, operator }) => {
    if (!USER_FILTER.has(attribute)) return false;
    return operator === 'eq' || (attribute === 'lastUpdated' && ORDERING.includes(operator));
  });
}

/** List groups, parameter `search`: `sw`, `eq`, and `co` for name and description; no order, so no delta by it. */
export function groupSearch(text: string): Expression {
  return checked(text, ({ attribute, operator }) => {
    if (!GROUP_SEARCH.has(attribute) && !attribute.startsWith('profile.')) return false;
    if (operator === 'co') return attribute === 'profile.name' || attribute === 'profile.description';
    return operator === 'sw' || operator === 'eq';
  });
}

/** List groups, parameter `filter`: id, type and the two times. */
export function groupFilter(text: string): Expression {
  return checked(text, ({ attribute, operator }) => {
    if (attribute === 'id' || attribute === 'type') return operator === 'eq';
    return ['lastUpdated', 'lastMembershipUpdated'].includes(attribute) && ORDERING.includes(operator);
  });
}

/** List apps, parameter `filter`: id, status, name. */
export function appFilter(text: string): Expression {
  return checked(text, ({ attribute, operator }) => operator === 'eq' && ['id', 'status', 'name'].includes(attribute));
}

/** System Log query: every attribute but `published`, no `co` on addresses. */
export function logFilter(text: string): Expression {
  const expression = parse(text, new OktaError('E0000053', 'Invalid SCIM filter.'));
  const isForbidden = ({ attribute, operator }: Comparison) =>
    LOG_UNFILTERABLE.has(attribute) || (operator === 'co' && LOG_NO_CONTAINS.has(attribute));
  if (comparisons(expression).some(isForbidden)) throw new OktaError('E0000031');
  return expression;
}

function checked(text: string, isAllowed: (comparison: Comparison) => boolean): Expression {
  const expression = parse(text, new OktaError('E0000031'));
  if (usesNot(expression) || !comparisons(expression).every(isAllowed)) throw new OktaError('E0000031');
  return expression;
}

function parse(text: string, refusal: OktaError): Expression {
  try {
    return parseFilter(text);
  } catch (error) {
    if (error instanceof FilterSyntaxError) throw refusal;
    throw error;
  }
}
