/**
 * `npm run test:chaos`: the short form, or as many seeds as are asked for, in several processes with servers of their own.
 * Ends with 1 when a seed or an oracle's own test failed.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { shortSeeds } from './generate.ts';
import type { Assignment } from './provided.ts';
import { type SeedReport, seedsForAll, table, unmet } from './report.ts';

/** Sequences in any order, per seed of the long form. */
const sequencesPerSeed = 0.1;

interface Options {
  readonly seeds?: number;
  readonly from: number;
  readonly jobs: number;
}

const wholeNumber = (text: string): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('a whole number from 1 on is expected');
};

const program = new Command('test:chaos')
  .description('Scripts of changes, faults and strikes, judged by oracles. Without options: the short form.')
  .option('--seeds <n>', 'how many seeds', wholeNumber)
  .option('--from <n>', 'the first one', wholeNumber, 1)
  .option('--jobs <n>', 'how many at a time, each with its own worker, database and Temporal', wholeNumber, 2)
  .addHelpText(
    'after',
    '\nExamples:\n  npm run test:chaos -- --seeds 200\n  npm run test:chaos -- --seeds 1 --from 17',
  );

process.exit(await main(program.parse().opts()));

async function main({ seeds, from, jobs }: Options): Promise<number> {
  const isShort = seeds === undefined;
  const all = isShort ? shortSeeds : Array.from({ length: seeds }, (_, index) => from + index);
  const count = isShort ? 1 : Math.min(jobs, all.length);
  const dir = mkdtempSync(join(tmpdir(), 'lockstep-chaos-'));
  const began = performance.now();
  try {
    // In a row: every third seed is a slow one, and they must not all fall to the same process.
    const cut = (job: number): number => Math.floor((job * all.length) / count);
    const shares = Array.from({ length: count }, (_, job) => all.slice(cut(job), cut(job + 1)));
    const ends = await Promise.all(shares.map((share, job) => run(share, job, join(dir, `${job}.jsonl`), all.length)));
    const reports = shares.flatMap((_, job) => read(join(dir, `${job}.jsonl`))).sort((a, b) => a.seed - b.seed);
    process.stdout.write(`\n${table(reports)}\n${Math.round((performance.now() - began) / 1000)} s\n`);
    for (const { seed, violations } of reports)
      for (const sentence of violations) process.stdout.write(`seed ${seed}: ${sentence}\n`);
    const missing = all.length >= seedsForAll ? unmet(reports) : [];
    for (const sentence of missing) process.stdout.write(`${sentence}\n`);
    const isWhole =
      missing.length === 0 &&
      reports.length === all.length &&
      reports.every(({ violations }) => violations.length === 0);
    return isWhole && ends.every((code) => code === 0) ? 0 : 1;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** One process; the first also runs sequences in any order and the oracles' own tests. */
function run(seeds: readonly number[], job: number, reportFile: string, all: number): Promise<number> {
  const sequences = Math.ceil(all * sequencesPerSeed);
  const chaos: Assignment = { seeds, isFirst: job === 0, sequences, reportFile };
  const child = spawn(
    process.execPath,
    ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/chaos/vitest.config.ts'],
    { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, CHAOS: JSON.stringify(chaos) } },
  );
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

function read(file: string): SeedReport[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as SeedReport);
}
