/**
 * Changes, syncs, decisions, commands and faults in any order at all: afterwards both sides agree and no law was broken.
 * The same machinery as the seeds, other weights: no order of days, every step as likely as any other, and a sequence
 * that breaks a law is made as short as it can be.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { execute } from './execute.ts';
import { type Fault, type FaultName, faultNames, faults } from './faults.ts';
import { violations } from './oracles/index.ts';
import {
  commands,
  decisions,
  handActs,
  newsNames,
  oktaActs,
  orderNames,
  type Script,
  type Step,
  scriptLines,
} from './script.ts';
import type { Stage } from './stage.ts';
import { orderFaultNames, type TimeFaultName } from './time-faults.ts';

const draw = fc.nat({ max: 999 });
const act = fc.record({ act: fc.constantFrom(...oktaActs, ...handActs), who: draw, where: draw });
const quick = faultNames.filter((name) => !(faults[name] as Fault).isSlow);
const fault = fc.record({ fault: fc.constantFrom<FaultName>(...quick), nth: fc.integer({ min: 1, max: 2 }) });

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: act.map((one) => ({ do: 'act' as const, ...one })) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('sync' as const),
      faults: fc.uniqueArray(fault, { maxLength: 2, selector: (one) => one.fault }),
      isTwice: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('decide' as const), how: fc.constantFrom(...decisions) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('command' as const), command: fc.constantFrom(...commands) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('order' as const),
      order: fc.constantFrom(...orderNames),
      who: draw,
      ms: fc.nat({ max: 3_000 }),
      faults: fc.array(fc.record({ fault: fc.constantFrom<TimeFaultName>(...orderFaultNames) }), { maxLength: 1 }),
      isBesideSync: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('news' as const), news: fc.constantFrom(...newsNames), act }) },
);

const script: fc.Arbitrary<Script> = fc.record({
  seed: fc.integer({ min: 1, max: 1_000_000 }),
  followsLog: fc.boolean(),
  steps: fc.array(step, { minLength: 5, maxLength: 16 }),
});

/** Adds the test to the file that has the stage. `from` decides which sequences are drawn. */
export function testSequences(onStage: () => Stage, sequences: number, from: number): void {
  it('any sequence of changes, syncs, decisions and faults ends with both sides in agreement and every law kept', async () => {
    await fc.assert(
      fc.asyncProperty(script, async (one) => {
        const { evidence, story } = await execute(onStage(), one);
        // In any order, a fault may come where nothing can meet it: a page that comes twice of a list that has but one.
        expect(violations({ ...evidence, unfired: [] }), story.join('\n')).toEqual([]);
      }),
      {
        seed: from,
        numRuns: sequences,
        // Shrinking goes on for as long as it finds shorter ones, which here takes minutes.
        interruptAfterTimeLimit: 1_500_000,
        reporter: (run) => {
          const [failing] = run.counterexample ?? [];
          if (run.failed && failing)
            throw new Error(
              [`after ${run.numRuns} sequences (${run.numShrinks} times made shorter), of population ${failing.seed}:`]
                .concat(scriptLines(failing), String(run.errorInstance ?? ''))
                .join('\n'),
            );
        },
      },
    );
  }, 3_600_000);
}
