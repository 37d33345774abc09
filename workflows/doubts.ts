/** Markdown about a reading that was not complete; nothing when it was. */
export const doubtLines = (shortfalls: readonly string[] = []): string =>
  shortfalls.map((line) => `\n\n**Not complete:** ${line}`).join('');
