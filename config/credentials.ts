/** Turns a credential's references into what connectors take. Only mains call this, each for what it needs. */
import type { OktaConfig } from './config.ts';
import { resolveSecrets } from './secret.ts';

export type ResolvedOktaCredentials =
  | { readonly apiToken: string }
  | {
      readonly clientId: string;
      readonly privateKey: string;
      readonly keyId?: string;
      readonly scopes: readonly string[];
    };

/** @throws ConfigError when the secret is missing */
export function oktaCredentials({ credentials }: OktaConfig, env: NodeJS.ProcessEnv): ResolvedOktaCredentials {
  if (credentials.by === 'api-token')
    return {
      apiToken: resolveSecrets({ 'source.okta.credentials.apiToken': credentials.apiToken }, env)[
        'source.okta.credentials.apiToken'
      ].reveal(),
    };
  const { clientId, keyId, scopes } = credentials;
  const path = 'source.okta.credentials.privateKey';
  const privateKey = resolveSecrets({ [path]: credentials.privateKey }, env)[path]?.reveal() ?? '';
  return { clientId, privateKey, scopes, ...(keyId === undefined ? {} : { keyId }) };
}
