import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Administrators } from '../../domain/administrators.ts';
import type { AccountChange, MembershipChange } from '../../domain/change.ts';
import { accountId, alice, bob, engineers, staff, targetGroupId } from '../support/domain-builders.ts';

const [admins, owners] = [targetGroupId('t-admins'), targetGroupId('t-owners')];
const [one, two] = [accountId('one'), accountId('two')];
/** `engineers` is kept on the group of administrators; `owners` is nobody's to keep. */
const withMembers = (members: Partial<Record<'admins' | 'owners', string[]>>): Administrators =>
  new Administrators(
    new Map([
      [admins, new Set((members.admins ?? []).map(accountId))],
      [owners, new Set((members.owners ?? []).map(accountId))],
    ]),
    new Map([
      [admins, engineers],
      [targetGroupId('t-staff'), staff],
    ]),
  );

const deactivate = (person = alice, account = one): AccountChange => ({
  kind: 'deactivate-account',
  person,
  account,
  reason: 'okta-deprovisioned',
});
const remove = (group = engineers, account = one): MembershipChange => ({
  kind: 'remove-member',
  person: alice,
  account,
  group,
  reason: 'not-in-okta-group',
});

describe('the last active member of a privileged group', () => {
  test('is not deactivated, whether the group is managed or not', () => {
    for (const members of [{ admins: ['one'] }, { owners: ['one'], admins: ['one', 'two'] }]) {
      const { changes, findings } = withMembers(members).spare([deactivate()]);
      expect(changes).toEqual([]);
      expect(findings).toMatchObject([{ code: 'last-administrator', person: alice }]);
    }
  });

  test('is not taken out of it, but out of other groups', () => {
    const { changes, findings } = withMembers({ admins: ['one'] }).spare([remove(), remove(staff)]);
    expect(changes).toEqual([remove(staff)]);
    expect(findings).toEqual([{ code: 'last-administrator', person: alice, group: engineers, subjects: ['t-admins'] }]);
  });

  test('stays as well when nobody is linked to the account', () => {
    const stranger: MembershipChange = {
      kind: 'remove-member',
      account: one,
      group: engineers,
      reason: 'unlinked-member',
    };
    expect(withMembers({ admins: ['one'] }).spare([stranger])).toEqual({
      changes: [],
      findings: [{ code: 'last-administrator', group: engineers, subjects: ['t-admins'] }],
    });
  });

  test('is whoever is left: of two who leave in one plan the second stays', () => {
    const administrators = withMembers({ admins: ['one', 'two'] });
    expect(administrators.spare([deactivate()]).changes).toEqual([deactivate()]);
    expect(administrators.spare([deactivate(bob, two)]).findings).toMatchObject([{ person: bob }]);
  });
});

test('people who are not the last, inactive or no administrators at all are taken from as planned', () => {
  const all = [deactivate(), remove(), remove(staff, two)];
  expect(withMembers({ admins: ['one', 'three'] }).spare(all)).toEqual({ changes: all, findings: [] });
  expect(withMembers({ admins: ['three'] }).spare(all)).toEqual({ changes: all, findings: [] });
});

test('whatever a plan takes away, in whatever order, every group that had an active member keeps one', () => {
  const accounts = ['a', 'b', 'c'].map(accountId);
  const members = fc.subarray(accounts);
  const changes = fc.array(
    fc.oneof(
      fc.constantFrom(...accounts).map((account) => deactivate(alice, account)),
      fc.constantFrom(...accounts).map((account) => remove(engineers, account)),
    ),
  );
  fc.assert(
    fc.property(members, members, changes, (ofAdmins, ofOwners, planned) => {
      const { changes: kept, findings } = withMembers({ admins: ofAdmins, owners: ofOwners }).spare(planned);
      const isActive = (account: string) =>
        !kept.some((change) => change.kind === 'deactivate-account' && change.account === account);
      const isIn = (account: string) =>
        !kept.some((change) => change.kind === 'remove-member' && change.account === account);
      const left = [
        ofOwners.filter((account) => isActive(account)),
        ofAdmins.filter((account) => isActive(account) && isIn(account)),
      ];
      expect(left.map(({ length }) => length > 0)).toEqual([ofOwners.length > 0, ofAdmins.length > 0]);
      expect(kept.length + findings.length).toBe(planned.length);
    }),
  );
});
