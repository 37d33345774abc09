import { SandboxError, type SimRequest, type SimResponse } from '../kit/vendor.ts';
import type { Account } from './accounts.ts';
import type { Directory } from './directory.ts';
import { isObject } from './user-document.ts';

/** What can be seen and done besides SCIM: the products' view, the accounts behind it, Atlassian's administration. */
export const controlRoutes = [
  'GET /site',
  'GET /accounts?email=',
  'POST /accounts/:accountId/active {active}',
  'POST /native-groups {name, isDefaultAccess?}',
] as const;

export function control(directory: Directory, request: SimRequest): SimResponse | undefined {
  directory.nowMs = request.now;
  const [resource = '', id, verb] = request.path.replace(/^\//, '').split('/').map(decodeURIComponent);
  const operation = [request.method, resource, ...(id === undefined ? [] : [':id', verb])].join(' ');
  switch (operation) {
    case 'GET site':
      return { status: 200, body: siteNow(directory) };
    case 'GET accounts':
      return { status: 200, body: findAccounts(directory, request.query.get('email')) };
    case 'POST accounts :id active':
      return { status: 200, body: setAccountActive(directory, id!, request.body) };
    case 'POST native-groups':
      return { status: 201, body: addNativeGroup(directory, request.body) };
    default:
      return undefined;
  }
}

/** What the products see at this moment: members by account id. */
function siteNow(directory: Directory) {
  directory.site.settle(directory.nowMs);
  const { users, groups, waiting } = directory.site.dump();
  const native = Array.from(directory.nativeGroups.values(), ({ name, accountIds }) => ({ name, members: accountIds }));
  const synced = groups.map(({ name, members }) => ({ name, members }));
  return { users, groups: [...synced, ...native], waiting: waiting.length };
}

function findAccounts(directory: Directory, email: string | null) {
  const found = email === null ? [...directory.accounts.values()] : [directory.accounts.byEmail(email)];
  return found.filter((account) => account !== undefined).map((account) => accountAnswer(directory, account));
}

function accountAnswer(directory: Directory, account: Account) {
  return { ...account, managed: directory.accounts.isManaged(account) };
}

/** An administrator can deactivate an account and bring it back, whatever SCIM says of it. */
function setAccountActive(directory: Directory, accountId: string, body: unknown) {
  const account = directory.accounts.get(accountId);
  if (account === undefined) throw new SandboxError(`no account ${accountId}`, 'path.accountId', 404);
  if (!isObject(body) || typeof body['active'] !== 'boolean')
    throw new SandboxError('true or false expected', 'body.active');
  account.active = body['active'];
  const { email, profile, active } = account;
  directory.pushToSite({ kind: 'user', user: { accountId, email, displayName: profile.displayName ?? email, active } });
  return accountAnswer(directory, account);
}

function addNativeGroup(directory: Directory, body: unknown) {
  if (!isObject(body) || typeof body['name'] !== 'string') throw new SandboxError('a name is expected', 'body.name');
  const group = { name: body['name'], isDefaultAccess: body['isDefaultAccess'] === true, accountIds: [] };
  directory.addNativeGroup(group);
  return group;
}
