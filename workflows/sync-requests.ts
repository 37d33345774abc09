/** Which of the waiting requests the next run answers, and how much it looks at. */
import type { SyncRequest, SyncScope } from './contract.ts';

export interface NextRun {
  readonly covers: readonly string[];
  /** Everything when absent. */
  readonly scope?: SyncScope;
}

/** Takes from `pending`. A run for everything answers all of them: it carries out what was approved as well. */
export function takeNext(pending: SyncRequest[]): NextRun {
  const isForAll = pending.some(({ scope }) => scope === undefined);
  const [first] = pending;
  const taken = isForAll ? pending.splice(0) : takeSame(pending, first?.scope);
  const covers = taken.map(({ requestId }) => requestId);
  return isForAll || first?.scope === undefined ? { covers } : { covers, scope: first.scope };
}

function takeSame(pending: SyncRequest[], scope: SyncScope | undefined): SyncRequest[] {
  const isSame = (request: SyncRequest): boolean => JSON.stringify(request.scope) === JSON.stringify(scope);
  const taken = pending.filter(isSame);
  pending.splice(0, pending.length, ...pending.filter((request) => !isSame(request)));
  return taken;
}
