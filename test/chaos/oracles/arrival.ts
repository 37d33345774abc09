/** What was changed at Okta while its log was followed is at the target, although nobody asked for a sync. */
import type { Evidence } from '../evidence.ts';

export const arrival = ({ arrivals }: Evidence): string[] =>
  arrivals.flatMap(({ what, missing }) => missing.map((sentence) => `after ${what}: ${sentence}`));
