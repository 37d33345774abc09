/** A tiny client of both simulators' vendor APIs, as anybody would write it; shares nothing with the connectors. */
import type { Simulators } from './simulators.ts';
import { directoryPath, secrets } from './system.ts';

export interface OktaUser {
  readonly id: string;
  readonly status: string;
}

export interface OktaGroup {
  readonly id: string;
  readonly profile: { readonly name: string };
}

export interface ScimUser {
  readonly id: string;
  readonly externalId?: string;
  readonly active: boolean;
}

export interface ScimGroup {
  readonly id: string;
  readonly displayName: string;
  readonly members?: readonly { readonly value: string }[];
}

export const headersOf = {
  okta: {
    authorization: `SSWS ${secrets.OKTA_API_TOKEN}`,
    accept: 'application/json',
    'content-type': 'application/json',
  },
  'atlassian-cloud': {
    authorization: `Bearer ${secrets.ATLASSIAN_SCIM_API_KEY}`,
    accept: 'application/scim+json, application/json',
    'content-type': 'application/scim+json; charset=utf-8',
  },
} as const;

export const vendorApis = ({ okta, cloud }: Simulators) => {
  const callOkta = async (method: string, pathOrUrl: string, body?: unknown): Promise<Response> => {
    const url = pathOrUrl.startsWith('http') ? pathOrUrl : `${okta}/api/v1${pathOrUrl}`;
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(url, { method, headers: headersOf.okta, ...sent });
    if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
    return response;
  };
  const oktaPages = async <T>(path: string): Promise<T[]> => {
    const items: T[] = [];
    for (let next: string | undefined = path; next; ) {
      const response = await callOkta('GET', next);
      items.push(...((await response.json()) as T[]));
      next = /<([^>]+)>;\s*rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
    }
    return items;
  };
  const scimPages = async <T>(resource: string): Promise<T[]> => {
    const items: T[] = [];
    for (;;) {
      const url = `${cloud}${directoryPath}/${resource}?startIndex=${items.length + 1}&count=100`;
      const response = await fetch(url, { headers: headersOf['atlassian-cloud'] });
      if (!response.ok) throw new Error(`GET ${url}: ${response.status} ${await response.text()}`);
      const page = (await response.json()) as { totalResults: number; Resources: T[] };
      items.push(...page.Resources);
      if (page.Resources.length === 0 || items.length >= page.totalResults) return items;
    }
  };
  return {
    users: () => oktaPages<OktaUser>(`/users?search=${encodeURIComponent('id pr')}&limit=200`),
    groups: () => oktaPages<OktaGroup>('/groups?limit=200'),
    membersOf: (group: string) => oktaPages<OktaUser>(`/groups/${group}/users?limit=200`),
    createUser: async (profile: Record<string, string>) =>
      (await (await callOkta('POST', '/users?activate=true', { profile })).json()) as OktaUser,
    updateUser: (id: string, profile: Record<string, string>) => callOkta('POST', `/users/${id}`, { profile }),
    deactivate: (id: string) => callOkta('POST', `/users/${id}/lifecycle/deactivate`),
    join: (group: string, user: string) => callOkta('PUT', `/groups/${group}/users/${user}`),
    leave: (group: string, user: string) => callOkta('DELETE', `/groups/${group}/users/${user}`),
    accounts: () => scimPages<ScimUser>('Users'),
    targetGroups: () => scimPages<ScimGroup>('Groups'),
  };
};

export type VendorApis = ReturnType<typeof vendorApis>;
