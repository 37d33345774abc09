import { expect, it } from 'vitest';
import { noOutcomes, type TargetRun } from '../../workflows/contract.ts';
import { isWorthAttention, runSummary } from '../../workflows/run-summary.ts';

const run = (waiting: number, stoppedBy: NonNullable<TargetRun['guard']>['stoppedBy']): TargetRun => ({
  runId: 'run-1',
  target: 'cloud',
  covers: ['r1'],
  outcomes: { ...noOutcomes, waiting },
  guard: { free: 0, stopped: waiting, stoppedBy },
});

it('is not worth attention for what was rejected, but for what waits beside it', () => {
  const rejected = run(2, { rejected: 2 });
  expect(isWorthAttention(rejected)).toBe(false);
  expect(runSummary(rejected)).toContain('**cloud** is in step.');
  expect(runSummary(rejected)).toContain('2 rejected');
  expect(runSummary(rejected)).toContain('0 waiting');
  const both = run(3, { rejected: 2, deactivations: 1 });
  expect(isWorthAttention(both)).toBe(true);
  expect(runSummary(both)).toContain('1 waiting, 2 rejected');
});
