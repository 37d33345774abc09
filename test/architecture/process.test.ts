/** A process is configured and ended by its main. Everything else is told what it needs, and can be tested so. */
import { expect, it } from 'vitest';
import { codeOf, type SourceFile, sources } from './sources.ts';

const isMain = ({ path, code }: SourceFile): boolean =>
  /(^|\/)main\.ts$/.test(path) || path === 'bin/lockstep.mjs' || /\bimport\.meta\.main\b/.test(code);

const usesEnvironment = (code: string): boolean =>
  /\bprocess\s*(\?\.|\.|\[\s*['"])\s*(env|exit|exitCode)\b|from\s+['"](node:)?process['"]|=\s*process\s*[;,]/.test(
    code,
  );

const files = sources();

it('reads the environment and ends the process in mains and in config only', () => {
  const others = files.filter((file) => !isMain(file) && file.path !== 'config/environment.ts');
  expect(others.filter(({ code }) => usesEnvironment(code)).map(({ path }) => path)).toEqual([]);
  expect(others.length).toBeGreaterThan(150);
});

it('has few mains, each named or marked as one', () => {
  const mains = files.filter(isMain).map(({ path }) => path);
  expect(mains).toEqual(expect.arrayContaining(['bin/lockstep.mjs', 'local/main.ts', 'worker/main.ts']));
  expect(files.filter(({ code }) => /\bimport\.meta\.main\b/.test(code)).map(({ path }) => path)).toEqual(
    mains.filter((path) => !/main\.ts$|\.mjs$/.test(path)),
  );
});

it('sees each way to get at them', () => {
  for (const code of [
    'process.env.HOME',
    "process['env']",
    'process?.exit(1)',
    'process.exitCode = 1',
    "import { env } from 'node:process';",
    'const { env } = process;',
  ])
    expect(usesEnvironment(codeOf(code)), code).toBe(true);
  for (const code of [
    '// process.env',
    '/* process.exit */',
    'process.once("SIGTERM", stop)',
    'preprocess.environment',
  ])
    expect(usesEnvironment(codeOf(code)), code).toBe(false);
});
