/** The rules are pure: what they say depends on what they are told, and on nothing else. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const room = join(import.meta.dirname, '../../domain');
const files = readdirSync(room, { recursive: true, encoding: 'utf8' });

const importPattern = /\b(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g;
const importsOf = (source: string): string[] => [...source.matchAll(importPattern)].map(([, path]) => path ?? '');
const isAllowed = (path: string): boolean => /^\.\/[a-z-]+\.ts$/.test(path) || path === '@marcbachmann/cel-js';

const impure =
  /\bDate\b|\bMath\.random\b|\bprocess\b|\bglobalThis\b|\bcrypto\b|\bfetch\b|\bset(?:Timeout|Interval|Immediate)\b|\bperformance\b|\bconsole\b|\brequire\b|\bawait\b|toLocale|\bIntl\b/;
/** Comments may speak of such things. */
const codeOf = (source: string): string => source.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');

test('the room is one flat folder of TypeScript', () => {
  expect(files.length).toBeGreaterThan(10);
  expect(files.filter((file) => !/^[a-z-]+\.ts$/.test(file))).toEqual([]);
});

describe.each(files)('domain/%s', (file) => {
  const source = readFileSync(join(room, file), 'utf8');

  test('imports its own room and the expression engine only', () => {
    expect(importsOf(source).filter((path) => !isAllowed(path))).toEqual([]);
  });

  test('uses no clock, chance, environment or locale', () => {
    expect(codeOf(source)).not.toMatch(impure);
  });
});

test('these rules see what they forbid', () => {
  const source = `import a from 'node:fs';\nimport type { B } from "../store/b.ts";\nexport * from './c.js';\nimport('zod')`;
  expect(importsOf(source).filter((path) => !isAllowed(path))).toEqual(['node:fs', '../store/b.ts', './c.js', 'zod']);
  for (const code of ['Date.now()', 'new Date()', 'Math.random()', 'process.env', 'await x', 'a.toLocaleLowerCase()'])
    expect(codeOf(code)).toMatch(impure);
  expect(codeOf('/* process */ a; // Date.now()')).not.toMatch(impure);
});
