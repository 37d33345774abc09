/** The JSON Schema that HR's side is written by, and the times that it allows. */
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { isReasonCode } from '../../domain/reason-code.ts';
import { hrOrder, jsonSchema } from '../../receiver/hr-order.ts';

const root = new URL('../../', import.meta.url).pathname;
const written: unknown = JSON.parse(readFileSync(`${root}receiver/hr-order.schema.json`, 'utf8'));
const validate = new Ajv({ strict: false }).compile(written as object);

const orders: Readonly<Record<string, unknown>> = JSON.parse(
  JSON.stringify({
    least: { kind: 'offboard', person: { email: 'ada@example.com' }, reason: 'last-day' },
    most: {
      kind: 'offboard',
      person: { oktaId: '00u1emaKYZTWRYYRRTSK' },
      reason: 'last-day',
      ticket: 'HR-7',
      sequence: 12,
      effective: { local: '2026-11-30T17:00', zone: 'Europe/Berlin' },
      okta: 'deactivate',
    },
    instant: { kind: 'offboard', person: { login: 'ada' }, reason: 'x', effective: { at: '2026-11-30T16:00:00Z' } },
    release: { kind: 'release', person: { login: 'ada' }, reason: 'rehired', sequence: 13 },
  }),
);

describe('the JSON Schema of orders', () => {
  it('is the one that the code has now (else run: node receiver/write-json-schema.ts)', () => {
    expect(written).toEqual(JSON.parse(JSON.stringify(jsonSchema())));
  });

  it.each(Object.entries(orders))('accepts what the receiver accepts: %s', (_title, order) => {
    expect(hrOrder.safeParse(order).error).toBeUndefined();
    validate(order);
    expect(validate.errors).toBeNull();
  });

  it.each<[string, object]>([
    ['an effective time for a release', { kind: 'release', effective: { at: '2026-11-30T16:00:00Z' } }],
    ['two names', { person: { email: 'ada@example.com', login: 'ada' } }],
    ['an id of a group', { person: { oktaId: '00g1emaKYZTWRYYRRTSK' } }],
    ['prose', { reason: 'she is leaving' }],
    ['no reason', { reason: undefined }],
    ['a local time without a zone', { effective: { local: '2026-11-30T17:00' } }],
    ['a half number', { sequence: 1.5 }],
    ['a number after which none could come', { sequence: 2 ** 52 }],
  ])('refuses what the receiver refuses: %s', (_title, change) => {
    const order: unknown = JSON.parse(JSON.stringify({ ...(orders['least'] as object), ...change }));
    expect(hrOrder.safeParse(order).success).toBe(false);
    expect(validate(order)).toBe(false);
  });

  it('leaves numbers for orders after the highest, and says so', () => {
    const highest = { ...(orders['least'] as object), sequence: 2 ** 52 - 1 };
    expect(hrOrder.safeParse(highest).success).toBe(true);
    expect(validate(highest)).toBe(true);
    const { error } = hrOrder.safeParse({ ...highest, sequence: Number.MAX_SAFE_INTEGER });
    expect(error?.issues.map(({ path, message }) => [path, message])).toEqual([
      [['sequence'], expect.stringContaining('is above 4503599627370495')],
    ]);
  });

  it('says of codes what the worker holds to', () => {
    for (const reason of ['last-day', 'a', 'HR:7/8#9_0.1', '', '-x', 'two words', 'x'.repeat(64), 'x'.repeat(65)])
      expect(validate({ ...(orders['least'] as object), reason }), reason).toBe(isReasonCode(reason));
  });
});
