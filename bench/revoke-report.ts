/** Times to revoke as a table, beside what is to be reached. */
import type { RevokeResult } from './revoke.ts';
import { renderTable, whole } from './table.ts';

/** Milliseconds at the 99th percentile, by the design. */
const wantedP99 = { idle: 1_000, loaded: 2_000 };

export function renderRevoke(results: readonly RevokeResult[]): string {
  const titles = ['', 'count', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms', 'wanted p99', ''];
  const rows = results.flatMap(({ name, systems, meanwhile, isOktaAway }) =>
    Object.entries(systems).map(([system, { count, p50, p95, p99, max }]) => {
      const wanted = meanwhile ? wantedP99.loaded : wantedP99.idle;
      // What Okta does while it is away is Okta's.
      const isBound = system === 'target' || (system === 'Okta' && !isOktaAway);
      const figures = [count, p50, p95, p99, max].map(whole);
      return [`${name}: ${system}`, ...figures, isBound ? whole(wanted) : '', isBound && p99 >= wanted ? 'x' : ''];
    }),
  );
  const told = results.map(({ name, arrivals, perSecond, sentAgain, meanwhile: under }) => {
    const meanwhile = under
      ? ` during ${under.name}: ${whole(under.writes)} accounts written in ${whole(under.seconds)} s`
      : '';
    const again = sentAgain > 0 ? `; answered 503 and sent again: ${whole(sentAgain)}` : '';
    return `${name}: ${whole(arrivals)} arrivals, ${perSecond} a second on average${meanwhile}${again}`;
  });
  return `Time to revoke, each answer of a vendor taking 50 ms\n\n${renderTable(
    titles.map((title) => ({ title })),
    rows,
  )}\n\n${told.join('\n')}`;
}
