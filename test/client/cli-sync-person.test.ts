/** `sync --person`: each outcome as text and as JSON, with its exit code. */
import { describe, expect, test } from 'vitest';
import type { PersonSynced } from '../../client/sync-person.ts';
import { noOutcomes, type PersonAtTarget, type PersonResult } from '../../workflows/contract.ts';
import { runWith } from './fake-lockstep.ts';

const alice = '00u00000000000alice1';

const syncing = (synced: PersonSynced, ...args: string[]) =>
  runWith(
    {
      syncPerson: async (person) => {
        expect(person).toBe(alice);
        return synced;
      },
    },
    ['sync', '--person', alice, ...args],
  );
const answered = (...targets: PersonAtTarget[]): PersonSynced => ({
  state: 'answered',
  result: { person: alice, targets },
});
const at = (state: PersonAtTarget['state'], more: Partial<PersonAtTarget> = {}): PersonAtTarget => ({
  target: 'cloud',
  state,
  outcomes: noOutcomes,
  ...more,
});
const denied = { kind: 'AccessDenied', message: 'cloud: the key is refused' } as const;

describe('sync --person', () => {
  const cases: [string, PersonSynced, number, RegExp][] = [
    ['in step', answered(at('in-step')), 0, /^cloud: in step; nothing to change$/m],
    [
      'in step after changes',
      answered(at('in-step', { outcomes: { ...noOutcomes, applied: 2 } })),
      0,
      /^cloud: in step; 2 done$/m,
    ],
    ['waiting', answered(at('waiting')), 3, /^cloud: something waits for approval, which `lockstep plans` lists/m],
    ['parked', answered(at('parked')), 3, /`lockstep parked` lists/],
    ['paused', answered(at('paused')), 3, /^cloud: paused, so nothing was done$/m],
    ['failed at one of two', answered(at('failed', { problem: denied }), at('in-step')), 3, /AccessDenied: cloud/],
    ['failed at all', answered(at('failed', { problem: denied })), 1, /^cloud: failed\n {2}AccessDenied: cloud/m],
    [
      'failed at Okta',
      { state: 'answered', result: { person: alice, targets: [], problem: denied } satisfies PersonResult },
      1,
      /^AccessDenied: cloud: the key is refused$/m,
    ],
    [
      'not answered in time',
      { state: 'asked', person: alice, afterMs: 60_000, trouble: { kind: 'not-taken-up', sinceMs: 58_000 } },
      3,
      /^No outcome within 60 s\. It is asked for all the same.*\n {2}no worker has taken this up for 58 s/m,
    ],
  ];
  test.each(cases)('%s', async (_name, synced, code, text) => {
    const ran = await syncing(synced);
    expect(ran.code).toBe(code);
    expect(ran.stdout).toMatch(text);
    expect((await syncing(synced, '--output', 'json')).json()).toEqual(synced);
  });

  test('without waiting asks and returns', async () => {
    const asked: string[] = [];
    const startPersonSync = async (person: string) => {
      asked.push(person);
    };
    const ran = await runWith({ startPersonSync }, ['sync', '--person', alice, '--no-wait']);
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining(`lockstep explain ${alice}`) });
    expect(asked).toEqual([alice]);
  });
});
