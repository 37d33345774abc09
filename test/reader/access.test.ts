import { describe, expect, test } from 'vitest';
import { Secret } from '../../config/secret.ts';
import { assertGuarded } from '../../reader/access.ts';
import { errorOf } from '../config/a-config.ts';

const problemOf = (host: string, isSandbox: boolean) =>
  errorOf(() => assertGuarded({ host, isSandbox, token: undefined })).message;

describe('a reader without a token', () => {
  test('listens on loopback while it shows the sandbox', () => {
    for (const host of ['127.0.0.1', '127.9.9.9', '::1', 'localhost'])
      expect(() => assertGuarded({ host, isSandbox: true, token: undefined }), host).not.toThrow();
  });

  test('is refused outside the sandbox, and told what to set', () => {
    expect(problemOf('127.0.0.1', false)).toContain('LOCKSTEP_READER_TOKEN');
  });

  test('is refused where other machines could ask', () => {
    for (const host of ['0.0.0.0', '::', '10.0.0.1', '127.example.com']) expect(problemOf(host, true)).toContain(host);
  });
});

test('with a token it may listen anywhere', () => {
  expect(() => assertGuarded({ host: '0.0.0.0', isSandbox: false, token: new Secret('t') })).not.toThrow();
});
