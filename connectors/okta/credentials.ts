/** Checked settings of the SDK. All faults are the configuration's, and no message quotes a secret. */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { Failure } from '../../domain/failure.ts';

export type OktaCredentials =
  | { readonly apiToken: string }
  | {
      readonly clientId: string;
      /** RSA, as PEM (PKCS #1 or #8) or as the JSON text of a JWK. */
      readonly privateKey: string;
      /** Needed where the app has several keys and the private key is a PEM, which does not name itself. */
      readonly keyId?: string;
      readonly scopes: readonly string[];
    };

const misconfigured = (what: string): Failure => new Failure('Misconfigured', `okta: ${what}`, { system: 'okta' });

/** @returns the org's origin, without a trailing slash: with one the SDK would ask for `//api/v1/...`. */
export const readOrgUrl = (text: string): string => {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw misconfigured('orgUrl is not a web address such as https://example.okta.com');
  }
  if (url.pathname !== '/' || url.search || url.hash || url.username || url.password) {
    throw misconfigured('orgUrl must be the bare address of the org, without path, query or user');
  }
  if (/-admin\.(?:okta|oktapreview|okta-emea)\.com$/.test(url.hostname)) {
    throw misconfigured('orgUrl is the address of the Admin Console; leave out "-admin"');
  }
  return url.origin;
};

/**
 * Every setting that the SDK knows is given a value: what is left out or undefined it takes from `OKTA_CLIENT_*`, from
 * an `okta.yaml` in the working directory or from one in the home directory, and would talk to somebody else's org.
 */
export const sdkSettings = (orgUrl: string, credentials: OktaCredentials) => {
  const none = { orgUrl, token: '', clientId: '', scopes: [] as string[], privateKey: '', keyId: '' };
  if ('apiToken' in credentials) {
    // Anything else cannot stand in a header, and fetch would quote the token in its complaint.
    if (!/^[\x21-\x7e]+$/.test(credentials.apiToken ?? '')) {
      throw misconfigured('the API token is empty or has characters that no token has');
    }
    return { ...none, authorizationMode: 'SSWS', token: credentials.apiToken };
  }
  const { clientId, privateKey, keyId, scopes } = credentials;
  if (!clientId) throw misconfigured('clientId is empty');
  if (scopes.length === 0 || scopes.some((scope) => !/^[\x21-\x7e]+$/.test(scope))) {
    throw misconfigured('scopes must list at least one scope, such as okta.users.read');
  }
  assertRsaKey(privateKey);
  return { ...none, authorizationMode: 'PrivateKey', clientId, privateKey, keyId: keyId ?? '', scopes: [...scopes] };
};

/** The SDK takes EC keys and then fails at the first request with `unsupported algorithm` (okta-sdk-nodejs issue 496). */
const assertRsaKey = (text: string): void => {
  const key = parseKey(text);
  if (key === undefined) {
    throw misconfigured('privateKey is neither an unencrypted private key in PEM nor a private JWK in JSON');
  }
  if (key.asymmetricKeyType !== 'rsa') {
    const kind = key.asymmetricKeyType ?? 'unknown';
    throw misconfigured(`privateKey is of type ${kind}; Okta's SDK can sign with RSA only, so register an RSA key`);
  }
};

const parseKey = (text: string): KeyObject | undefined => {
  try {
    return text.trimStart().startsWith('{')
      ? createPrivateKey({ key: JSON.parse(text), format: 'jwk' })
      : createPrivateKey(text);
  } catch {
    return undefined;
  }
};
