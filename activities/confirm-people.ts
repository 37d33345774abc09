/** Absence is not evidence: of people whom the list did not show, Okta is asked by id, and its log for a deletion. */
import { leftOut, type Shortfall } from '../domain/completeness.ts';
import type { CallOptions } from '../domain/directory.ts';
import { isOktaUserId, type OktaUserId } from '../domain/ids.ts';
import {
  markDeleted,
  markMissing,
  pickCanaries,
  savePeople,
  unseenLinkedPeople,
  unseenOf,
} from '../store/okta-mirror.ts';
import { lastWholeSnapshotId, oktaSide } from '../store/snapshots.ts';
import type { Dependencies } from './dependencies.ts';

/** More than this missing at once is not somebody leaving; they stay missing, and nothing is concluded from it. */
const confirmAtMost = 200;
const canariesPicked = 10;

/** People whom this reading must show: those of the configuration, and some who were there at the last whole reading. */
export async function chooseCanaries({ store, canaries = [] }: Dependencies): Promise<ReadonlySet<OktaUserId>> {
  const picked = await pickCanaries(store, await lastWholeSnapshotId(store, oktaSide), canariesPicked);
  return new Set([...canaries, ...picked]);
}

/**
 * Asks for those who are linked, and for the canaries. Who is there all the same is put into the mirror; if Okta does
 * not call them DEPROVISIONED, the list left them out. Who is not there is missing; that is no shortfall of the list
 * unless it is a canary, since what Okta deleted long ago its log no longer tells.
 */
export async function confirmPeople(
  { store, source }: Dependencies,
  snapshot: string,
  canaries: ReadonlySet<OktaUserId>,
  call: CallOptions,
): Promise<Shortfall | undefined> {
  const unseenCanaries = await unseenOf(store, snapshot, [...canaries]);
  const missed: OktaUserId[] = [];
  for (const id of new Set([...unseenCanaries, ...(await unseenLinkedPeople(store, snapshot, confirmAtMost))])) {
    const person = isOktaUserId(id) ? await source.person(id, call) : undefined;
    if (person) {
      await savePeople(store, snapshot, [person]);
      if (person.status !== 'DEPROVISIONED') missed.push(id);
      continue;
    }
    await markMissing(store, id);
    if (isOktaUserId(id) && (await source.deletionLogged(id, call))) await markDeleted(store, id);
    else if (canaries.has(id)) missed.push(id);
  }
  return leftOut(missed);
}
