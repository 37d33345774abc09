import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listPages } from '../../connectors/atlassian-cloud/list-pages.ts';
import { Failure, isFailure } from '../../domain/failure.ts';

interface Resource {
  readonly id: string;
}

/** A list that changes between one page and the next. */
const walk = async (
  records: string[],
  pageSize: number,
  change: (records: string[], page: number) => void = () => {},
  cap = Number.POSITIVE_INFINITY,
): Promise<string[]> => {
  let page = 0;
  const pages = listPages<Resource>({
    pageSize,
    what: 'cloud: list accounts',
    fetch: async (startIndex, count) => {
      if (page > 0) change(records, page);
      page += 1;
      const slice = records.slice(startIndex - 1, startIndex - 1 + Math.min(count, cap));
      return { total: records.length, items: slice.map((id) => ({ id })) };
    },
  });
  const all: string[] = [];
  for await (const items of pages) all.push(...items.map(({ id }) => id));
  return all;
};

const named = (count: number): string[] => Array.from({ length: count }, (_, n) => `r${n}`);

describe('walking a SCIM list', () => {
  it('goes by what came, not by what was asked for', async () => {
    expect(await walk(named(7), 5, undefined, 2)).toEqual(named(7));
  });

  it('yields who stands twice in one page once, as told last', async () => {
    const items = [
      { id: 'r0', name: 'before' },
      { id: 'r1', name: 'other' },
      { id: 'r0', name: 'after' },
    ];
    const fetch = async (startIndex: number) => ({ total: 2, items: items.slice(startIndex - 1) });
    const pages = await Array.fromAsync(listPages({ pageSize: 10, what: 'cloud: list groups', fetch }));
    expect(pages).toEqual([
      [
        { id: 'r0', name: 'after' },
        { id: 'r1', name: 'other' },
      ],
    ]);
  });

  it('asks for smaller pages when one does not fit into an answer', async () => {
    const counts: number[] = [];
    const pages = listPages<Resource>({
      pageSize: 100,
      what: 'cloud: list groups',
      fetch: async (startIndex, count) => {
        counts.push(count);
        if (count > 10) throw new Failure('UnexpectedResponse', 'too large', { code: 'body-too-large' });
        return {
          total: 9,
          items: named(9)
            .slice(startIndex - 1)
            .map((id) => ({ id })),
        };
      },
    });
    for await (const items of pages) expect(items).toHaveLength(9);
    expect(counts).toEqual([100, 25, 7]);
  });

  it('does not skip who moves up when somebody is deleted meanwhile', async () => {
    const result = await walk(named(6), 2, (records, page) => {
      if (page === 1) records.shift();
    });
    expect(result).toEqual(expect.arrayContaining(['r1', 'r2', 'r3', 'r4', 'r5']));
  });

  it('sees who was put in front meanwhile, and nobody twice', async () => {
    const result = await walk(named(6), 1, (records, page) => {
      if (page === 2) records.unshift('new');
    });
    expect([...result].sort()).toEqual(['new', ...named(6)]);
  });

  it('lists everybody who was there all the time, or fails, whatever one change comes between the pages', async () => {
    const event = fc.record({
      page: fc.integer({ min: 1, max: 12 }),
      isDeletion: fc.boolean(),
      at: fc.nat({ max: 20 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 12 }),
        fc.integer({ min: 1, max: 5 }),
        fc.option(event),
        async (size, pageSize, event) => {
          const lasting = new Set(named(size));
          const result = await walk(named(size), pageSize, (records, page) => {
            if (event?.page !== page) return;
            const { isDeletion, at } = event;
            if (!isDeletion) records.splice(at % (records.length + 1), 0, `new${page}-${at}`);
            else if (records.length > 0) lasting.delete(records.splice(at % records.length, 1)[0]!);
          }).catch((error: unknown) => {
            if (isFailure(error, 'UnexpectedResponse')) return undefined;
            throw error;
          });
          if (result === undefined) return;
          expect(new Set(result).size).toBe(result.length);
          for (const id of lasting) expect(result).toContain(id);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it.each<[string, (records: string[], page: number) => void]>([
    ['half of it is gone', (records, page) => page === 2 && records.splice(0, 8)],
    ['it is suddenly empty', (records, page) => page === 2 && records.splice(0)],
  ])('fails when %s in the middle', async (_what, change) => {
    const error = await walk(named(12), 2, change).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ kind: 'UnexpectedResponse', details: { code: 'count-mismatch' } });
  });

  it('fails when a page repeats itself while nothing else changes', async () => {
    const fetch = async () => ({ total: 4, items: [{ id: 'r1' }, { id: 'r2' }] });
    const all = Array.fromAsync(listPages<Resource>({ pageSize: 2, what: 'cloud: list accounts', fetch }));
    await expect(all).rejects.toMatchObject({ kind: 'UnexpectedResponse', details: { code: 'page-repeated' } });
  });

  it('fails when fewer are listed than the total says, after a second walk', async () => {
    let asked = 0;
    const pages = listPages<Resource>({
      pageSize: 2,
      what: 'cloud: list accounts',
      fetch: async (startIndex) => {
        asked += 1;
        return { total: 4, items: [{ id: `r${startIndex}` }, { id: 'r1' }] };
      },
    });
    const all = async () => {
      for await (const _ of pages);
    };
    await expect(all()).rejects.toMatchObject({
      message: 'cloud: list accounts: the pages do not add up: 2 of 4 were listed',
      details: { code: 'count-mismatch' },
    });
    expect(asked).toBe(4);
  });
});
