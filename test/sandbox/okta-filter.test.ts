import { expect, test } from 'vitest';
import { FilterSyntaxError, matchesFilter, parseFilter } from '../../sandbox/okta/scim-filter.ts';

const SUBJECT = {
  status: 'ACTIVE',
  lastUpdated: '2026-01-02T03:04:05.000Z',
  profile: { login: 'Ada@example.com', age: 36, admin: true, nickName: null },
  target: [{ id: 'a' }, { id: 'b' }],
};

test.each([
  ['status eq "ACTIVE"', true],
  ['status EQ "active"', false],
  ['lastUpdated eq "2026-01-02T03:04:05Z"', true],
  ['lastUpdated gt "2026-01-02T04:04:05+01:00"', false],
  ['lastUpdated ge "2026-01-02T03:04:05.000Z"', true],
  ['lastUpdated lt "2026-01-02T03:04:05.001Z"', true],
  ['profile.age le 36 and profile.admin eq true', true],
  ['profile.age gt "x"', false],
  ['profile.nickName pr or profile.login sw "Ada"', true],
  ['status eq "X" or status eq "ACTIVE" and profile.age eq 1', false],
  ['(status eq "X" or status eq "ACTIVE") and profile.age eq 36', true],
  ['not (target.id eq "b")', false],
  ['target.id eq "b" and target.id ne "c"', true],
  ['profile.login ew ".com" and profile.login co "@"', true],
])('%s is %s', (text, expected) => {
  expect(matchesFilter(parseFilter(text), SUBJECT, false)).toBe(expected);
});

test('without regard to case, values match and names do not', () => {
  expect(matchesFilter(parseFilter('profile.login eq "ADA@EXAMPLE.COM"'), SUBJECT, true)).toBe(true);
  expect(matchesFilter(parseFilter('Profile.login eq "ADA@EXAMPLE.COM"'), SUBJECT, true)).toBe(false);
});

test.each([
  '',
  'status',
  'status is "x"',
  'status eq',
  'status eq x',
  '(status pr',
  'status pr)',
  'status eq "x',
  'eq "x"',
])('"%s" is no filter', (text) => {
  expect(() => parseFilter(text)).toThrow(FilterSyntaxError);
});
