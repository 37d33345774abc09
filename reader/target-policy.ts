/** A target's policy as it follows from the mirror, made ready to decide about one person. */
import type { TargetConfig } from '../config/config.ts';
import { accountAttributes } from '../domain/account.ts';
import type { Capabilities } from '../domain/directory.ts';
import { isFailure } from '../domain/failure.ts';
import type { Group } from '../domain/person.ts';
import { type PlannedGroups, planGroups } from '../domain/plan-groups.ts';
import { createPolicy, type Policy } from '../domain/policy.ts';
import { refuseProblems } from '../domain/resolve-target.ts';
import type { Store } from '../store/connect.ts';
import { groupFacts } from '../store/group-facts.ts';
import { latestSnapshot } from '../store/snapshots.ts';
import { sourceEvidence } from '../store/source-evidence.ts';
import { resolutionOf } from '../store/target-resolution.ts';

export interface TargetPolicy extends Pick<PlannedGroups, 'policy' | 'managed'> {
  /** Before groups that are not ready were left out. */
  readonly whole: Policy;
  readonly groupNames: ReadonlyMap<string, string>;
  /** When the target was last read; undefined: never, so that its capabilities are taken to be whole. */
  readonly readAt: Date | undefined;
}

/** @returns why not, when the configuration names groups that do not lead to one */
export async function targetPolicy(
  store: Store,
  { settings, memberBatch }: TargetConfig,
): Promise<TargetPolicy | { readonly problem: string }> {
  const [{ groups, problems, scope }, snapshot, evidence] = await Promise.all([
    resolutionOf(store, settings),
    latestSnapshot(store, settings.name),
    sourceEvidence(store),
  ]);
  const problem = told(() => refuseProblems(settings.name, problems));
  if (problem !== undefined) return { problem };
  const whole = createPolicy(settings, snapshot?.capabilities ?? anything(memberBatch), { ...scope, evidence });
  const { policy, managed } = planGroups(await groupFacts(store, whole, groups), whole);
  return { policy, managed, whole, groupNames: namesOfGroups(groups), readAt: snapshot?.finishedAt ?? undefined };
}

const namesOfGroups = (groups: readonly Group[]): ReadonlyMap<string, string> =>
  new Map(groups.map(({ id, name }) => [id, name]));

function told(check: () => void): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (isFailure(error, 'Misconfigured')) return error.message;
    throw error;
  }
}

const anything = (memberBatch: number): Capabilities => ({
  createAccounts: true,
  attributes: accountAttributes,
  readsEmail: true,
  keepsExternalId: true,
  renameAccounts: true,
  deactivate: true,
  deleteAccounts: true,
  createGroups: true,
  renameGroups: true,
  deleteGroups: true,
  memberBatch,
  countsSeats: false,
});
