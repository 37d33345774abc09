/** Whether an offboarding may do its part at Okta, told without a write: by the scopes, or by the token owner's roles. */
import { z } from 'zod';
import type { CallOptions, CheckResult } from '../../domain/directory.ts';
import { isFailure } from '../../domain/failure.ts';
import type { OktaClient } from './client.ts';
import { readItem, readPage } from './pages.ts';
import { idSchema } from './wire.ts';

interface Permission {
  readonly scope: string;
  readonly purpose: string;
  /** Standard roles that may, by the API's names ("Standard administrator roles and permissions"). */
  readonly roles: readonly string[];
}

const full = ['SUPER_ADMIN', 'ORG_ADMIN', 'USER_ADMIN'];
const permissions: readonly Permission[] = [
  { scope: 'okta.users.manage', purpose: 'suspend or deactivate a person', roles: full },
  { scope: 'okta.sessions.manage', purpose: "end a person's sessions", roles: [...full, 'HELP_DESK_ADMIN'] },
];

/** A missing permission is a warning only: syncing needs neither. */
export const checkOffboarding = async (
  client: OktaClient,
  isUsable: boolean,
  scopes: readonly string[] | undefined,
  options: CallOptions,
): Promise<CheckResult[]> => {
  if (!isUsable) return permissions.map((permission) => warning(permission, 'Not checked: see above.'));
  // A token is refused altogether when one of its scopes is not granted: what is asked for is there.
  if (scopes) return permissions.map((permission) => byScope(permission, scopes));
  const roles = await ownRoles(client, options);
  return permissions.map((permission) => byRole(permission, roles));
};

const warning = ({ scope }: Permission, message: string): CheckResult => ({
  check: `scope ${scope}`,
  status: 'warning',
  message,
});

const byScope = (permission: Permission, scopes: readonly string[]): CheckResult => {
  const { scope, purpose } = permission;
  if (scopes.includes(scope)) {
    return {
      check: `scope ${scope}`,
      status: 'ok',
      message: `Granted: an offboarding can ${purpose} whom the app's admin role covers.`,
    };
  }
  return warning(
    permission,
    `Without it no offboarding can ${purpose}. Grant ${scope} to the app (Okta API Scopes), list it in the configuration's scopes, and give the app an admin role that may.`,
  );
};

/** The standard roles of the token's owner; a text that says why they are not known. */
const ownRoles = async (client: OktaClient, options: CallOptions): Promise<readonly string[] | string> => {
  const about = { operation: "read the token owner's roles" };
  try {
    const me = { ...about, schema: idSchema };
    const { id } = readItem(me, (await client.get(me, '/api/v1/users/me', options)).body);
    const schema = z.object({ type: z.string(), status: z.string().nullish() });
    const { items } = await readPage(client, { ...about, schema }, `/api/v1/users/${id}/roles`, options);
    return items.filter(({ status }) => status !== 'INACTIVE').map(({ type }) => type);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (isFailure(error)) return error.message;
    throw error;
  }
};

const byRole = (permission: Permission, roles: readonly string[] | string): CheckResult => {
  const { scope, purpose } = permission;
  const role = "Give the API token's owner a role that may, such as Organization Administrator";
  if (typeof roles === 'string') {
    return warning(permission, `Not known whether an offboarding can ${purpose}: ${roles}. ${role}, if it has none.`);
  }
  const known = permission.roles.find((each) => roles.includes(each));
  if (known) return { check: `scope ${scope}`, status: 'ok', message: `An offboarding can ${purpose}, by ${known}.` };
  if (roles.includes('CUSTOM')) {
    return warning(permission, `Whether the custom role of the token's owner may ${purpose} cannot be told from here.`);
  }
  return warning(permission, `No offboarding can ${purpose}: the API token's owner may not. ${role}.`);
};
