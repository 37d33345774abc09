/** Times of catching up as a table, beside what is to be reached. */
import type { CatchUpResult } from './catch-up.ts';
import { renderTable, whole } from './table.ts';

/** What may come on top of the poll interval, by the design. */
const marginMs = 1_000;

export function renderCatchUp({ everyMs, waits: { count, p50, p99, max } }: CatchUpResult): string {
  const wanted = everyMs + marginMs;
  const titles = ['poll interval ms', 'count', 'p50 ms', 'p99 ms', 'max ms', 'wanted max', ''];
  const row = [...[everyMs, count, p50, p99, max, wanted].map(whole), max > wanted ? 'x' : ''];
  return `From a change at Okta to the target by the System Log alone, each answer of a vendor taking 50 ms\n\n${renderTable(
    titles.map((title) => ({ title, align: 'right' })),
    [row],
  )}`;
}
