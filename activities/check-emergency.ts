import { EmergencyAccounts, emergencyProblems } from '../domain/emergency-accounts.ts';
import { createPolicy } from '../domain/policy.ts';
import { activeAdministrators, mirroredAccounts } from '../store/administrators.ts';
import { latestSnapshot } from '../store/snapshots.ts';
import { resolutionOf } from '../store/target-resolution.ts';
import type { CheckReport } from '../workflows/contract.ts';
import type { ConnectedTarget, Dependencies } from './dependencies.ts';

/**
 * Whether the emergency accounts are there, active and administrators, by the last reading of the target. SCIM shows
 * groups of the directory only: power that was given outside of them is not seen. Nothing where none are configured.
 */
export async function checkEmergency(
  { store }: Pick<Dependencies, 'store'>,
  { settings, directory }: ConnectedTarget,
): Promise<CheckReport['results'][number][]> {
  const { emergencyPeople, privilegedGroups, name } = settings;
  const configured = emergencyPeople.oktaIds.length + emergencyPeople.patterns.length;
  if (configured === 0) return [];
  const result = { system: name, check: 'emergency accounts' };
  if (!(await latestSnapshot(store, name)))
    return [
      { ...result, status: 'warning', message: 'not known before the target was read once: run `lockstep plan`' },
    ];
  const accounts = new EmergencyAccounts(emergencyPeople);
  for await (const page of mirroredAccounts(store, name))
    for (const { account, linkedTo } of page) accounts.look(account, linkedTo);
  const problems = emergencyProblems(accounts.entries(), await administrators());
  if (problems.length === 0) return [{ ...result, status: 'ok', message: `${configured} configured, all in place` }];
  return [{ ...result, status: 'warning', message: `${problems.join('; ')} (protect.emergency)` }];

  async function administrators() {
    if (privilegedGroups.ids.length + privilegedGroups.patterns.length === 0) return undefined;
    const { scope } = await resolutionOf(store, settings);
    const groups = await activeAdministrators(store, createPolicy(settings, directory.capabilities, scope));
    return new Set([...groups.values()].flatMap((members) => [...members]));
  }
}
