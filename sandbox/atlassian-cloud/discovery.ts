import { listAnswer } from './list-query.ts';
import { coreGroupUrn } from './patch-group.ts';
import { schemaDefinitions } from './schema-definitions.ts';
import { notFound } from './scim-failure.ts';
import { coreUserUrn, enterpriseUrn } from './user-document.ts';

/** What the directory says of itself; key by key as captured from Atlassian, `base` being the directory's absolute URL. */
export function serviceProviderConfig(base: string): Record<string, unknown> {
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
    patch: { supported: true },
    bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
    filter: { maxResults: 10000, supported: true },
    changePassword: { supported: false },
    sort: { supported: false },
    etag: { supported: false },
    authenticationSchemes: [
      {
        type: 'oauthbearertoken',
        name: 'OAuth Bearer Token',
        description: 'Authentication scheme using the OAuth Bearer Token Standard',
      },
    ],
    meta: {
      location: `${base}/ServiceProviderConfig`,
      resourceType: 'ServiceProviderConfig',
      lastModified: '2018-05-03T19:31:29.723Z',
      created: '2018-05-03T19:31:29.723Z',
    },
  };
}

/** `/Schemas` lists all, with an itemsPerPage that is not their number; `/Schemas/{urn}` is the bare schema. */
export function schemas(base: string, urn: string | undefined): Record<string, unknown> {
  const all = schemaDefinitions.map((schema) => ({
    ...schema,
    meta: { resourceType: 'Schema', location: `${base}/Schemas/${schema.id}` },
  }));
  if (urn === undefined) return listAnswer({ totalResults: all.length, startIndex: 1, itemsPerPage: 10 }, all);
  const one = all.find((schema) => schema.id === urn);
  if (one === undefined) throw notFound('SCHEMA', urn);
  return one;
}

/** No sample of this answer is known; it follows RFC 7643, section 6. */
export function resourceTypes(base: string, name: string | undefined): Record<string, unknown> {
  const all = [
    resourceType(base, 'User', 'User Account', coreUserUrn, [{ schema: enterpriseUrn, required: false }]),
    resourceType(base, 'Group', 'Group', coreGroupUrn, []),
  ];
  if (name === undefined) return listAnswer({ totalResults: all.length, startIndex: 1, itemsPerPage: 10 }, all);
  const one = all.find((type) => type.id === name);
  if (one === undefined) throw notFound('RESOURCE', name);
  return one;
}

function resourceType(base: string, id: string, description: string, schema: string, schemaExtensions: unknown[]) {
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:ResourceType'],
    id,
    name: id,
    endpoint: `/${id}s`,
    description,
    schema,
    ...(schemaExtensions.length === 0 ? {} : { schemaExtensions }),
    meta: { location: `${base}/ResourceTypes/${id}`, resourceType: 'ResourceType' },
  };
}
