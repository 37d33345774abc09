import type { SourceDirectory } from '../domain/directory.ts';
import type { Person } from '../domain/person.ts';
import type { Policy, Standing } from '../domain/policy.ts';
import { relevantGroups } from '../store/person-facts.ts';

/** Where a person stands as far as this target cares, as Okta answers now. @throws Failure */
export async function liveStanding(
  okta: SourceDirectory,
  policy: Policy,
  { id }: Person,
  signal: AbortSignal,
): Promise<Standing> {
  const relevant = relevantGroups(policy);
  const groups = relevant.size === 0 ? [] : await okta.groupsOf(id, { signal });
  const assignment = policy.scope.by === 'app' ? await okta.assignment(policy.scope.appId, id, { signal }) : undefined;
  return { groups: relevant.intersection(new Set(groups)), ...(assignment ? { assignment } : {}) };
}
