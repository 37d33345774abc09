import type { SimResponse } from '../kit/vendor.ts';
import type { AdminRole } from './admin-role.ts';
import { type Call, type Route, requireUser } from './api.ts';
import type { UserRecord } from './records.ts';

const LABELS: Record<AdminRole, string> = {
  SUPER_ADMIN: 'Super Administrator',
  ORG_ADMIN: 'Organization Administrator',
  HELP_DESK_ADMIN: 'Help Desk Administrator',
  READ_ONLY_ADMIN: 'Read-only Administrator',
};

export const roleRoutes: Route[] = [
  { method: 'GET', template: '/api/v1/users/:id/roles', bucket: 'other', scope: 'okta.roles.read', handle: listRoles },
];

/** Only the API token's owner has a role, and sees it whomever else the role covers. */
function listRoles(call: Call): SimResponse {
  const id = call.params.id ?? '';
  const { owner } = call.org;
  if (id === 'me' || id === owner.id) return { status: 200, body: [view(owner, call.settings.adminRole)] };
  requireUser(call, id);
  return { status: 200, body: [] };
}

function view(user: UserRecord, type: AdminRole): Record<string, unknown> {
  const time = user.created;
  return {
    id: `ra1${user.id.slice(3)}`,
    label: LABELS[type],
    type,
    status: 'ACTIVE',
    created: time,
    lastUpdated: time,
    assignmentType: 'USER',
  };
}
