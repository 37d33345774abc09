import { expect, it } from 'vitest';
import { type Demand, lowerBound } from '../../bench/lower-bound.ts';

const nothing: Demand = {
  people: 2_000,
  groups: 101,
  changedGroups: [],
  accounts: 1_831,
  targetGroups: 99,
  accountsToCreate: 0,
  accountsToChange: 0,
  groupsToCreate: 0,
  additions: [],
  removals: [],
};

it('is pages alone when there is nothing to do', () => {
  expect(lowerBound(nothing, 100)).toEqual({
    peoplePages: 10,
    groupPages: 1,
    memberPages: 0,
    accountPages: 19,
    targetGroupPages: 1,
    accountsCreated: 0,
    accountsChanged: 0,
    groupsCreated: 0,
    membersChanged: 0,
  });
});

it('reads the members of each changed group to the end, and asks for a page of an empty one', () => {
  expect(lowerBound({ ...nothing, changedGroups: [0, 1, 200, 201] }, 100).memberPages).toBe(1 + 1 + 1 + 2);
});

it('asks a target for its first pages even when it holds nothing', () => {
  expect(lowerBound({ ...nothing, accounts: 0, targetGroups: 0 }, 100)).toMatchObject({
    accountPages: 1,
    targetGroupPages: 1,
  });
});

it('writes each account once and members in full batches, group by group', () => {
  const demand = { ...nothing, accountsToCreate: 250, accountsToChange: 3, groupsToCreate: 2 };
  expect(lowerBound({ ...demand, additions: [250, 1, 0], removals: [2] }, 100)).toMatchObject({
    accountsCreated: 250,
    accountsChanged: 3,
    groupsCreated: 2,
    membersChanged: 3 + 1 + 1,
  });
});
