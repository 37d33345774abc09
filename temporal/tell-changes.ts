/** How news of Okta is passed on: one by one, or, when there is a flood of it, together. */
import pMap from 'p-map';
import type { FloodGate } from '../domain/flood.ts';
import type { OktaGroupId, OktaUserId } from '../domain/ids.ts';

export interface Subjects {
  /** Each once. */
  readonly people: readonly OktaUserId[];
  readonly groups: readonly OktaGroupId[];
}

/** Each resolves once Temporal has taken it. */
export interface Tellers {
  personChanged(person: OktaUserId): Promise<void>;
  groupChanged(group: OktaGroupId): Promise<void>;
  manyChanged(many: Subjects): Promise<void>;
}

export interface Told {
  readonly people: number;
  readonly groups: number;
  /** People and groups that were too many for that. */
  readonly together: number;
}

/** Signals on their way at a time; they share one connection. */
const concurrency = 50;

/**
 * People come first where there are too many. Each is waited for, taken or not, so that none is under way when the process is
 * told to end.
 *
 * @throws what the first that was not taken failed with
 */
export async function tellChanges(
  tellers: Tellers,
  gate: FloodGate<OktaUserId | OktaGroupId>,
  { people, groups }: Subjects,
): Promise<Told> {
  const admitted = new Set(gate.admit([...people, ...groups], Date.now()).oneByOne);
  const [some, others] = [people.filter((id) => admitted.has(id)), groups.filter((id) => admitted.has(id))];
  const rest: Subjects = {
    people: people.filter((id) => !admitted.has(id)),
    groups: groups.filter((id) => !admitted.has(id)),
  };
  const together = rest.people.length + rest.groups.length;
  const all = { concurrency, stopOnError: false };
  const results = await Promise.allSettled([
    pMap(some, (person) => tellers.personChanged(person), all),
    pMap(others, (group) => tellers.groupChanged(group), all),
    together > 0 ? tellers.manyChanged(rest) : undefined,
  ]);
  for (const one of results) if (one.status === 'rejected') throw firstOf(one.reason);
  return { people: some.length, groups: others.length, together };
}

const firstOf = (error: unknown): unknown => (error instanceof AggregateError ? error.errors[0] : error);
