/** Who has signed in with a browser: ids in memory only, so that a reader that starts anew knows nobody any more. */
import { createHash, randomBytes } from 'node:crypto';
import type { Secret } from '../config/secret.ts';

const cookieName = 'lockstep-session';
/** A working day. */
const lifetimeSeconds = 12 * 60 * 60;
/** Only holders of the token open one; more than these are a script that should send the token itself. */
const mostSessions = 1_000;

export interface Sessions {
  /** @returns the `Set-Cookie` value of a new session; undefined when that is not the token */
  readonly open: (token: string, isHttps: boolean) => string | undefined;
  /** @param header of a request's `Cookie` */
  readonly isOpen: (header: string | undefined) => boolean;
}

export function createSessions(token: Secret, now: () => number = Date.now): Sessions {
  /** Ends by digest of the id: how long looking one up takes tells nothing of an id. Oldest first. */
  const ends = new Map<string, number>();
  return {
    open(given, isHttps) {
      if (!token.matches(given)) return undefined;
      for (const [key, end] of ends) if (end <= now() || ends.size >= mostSessions) ends.delete(key);
      const id = randomBytes(32).toString('base64url');
      ends.set(keyOf(id), now() + lifetimeSeconds * 1_000);
      const rules = `Path=/; Max-Age=${lifetimeSeconds}; HttpOnly; SameSite=Strict${isHttps ? '; Secure' : ''}`;
      return `${cookieName}=${id}; ${rules}`;
    },
    isOpen(header = '') {
      const ids = header.split(';').flatMap((one) => one.trim().match(/^lockstep-session=([\w-]{43})$/)?.[1] ?? []);
      return ids.some((id) => (ends.get(keyOf(id)) ?? 0) > now());
    },
  };
}

const keyOf = (id: string): string => createHash('sha256').update(id).digest('hex');
