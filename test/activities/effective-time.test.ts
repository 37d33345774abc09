/** The last day in Berlin ends when it ends in Berlin, also when the clocks change; the table is by hand. */
import { describe, expect, it } from 'vitest';
import { resolveEffective } from '../../activities/effective-time.ts';

const at = (local: string, zone: string) => resolveEffective({ local, zone }).at.toISOString();

describe('a local time in a zone', () => {
  it.each([
    ['in winter', '2026-11-30T17:00', 'Europe/Berlin', '2026-11-30T16:00:00.000Z'],
    ['in summer', '2026-07-31T17:00', 'Europe/Berlin', '2026-07-31T15:00:00.000Z'],
    ['in a zone with half an hour', '2026-11-30T17:00', 'Asia/Kolkata', '2026-11-30T11:30:00.000Z'],
    [
      'that a clock change leaves out is the next that there is',
      '2026-03-29T02:30',
      'Europe/Berlin',
      '2026-03-29T01:30:00.000Z',
    ],
    ['that comes twice is the earlier', '2026-10-25T02:30', 'Europe/Berlin', '2026-10-25T00:30:00.000Z'],
    ['with seconds', '2026-11-30T23:59:59', 'America/New_York', '2026-12-01T04:59:59.000Z'],
  ])('%s', (_what, local, zone, expected) => {
    expect(at(local, zone)).toBe(expected);
  });

  it('keeps what was said beside the instant, for the next look', () => {
    expect(resolveEffective({ local: '2026-11-30T17:00', zone: 'Europe/Berlin' })).toEqual({
      at: new Date('2026-11-30T16:00:00Z'),
      local: '2026-11-30T17:00',
      zone: 'Europe/Berlin',
    });
  });
});

it('an instant is one whatever its offset', () => {
  expect(resolveEffective({ at: '2026-11-30T17:00:00+01:00' }).at.toISOString()).toBe('2026-11-30T16:00:00.000Z');
});

it.each([
  ['an instant without a zone', { at: '2026-11-30T17:00:00' }],
  ['a day that there is not', { local: '2026-02-30T17:00', zone: 'Europe/Berlin' }],
  ['a zone that there is not', { local: '2026-11-30T17:00', zone: 'Europe/Bielefeld' }],
  ['words', { at: 'tomorrow' }],
])('%s is refused, and the answer says what is wanted', (_what, effective) => {
  expect(() => resolveEffective(effective)).toThrow(/must be an instant such as/);
});
