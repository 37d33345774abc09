import { expect, test } from 'vitest';
import { EmergencyAccounts, emergencyProblems } from '../../domain/emergency-accounts.ts';
import { accountId, alice, anAccount, bob } from '../support/domain-builders.ts';

const breakGlass = (id: string, isActive = true) =>
  anAccount({ id: accountId(id), isActive, attributes: { userName: `${id}@example.com` } });

test('emergency accounts that are missing, inactive or no administrators are told, by position and id only', () => {
  const accounts = new EmergencyAccounts({ oktaIds: [alice, bob], patterns: ['glass-.*@example[.]com', 'nobody'] });
  accounts.look(breakGlass('plain'), alice);
  accounts.look(breakGlass('glass-1'), undefined);
  accounts.look(breakGlass('glass-2', false), undefined);
  accounts.look(breakGlass('somebody'), undefined);
  const entries = accounts.entries();
  expect(emergencyProblems(entries, new Set([accountId('plain')]))).toEqual([
    'entry 2 matches no account here',
    'account glass-2 is deactivated',
    'account glass-1 is no administrator',
    'entry 4 matches no account here',
  ]);
  expect(emergencyProblems(entries, undefined)).not.toContain('account glass-1 is no administrator');
});

test('an account counts by the Okta id that it carries, too', () => {
  const accounts = new EmergencyAccounts({ oktaIds: [alice], patterns: [] });
  accounts.look(anAccount({ externalId: alice }), undefined);
  expect(emergencyProblems(accounts.entries(), new Set([accountId('account-alice')]))).toEqual([]);
});
