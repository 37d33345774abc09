/** Lists that break off half way or repeat themselves: never taken for the whole. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { FaultRule } from '../../sandbox/kit/faults.ts';
import { type Lab, type Side, scopeGroup, startLab } from '../support/fault-lab.ts';
import { whereWordsAre, wordsOf } from '../support/kept-words.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
  await lab.reset({ okta: { people: 450, groups: 4, seed: 91 } });
  await lab.sync();
}, 120_000);
afterAll(() => lab?.stop());

let before = 0;
beforeEach(async () => {
  // As if no members had been read yet.
  await lab.system.store.updateTable('okta_group').set({ members_as_of: null }).execute();
  before = lab.system.sandbox.cloud.requests.last;
});

const secondPage = {
  people: { side: 'okta', path: '/api/v1/users\\?.*after=' },
  members: { side: 'okta', path: `/api/v1/groups/.*/users\\?.*after=` },
  accounts: { side: 'cloud', path: '/Users\\?.*startIndex=101' },
} as const satisfies Record<string, { side: Side; path: string }>;

const ways: Record<string, Pick<FaultRule, 'action' | 'times'>> = {
  'answers 500 five times': { action: { status: 500 }, times: 5 },
  'breaks the connection five times': { action: 'reset', times: 5 },
  'ends in mid body three times': { action: 'truncate', times: 3 },
  'repeats the page before': { action: 'repeat-page', times: 1 },
};

describe.each(Object.entries(secondPage))('page two of %s', (_what, { side, path }) => {
  it.each(Object.entries(ways))(
    '%s: read again, and nothing is concluded from it',
    async (name, fault) => {
      lab.strike(side, [{ id: name, match: { path }, ...fault }]);
      const { run, problem } = await lab.sync();

      expect(lab.endFaults()).toEqual([]);
      expect(problem).toBeUndefined();
      expect(run?.plan).toMatchObject({ changes: 0, attention: 0 });
      expect(lab.writes(before)).toEqual([]);
      expect(await lab.differences()).toEqual([]);
    },
    60_000,
  );
});

it('the population is large enough for pages', async () => {
  expect(lab.org().members[lab.groupId(scopeGroup)]?.length).toBeGreaterThan(400);
});

it('no history and no log tells a person', async () => {
  expect(await whereWordsAre(lab, wordsOf(lab))).toEqual([]);
});
