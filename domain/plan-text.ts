/**
 * The canonical text of a plan: a line for what it was made for, then a line per change in order. A change's fingerprint is
 * the SHA-256 of its line; a plan's hash that of the first line and the fingerprints, each on a line. So whoever approves
 * a hash approves exactly these changes, their values before and after included.
 */
import type { Change } from './change.ts';

/** A change with its canonical line; by the line's hash it is found again in other plans. */
export interface PlannedLine {
  readonly change: Change;
  readonly line: string;
  readonly fingerprint: string;
}

/** The first line. */
export const planHeader = (target: string, configuration: string): string =>
  `${JSON.stringify(['lockstep-plan-1', target, configuration])}\n`;

/** One change; two changes with the same line do the same. Keys of values are put in order. */
export const changeLine = (change: Change): string => `${JSON.stringify(inOrder(change))}\n`;

function inOrder(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => [key, inOrder(inner)]);
}
