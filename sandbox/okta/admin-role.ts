/** Standard roles of Okta's administrators, by the API's names, as far as they differ here. */
export type AdminRole = 'SUPER_ADMIN' | 'ORG_ADMIN' | 'HELP_DESK_ADMIN' | 'READ_ONLY_ADMIN';

/** After Okta's table of what each standard administrator role may do: only a super administrator sees who has which. */
export function roleAllows(role: AdminRole, scope: string): boolean {
  if (scope.startsWith('okta.roles.')) return role === 'SUPER_ADMIN';
  if (scope.endsWith('.read')) return true;
  return role === 'HELP_DESK_ADMIN' ? scope === 'okta.sessions.manage' : role !== 'READ_ONLY_ADMIN';
}
