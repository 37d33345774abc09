/** Looks whether everything that a run needs is in place, without changing anything. */

import { isFailure } from '../domain/failure.ts';
import type { Group } from '../domain/person.ts';
import { refuseProblems, resolveTarget } from '../domain/resolve-target.ts';
import { allGroups, loadPins, missingGroups } from '../store/okta-mirror.ts';
import type { CheckInput, CheckReport } from '../workflows/contract.ts';
import { checkEmergency } from './check-emergency.ts';
import { checkCanaries, checkOperations } from './check-settings.ts';
import type { Dependencies } from './dependencies.ts';
import { whileAlive } from './heartbeats.ts';
import { connectedTarget } from './observe-target.ts';

type Results = CheckReport['results'][number][];

export async function checkSystems(deps: Dependencies, input: CheckInput): Promise<CheckReport> {
  return whileAlive(async ({ signal }) => {
    const results: Results = [];
    const names = input.targets ?? [...deps.targets.keys()];
    for (const result of await deps.source.check({ signal })) results.push({ system: 'okta', ...result });
    const canReadOkta = !results.some(({ status }) => status === 'failed');
    const groups = canReadOkta ? await readGroups(deps, signal) : await allGroups(deps.store);
    if (canReadOkta) results.push(...(await checkCanaries(deps, { signal })));
    for (const name of names) {
      const target = connectedTarget(deps, name);
      const { directory } = target;
      for (const result of await directory.check({ signal })) results.push({ system: name, ...result });
      if (canReadOkta) results.push(await checkGroups(deps, name, groups));
      results.push(...checkOperations(target), ...(await checkEmergency(deps, target)));
    }
    results.push(await checkApplying(deps));
    return { results };
  });
}

async function readGroups({ source }: Dependencies, signal: AbortSignal): Promise<Group[]> {
  const groups: Group[] = [];
  for await (const page of source.groups({ signal })) groups.push(...page);
  return groups;
}

/** Do the configured group names mean what they should? */
async function checkGroups(deps: Dependencies, name: string, groups: readonly Group[]): Promise<Results[number]> {
  const { settings } = connectedTarget(deps, name);
  const shown = new Set(groups.map(({ id }) => id));
  const known = [...(await allGroups(deps.store)), ...(await missingGroups(deps.store))];
  const missing = known.filter(({ id }) => !shown.has(id));
  const pins = await loadPins(deps.store);
  const { problems, scopeGroups, managedGroups } = resolveTarget(settings, groups, pins, missing);
  const result = { system: name, check: 'groups' };
  try {
    refuseProblems(name, problems);
  } catch (error) {
    if (!isFailure(error, 'Misconfigured')) throw error;
    return { ...result, status: 'failed', message: error.message };
  }
  const scope = settings.scope.by === 'groups' ? `${scopeGroups.size} in scope, ` : '';
  return { ...result, status: 'ok', message: `groups found: ${scope}${managedGroups.size} kept` };
}

async function checkApplying(deps: Dependencies): Promise<Results[number]> {
  const result = { system: 'lockstep', check: 'applying' };
  try {
    await deps.assertMayApply();
    const message = deps.isSandbox
      ? 'every address is one of our own simulators: changes may be applied'
      : "outside the sandbox: a target's first plan waits for approval, and guards judge every later one";
    return { ...result, status: 'ok', message };
  } catch (error) {
    if (!isFailure(error)) throw error;
    return { ...result, status: 'warning', message: error.message };
  }
}
