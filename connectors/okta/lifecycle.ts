/** What an offboarding does to a person at Okta ("User Lifecycle", "User Sessions" of the management API). */
import type { CallOptions, SourceLifecycle, Written } from '../../domain/directory.ts';
import type { OktaUserId } from '../../domain/ids.ts';
import type { OktaClient } from './client.ts';
import { oktaId } from './okta-id.ts';

/** Okta takes a login in place of the id in these paths, and would act on whoever has it: only ids go through. */
export function createLifecycle(client: OktaClient): SourceLifecycle {
  const write = async (
    operation: string,
    method: 'POST' | 'DELETE',
    id: OktaUserId,
    rest: string,
    options: CallOptions | undefined,
  ): Promise<Written<void>> => {
    const subject = oktaId('00u', id);
    const requestId = await client.write({ operation, subject }, method, `/api/v1/users/${subject}${rest}`, options);
    return { value: undefined, ...(requestId === undefined ? {} : { requestId }) };
  };
  return {
    // The tokens that apps hold for the person outlive the sessions unless asked for ("Revoke all user sessions").
    clearSessions: (id, options) =>
      write('clear sessions of person', 'DELETE', id, '/sessions?oauthTokens=true', options),
    suspend: (id, options) => write('suspend person', 'POST', id, '/lifecycle/suspend', options),
    deactivate: (id, options) => write('deactivate person', 'POST', id, '/lifecycle/deactivate', options),
  };
}
