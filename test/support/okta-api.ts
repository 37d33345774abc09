/** An independent client of Okta's management API, by its documents: what a person at the admin console would do. */
export interface OktaUser {
  readonly id: string;
  readonly status: string;
  readonly profile: Record<string, string | null | undefined>;
}

export interface OktaGroup {
  readonly id: string;
  readonly profile: { readonly name: string };
}

export type OktaApi = ReturnType<typeof oktaApi>;

/** @param marks headers that tell these calls from those of others */
export function oktaApi(origin: string, token: string, marks: Readonly<Record<string, string>> = {}) {
  const call = async (method: string, pathOrUrl: string, body?: unknown): Promise<Response> => {
    const url = pathOrUrl.startsWith('http') ? pathOrUrl : `${origin}/api/v1${pathOrUrl}`;
    const response = await fetch(url, {
      method,
      headers: {
        authorization: `SSWS ${token}`,
        accept: 'application/json',
        'content-type': 'application/json',
        ...marks,
      },
      ...(method === 'GET' || method === 'DELETE' ? {} : { body: JSON.stringify(body ?? {}) }),
    });
    if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
    return response;
  };
  const all = async <T>(path: string): Promise<T[]> => {
    const items: T[] = [];
    for (let next: string | undefined = path; next; ) {
      const response = await call('GET', next);
      items.push(...((await response.json()) as T[]));
      next = /<([^>]+)>;\s*rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
    }
    return items;
  };
  const one = async <T>(method: string, path: string, body?: unknown): Promise<T> =>
    (await (await call(method, path, body)).json()) as T;
  return {
    users: () => all<OktaUser>(`/users?search=${encodeURIComponent('id pr')}&limit=200`),
    groups: () => all<OktaGroup>('/groups?limit=200'),
    members: async (groupId: string) => (await all<OktaUser>(`/groups/${groupId}/users?limit=200`)).map(({ id }) => id),
    /** PROVISIONED without a password, ACTIVE with one. */
    createUser: (
      profile: Record<string, string>,
      { password, groupIds = [] }: { password?: string; groupIds?: string[] } = {},
    ) =>
      one<OktaUser>('POST', '/users?activate=true', {
        profile,
        groupIds,
        ...(password && { credentials: { password: { value: password } } }),
      }),
    updateUser: (id: string, profile: Record<string, string>) => one<OktaUser>('POST', `/users/${id}`, { profile }),
    lifecycle: (id: string, action: string) => call('POST', `/users/${id}/lifecycle/${action}`),
    deleteUser: (id: string) => call('DELETE', `/users/${id}`),
    createGroup: (name: string) => one<OktaGroup>('POST', '/groups', { profile: { name } }),
    renameGroup: (id: string, name: string) => one<OktaGroup>('PUT', `/groups/${id}`, { profile: { name } }),
    deleteGroup: (id: string) => call('DELETE', `/groups/${id}`),
    join: (groupId: string, userId: string) => call('PUT', `/groups/${groupId}/users/${userId}`),
    leave: (groupId: string, userId: string) => call('DELETE', `/groups/${groupId}/users/${userId}`),
  };
}
