/**
 * Who may have payloads decrypted: holders of the token. Temporal's command line sends it (`--codec-auth`); Temporal's
 * UI cannot, as it sends an access token of its own login, or cookies ("Include cross-origin credentials"). So browsers
 * show the token once, on a page of this server, and get a cookie for it.
 */
import { createHmac } from 'node:crypto';
import { Secret } from '../config/secret.ts';

const cookieName = 'lockstep-codec';
const sessionMs = 12 * 60 * 60 * 1000;

export interface Access {
  /** Whether these headers are from somebody who may. */
  isAllowed(headers: { readonly authorization?: string | undefined; readonly cookie?: string | undefined }): boolean;
  isToken(given: string): boolean;
  /** `Set-Cookie` for somebody who has shown the token. */
  newCookie(): string;
}

/**
 * @param isSecure whether browsers come by https
 * @param now milliseconds since 1970
 */
export function createAccess(token: Secret, isSecure: boolean, now: () => number = Date.now): Access {
  // Derived from the token: a restart ends no session, another token ends all.
  const sign = (expires: string): string =>
    createHmac('sha256', token.reveal()).update(`session until ${expires}`).digest('base64url');
  const isSession = (given: string): boolean => {
    const [, expires, signature] = /^(\d{1,16})\.([\w-]+)$/.exec(given) ?? [];
    if (expires === undefined || signature === undefined) return false;
    return new Secret(sign(expires)).matches(signature) && Number(expires) > now();
  };
  return {
    isToken: (given) => token.matches(given),
    isAllowed({ authorization, cookie }) {
      const bearer = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1];
      if (bearer !== undefined && token.matches(bearer)) return true;
      const session = cookieIn(cookie);
      return session !== undefined && isSession(session);
    },
    newCookie() {
      const expires = String(now() + sessionMs);
      // Strict: only pages of the same site send it, and the UI is one, whatever its port or subdomain.
      const attributes = `Path=/; Max-Age=${sessionMs / 1000}; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`;
      return `${cookieName}=${expires}.${sign(expires)}; ${attributes}`;
    },
  };
}

const cookieIn = (header: string | undefined): string | undefined =>
  header
    ?.split(';')
    .map((pair) => pair.trim())
    .find((pair) => pair.startsWith(`${cookieName}=`))
    ?.slice(cookieName.length + 1);
