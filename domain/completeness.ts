/**
 * Whether a reading is the whole. What a reading does not show proves something only if the reading is complete
 * (law 4); otherwise additions and updates go on, and nothing is removed because somebody was not seen.
 */

/** Why a reading is not complete. Codes are stable: snapshots, reports and pages keep them. */
export const shortfallCodes = [
  /** The list ended with nothing in it. */
  'empty',
  /** Fewer than half of the last complete reading. */
  'halved',
  /** A page failed, came twice, or its chain led back. */
  'broken-chain',
  /** Read and counted again, and the vendor's own count still disagrees. */
  'count-mismatch',
  /** Somebody who must be there is not, and nobody says that they are gone. */
  'canary-missing',
  /** What the credential saw before neither shows nor says that it is gone. */
  'sees-less',
] as const;
export type ShortfallCode = (typeof shortfallCodes)[number];

/** What was read: the list itself, or the members of one group or app. */
export type ReadList = 'people' | 'groups' | 'members' | 'assignments' | 'accounts' | 'target-groups';

export interface Shortfall {
  readonly code: ShortfallCode;
  readonly list: ReadList;
  /** Id of the group or app that it is about; absent when it is the whole list. */
  readonly subject?: string;
  /** How many were expected and how many came, where it is about numbers. */
  readonly expected?: number;
  readonly found?: number;
  /** Ids of some that are missing, at most ten. */
  readonly missing?: readonly string[];
}
