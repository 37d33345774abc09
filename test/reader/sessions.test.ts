import { expect, test } from 'vitest';
import { Secret } from '../../config/secret.ts';
import { createSessions } from '../../reader/sessions.ts';

const cookieOf = (setCookie: string | undefined) => setCookie?.split(';')[0];

test('a session ends after twelve hours, and is unknown to another reader', () => {
  let now = 0;
  const sessions = createSessions(new Secret('right'), () => now);
  const cookie = cookieOf(sessions.open('right', false));
  expect(sessions.isOpen(`other=1; ${cookie}`)).toBe(true);
  expect(createSessions(new Secret('right')).isOpen(cookie)).toBe(false);
  now = 12 * 60 * 60 * 1_000;
  expect(sessions.isOpen(cookie)).toBe(false);
});

test('of very many sessions the oldest end, so that memory does', () => {
  const sessions = createSessions(new Secret('right'));
  const cookies = Array.from({ length: 1_001 }, () => cookieOf(sessions.open('right', false)));
  expect([sessions.isOpen(cookies[0]), sessions.isOpen(cookies[1]), sessions.isOpen(cookies[1_000])]).toEqual([
    false,
    true,
    true,
  ]);
});

test('a cookie is for TLS only where the browser came by TLS, and none is given for a wrong token', () => {
  const sessions = createSessions(new Secret('right'));
  expect(sessions.open('right', true)).toMatch(/; HttpOnly; SameSite=Strict; Secure$/);
  expect(sessions.open('right', false)).not.toContain('Secure');
  expect(sessions.open('wrong', true)).toBeUndefined();
  expect(sessions.isOpen(undefined)).toBe(false);
});
