/** Data on stdout, words and progress on stderr; colour and progress on terminals only. */
import { styleText } from 'node:util';
import type { Io } from './io.ts';

export type Format = 'text' | 'json' | 'csv' | 'html';
export type Style = 'red' | 'yellow' | 'green' | 'dim' | 'bold';

export class Output {
  readonly format: Format;
  readonly #io: Io;
  #drawn = '';

  constructor(io: Io, format: Format) {
    this.#io = io;
    this.format = format;
  }

  /** The answer: as JSON the value, as text the lines. */
  result(value: unknown, lines: () => Iterable<string>): void {
    this.clearProgress();
    if (this.format === 'json') this.#io.stdout(`${JSON.stringify(value, undefined, 2)}\n`);
    else for (const line of lines()) this.#io.stdout(`${line}\n`);
  }

  /** Words beside the answer. */
  note(line: string): void {
    this.clearProgress();
    this.#io.stderr(`${line}\n`);
  }

  /** One line that is drawn over; nothing where nobody looks. */
  progress(line: string): void {
    if (!this.#io.isStderrTty || line === this.#drawn) return;
    this.#drawn = line;
    this.#io.stderr(`\r\u001b[K${line}`);
  }

  clearProgress(): void {
    if (this.#drawn === '') return;
    this.#drawn = '';
    this.#io.stderr('\r\u001b[K');
  }

  /** For stdout. `NO_COLOR` (no-color.org) switches it off. */
  readonly paint = (style: Style, text: string): string =>
    this.#io.isStdoutTty && !this.#io.env['NO_COLOR'] ? styleText(style, text, { validateStream: false }) : text;
}
