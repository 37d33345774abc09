/** Characters that move, hide or reverse others, or that steer a terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const misleading = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** What somebody approves must read the same to everybody: such characters are told by their number. */
export function visibleText(text: string): string {
  return text.replace(misleading, (one) => `⟨U+${one.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`);
}
