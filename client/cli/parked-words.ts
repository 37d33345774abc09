/** Why changes were parked, in words. */
import { codeOfDetail, detailWords, isKnownDetail, type PlannedChange } from '../../reader/client.ts';

/** A line for each reason among the parked changes, and where to read what to do. */
export function parkedLines(changes: readonly PlannedChange[]): string[] {
  const details = changes.flatMap(({ outcome, detail }) => (outcome === 'parked' && detail ? [detail] : []));
  const known = [...new Set(details.map(codeOfDetail))].filter(isKnownDetail);
  if (known.length === 0) return [];
  return [...known.map((code) => `${code}: ${detailWords[code]}`), '    → docs/failures.md tells what to do'];
}
