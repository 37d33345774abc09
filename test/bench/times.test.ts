/** What the bench makes of the times that it took, and when it says that one is missed. */
import { describe, expect, it } from 'vitest';
import type { Call } from '../../bench/calls.ts';
import { renderCatchUp } from '../../bench/catch-up-report.ts';
import { percentilesOf } from '../../bench/percentiles.ts';
import { leavings } from '../../bench/revocations.ts';
import { renderRevoke } from '../../bench/revoke-report.ts';

const isMissed = (line = ''): boolean => line.endsWith(' x');

it('takes percentiles that are among what was measured, whatever its order', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => (index * 37) % 100);
  expect(percentilesOf(hundred)).toEqual({ count: 100, p50: 49, p95: 94, p99: 98, max: 99 });
  expect(percentilesOf([30, 10, 20])).toEqual({ count: 3, p50: 20, p95: 30, p99: 30, max: 30 });
  expect(percentilesOf([])).toEqual({ count: 0, p50: 0, p95: 0, p99: 0, max: 0 });
});

it.each([
  [[400, 10_900, 11_000], false],
  [[400, 500, 11_001], true],
])('a change that took %j ms with ten seconds between two looks: missed is %s', (waits, missed) => {
  const line = renderCatchUp({ everyMs: 10_000, waits: percentilesOf(waits) })
    .split('\n')
    .at(-1);
  expect(line?.replace(/ +/g, ' ')).toContain(` 10,000 3 ${waits[1]?.toLocaleString('en')} `);
  expect(isMissed(line)).toBe(missed);
});

it('tells of each offboarding system by system, and of the evidence, which has no limit', () => {
  const [quick, slow] = [percentilesOf([200]), percentilesOf([1_500])];
  const systems = { Okta: quick, target: slow, memberships: slow, evidence: slow };
  const idle = { name: 'idle', arrivals: 1, perSecond: 1, sentAgain: 0, systems, isOktaAway: false };
  const lines = renderRevoke([idle]).split('\n');
  const missed = Object.keys(systems).map((system) =>
    isMissed(lines.find((line) => line.startsWith(`idle: ${system}`))),
  );
  expect(missed).toEqual([false, true, false, false]);
  expect(lines.at(-1)).toBe('idle: 1 arrivals, 1 a second on average');
  expect(renderRevoke([{ ...idle, sentAgain: 3 }])).toMatch(/; answered 503 and sent again: 3$/);
});

describe('who has left their groups', () => {
  const personOf = new Map([
    ['account-1', 'ada'],
    ['account-2', 'bob'],
  ]);
  const call = (at: number, group: string, Operations: readonly object[], status = 200): Call => ({
    ...{ simulator: 'atlassian-cloud', n: at, at, method: 'PATCH', path: `/scim/Groups/${group}`, query: '' },
    ...{ body: { Operations }, status },
  });
  const remove = (account: string) => ({ op: 'remove', path: `members[value eq "${account}"]` });
  const add = (account: string) => ({ op: 'add', path: 'members', value: [{ value: account }] });

  it('has left when the last of them is gone, together with others or alone', () => {
    const calls = [call(10, 'a', [remove('account-1'), remove('account-2')]), call(30, 'b', [remove('account-1')])];
    expect([...leavings(calls, personOf)]).toEqual([
      ['ada', 30],
      ['bob', 10],
    ]);
  });

  it('has not left later because the same is asked for once more, nor by what was refused', () => {
    const calls = [10, 40].map((at) => call(at, 'a', [remove('account-1')]));
    expect([...leavings([...calls, call(50, 'b', [remove('account-1')], 429)], personOf)]).toEqual([['ada', 10]]);
  });

  it('has left once more after they were added again', () => {
    const calls = [call(10, 'a', [remove('account-1')]), call(20, 'a', [add('account-1')])];
    expect([...leavings(calls, personOf)]).toEqual([]);
    expect([...leavings([...calls, call(40, 'a', [remove('account-1')])], personOf)]).toEqual([['ada', 40]]);
  });
});
