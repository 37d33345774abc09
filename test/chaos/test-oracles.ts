/**
 * Each oracle must catch what it is there for: the evidence of a real script, in which nothing is wrong, is altered as
 * the fault would have left it, and the directory is changed behind everybody's back.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { perform } from './acts.ts';
import { collect } from './collect.ts';
import type { Evidence } from './evidence.ts';
import { type Execution, execute } from './execute.ts';
import { oracles, violations } from './oracles/index.ts';
import { planted } from './planted.ts';
import type { Script } from './script.ts';
import type { Stage } from './stage.ts';
import { protectedEmail } from './world.ts';

const noTrouble = { who: 2, ms: 1_500, faults: [] } as const;

/** A bit of everything, without strikes. */
const script: Script = {
  seed: 5,
  followsLog: true,
  steps: [
    { do: 'sync', faults: [] },
    { do: 'decide', how: 'approve' },
    { do: 'act', act: 'leave', who: 3, where: 0 },
    { do: 'act', act: 'leave-group', who: 1, where: 1 },
    { do: 'act', act: 'rename-person', who: 8, where: 0 },
    { do: 'sync', faults: [{ fault: 'create-account:reset-after', nth: 1 }] },
    { do: 'order', order: 'offboard-soon', ...noTrouble, ms: 3_000 },
    { do: 'order', order: 'cancel', ...noTrouble },
    { do: 'order', order: 'offboard', ...noTrouble, who: 3 },
    { do: 'order', order: 'offboard', ...noTrouble, who: 4 },
    // Whoever is released below: of the other nothing is excused by what an administrator did.
    { do: 'act', act: 'let-in', who: 1, where: 0 },
    { do: 'order', order: 'release', ...noTrouble, who: 1 },
    // Takes its time, in which whoever was released gets their access back before others leave.
    { do: 'order', order: 'offboard-for-good', ...noTrouble },
    // More than a day's limit lets go, whether the log or the sync comes upon them first.
    { do: 'act', act: 'many-leave', who: 0, where: 0 },
    { do: 'act', act: 'many-leave', who: 0, where: 0 },
    { do: 'sync', faults: [] },
    { do: 'arrive', acts: [{ act: 'retitle', who: 4, where: 0 }], faults: [] },
  ],
};

/** Adds the tests to the file that has the stage. */
export function testOracles(onStage: () => Stage): void {
  let execution: Execution;
  let good: Evidence;
  beforeAll(async () => {
    execution = await execute(onStage(), script);
    good = execution.evidence;
  });

  it('finds nothing wrong with a script in which nothing went wrong', () => {
    expect(violations(good), execution.story.join('\n')).toEqual([]);
  });

  describe.each(Object.entries(planted))('the oracle of %s tells', (name, cases) => {
    it.each(Object.entries(cases))('%s', (_what, [alter, sentence]) => {
      const ask = oracles[name as keyof typeof oracles] as (evidence: Evidence) => readonly string[];
      expect(ask(alter(structuredClone(good))).join('\n')).toMatch(sentence);
    });
  });

  describe('behind everybody’s back', () => {
    const now = () =>
      collect(onStage(), {
        before: good.before,
        approvals: good.approvals,
        unfired: [],
        problems: [],
        restsAfter: good.restsAfter,
        startedAt: new Date(0),
        logs: [],
        isBroken: false,
      });

    it('somebody takes a member out: the state is not right', async () => {
      await perform(onStage(), { act: 'kick-member', who: 0, where: 0 });
      expect(violations(await now()).join('\n')).toMatch(/state: group .* lacks/);
    });

    it('somebody claims a person and never lets go: it is told as open', async () => {
      await onStage()
        .lab.system.store.insertInto('claim')
        .values({ target: 'cloud', subject: 'person:x', token: 'x', expires_at: new Date(Date.now() + 60_000) })
        .execute();
      expect(violations(await now()).join('\n')).toMatch(/liveness: a claim on person:x/);
    });

    it('a name gets into a log: it is found', async () => {
      const known = { before: good.before, approvals: [], unfired: [], problems: [], restsAfter: 0 };
      const logs = [`somebody printed ${protectedEmail}`];
      const evidence = await collect(onStage(), { ...known, startedAt: new Date(0), logs, isBroken: false });
      expect(violations(evidence).join('\n')).toMatch(/kept words: a log holds/);
    });
  });
}
