import { decodeSegment } from '../kit/request-log.ts';
import { SandboxError, type SimRequest, type SimResponse } from '../kit/vendor.ts';
import { setStatus } from './lifecycle.ts';
import { joinGroup, leaveGroup } from './memberships.ts';
import type { OAuthClient, OAuthServer } from './oauth.ts';
import type { Org } from './org.ts';
import {
  type GroupRecord,
  isoTime,
  PROVIDERS,
  type ProviderType,
  type UserRecord,
  type UserStatus,
} from './records.ts';
import { signIn } from './sign-in.ts';
import type { Cause } from './system-log.ts';

export const controlRoutes = [
  'POST   /users/:id/status           {status}: PASSWORD_EXPIRED, LOCKED_OUT, RECOVERY or ACTIVE, as the person or a policy would bring about',
  'POST   /users/:id/provider         {type, name?}: who keeps the password, such as ACTIVE_DIRECTORY',
  'POST   /users/:id/sign-in          {app?}: sign the person in to an app (id or label; by default the first one assigned)',
  'PUT    /groups/:id/users/:userId   add a member to any group, as a directory import would',
  'DELETE /groups/:id/users/:userId   remove one',
  'POST   /oauth-clients              {clientId, jwks, scopes}: register an API Services app',
];

interface ControlParts {
  org: Org;
  oauth: OAuthServer;
  cause: Cause;
}

// What no call of the management API brings about: sign-ins, policies and the person's own doing.
const EVENTS: Partial<Record<UserStatus, string>> = {
  PASSWORD_EXPIRED: 'user.account.expire_password',
  LOCKED_OUT: 'user.account.lock',
  RECOVERY: 'user.account.reset_password',
  ACTIVE: 'user.lifecycle.activate',
};
const FROM = new Set<UserStatus>(['PROVISIONED', 'ACTIVE', 'RECOVERY', 'PASSWORD_EXPIRED', 'LOCKED_OUT']);

/** Operations that only the sandbox has. */
export function handleControl(request: SimRequest, parts: ControlParts): SimResponse | undefined {
  const [, kind, id = '', below, userId = ''] = request.path.split('/').map(decodeSegment);
  const { method, body } = request;
  if (method === 'POST' && kind === 'users' && below === 'status') return changeStatus(parts, id, body);
  if (method === 'POST' && kind === 'users' && below === 'provider') return changeProvider(parts, id, body);
  if (method === 'POST' && kind === 'users' && below === 'sign-in') {
    return signIn(parts.org, parts.cause, requireUser(parts.org, id), (body as { app?: string } | undefined)?.app);
  }
  if (method === 'PUT' && kind === 'groups' && below === 'users') return changeMember(parts, id, userId, true);
  if (method === 'DELETE' && kind === 'groups' && below === 'users') return changeMember(parts, id, userId, false);
  if (method === 'POST' && kind === 'oauth-clients') return registerClient(parts, body);
  return undefined;
}

function changeStatus({ org, cause }: ControlParts, id: string, body: unknown): SimResponse {
  const user = requireUser(org, id);
  const status = (body as { status?: UserStatus } | undefined)?.status;
  const eventType = status && EVENTS[status];
  if (!status || !eventType) {
    throw new SandboxError(
      `one of ${Object.keys(EVENTS).join(', ')}; use the management API for the others`,
      'body.status',
    );
  }
  if (!FROM.has(user.status)) throw new SandboxError(`the user is ${user.status}`, `users/${id}`, 409);
  if (status !== user.status) setStatus(org, cause, user, status, eventType);
  return { status: 200, body: { id: user.id, status } };
}

function changeProvider({ org, cause }: ControlParts, id: string, body: unknown): SimResponse {
  const user = requireUser(org, id);
  const { type, name = type } = (body ?? {}) as { type?: ProviderType; name?: string };
  if (!type || !PROVIDERS.includes(type)) throw new SandboxError(`one of ${PROVIDERS.join(', ')}`, 'body.type');
  org.setUser({ ...user, provider: { type, name: String(name) }, lastUpdated: isoTime(cause.now) }, cause.now);
  return { status: 200, body: { id: user.id, type } };
}

function changeMember({ org, cause }: ControlParts, groupId: string, userId: string, isMember: boolean): SimResponse {
  const group = requireGroup(org, groupId);
  const user = requireUser(org, userId);
  const changed = isMember ? joinGroup(org, cause, group, user) : leaveGroup(org, cause, group, user);
  return { status: 200, body: { changed } };
}

function registerClient({ oauth }: ControlParts, body: unknown): SimResponse {
  const { clientId, jwks, scopes } = (body ?? {}) as Partial<OAuthClient>;
  if (typeof clientId !== 'string' || clientId === '') throw new SandboxError('text is expected', 'body.clientId');
  if (!Array.isArray(jwks) || jwks.length === 0)
    throw new SandboxError('a list of public JWKs is expected', 'body.jwks');
  if (!Array.isArray(scopes)) throw new SandboxError('a list of scopes is expected', 'body.scopes');
  oauth.register({ clientId, jwks, scopes: scopes.map(String) });
  return { status: 200, body: { clientId } };
}

function requireUser(org: Org, id: string): UserRecord {
  const user = org.findUser(id);
  if (!user) throw new SandboxError('no such user', `users/${id}`, 404);
  return user;
}

function requireGroup(org: Org, id: string): GroupRecord {
  const named = [...org.groups.values()].filter((group) => group.profile.name === id);
  const group = org.groups.get(id) ?? (named.length === 1 ? named[0] : undefined);
  if (!group) throw new SandboxError('no such group, or several of this name', `groups/${id}`, 404);
  if (group.type === 'BUILT_IN') throw new SandboxError('everybody is a member by nature', `groups/${id}`);
  return group;
}
