import { createHash, createPublicKey, type JsonWebKey, verify } from 'node:crypto';

export interface Jwt {
  header: Record<string, unknown>;
  claims: Record<string, unknown>;
}

/** JWS algorithms that Okta takes for client assertions, with Node's digest and curve signature form. */
const ALGORITHMS: Record<string, { digest: string; isEc: boolean }> = {
  RS256: { digest: 'sha256', isEc: false },
  RS384: { digest: 'sha384', isEc: false },
  RS512: { digest: 'sha512', isEc: false },
  ES256: { digest: 'sha256', isEc: true },
  ES384: { digest: 'sha384', isEc: true },
  ES512: { digest: 'sha512', isEc: true },
};

/** Reads without verifying. @returns undefined for what is no JWT */
export function decodeJwt(token: string): Jwt | undefined {
  const [header, claims, signature] = token.split('.');
  if (!header || !claims || !signature) return undefined;
  try {
    return { header: decodePart(header), claims: decodePart(claims) };
  } catch {
    return undefined;
  }
}

export function hasValidSignature(token: string, jwk: JsonWebKey): boolean {
  const algorithm = ALGORITHMS[String(decodeJwt(token)?.header.alg)];
  if (!algorithm || (jwk.kty === 'EC') !== algorithm.isEc) return false;
  const at = token.lastIndexOf('.');
  try {
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    const options = algorithm.isEc ? { key, dsaEncoding: 'ieee-p1363' as const } : key;
    const signature = Buffer.from(token.slice(at + 1), 'base64url');
    return verify(algorithm.digest, Buffer.from(token.slice(0, at)), options, signature);
  } catch {
    return false;
  }
}

/** RFC 7638 thumbprint, which binds a token to a key. */
export function thumbprint(jwk: JsonWebKey): string {
  const { crv, e, kty, n, x, y } = jwk;
  const canonical = kty === 'EC' ? { crv, kty, x, y } : { e, kty, n };
  return createHash('sha256').update(JSON.stringify(canonical)).digest('base64url');
}

function decodePart(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
}
