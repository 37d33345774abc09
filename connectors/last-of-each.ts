/**
 * Items of one page, each key once and as it was told last, in the order of their first mention. One statement can write
 * a row only once, so a page that names somebody twice must not reach the mirror as it is.
 */
export const lastOfEach = <T>(items: readonly T[], keyOf: (item: T) => string): readonly T[] => [
  ...new Map(items.map((item) => [keyOf(item), item])).values(),
];
