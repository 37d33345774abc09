/** Turns a credential's references into what connectors take. Only mains call this, each for what it needs. */
import type { OktaConfig } from './config.ts';
import { resolveSecrets, type SecretRef } from './secret.ts';

export type ResolvedOktaCredentials =
  | { readonly apiToken: string }
  | {
      readonly clientId: string;
      readonly privateKey: string;
      readonly keyId?: string;
      readonly scopes: readonly string[];
    };

/** @throws ConfigError naming the secret that is missing */
export function oktaCredentials({ credentials }: OktaConfig, env: NodeJS.ProcessEnv): ResolvedOktaCredentials {
  if (credentials.by === 'api-token') return { apiToken: reveal('apiToken', credentials.apiToken, env) };
  const { clientId, keyId, scopes } = credentials;
  const privateKey = reveal('privateKey', credentials.privateKey, env);
  return { clientId, privateKey, scopes, ...(keyId === undefined ? {} : { keyId }) };
}

function reveal(name: string, ref: SecretRef, env: NodeJS.ProcessEnv): string {
  const path = `source.okta.credentials.${name}`;
  return resolveSecrets({ [path]: ref }, env)[path]?.reveal() ?? '';
}
