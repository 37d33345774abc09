import { createHash } from 'node:crypto';
import type { Org } from './org.ts';
import type { UserRecord } from './records.ts';

export interface UserViewOptions {
  org: Org;
  origin: string;
  /** A single user comes with links to operations, a listed one with `self` only. */
  isSingle?: boolean;
  omitCredentials?: boolean;
  omitTransition?: boolean;
}

type Json = Record<string, unknown>;

// The base profile of Okta's user type that is always on the wire, even when empty.
const ALWAYS_SHOWN = { firstName: null, lastName: null, mobilePhone: null, secondEmail: null };

/** A user as Okta writes it (User object; examples of List users and Get a user). */
export function userView(user: UserRecord, options: UserViewOptions): Json {
  const { org, origin, isSingle } = options;
  const self = `${origin}/api/v1/users/${user.id}`;
  return {
    id: user.id,
    status: user.status,
    created: user.created,
    activated: user.activated,
    statusChanged: user.statusChanged,
    lastLogin: user.lastLogin,
    lastUpdated: user.lastUpdated,
    passwordChanged: user.passwordChanged,
    ...(user.transition && !options.omitTransition && { transitioningToStatus: user.transition.to }),
    type: { id: org.userTypeId },
    profile: { ...ALWAYS_SHOWN, ...user.profile },
    ...(!options.omitCredentials && { credentials: credentials(user) }),
    _links: isSingle
      ? { ...operations(user, self, org.userTypeId, origin), self: { href: self } }
      : { self: { href: self } },
  };
}

/** Weak validator for `If-Match`, from what a change always moves. */
export function userEtag(user: UserRecord): string {
  const digest = createHash('sha1')
    .update(`${user.lastUpdated}${user.status}${user.transition?.to ?? ''}`)
    .digest('hex');
  return `W/"${digest.slice(0, 12)}"`;
}

/**
 * `fields=id,status,profile:(firstName, city)`: only what is named, and always the id.
 * @returns undefined when no projection is asked for
 */
export function projection(fields: string | null): ((user: Json) => Json) | undefined {
  if (!fields) return undefined;
  const inProfile = /profile:\(([^)]*)\)/
    .exec(fields)?.[1]
    ?.split(',')
    .map((name) => name.trim());
  const top = fields
    .replace(/profile:\([^)]*\)/, '')
    .split(',')
    .map((name) => name.trim());
  return (user) => {
    const kept: Json = { id: user['id'] };
    for (const name of top) if (name in user) kept[name] = user[name];
    const profile = user['profile'] as Json;
    if (inProfile)
      kept['profile'] = Object.fromEntries(inProfile.filter((n) => n in profile).map((n) => [n, profile[n]]));
    return kept;
  };
}

function credentials(user: UserRecord): Json {
  return {
    ...(user.hasPassword && { password: {} }),
    emails: [{ value: user.profile.email, status: 'VERIFIED', type: 'PRIMARY' }],
    provider: user.provider ?? { type: 'OKTA', name: 'OKTA' },
  };
}

function operations(user: UserRecord, self: string, typeId: string, origin: string): Json {
  const post = (path: string) => ({ href: `${self}${path}`, method: 'POST' });
  const always = {
    schema: { href: `${origin}/api/v1/meta/schemas/user/osc${typeId.slice(3)}` },
    type: { href: `${origin}/api/v1/meta/types/user/${typeId}` },
  };
  const deactivate = { deactivate: post('/lifecycle/deactivate') };
  switch (user.status) {
    case 'STAGED':
      return { activate: post('/lifecycle/activate'), ...deactivate, ...always };
    case 'DEPROVISIONED':
      return { activate: post('/lifecycle/activate'), delete: { href: self, method: 'DELETE' }, ...always };
    case 'SUSPENDED':
      return { unsuspend: post('/lifecycle/unsuspend'), ...deactivate, ...always };
    case 'LOCKED_OUT':
      return { unlock: post('/lifecycle/unlock'), ...deactivate, ...always };
    case 'PROVISIONED':
    case 'RECOVERY':
      return { reactivate: post('/lifecycle/reactivate'), ...deactivate, ...always };
    default:
      return {
        suspend: post('/lifecycle/suspend'),
        resetPassword: post('/lifecycle/reset_password'),
        expirePassword: post('/lifecycle/expire_password'),
        forgotPassword: post('/credentials/forgot_password'),
        changePassword: post('/credentials/change_password'),
        changeRecoveryQuestion: post('/credentials/change_recovery_question'),
        ...deactivate,
        ...always,
      };
  }
}
