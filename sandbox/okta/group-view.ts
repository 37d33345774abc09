import type { GroupRecord } from './records.ts';

interface GroupStats {
  usersCount: number;
  appsCount: number;
}

export interface GroupViewOptions {
  origin: string;
  /** For `expand=stats`. */
  stats?: GroupStats;
}

/** A group as Okta writes it (Group object; example of List groups). */
export function groupView(group: GroupRecord, { origin, stats }: GroupViewOptions): Record<string, unknown> {
  const isImported = group.type === 'APP_GROUP';
  const self = `${origin}/api/v1/groups/${group.id}`;
  const logo = (name: string) => ({ name, href: `${origin}/img/logos/groups/okta-${name}.png`, type: 'image/png' });
  return {
    id: group.id,
    created: group.created,
    lastUpdated: group.lastUpdated,
    lastMembershipUpdated: group.lastMembershipUpdated,
    objectClass: [isImported ? 'okta:windows_security_principal' : 'okta:user_group'],
    type: group.type,
    profile: group.profile,
    ...(group.sourceAppId && { source: { id: group.sourceAppId } }),
    // The specification spells the last flag `hasAdminPrivlege`, Okta's example `hasAdminPrivilege`.
    ...(stats && { _embedded: { stats: { ...stats, groupPushMappingsCount: 0, hasAdminPrivilege: false } } }),
    _links: {
      logo: [logo('medium'), logo('large')],
      ...(group.sourceAppId && { source: { href: `${origin}/api/v1/apps/${group.sourceAppId}` } }),
      users: { href: `${self}/users` },
      apps: { href: `${self}/apps` },
    },
  };
}
