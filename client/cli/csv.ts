/** Comma-separated values as RFC 4180 has them, safe to open in a spreadsheet. */

/** One record with its line end. */
export const csvLine = (cells: readonly (string | number | undefined)[]): string => `${cells.map(cell).join(',')}\r\n`;

function cell(value: string | number | undefined): string {
  const text = harmless(String(value ?? ''));
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * A spreadsheet takes a cell that begins like this for a formula, which may send the sheet's contents elsewhere. The
 * apostrophe says that it is text (OWASP, CSV Injection).
 */
const harmless = (text: string): string => (/^[=+\-@\t\r\n＝＋－＠]/.test(text) ? `'${text}` : text);
