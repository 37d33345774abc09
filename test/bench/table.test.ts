import { expect, it } from 'vitest';
import { decimal, renderTable, whole } from '../../bench/table.ts';

it('aligns words to the left and numbers to the right, without trailing blanks', () => {
  const text = renderTable(
    [{ title: 'call' }, { title: 'calls' }, { title: '' }],
    [
      ['POST account', '1,831', ''],
      ['PATCH', '7', 'x'],
    ],
  );
  expect(text.split('\n')).toEqual([
    'call          calls',
    '------------  -----  -',
    'POST account  1,831',
    'PATCH             7  x',
  ]);
});

it('shows a cell that is missing as an empty one', () => {
  expect(renderTable([{ title: 'a' }, { title: 'b' }], [['1']])).toBe('a  b\n-  -\n1');
});

it('writes numbers as readers of tables do', () => {
  expect([whole(18_190.4), decimal(2.345, 2), decimal(1_000, 1)]).toEqual(['18,190', '2.35', '1,000.0']);
});
