/**
 * Scripts of changes, faults and strikes, one per seed, judged by oracles that share no code with Lockstep; sequences in
 * any order; and the oracles' own tests. One file, since a stage takes its time to be set up.
 */
import { appendFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { execute } from './execute.ts';
import { scriptOf } from './generate.ts';
import { violations } from './oracles/index.ts';
import type {} from './provided.ts';
import type { SeedReport } from './report.ts';
import { type Stage, startStage } from './stage.ts';
import { testOracles } from './test-oracles.ts';
import { testSequences } from './test-sequences.ts';

const { seeds, sequences, isFirst, reportFile } = inject('chaos');

let stage: Stage | undefined;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage?.stop());

/** One that broke down in the middle is no ground for the next script. */
async function freshStage(): Promise<void> {
  await stage?.stop();
  stage = await startStage();
}

const report = (line: SeedReport): void => {
  if (reportFile !== '') appendFileSync(reportFile, `${JSON.stringify(line)}\n`);
};

const onStage = (): Stage => {
  if (!stage) throw new Error('there is no stage');
  return stage;
};

if (isFirst) {
  describe('an oracle', () => testOracles(onStage));
  describe('sequences', () => testSequences(onStage, sequences, seeds[0] ?? 1));
}

it.each(seeds)('seed %i', async (seed) => {
  const script = scriptOf(seed);
  const began = performance.now();
  const seconds = (): number => Math.round((performance.now() - began) / 1000);
  try {
    const { evidence, story, ...counts } = await execute(onStage(), script);
    const found = violations(evidence);
    const calls = evidence.calls.length;
    const told = found.length > 0 ? { story } : {};
    report({ seed, seconds: seconds(), runs: evidence.runs.length, calls, ...counts, violations: found, ...told });
    if (found.length > 0) await freshStage();
    expect(found, [`seed ${seed}`, ...story].join('\n')).toEqual([]);
  } catch (error) {
    if ((error as Error).name !== 'AssertionError') {
      report({
        seed,
        seconds: seconds(),
        runs: 0,
        calls: 0,
        fired: {},
        strikes: {},
        syncs: 0,
        violations: [`it broke down: ${(error as Error).message}`],
      });
      await freshStage();
    }
    throw error;
  }
});
