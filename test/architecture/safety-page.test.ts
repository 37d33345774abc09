/** docs/safety.md says what the code does by default, and names tests that there are. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { guards as guardsSchema } from '../../config/guards-schema.ts';
import { offboarding as offboardingSchema } from '../../config/schema.ts';
import { target as targetSchema } from '../../config/target-schema.ts';
import { allowed, type Guard, guards, type Limit, stopRules } from '../../domain/guard.ts';
import { root } from './import-graph.ts';

const page = readFileSync(join(root, 'docs/safety.md'), 'utf8');

/** Cells of the table whose first column has this heading. */
function rowsOf(firstColumn: string): string[][] {
  const [, table = ''] = page.split(new RegExp(`^\\| ${firstColumn} \\|`, 'm'));
  return table
    .slice(0, table.indexOf('\n\n'))
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', '')),
    );
}

const number = (value: number): string => value.toLocaleString('en-US');
const limitText = ({ percent, atLeast, atMost }: Limit): string =>
  `${percent} %, ${number(atLeast)} to ${number(atMost)}`;

/** The companies that the page works its numbers out for. */
const companies = [
  { accounts: 20, groups: 6, members: 40 },
  { accounts: 2_000, groups: 100, members: 10_000 },
  { accounts: 200_000, groups: 2_000, members: 1_000_000 },
] as const;

function baseOf(guard: Guard, { accounts, groups, members }: (typeof companies)[number]): number {
  if (guard === 'deletions') return accounts + groups;
  if (guard === 'emptiedGroups') return groups;
  return guard === 'memberRemovals' || guard === 'privilegedAdditions' ? members : accounts;
}

it('tells the limits of every guard, and how many they let go in companies of three sizes', () => {
  const defaults = guardsSchema.parse({});
  expect(rowsOf('guard').map(([guard, , , ...numbers]) => [guard, ...numbers])).toEqual(
    guards.map((guard) => {
      const { perRun, perDay } = defaults[guard];
      const worked = companies.map((company) => number(allowed(perRun, baseOf(guard, company))));
      return [guard, limitText(perRun), limitText(perDay), ...worked];
    }),
  );
  for (const size of companies.map(({ accounts }) => number(accounts))) expect(page).toContain(`| of ${size}`);
});

it("tells HR's limit of a day, and how many go in companies of three sizes", () => {
  const { limit } = offboardingSchema.parse({});
  const [, section = ''] = page.split('## HR may order so many a day');
  const { percent, atLeast, atMost } = limit;
  const [small, middle, large] = companies.map(({ accounts }) => number(allowed(limit, accounts)));
  expect(section.replaceAll('\n', ' ')).toContain(
    `${percent} % of those whom Okta lets in, at least ${number(atLeast)} and at most ${number(atMost)};`,
  );
  expect(small).toBe(number(atLeast));
  expect(section.replaceAll('\n', ' ')).toContain(`of 2,000 it is ${middle}, of 200,000 it is ${large}.`);
});

it('tells of every rule that keeps changes waiting', () => {
  expect(rowsOf('rule').map(([rule]) => rule)).toEqual([...stopRules]);
});

it('tells when a target pauses itself', () => {
  const { percent, atLeast } = targetSchema.shape.pauseWhenFailing.parse({});
  expect(page).toContain(`more than ${percent} % of a run's changes fail, and at least ${atLeast}`);
});

it('names tests that there are, at least one for each promise', () => {
  const promises = page
    .split(/^## /m)
    .slice(1)
    .filter((text) => !text.startsWith('What it does not promise'));
  expect(promises.length).toBeGreaterThan(10);
  for (const promise of promises) {
    const named = [...promise.matchAll(/`([\w./-]+\.test\.ts)`/g)].map(([, file]) => file ?? '');
    expect(named, promise.split('\n', 1)[0]).not.toEqual([]);
    expect(named.filter((file) => !existsSync(join(root, 'test', file)))).toEqual([]);
  }
});
