/**
 * Whether a reading is the whole. What a reading does not show proves something only if the reading is complete
 * (law 4); otherwise additions and updates go on, and nothing is removed because somebody was not seen.
 */

import type { OktaAppId, OktaGroupId } from './ids.ts';

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

/** A list that came to its end, or broke off twice, beside what was known of it before. */
export interface ListReading {
  readonly list: ReadList;
  /** Of the group or app whose list it is. */
  readonly subject?: string;
  /** How many the mirror held, which loses nobody to an incomplete reading. */
  readonly before: number;
  readonly found: number;
  /** Its pages did not add up, and did not when they were read again from the start. */
  readonly isBroken?: boolean;
  /** How many there are by the vendor's own count, where it tells. */
  readonly counted?: number;
}

/**
 * Up to so many may be gone at once from however short a list: of three people two may well have left, and whoever of
 * such a few went missing is asked for by id in any case.
 */
const fewEnough = 4;

/** What is wrong with one list as it was read; undefined when nothing is. */
export function shortfallOf(reading: ListReading): Shortfall | undefined {
  const { list, subject, before, found, isBroken, counted } = reading;
  const about = { list, ...(subject === undefined ? {} : { subject }) };
  if (isBroken) return { code: 'broken-chain', ...about };
  if (counted !== undefined) {
    return counted === found ? undefined : { code: 'count-mismatch', ...about, expected: counted, found };
  }
  // There is always somebody: whoever made the credential.
  if (found === 0 && (before > 0 || list === 'people')) return { code: 'empty', ...about, expected: before, found };
  if (found * 2 < before && before - found > fewEnough) return { code: 'halved', ...about, expected: before, found };
  return undefined;
}

/** Ids that a message has room for; who else is missing, the findings tell. */
const namedAtMost = 10;

/** Of people whom the list left out although they are there by id, and of canaries that nobody calls gone. */
export const leftOut = (ids: readonly string[]): Shortfall | undefined =>
  ids.length === 0
    ? undefined
    : { code: 'canary-missing', list: 'people', expected: ids.length, found: 0, missing: firstOf(ids) };

/**
 * Of groups that mattered to some target and that the list does not show any more. Okta answers 404 alike for what is
 * gone and for what this credential may not see, so only its log tells a deletion.
 *
 * @param relevant how many groups mattered before
 */
export const unseenGroups = (ids: readonly string[], relevant: number): Shortfall | undefined =>
  ids.length === 0
    ? undefined
    : { code: 'sees-less', list: 'groups', expected: relevant, found: relevant - ids.length, missing: firstOf(ids) };

const firstOf = (ids: readonly string[]): string[] => [...ids].sort().slice(0, namedAtMost);

/** What may be concluded from who is not there. */
export interface SourceEvidence {
  /** No list as such fell short; single groups and apps may still be in doubt. */
  readonly isWhole: boolean;
  /** Who is not among their members may be a member all the same. */
  readonly doubtfulGroups: ReadonlySet<OktaGroupId>;
  /** Likewise of assignments. */
  readonly doubtfulApps: ReadonlySet<OktaAppId>;
}

export const wholeEvidence: SourceEvidence = { isWhole: true, doubtfulGroups: new Set(), doubtfulApps: new Set() };

/** `doubtfulGroups`: those whose members did not add up when they were last read, be it in an earlier reading. */
export const evidenceOf = (
  shortfalls: readonly Shortfall[],
  doubtfulGroups: ReadonlySet<OktaGroupId>,
): SourceEvidence => ({
  isWhole: shortfalls.every(({ subject }) => subject !== undefined),
  doubtfulGroups,
  doubtfulApps: new Set(
    shortfalls.flatMap(({ list, subject }) =>
      list === 'assignments' && subject !== undefined ? [subject as OktaAppId] : [],
    ),
  ),
});
