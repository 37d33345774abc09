import { describe, expect, test } from 'vitest';
import { planGroups } from '../../domain/plan-groups.ts';
import { refuseProblems, resolveTarget } from '../../domain/resolve-target.ts';
import {
  aGroup,
  aPolicy,
  engineers,
  groupFacts,
  groupId,
  noSelection,
  someSettings,
  staff,
  targetGroupId,
} from '../support/domain-builders.ts';

const groups = [aGroup({ id: staff, name: 'Staff' }), aGroup(), aGroup({ id: groupId('00g-ad'), name: 'Staff' })];
const settings = (scope: string, include: string) =>
  someSettings({
    scope: { by: 'groups', groups: [{ name: scope }] },
    groups: { ...noSelection, include: [{ name: include }] },
  });

describe("the groups that a target's configuration means", () => {
  test('are those of its scope and those it keeps, all pinned', () => {
    const pins = new Map([['Staff', staff]]);
    expect(resolveTarget(settings('Staff', 'Engineers'), groups, pins)).toEqual({
      scopeGroups: new Set([staff]),
      managedGroups: new Set([engineers]),
      goneGroups: new Set(),
      unions: [],
      pins: new Map([
        ['Staff', staff],
        ['Engineers', engineers],
      ]),
      problems: [],
      isScopeCertain: true,
    });
  });

  test('are not certain to be all while one that a pattern of the scope matched is not shown any more', () => {
    const byPattern = {
      ...settings('Staff', 'Engineers'),
      scope: { by: 'groups' as const, groups: [{ pattern: 'Sta.*' }] },
    };
    const isCertain = (shown: typeof groups, missing: typeof groups) =>
      resolveTarget(byPattern, shown, new Map(), missing).isScopeCertain;
    const isStaff = ({ name }: { name: string }) => name === 'Staff';
    expect(isCertain(groups, [])).toBe(true);
    expect(
      isCertain(
        groups,
        groups.filter(isStaff).map((one) => ({ ...one, name: 'Stagers' })),
      ),
    ).toBe(false);
    expect(
      isCertain(
        groups,
        groups.filter((one) => !isStaff(one)),
      ),
    ).toBe(true);
    expect(
      isCertain(
        groups.filter((one) => !isStaff(one)),
        [],
      ),
    ).toBe(false);
  });

  test('are refused all at once when names mean no group or several', () => {
    const { problems } = resolveTarget(settings('Staff', 'Ghosts'), groups, new Map());
    expect(() => refuseProblems('cloud', problems)).toThrow(
      expect.objectContaining({
        kind: 'Misconfigured',
        message: expect.stringMatching(/"Staff": 00g-ad, 00g-staff.*"Ghosts"/),
      }),
    );
    expect(() => refuseProblems('cloud', [])).not.toThrow();
  });
});

test('people are planned into the groups that are ready, and only those count as memberships', () => {
  const lost = groupId('00g-lost');
  const adopted = groupId('00g-adopted');
  const at = (id: string) => ({ id: targetGroupId(id), name: 'Engineers' });
  const { policy, managed } = planGroups(
    [
      groupFacts({ link: targetGroupId('t1'), targetGroup: at('t1') }),
      groupFacts({
        id: adopted,
        group: aGroup({ id: adopted, name: 'Adopted' }),
        sameName: [{ targetGroup: at('t2') }],
      }),
      groupFacts({ id: lost, group: aGroup({ id: lost }), link: targetGroupId('t3') }),
    ],
    aPolicy({ managedGroups: [engineers, adopted, lost] }),
  );
  expect(policy.managedGroups).toEqual(new Set([engineers, adopted]));
  expect(managed).toEqual(
    new Map([
      ['t1', engineers],
      ['t2', adopted],
    ]),
  );
});
