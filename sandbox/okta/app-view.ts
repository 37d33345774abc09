import type { AppGroupRecord, AppRecord, AppUserRecord } from './records.ts';

type Json = Record<string, unknown>;

/** An app instance as Okta writes it (Application object, sign-on mode SAML_2_0). */
export function appView(app: AppRecord, origin: string): Json {
  const self = `${origin}/api/v1/apps/${app.id}`;
  const opposite = app.status === 'ACTIVE' ? 'deactivate' : 'activate';
  return {
    id: app.id,
    orn: `orn:okta:idp:sandbox:apps:${app.name}:${app.id}`,
    name: app.name,
    label: app.label,
    status: app.status,
    created: app.created,
    lastUpdated: app.lastUpdated,
    accessibility: { selfService: false, errorRedirectUrl: null, loginRedirectUrl: null },
    visibility: {
      autoLaunch: false,
      autoSubmitToolbar: false,
      hide: { iOS: false, web: false },
      appLinks: { [`${app.name}_link`]: true },
    },
    features: app.features,
    signOnMode: 'SAML_2_0',
    credentials: {
      userNameTemplate: { template: `\${source.login}`, type: 'BUILT_IN' },
      signing: {},
    },
    settings: {
      app: {},
      notifications: { vpn: { network: { connection: 'DISABLED' }, message: null, helpUrl: null } },
    },
    _links: {
      self: { href: self },
      users: { href: `${self}/users` },
      groups: { href: `${self}/groups` },
      [opposite]: { href: `${self}/lifecycle/${opposite}` },
    },
  };
}

/** @param embedded the Okta user, for `expand=user` */
export function appUserView(app: AppRecord, user: AppUserRecord, origin: string, embedded?: Json): Json {
  return {
    id: user.id,
    externalId: null,
    created: user.created,
    lastUpdated: user.lastUpdated,
    scope: user.scope,
    status: 'ACTIVE',
    statusChanged: user.statusChanged,
    passwordChanged: null,
    syncState: 'DISABLED',
    credentials: { userName: user.userName },
    profile: user.profile,
    ...(embedded && { _embedded: { user: embedded } }),
    _links: {
      app: { href: `${origin}/api/v1/apps/${app.id}` },
      user: { href: `${origin}/api/v1/users/${user.id}` },
    },
  };
}

/** @param embedded the Okta group, for `expand=group` */
export function appGroupView(app: AppRecord, group: AppGroupRecord, origin: string, embedded?: Json): Json {
  return {
    id: group.id,
    lastUpdated: group.lastUpdated,
    priority: group.priority,
    profile: group.profile,
    ...(embedded && { _embedded: { group: embedded } }),
    _links: {
      app: { href: `${origin}/api/v1/apps/${app.id}` },
      self: { href: `${origin}/api/v1/apps/${app.id}/groups/${group.id}` },
      group: { href: `${origin}/api/v1/groups/${group.id}` },
    },
  };
}
