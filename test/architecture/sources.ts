/** The texts of the project, for rules that imports cannot express. */
import { globSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { rooms, root } from './import-graph.ts';

export interface SourceFile {
  readonly path: string;
  readonly text: string;
  /** Without comments, which may speak of what code must not do. */
  readonly code: string;
}

const read = (patterns: readonly string[]): SourceFile[] =>
  globSync(patterns, { cwd: root })
    .map((path) => path.split(sep).join('/'))
    .sort()
    .map((path) => {
      const text = readFileSync(join(root, path), 'utf8');
      return { path, text, code: codeOf(text) };
    });

/** The code of all rooms and the command. */
export const sources = (): SourceFile[] => read([`{${rooms.join()},bin}/**/*.{ts,mjs}`]);

export const tests = (): SourceFile[] => read(['test/**/*.ts']);

/** A `//` right after a colon or a quote belongs to an address. */
export const codeOf = (text: string): string => text.replaceAll(/\/\*[\s\S]*?\*\/|(?<![:'"`\\])\/\/.*$/gm, '');
