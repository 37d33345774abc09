/** When whose access ended, as the simulators' logs tell. */
import type { Call } from './calls.ts';

/** Okta id → epoch milliseconds. */
export type Times = ReadonlyMap<string, number>;
/** Id of an account → Okta id. */
type PersonOf = ReadonlyMap<string, string>;

/** At Okta: suspended or deactivated. */
export const suspensions = (calls: readonly Call[]): Times =>
  new Map(
    calls.flatMap(({ at, method, path, status }) => {
      const person = /\/users\/([^/]+)\/lifecycle\/(?:suspend|deactivate)$/.exec(path)?.[1];
      return method === 'POST' && status === 200 && person !== undefined ? [[person, at] as const] : [];
    }),
  );

/** At the target: the account is not active any more. */
export function deactivations(calls: readonly Call[], personOf: PersonOf): Times {
  return new Map(
    calls.flatMap(({ at, method, path, status, body }) => {
      const person = personOf.get(/\/Users\/([^/]+)$/.exec(path)?.[1] ?? '');
      const isOff = JSON.stringify(body ?? {}).includes('false');
      return method === 'PATCH' && status === 200 && isOff && person !== undefined ? [[person, at] as const] : [];
    }),
  );
}

/**
 * At the target: out of the last of their groups. Who has left a group already, and was not added since, is not taken out of
 * it by one more request: a run that was planned before sends it again, since repeating is safe.
 */
export function leavings(calls: readonly Call[], personOf: PersonOf): Times {
  const left = new Map<string, Map<string, number>>();
  for (const { at, method, path, status, body } of calls) {
    const group = /\/Groups\/([^/]+)$/.exec(path)?.[1];
    if (method !== 'PATCH' || group === undefined || status >= 300) continue;
    for (const operation of operationsOf(body)) {
      const words = JSON.stringify(operation).match(/[\w-]+/g) ?? [];
      for (const person of words.flatMap((word) => personOf.get(word) ?? [])) {
        const groups = left.get(person) ?? new Map<string, number>();
        left.set(person, groups);
        if (operation.op !== 'remove') groups.delete(group);
        else if (!groups.has(group)) groups.set(group, at);
      }
    }
  }
  return new Map(
    [...left].flatMap(([person, groups]) => (groups.size > 0 ? [[person, Math.max(...groups.values())]] : [])),
  );
}

interface Operation {
  readonly op?: unknown;
}

function operationsOf(body: unknown): readonly Operation[] {
  const isPatch = typeof body === 'object' && body !== null && 'Operations' in body;
  return isPatch && Array.isArray(body.Operations) ? (body.Operations as Operation[]) : [];
}
