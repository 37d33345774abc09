/** Settings that look harmless in the file, and under which access stays. */
import type { CallOptions } from '../domain/directory.ts';
import type { CheckReport } from '../workflows/contract.ts';
import type { ConnectedTarget, Dependencies } from './dependencies.ts';

type Results = CheckReport['results'][number][];

/** Asks for each canary of the configuration: while one is not shown no reading is complete, and nothing is removed. */
export async function checkCanaries(
  { source, canaries = [] }: Pick<Dependencies, 'source' | 'canaries'>,
  call: CallOptions,
): Promise<Results> {
  if (canaries.length === 0) return [];
  const missing: string[] = [];
  for (const id of canaries) {
    const person = await source.person(id, call);
    if (person === undefined || person.status === 'DEPROVISIONED') missing.push(id);
  }
  const result = { system: 'okta', check: 'canaries' };
  if (missing.length === 0) return [{ ...result, status: 'ok', message: `${canaries.length} configured, all there` }];
  const message = `not there: ${missing.join(', ')}; no reading is complete without them, so that nothing is removed (source.okta.canaries)`;
  return [{ ...result, status: 'failed', message }];
}

/** Names what is switched off; without deactivations leavers keep their access. */
export function checkOperations({ settings: { name, operations } }: Pick<ConnectedTarget, 'settings'>): Results {
  const off = Object.entries(operations).flatMap(([operation, isOn]) => (isOn ? [] : [operation]));
  if (off.length === 0) return [];
  const result = { system: name, check: 'operations' };
  const message = `switched off: ${off.join(', ')}`;
  if (operations.deactivate) return [{ ...result, status: 'ok', message }];
  return [{ ...result, status: 'warning', message: `${message}; whoever leaves keeps an active account` }];
}
