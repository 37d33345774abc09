/** An operator's word that a reading which fell far short is right: half of them have really gone. */
import type { Shortfall } from '../domain/completeness.ts';
import { Failure } from '../domain/failure.ts';
import type { OktaAppId } from '../domain/ids.ts';
import type { Store } from './connect.ts';
import { dropUnseenAssignments, markMissingGroups, markMissingPeople } from './okta-mirror.ts';
import { latestSnapshot } from './snapshots.ts';
import { dropUnseenAccounts, dropUnseenTargetGroups } from './target-mirror.ts';

/** What nobody can know better than the reading itself is read again instead. */
const isAcceptable = ({ code }: Shortfall): boolean => code === 'halved' || code === 'empty';

/**
 * Takes the latest reading of a side as what there is. Nothing is planned from it: the next reading is measured by it and
 * is whole then, and what follows meets the guards. @returns whether anything fell short
 * @param found how many it found, as the operator saw it: a later reading may have found still less
 * @throws Failure `Rejected` when that is another number, or it fell short for another reason than its size
 */
export async function acceptReading(
  store: Store,
  side: string,
  { name, found }: { readonly name: string; readonly found: number },
): Promise<boolean> {
  const snapshot = await latestSnapshot(store, side);
  if (!snapshot || snapshot.shortfalls.length === 0) return false;
  const other = snapshot.shortfalls.find((one) => !isAcceptable(one));
  if (other)
    throw new Failure(
      'Rejected',
      `the latest reading of ${name} also fell short for another reason (${other.code} in ${other.list}): mend that and read again`,
      { system: name, operation: 'accept reading' },
    );
  const sizes = snapshot.shortfalls.map((one) => one.found ?? 0);
  if (!sizes.includes(found))
    throw new Failure(
      'Rejected',
      `the latest reading of ${name} found ${sizes.join(' and ')}, not ${found}: look again`,
      {
        system: name,
        operation: 'accept reading',
      },
    );
  for (const shortfall of snapshot.shortfalls) await accept(store, side, snapshot.id, shortfall);
  return true;
}

async function accept(store: Store, side: string, snapshot: string, { list, subject }: Shortfall): Promise<void> {
  switch (list) {
    case 'people':
      return markMissingPeople(store, snapshot);
    case 'groups':
      return markMissingGroups(store, snapshot, new Set());
    case 'assignments':
      return dropUnseenAssignments(store, snapshot, subject as OktaAppId);
    case 'accounts':
      return dropUnseenAccounts(store, side, snapshot);
    case 'target-groups':
      return dropUnseenTargetGroups(store, side, snapshot);
    case 'members':
      return; // Each reading counts them again.
    default:
      return list satisfies never;
  }
}
