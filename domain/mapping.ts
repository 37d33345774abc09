import { type AccountAttribute, type AccountAttributes, accountAttributes } from './account.ts';
import { compileExpression } from './expression.ts';
import type { Assignment, Person, Profile, ProfileValue } from './person.ts';
import type { Mapping, MappingRule, ValueSource } from './settings.ts';

/** The account that a person should have. `''` clears an attribute; attributes without a rule are absent. */
export type AccountMapper = (person: Person, assignment?: Assignment) => AccountAttributes;

type Reader = (person: Person, app: Profile) => string;

/** Compiles a mapping once. @throws ExpressionError */
export function createMapper(mapping: Mapping): AccountMapper {
  const rules: [AccountAttribute, Reader][] = [];
  for (const attribute of accountAttributes) {
    const rule = mapping[attribute];
    if (rule) rules.push([attribute, ruleReader(rule)]);
  }
  return (person, assignment) =>
    Object.fromEntries(rules.map(([attribute, read]) => [attribute, read(person, assignment?.profile ?? {})]));
}

/** Attributes that a mapping reads of the Okta user's profile, and of the assignment's. */
export function attributesOfMapping(mapping: Mapping): { user: ReadonlySet<string>; app: ReadonlySet<string> } {
  const user = new Set<string>();
  const app = new Set<string>();
  for (const source of Object.values(mapping).flatMap((rule) => rule.from)) {
    if ('expression' in source) {
      const { attributes, appAttributes } = compileExpression(source.expression);
      for (const name of attributes) user.add(name);
      for (const name of appAttributes) app.add(name);
    } else if (source.attribute.startsWith(appPrefix)) app.add(source.attribute.slice(appPrefix.length));
    else user.add(source.attribute);
  }
  return { user, app };
}

/** The account attributes that bear on a target: those mapped, and the two by which accounts are recognised. */
export const keptAttributes = (mapping: Mapping): ReadonlySet<string> =>
  new Set(['userName', 'email', ...Object.keys(mapping)]);

const appPrefix = 'app.';

function ruleReader(rule: MappingRule): Reader {
  const readers = rule.from.map(sourceReader);
  return (person, app) => {
    for (const read of readers) {
      const value = read(person, app);
      if (value !== '') return value;
    }
    return rule.default ?? '';
  };
}

function sourceReader(source: ValueSource): Reader {
  if ('expression' in source) {
    const expression = compileExpression(source.expression);
    return (person, app) => asText(expression.evaluate({ person, app }));
  }
  const { attribute } = source;
  if (attribute.startsWith(appPrefix)) return (_person, app) => asText(app[attribute.slice(appPrefix.length)]);
  if (attribute === 'login') return (person) => asText(person.login);
  if (attribute === 'email') return (person) => asText(person.email);
  return (person) => asText(person.profile[attribute]);
}

function asText(value: ProfileValue | unknown): string {
  if (typeof value === 'string') return value.trim();
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value))
    return value
      .map(asText)
      .filter((text) => text !== '')
      .join(', ');
  return '';
}
