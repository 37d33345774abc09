/** The endpoints of Atlassian's user provisioning API (SCIM 2.0), one function each. */
import type { z } from 'zod';
import type { CallOptions, Pacer } from '../../domain/directory.ts';
import { Failure } from '../../domain/failure.ts';
import { type Answer, createHttpClient, isNotFound } from '../http-client.ts';
import { readablePage } from '../page-codes.ts';
import { listPages } from './list-pages.ts';
import type { PatchOperation } from './mapping.ts';
import {
  errorSchema,
  groupSchema,
  groupUrn,
  listSchema,
  patchUrn,
  type ScimGroup,
  type ScimList,
  type ScimUser,
  serviceProviderConfigSchema,
  userSchema,
} from './wire.ts';

export interface ClientOptions {
  readonly name: string;
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly pacer: Pacer;
  readonly pageSize: number;
  readonly timeoutMs: number;
}

type Signal = AbortSignal | undefined;
export type ScimClient = ReturnType<typeof createScimClient>;

const hints = {
  401: 'the API key is wrong, expired (keys last a year) or was regenerated',
  403: 'the API key is not for this directory, or the organisation has no Atlassian Guard',
};
/** Sent as the official example sends it; answers come in either JSON type. */
const mediaTypes = {
  accept: 'application/scim+json, application/json',
  'content-type': 'application/scim+json; charset=utf-8',
};

const readError = (body: unknown) => {
  const { scimType, scimErrorType = scimType, traceId } = errorSchema.safeParse(body).data ?? {};
  return { ...(scimErrorType && { code: scimErrorType }), ...(traceId && { requestId: traceId }) };
};

/** An answer about something else is no answer. */
const only = <T extends { readonly id: string }>(schema: z.ZodType<T>, id: string): z.ZodType<T> =>
  schema.refine((resource) => resource.id === id, { path: ['id'] });

export const createScimClient = ({ name, baseUrl, apiKey, pacer, pageSize, timeoutMs }: ClientOptions) => {
  const headers = { ...mediaTypes, authorization: `Bearer ${apiKey}` };
  const http = createHttpClient({ system: name, bucket: name, baseUrl, headers, pacer, timeoutMs, readError, hints });
  const user = (id: string) => `/Users/${encodeURIComponent(id)}`;
  const group = (id: string) => `/Groups/${encodeURIComponent(id)}`;
  const patchBody = (operations: readonly PatchOperation[]) => ({ schemas: [patchUrn], Operations: operations });

  const config = (signal: Signal) =>
    http.json(
      { method: 'GET', path: '/ServiceProviderConfig', operation: 'read configuration', signal },
      serviceProviderConfigSchema,
    );

  /** Without Atlassian Guard, or with a wrong id in its address, a directory answers 404 to everything. */
  const requireDirectory = async (signal: Signal): Promise<void> => {
    try {
      await config(signal);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      const message = `${name}: the directory is not there: wrong id in the base URL, or no Atlassian Guard any more`;
      throw new Failure('AccessDenied', message, { system: name, status: 404 });
    }
  };

  /** A 404 means "no such thing" only while the directory itself answers. */
  const orUndefined = async <T>(answer: Promise<Answer<T>>, signal: Signal): Promise<T | undefined> => {
    try {
      return (await answer).value;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      await requireDirectory(signal);
      return undefined;
    }
  };

  const list =
    <T>(path: string, operation: string, schema: z.ZodType<T>, signal: Signal) =>
    async (query: Record<string, string | number>): Promise<ScimList<T>> =>
      (await http.json({ method: 'GET', path, query, operation, signal }, listSchema(schema))).value;

  const walk = <T extends { readonly id: string }>(
    path: string,
    operation: string,
    schema: z.ZodType<T>,
    signal: Signal,
  ) => {
    const page = list(path, operation, schema, signal);
    return listPages({
      fetch: (startIndex, count) => readablePage(page({ startIndex, count })),
      pageSize,
      what: `${name}: ${operation}`,
    });
  };

  return {
    config,
    requireDirectory,
    users: (signal: Signal) => walk('/Users', 'list accounts', userSchema, signal),
    groups: (signal: Signal) => walk('/Groups', 'list groups', groupSchema, signal),
    firstUser: (signal: Signal) => list('/Users', 'list accounts', userSchema, signal)({ startIndex: 1, count: 1 }),
    firstGroup: (signal: Signal) => list('/Groups', 'list groups', groupSchema, signal)({ startIndex: 1, count: 1 }),
    user: (id: string, signal: Signal): Promise<ScimUser | undefined> => {
      const call = { method: 'GET', path: user(id), operation: 'read account', subject: id, signal } as const;
      return orUndefined(http.json(call, only(userSchema, id)), signal);
    },
    group: (id: string, signal: Signal): Promise<ScimGroup | undefined> => {
      const call = { method: 'GET', path: group(id), operation: 'read group', subject: id, signal } as const;
      return orUndefined(http.json(call, only(groupSchema, id)), signal);
    },
    /** Only `eq`, and only on these two attributes. */
    findUsers: async (attribute: 'userName' | 'externalId', value: string, signal: Signal) => {
      const find = list('/Users', `find account by ${attribute}`, userSchema, signal);
      return (await find({ filter: `${attribute} eq ${JSON.stringify(value)}` })).items;
    },
    findGroups: async (displayName: string, signal: Signal) => {
      const find = list('/Groups', 'find group', groupSchema, signal);
      return (await find({ filter: `displayName eq ${JSON.stringify(displayName)}` })).items;
    },
    createUser: (body: object, options: CallOptions) =>
      http.json({ method: 'POST', path: '/Users', body, operation: 'create account', ...options }, userSchema),
    patchUser: (id: string, operation: string, operations: readonly PatchOperation[], options: CallOptions) => {
      const call = {
        method: 'PATCH',
        path: user(id),
        body: patchBody(operations),
        operation,
        subject: id,
        ...options,
      } as const;
      return http.json(call, only(userSchema, id));
    },
    createGroup: (displayName: string, options: CallOptions) => {
      const body = { schemas: [groupUrn], displayName };
      return http.json({ method: 'POST', path: '/Groups', body, operation: 'create group', ...options }, groupSchema);
    },
    deleteGroup: (id: string, options: CallOptions) =>
      http.done({ method: 'DELETE', path: group(id), operation: 'delete group', subject: id, ...options }),
    /** The answer holds the whole group, a member a line; only its success is of interest. */
    patchGroup: (id: string, operation: string, operations: readonly PatchOperation[], options: CallOptions) =>
      http.done({ method: 'PATCH', path: group(id), body: patchBody(operations), operation, subject: id, ...options }),
  };
};
