/** Credentials that are wrong, or stop working in mid run: the run names what to do, and nothing is written. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resumeTarget } from '../../store/target-state.ts';
import { type Lab, startLab } from '../support/fault-lab.ts';
import { whereWordsAre, wordsOf } from '../support/kept-words.ts';
import { testSecrets } from '../support/system.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
}, 120_000);
afterAll(() => lab?.stop());

const seed = { okta: { people: 40, groups: 5, seed: 21 } };

describe('a wrong credential', () => {
  it('for Okta ends the run before any target is asked', async () => {
    await lab.reset(seed);
    await lab.restart({ env: { OKTA_API_TOKEN: 'no-such-token' } });
    const { run, problem } = await lab.sync();
    await lab.restart({ env: testSecrets });

    expect(problem).toMatchObject({ kind: 'AccessDenied', message: expect.stringMatching(/^okta: .*token/) });
    expect(run).toBeUndefined();
    expect(lab.system.sandbox.cloud.requests.since()).toEqual([]);
  }, 60_000);

  it('for the directory ends the run before anything is written', async () => {
    await lab.reset(seed);
    await lab.restart({ env: { ATLASSIAN_SCIM_API_KEY: 'no-such-key' } });
    const { run, problem } = await lab.sync();
    await lab.restart({ env: testSecrets });

    expect(problem).toMatchObject({ kind: 'AccessDenied', message: expect.stringContaining('API key is wrong') });
    expect(run?.plan).toBeUndefined();
    expect(lab.writes()).toEqual([]);
    expect(lab.directory().users).toEqual([]);
  }, 60_000);
});

describe('a credential that expires in mid run', () => {
  it('of the directory: the run stops asking, says why, the target pauses, and once resumed ends the work', async () => {
    await lab.reset(seed);
    const answeredBefore = 14;
    lab.strike('cloud', [
      // Still under way when the key is refused: what they did has to be on record all the same.
      {
        id: 'slow',
        match: { method: 'POST', path: '/Users$', attempt: [1, 2, 3] },
        strike: 'after',
        action: { delayMs: 1_500 },
      },
      {
        id: 'expired',
        match: { path: '/scim/', attempt: Array.from({ length: 500 }, (_, index) => answeredBefore + 1 + index) },
        action: { status: 401 },
      },
    ]);
    const { run, problem } = await lab.sync();

    expect(problem).toMatchObject({ kind: 'AccessDenied', message: expect.stringContaining('API key is wrong') });
    expect(run?.outcomes).toMatchObject({ parked: 0 });
    const made = lab.directory().users.length;
    expect(made).toBeGreaterThan(0);
    expect(run?.outcomes.applied).toBe(made + lab.directory().groups.length);
    // No more than what was under way, and the question whether the key itself is refused.
    const refused = lab.system.sandbox.cloud.requests.since().filter(({ fault }) => fault !== undefined);
    expect(refused.length).toBeLessThan(40);
    expect(refused.every(({ method }) => method !== 'DELETE')).toBe(true);

    expect(lab.endFaults()).toEqual([]);
    const refusedRun = await lab.sync();
    expect(refusedRun.problem).toMatchObject({
      kind: 'GuardTripped',
      message: expect.stringContaining('lockstep resume'),
    });
    await resumeTarget(lab.system.store, 'cloud');
    const next = await lab.sync();
    expect(next.problem).toBeUndefined();
    expect(await lab.differences()).toEqual([]);
    expect(lab.createdTwice()).toEqual([]);
  }, 60_000);

  it('of Okta, while it is read: nothing is written', async () => {
    await lab.reset(seed);
    lab.strike('okta', [
      { id: 'expired', match: { path: '/api/v1/groups/.*/users' }, action: { status: 401 } },
      { id: 'expired, asked again', match: { path: '/api/v1/', attempt: [4, 5, 6, 7, 8, 9] }, action: { status: 401 } },
    ]);
    const { run, problem } = await lab.sync();
    lab.endFaults();

    expect(problem).toMatchObject({ kind: 'AccessDenied', message: expect.stringMatching(/^okta: /) });
    expect(run).toBeUndefined();
    expect(lab.writes()).toEqual([]);
  }, 60_000);

  it('of Okta, while leavers are looked at: nobody is touched', async () => {
    await lab.reset(seed);
    await lab.sync();
    const leavers = lab.members().slice(0, 5);
    for (const id of leavers) await lab.okta.lifecycle(id, 'deactivate');
    const before = lab.system.sandbox.cloud.requests.last;
    // By id, which the reading does not do, and the question whether the token itself is refused.
    lab.strike('okta', [{ id: 'expired', match: { path: '/api/v1/users(/00u|.*limit=1$)' }, action: { status: 401 } }]);
    const { problem } = await lab.sync();

    expect(lab.endFaults()).toEqual([]);
    expect(problem).toMatchObject({ kind: 'AccessDenied', message: expect.stringMatching(/^okta: /) });
    expect(lab.writes(before)).toEqual([]);
    await lab.sync();
    expect(await lab.differences()).toEqual([]);
  }, 60_000);
});

it('no history and no log tells a person', async () => {
  expect(await whereWordsAre(lab, wordsOf(lab))).toEqual([]);
});
