import { describe, expect, test } from 'vitest';
import { resolveGroups, selectGroups, targetGroupName } from '../../domain/group-selection.ts';
import type { OktaGroupId } from '../../domain/ids.ts';
import type { GroupRef } from '../../domain/settings.ts';
import { aGroup, groupId, noSelection } from '../support/domain-builders.ts';

const group = (id: string, name: string, type = 'OKTA_GROUP') => aGroup({ id: groupId(id), name, type });
const groups = [
  group('g1', 'Engineers'),
  group('g2', 'Sales'),
  group('g3', 'Sales', 'APP_GROUP'),
  group('g4', 'app-jira'),
  group('g5', 'app-wiki'),
];
const noPins: ReadonlyMap<string, OktaGroupId> = new Map();
const select = (
  { include = [], exclude = [] }: { include?: GroupRef[]; exclude?: GroupRef[] },
  among = groups,
  pins = noPins,
) => {
  const found = selectGroups({ ...noSelection, include, exclude }, among, pins);
  return { ...found, ids: [...found.ids].sort() };
};

describe('a name', () => {
  test('means the one group that bears it, and is pinned to its id', () => {
    expect(resolveGroups([{ name: 'Engineers' }], groups, noPins)).toEqual({
      ids: new Set(['g1']),
      pins: new Map([['Engineers', 'g1']]),
      problems: [],
    });
  });

  test('that nobody bears is a problem', () => {
    expect(resolveGroups([{ name: 'Ghosts' }, { name: 'engineers' }], groups, noPins)).toEqual({
      ids: new Set(),
      pins: new Map(),
      problems: [
        { code: 'unknown-group', ref: 'Ghosts', ids: [] },
        { code: 'unknown-group', ref: 'engineers', ids: [] },
      ],
    });
  });

  test.each([
    ['as read', groups],
    ['read backwards', groups.toReversed()],
  ])('that two groups bear is a problem that lists both, %s', (_order, among) => {
    expect(resolveGroups([{ name: 'Sales' }], among, noPins)).toEqual({
      ids: new Set(),
      pins: new Map(),
      problems: [{ code: 'ambiguous-group', ref: 'Sales', ids: ['g2', 'g3'] }],
    });
  });

  test('one bad name does not hide the good ones', () => {
    const found = resolveGroups([{ name: 'Ghosts' }, { name: 'Engineers' }], groups, noPins);
    expect([...found.ids]).toEqual(['g1']);
    expect(found.problems).toHaveLength(1);
  });
});

describe('a pinned name', () => {
  const pins = new Map([['Engineers', groupId('g1')]]);

  test('survives a renaming in Okta', () => {
    expect([...resolveGroups([{ name: 'Engineers' }], [group('g1', 'Makers')], pins).ids]).toEqual(['g1']);
  });

  test('stays with its group when another one takes the name', () => {
    const among = [group('g1', 'Makers'), group('g9', 'Engineers')];
    const found = resolveGroups([{ name: 'Engineers' }], among, pins);
    expect([...found.ids]).toEqual(['g1']);
    expect(found.pins).toEqual(pins);
  });

  test('never goes over to another group when its own is gone', () => {
    expect(resolveGroups([{ name: 'Engineers' }], [group('g9', 'Engineers')], pins)).toEqual({
      ids: new Set(),
      pins: new Map(),
      problems: [
        { code: 'pinned-group-gone', ref: 'Engineers', ids: pins.get('Engineers') ? [pins.get('Engineers')] : [] },
      ],
    });
  });

  test('settles which of two namesakes is meant', () => {
    expect([...resolveGroups([{ name: 'Sales' }], groups, new Map([['Sales', groupId('g3')]])).ids]).toEqual(['g3']);
  });
});

describe('ids and patterns', () => {
  test('an id needs no name', () => {
    expect(select({ include: [{ id: groupId('g3') }] })).toEqual({ ids: ['g3'], pins: new Map(), problems: [] });
  });

  test('an id that Okta does not know is a problem', () => {
    expect(select({ include: [{ id: groupId('g99') }] }).problems).toEqual([
      { code: 'unknown-group', ref: 'g99', ids: [] },
    ]);
  });

  test('a pattern takes every whole name it matches, by case, and may match none', () => {
    expect(select({ include: [{ pattern: 'app-.*' }] }).ids).toEqual(['g4', 'g5']);
    expect(select({ include: [{ pattern: 'app' }] })).toEqual({ ids: [], pins: new Map(), problems: [] });
    expect(select({ include: [{ pattern: 'APP-.*' }] }).ids).toEqual([]);
    expect(select({ include: [{ pattern: 'Sales|Engineers' }] }).ids).toEqual(['g1', 'g2', 'g3']);
  });
});

describe('what is excluded', () => {
  const everything: GroupRef = { pattern: '.*' };

  test('is left out by name, id or pattern', () => {
    const exclude: GroupRef[] = [{ name: 'Engineers' }, { id: groupId('g2') }, { pattern: 'app-.*' }];
    expect(select({ include: [everything], exclude }).ids).toEqual(['g3']);
  });

  test('stays out after a renaming in Okta', () => {
    const before = select({ include: [everything], exclude: [{ name: 'Engineers' }] });
    const renamed = groups.map((one) => (one.name === 'Engineers' ? group('g1', 'Makers') : one));
    const after = select({ include: [everything], exclude: [{ name: 'Engineers' }] }, renamed, before.pins);
    expect(after.ids).toEqual(['g2', 'g3', 'g4', 'g5']);
  });

  test('must not be ambiguous', () => {
    expect(select({ include: [everything], exclude: [{ name: 'Sales' }] }).problems).toEqual([
      { code: 'ambiguous-group', ref: 'Sales', ids: ['g2', 'g3'] },
    ]);
  });

  test('need not exist', () => {
    expect(select({ include: [{ name: 'Engineers' }], exclude: [{ name: 'Ghosts' }] })).toMatchObject({
      ids: ['g1'],
      problems: [],
    });
  });
});

describe('the name at the target', () => {
  const rename = [
    { pattern: 'app-(.*)', to: 'atlassian-$1' },
    { pattern: 'app-jira', to: 'never reached' },
    { pattern: 'Sales', to: 'sellers' },
  ];

  test.each([
    ['app-jira', 'atlassian-jira'],
    ['Sales', 'sellers'],
    ['Sales EMEA', 'Sales EMEA'],
    ['sales', 'sales'],
    ['Engineers', 'Engineers'],
  ])('of %s is %s', (oktaName, name) => {
    expect(targetGroupName(oktaName, rename)).toBe(name);
  });
});
