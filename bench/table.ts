/** Plain text tables. */

export interface Column {
  readonly title: string;
  /** Default: left for the first column, right for the others. */
  readonly align?: 'left' | 'right';
}

const gap = '  ';

/** Lines without a trailing blank; missing cells are empty. */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const titles = columns.map(({ title }) => title);
  const widths = columns.map((_, at) => Math.max(...[titles, ...rows].map((row) => (row[at] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ align = undefined }, at) => {
        const cell = cells[at] ?? '';
        const width = widths[at] ?? 0;
        return (align ?? (at === 0 ? 'left' : 'right')) === 'left' ? cell.padEnd(width) : cell.padStart(width);
      })
      .join(gap)
      .trimEnd();
  return [line(titles), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

export const whole = (value: number): string => Math.round(value).toLocaleString('en');

/** With so many digits after the point as are of interest. */
export const decimal = (value: number, digits: number): string =>
  value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
