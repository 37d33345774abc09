/**
 * The plans that one call makes for one person: the one that it was asked for, and those that follow where it was stale. Their
 * ids follow from the first one's, so that each try of the call finds what the tries before it have made.
 */
import { createHash } from 'node:crypto';
import type { Store } from '../store/connect.ts';
import { existingPlans } from '../store/plans.ts';

/** Looked for at a time; a call seldom makes a second one. */
const perLook = 50;

export function nthPlanId(first: string, nth: number): string {
  if (nth === 0) return first;
  const hex = createHash('sha256').update(`${first}/${nth}`).digest('hex');
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-8$3-8$4-$5');
}

/** @returns the ids of those that have been begun, in their order */
export async function plansBegun(store: Store, first: string): Promise<string[]> {
  const begun: string[] = [];
  for (;;) {
    const ids = Array.from({ length: perLook }, (_, index) => nthPlanId(first, begun.length + index));
    const existing = await existingPlans(store, ids);
    begun.push(...ids.filter((id) => existing.has(id)));
    if (existing.size < perLook) return begun;
  }
}
