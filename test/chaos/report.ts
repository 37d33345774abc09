/** What became of seeds, and the table about it. */
import { isForMinute, strikeKinds, strikePairs } from './script.ts';

export interface SeedReport {
  readonly seed: number;
  readonly seconds: number;
  readonly runs: number;
  readonly calls: number;
  readonly syncs: number;
  /** Times each fault struck, by name. */
  readonly fired: Readonly<Record<string, number>>;
  readonly strikes: Readonly<Record<string, number>>;
  readonly violations: readonly string[];
  /** What was done in which order, where a law was broken: at once, for the run may last for an hour more. */
  readonly story?: readonly string[];
}

export function table(reports: readonly SeedReport[]): string {
  const sum = (of: (report: SeedReport) => number): number => reports.reduce((total, one) => total + of(one), 0);
  const totals = (of: (report: SeedReport) => Readonly<Record<string, number>>): [string, number][] => {
    const all = new Map<string, number>();
    for (const report of reports)
      for (const [name, count] of Object.entries(of(report))) all.set(name, (all.get(name) ?? 0) + count);
    return [...all].sort(([a], [b]) => (a < b ? -1 : 1));
  };
  const fired = totals(({ fired }) => fired);
  const strikes = totals(({ strikes }) => strikes);
  const count = (entries: readonly [string, number][]): number => entries.reduce((all, [, one]) => all + one, 0);
  const rows: [string, number][] = [
    ['seeds', reports.length],
    ['runs', sum(({ runs }) => runs)],
    ['writes to the directory', sum(({ calls }) => calls)],
    ['faults fired', count(fired)],
    ...fired.map(([name, times]): [string, number] => [`  ${name}`, times]),
    ['strikes', count(strikes)],
    ...strikeKinds.map((kind): [string, number] => [
      `  ${kind}`,
      count(strikes.filter(([name]) => name.startsWith(`${kind} at `))),
    ]),
    [`  pairs of these and a moment, of ${strikePairs.length}`, strikePairs.length - pairsMissing(reports).length],
    ['  minutes without the database', minutes(reports)],
    ['seeds with violations', reports.filter(({ violations }) => violations.length > 0).length],
    ['violations', sum(({ violations }) => violations.length)],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${String(value).padStart(7)}`).join('\n');
}

/** From so many seeds on, every pair of what strikes and when is met. */
export const seedsForAll = 200;
const minutesForAll = 3;

/** What that many seeds must have met and did not, in sentences. */
export function unmet(reports: readonly SeedReport[]): string[] {
  const missing = pairsMissing(reports).map((pair) => `never struck: ${pair}`);
  const away = minutes(reports);
  return away >= minutesForAll
    ? missing
    : [...missing, `the database was away for a minute ${away} times instead of ${minutesForAll}`];
}

function pairsMissing(reports: readonly SeedReport[]): string[] {
  const names = reports.flatMap(({ strikes }) => Object.keys(strikes));
  return strikePairs.filter((pair) => !names.some((name) => name.startsWith(pair)));
}

const minutes = (reports: readonly SeedReport[]): number =>
  reports
    .flatMap(({ strikes }) => Object.entries(strikes))
    .reduce((sum, [name, times]) => sum + (isForMinute(name) ? times : 0), 0);
