import { timingSafeEqual } from 'node:crypto';
import type { RouteDescription, SimRequest, SimResponse, Vendor } from '../kit/vendor.ts';
import { control, controlRoutes } from './control.ts';
import { Directory } from './directory.ts';
import { resourceTypes, schemas, serviceProviderConfig } from './discovery.ts';
import { type Call, type Endpoint, groupEndpoints, userEndpoints } from './endpoints.ts';
import { memberFaults } from './member-faults.ts';
import { failureBody, notFound, ScimFailure, scimErrorBody } from './scim-failure.ts';
import { seedDirectory } from './seed.ts';
import { type DirectoryDump, dumpDirectory, restoreDirectory } from './state-dump.ts';
import { defaultSwitches, type Switches } from './switches.ts';
import { Throttle } from './throttle.ts';

export interface AtlassianCloudOptions {
  /** Opaque; the part of the directory's base URL after `directory/`. */
  directoryId: string;
  /** The directory's own key, sent as a bearer token. */
  apiKey: string;
  /** Default `atlassian-cloud`. */
  name?: string;
}

/** The simulator, with its switches typed. */
export interface AtlassianCloud extends Vendor {
  readonly settings: Switches;
}

const directoryPath = /^\/scim\/directory\/([^/]+)(?:\/(.*))?$/;

/** Simulates one SCIM directory of Atlassian Cloud below `/scim/directory/{directoryId}`, and the accounts and sites behind it. */
export function createAtlassianCloud({ directoryId, apiKey, name }: AtlassianCloudOptions): AtlassianCloud {
  const switches = structuredClone(defaultSwitches);
  const throttle = new Throttle(switches);
  const emptyDirectory = () => new Directory(switches);
  let directory = emptyDirectory();
  directory.accounts.claimDomains(['example.com']);

  function answer(request: SimRequest): SimResponse {
    directory.nowMs = request.now;
    const refused = refuseCaller(request, apiKey, switches) ?? throttle.refuse(request.now);
    if (refused) return refused;
    try {
      const match = directoryPath.exec(request.path);
      const named = decodeURIComponent(match?.[1] ?? '');
      if (named !== directoryId) throw notFound('DIRECTORY', named);
      const base = `${request.origin}/scim/directory/${match![1]}`;
      return dispatch({ directory, request, base }, (match![2] ?? '').split('/').map(decodeURIComponent));
    } catch (error) {
      if (error instanceof URIError) return { status: 400, body: failureBody('Malformed path') };
      if (!(error instanceof ScimFailure)) throw error;
      return { status: error.status, body: scimErrorBody(error, switches) };
    }
  }

  return {
    name: name ?? 'atlassian-cloud',
    settings: switches,
    handle(request) {
      const response = answer(request);
      const contentType = response.body === undefined ? {} : { 'content-type': mediaType(request, switches) };
      return { ...response, headers: { ...contentType, ...throttle.headers(), ...response.headers } };
    },
    dump: () => dumpDirectory(directory),
    restore(state) {
      directory = emptyDirectory();
      restoreDirectory(directory, state as DirectoryDump);
    },
    seed(options, now) {
      const seeded = emptyDirectory();
      const summary = seedDirectory(seeded, options, now);
      directory = seeded;
      return summary;
    },
    control: (request) => control(directory, request),
    controlRoutes,
    route: describeRoute,
    faultActions: memberFaults,
    faultAnswer: (status) => faultAnswer(status, switches),
  };
}

/** 401 for a key that is missing, wrong or expired; 403 for a good key that has no business here. */
function refuseCaller(request: SimRequest, apiKey: string, switches: Switches): SimResponse | undefined {
  const token = /^Bearer\s+(\S+)\s*$/i.exec(request.headers['authorization'] ?? '')?.[1];
  const isForeign = token !== undefined && switches.foreignApiKeys.includes(token);
  const isOwn = token !== undefined && isEqual(token, apiKey) && !switches.isApiKeyExpired;
  if (!isOwn && !isForeign) return { status: 401, body: failureBody('Unauthorized') };
  if (isForeign) return { status: 403, body: failureBody('Forbidden: not authorized to access this directory') };
  if (switches.hasGuardSubscription) return undefined;
  if (switches.withoutGuardStatus === 403) return { status: 403, body: failureBody('Forbidden: no subscription') };
  return { status: 404, body: scimErrorBody(new ScimFailure(404, undefined, 'Directory not found.'), switches) };
}

function isEqual(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function dispatch(call: Call, segments: readonly string[]): SimResponse {
  const [resource = '', id = ''] = segments;
  const { method } = call.request;
  if (segments.length > 2 || (segments.length === 2 && id === '')) throw notFound('RESOURCE', segments.join('/'));
  const discovered = discover(call.base, resource, segments[1]);
  if (discovered) return method === 'GET' ? { status: 200, body: discovered } : methodNotAllowed(method);
  const endpoints = resource === 'Users' ? userEndpoints : resource === 'Groups' ? groupEndpoints : undefined;
  if (endpoints === undefined) throw notFound('RESOURCE', resource);
  const endpoint: Endpoint =
    endpoints[`${method} ${segments.length === 1 ? 'list' : 'one'}`] ?? (() => methodNotAllowed(method));
  return endpoint(call, id);
}

function methodNotAllowed(method: string): never {
  throw new ScimFailure(405, undefined, `Method [${method}] is not allowed.`);
}

function discover(base: string, resource: string, name: string | undefined): Record<string, unknown> | undefined {
  if (resource === 'Schemas') return schemas(base, name);
  if (resource === 'ResourceTypes') return resourceTypes(base, name);
  return resource === 'ServiceProviderConfig' && name === undefined ? serviceProviderConfig(base) : undefined;
}

function mediaType(request: SimRequest, switches: Switches): string {
  if (switches.mediaType !== 'negotiated') return switches.mediaType;
  return request.headers['accept']?.includes('application/scim+json') ? 'application/scim+json' : 'application/json';
}

function describeRoute(path: string): RouteDescription | undefined {
  const match = /^\/scim\/directory\/[^/]+\/(?:(Users|Groups)(?:\/([^/]+))?|(.+))$/.exec(path);
  if (!match) return undefined;
  const [, resource, id, other] = match;
  const template = `/scim/directory/:id/${other ?? resource}${id === undefined ? '' : '/:id'}`;
  return { template, subjects: id === undefined ? [] : [id] };
}

/** What an injected status looks like here: the gateway's body for refusals, the SCIM error for the rest. */
function faultAnswer(status: number, switches: Switches): SimResponse {
  if (status === 401 || status === 403)
    return { status, body: failureBody(status === 401 ? 'Unauthorized' : 'Forbidden') };
  if (status === 429 && switches.rateLimitBody === 'empty') return { status };
  if (status === 429 && switches.rateLimitBody === 'failure')
    return { status, body: failureBody('Rate limit exceeded.') };
  const detail = status >= 500 ? 'Internal error. You can retry the call.' : 'The request was refused.';
  return { status, body: scimErrorBody(new ScimFailure(status, undefined, detail), switches) };
}
