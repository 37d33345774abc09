import { describe, expect, test } from 'vitest';
import type { AccountAttributes } from '../../domain/account.ts';
import { compileExpression, ExpressionError } from '../../domain/expression.ts';
import { attributesOfMapping, createMapper } from '../../domain/mapping.ts';
import type { Assignment, Profile } from '../../domain/person.ts';
import type { MappingRule, ValueSource } from '../../domain/settings.ts';
import { alice, aPerson, appId } from '../support/domain-builders.ts';

const attribute = (name: string): ValueSource => ({ attribute: name });
const cel = (expression: string): ValueSource => ({ expression });
const assigned = (profile: Profile): Assignment => ({ appId: appId('0oa-atlassian'), personId: alice, profile });

function titleFrom(rule: MappingRule, profile: Profile, assignment?: Assignment): AccountAttributes['title'] {
  return createMapper({ title: rule })(aPerson({ profile }), assignment).title;
}

describe('where a value comes from', () => {
  test('the first source that yields something wins', () => {
    const rule = { from: [attribute('preferredTitle'), attribute('title')] };
    expect(titleFrom(rule, { preferredTitle: 'Boss', title: 'Engineer' })).toBe('Boss');
    expect(titleFrom(rule, { title: 'Engineer' })).toBe('Engineer');
    expect(titleFrom(rule, { preferredTitle: null, title: 'Engineer' })).toBe('Engineer');
    expect(titleFrom(rule, { preferredTitle: '  ', title: ' Engineer ' })).toBe('Engineer');
  });

  test('the default steps in when no source yields anything', () => {
    expect(titleFrom({ from: [attribute('title')], default: 'Staff' }, {})).toBe('Staff');
    expect(titleFrom({ from: [], default: 'Staff' }, {})).toBe('Staff');
    expect(titleFrom({ from: [attribute('title')], default: 'Staff' }, { title: 'Engineer' })).toBe('Engineer');
  });

  test('without a default an empty value clears the attribute', () => {
    expect(titleFrom({ from: [attribute('title')] }, {})).toBe('');
    expect(titleFrom({ from: [attribute('title')] }, { title: null })).toBe('');
  });

  test('attributes without a rule are absent, not cleared', () => {
    expect(createMapper({ title: { from: [attribute('title')] } })(aPerson())).toEqual({ title: 'Engineer' });
  });

  test("login and e-mail are Okta's own, whatever the profile says", () => {
    const map = createMapper({ userName: { from: [attribute('login')] }, email: { from: [attribute('email')] } });
    const person = aPerson({ login: 'ali', email: 'a@example.com', profile: { login: 'x', email: 'y' } });
    expect(map(person)).toEqual({ userName: 'ali', email: 'a@example.com' });
  });

  test("names of JavaScript's own are no attributes", () => {
    for (const name of ['constructor', '__proto__', 'toString'])
      expect(titleFrom({ from: [attribute(name)] }, {})).toBe('');
  });
});

test.each([
  ['a whole number', 7, '7'],
  ['zero', 0, '0'],
  ['a fraction', 2.5, '2.5'],
  ['yes or no', false, 'false'],
  ['a list', ['red', 'blue'], 'red, blue'],
  ['a list of numbers', [1, 2], '1, 2'],
  ['a list with gaps', ['red', null, ''], 'red'],
  ['an empty list', [], ''],
])('%s becomes text', (_what, value, text) => {
  expect(titleFrom({ from: [attribute('level')] }, { level: value })).toBe(text);
  expect(titleFrom({ from: [cel('user.level')] }, { level: value })).toBe(text);
});

describe("an app's own profile", () => {
  const rule = { from: [attribute('app.title'), attribute('title')], default: 'Staff' };

  test('is read through `app.` when the person is assigned', () => {
    expect(titleFrom(rule, { title: 'Engineer' }, assigned({ title: 'Admin' }))).toBe('Admin');
    expect(titleFrom({ from: [cel('app.title + "!"')] }, {}, assigned({ title: 'Admin' }))).toBe('Admin!');
  });

  test('gives way to the next source and to the default', () => {
    expect(titleFrom(rule, { title: 'Engineer' }, assigned({}))).toBe('Engineer');
    expect(titleFrom(rule, { title: 'Engineer' })).toBe('Engineer');
    expect(titleFrom(rule, {})).toBe('Staff');
    expect(titleFrom({ from: [cel('app.title')], default: 'Staff' }, {})).toBe('Staff');
  });
});

describe('CEL', () => {
  test.each([
    ['user.firstName + " " + user.lastName', 'Alice Adams'],
    ['user.level + 1', '4'],
    ['user.level > 2 ? "Senior" : "Junior"', 'Senior'],
    ['has(user.nickName) ? user.nickName : user.firstName', 'Alice'],
    ['user.email.split("@")[1]', 'example.com'],
    ['user.status + " " + user.id', `ACTIVE ${alice}`],
    ['user.nickName', ''],
    ['"x".size() == 1', 'true'],
  ])('%s is %s', (expression, text) => {
    const profile = { firstName: 'Alice', lastName: 'Adams', level: 3, nickName: null };
    expect(titleFrom({ from: [cel(expression)] }, profile)).toBe(text);
  });

  test('an expression over a missing attribute yields nothing, and the next source is asked', () => {
    expect(titleFrom({ from: [cel('user.a + user.b'), attribute('title')] }, { a: 'A', title: 'Engineer' })).toBe(
      'Engineer',
    );
  });

  test('an expression that cannot be evaluated is an ExpressionError, not an empty value', () => {
    expect(() => titleFrom({ from: [cel('user.level + "x"')] }, { level: 3 })).toThrow(ExpressionError);
  });

  test.each(['1 +', 'nothing.x', 'user', 'size(user)', 'exec("ls")'])('%s does not compile', (expression) => {
    expect(() => compileExpression(expression)).toThrow(ExpressionError);
  });

  test('a syntax error says where it is', () => {
    expect(() => compileExpression('user.a == ')).toThrow(expect.objectContaining({ position: 10 }));
  });

  test('an expression tells every attribute it reads, hidden ones too', () => {
    const expression =
      '["x"].exists(v, v == user.a) || (has(user.b) && user["c"] == app.d && {"k": user.e}.k == user.f)';
    expect([...compileExpression(expression).attributes].sort()).toEqual(['a', 'b', 'c', 'e', 'f']);
  });
});

test('a mapping tells which profile attributes of Okta it reads', () => {
  const mapping = {
    title: { from: [attribute('title'), attribute('app.title')] },
    department: { from: [cel('user.division + app.x')] },
  };
  expect([...attributesOfMapping(mapping).user].sort()).toEqual(['division', 'title']);
});
