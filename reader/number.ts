/** A count as people read it, everywhere alike: `1,240`. JSON and CSV hold plain ones. */
export const number = (value: number): string => value.toLocaleString('en');
