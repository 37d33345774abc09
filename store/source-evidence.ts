/** What may be concluded from who is not in the mirror of Okta. */
import { evidenceOf, type SourceEvidence, wholeEvidence } from '../domain/completeness.ts';
import type { Store } from './connect.ts';
import { doubtfulGroups } from './okta-mirror.ts';
import { latestSnapshot, oktaSide } from './snapshots.ts';

/** By the newest reading, which is the one that the mirror is of. */
export async function sourceEvidence(store: Store): Promise<SourceEvidence> {
  const snapshot = await latestSnapshot(store, oktaSide);
  return snapshot ? evidenceOf(snapshot.shortfalls, new Set(await doubtfulGroups(store))) : wholeEvidence;
}
