/** docs/failures.md and the code name the same things, and say the same of them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findingCodes, outcomeCodes, outcomes } from '../../domain/change.ts';
import { failureKinds } from '../../domain/failure.ts';
import { root } from './import-graph.ts';

const page = readFileSync(join(root, 'docs/failures.md'), 'utf8');
const sections = new Map(page.split(/^## /m).map((text) => [text.slice(0, text.indexOf('\n')), text]));
const section = (title: string): string => sections.get(title) ?? '';

/** Rows whose first cell is a code, by the heading of their table's first column. */
function rowsOf(text: string, firstColumn: string): string[][] {
  const [, table = ''] = text.split(new RegExp(`^\\| ${firstColumn} \\|`, 'm'));
  return table
    .slice(0, table.search(/\n\n|$(?![\s\S])/))
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', '')),
    );
}

it('tells of every kind of failure what it means, where it comes from, what Lockstep does and what you do', () => {
  const kinds = section('Failures').split(/^### /m).slice(1);
  expect(kinds.map((text) => text.split('\n', 1)[0])).toEqual([...failureKinds]);
  for (const text of kinds)
    expect([...text.matchAll(/^- \*\*(.+):\*\* \w/gm)].map(([, label]) => label)).toEqual([
      'Meaning',
      'Comes from',
      'Lockstep',
      'You',
    ]);
});

it('tells of every finding what it is, whether it needs attention and what to do', () => {
  const rows = rowsOf(section('Findings'), 'code');
  expect(rows.map(([code, attention]) => [code, attention])).toEqual(
    Object.entries(findingCodes).map(([code, { attention }]) => [code, attention ? 'yes' : 'no']),
  );
  for (const row of rows) expect(row.filter((cell) => cell.length > 1)).toHaveLength(4);
});

it('tells of every outcome and of every detail', () => {
  expect(rowsOf(section('Outcomes'), 'outcome').map(([outcome]) => outcome)).toEqual([...outcomes]);
  const details = rowsOf(section('Outcomes'), 'detail');
  expect(details.map(([detail]) => detail)).toEqual([...outcomeCodes]);
  for (const [, outcome] of details) expect(outcomes).toContain(outcome);
});
