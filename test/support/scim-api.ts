/** An independent client of a SCIM directory, by RFC 7644 and Atlassian's documents. */
export interface ScimAccount {
  readonly id: string;
  readonly userName: string;
  readonly externalId?: string;
  readonly active: boolean;
  readonly displayName?: string;
  readonly title?: string;
  readonly name?: { readonly givenName?: string; readonly familyName?: string };
  readonly emails: readonly { readonly value: string; readonly primary?: boolean }[];
  readonly department?: string;
}

export interface ScimGroup {
  readonly id: string;
  readonly displayName: string;
  readonly members?: readonly { readonly value: string }[];
}

export function scimApi(baseUrl: string, key: string) {
  const all = async <T>(path: string): Promise<T[]> => {
    const items: T[] = [];
    for (;;) {
      const response = await fetch(`${baseUrl}${path}?startIndex=${items.length + 1}&count=100`, {
        headers: { authorization: `Bearer ${key}` },
      });
      if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
      const page = (await response.json()) as { totalResults: number; Resources: T[] };
      items.push(...page.Resources);
      if (page.Resources.length === 0 || items.length >= page.totalResults) return items;
    }
  };
  const create = async <T>(path: string, resource: Record<string, unknown>): Promise<T> => {
    const response = await fetch(`${baseUrl}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/scim+json' },
      body: JSON.stringify(resource),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
  return {
    accounts: () => all<ScimAccount>('/Users'),
    groups: () => all<ScimGroup>('/Groups'),
    createAccount: (email: string, rest: Partial<ScimAccount> = {}) =>
      create<ScimAccount>('/Users', {
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
        userName: email,
        emails: [{ value: email, type: 'work', primary: true }],
        active: true,
        ...rest,
      }),
    createGroup: (displayName: string, memberIds: readonly string[] = []) =>
      create<ScimGroup>('/Groups', {
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
        displayName,
        members: memberIds.map((value) => ({ value })),
      }),
  };
}
